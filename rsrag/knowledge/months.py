"""Names of the months, in English whatever the language of the machine."""

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
"""In order. Not :data:`calendar.month_name`, which speaks the process's language."""

NUMBERS = {name[:n].lower(): i for i, name in enumerate(MONTHS, 1) for n in (3, 9)}
"""1 to 12 by the name in lower case, in full or its first three letters."""
NUMBERS["sept"] = 9

NAME = f"(?:{'|'.join(MONTHS)})"
"""A pattern of the names in full."""

NAME_OR_SHORT = (
    f"(?:{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in MONTHS)}|Sept)\\b\\.?"
)
"""A pattern of the names in full or short: ``Mar``, ``Sept.``."""


def month_number(word: str) -> int | None:
    """1 to 12 for ``January``, ``jan`` or ``Jan.``; ``None`` for any other word."""
    return NUMBERS.get(word.rstrip(".").lower())

"""Values as people write them: ``1,642 m`` is the number 1642 in metres.

Only what is a number with a known unit is read as one. A wrong number would be worse
than none: ``1783-1789`` is a span, ``29 May 1953`` a date, ``600 East Fremont Street``
an address.
"""

import math
import re
from functools import cache

from rsrag.knowledge.units import unit_names

_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_POWERS = str.maketrans({"²": "2", "³": "3", "^": "", "−": "-", "\u00a0": " "})
# An exponent has a sign, as Python prints it: "1E5" is the code of an airfield.
_VALUE = re.compile(
    r"(?:about|approximately|approx\.?|around|over|nearly|ca?\.|~|≈)?\s*"
    r"([+-]?)(\d{1,3}(?:,\d{3})+|\d{1,3}(?:[ '’\u2009\u202f]\d{3})+"
    r"|\d{1,3}(?:\.\d{3}){2,}|\d+)(\.\d+)?"
    r"([eE][+-]\d{1,3})?"
    r"(?:\s+(thousand|million|billion|trillion))?"
    r"\s*([^\d\s(][^(]*?)?\s*(?:\([^()]*\))?",
    re.DOTALL,
)
_LONGEST = 80
"""Characters beyond which a text is no number with a unit."""


def parse_value(text: str) -> tuple[float | None, str | None]:
    """Read a number and its unit in short form (``m``, ``km2``, ``°C``).

    ``(None, None)`` if the text is anything but one number with a known unit or none.
    What stands in brackets after it (``43 m (141 ft)``) is passed over.
    """
    if len(text) > _LONGEST:
        return None, None
    match = _VALUE.fullmatch(text.strip().translate(_POWERS))
    if not match:
        return None, None
    sign, whole, decimals, exponent, scale, words = match.groups()
    unit = _units().get(words or "")
    # "1960s" is a decade, not a number of seconds.
    if unit is None or (words == "s" and len(whole) == 4 and not decimals):
        return None, None
    digits = re.sub(r"\D", "", whole)
    number = float(f"{sign}{digits}{decimals or ''}{exponent or ''}")
    number *= _SCALES.get(scale or "", 1.0)
    # Two significant decimals times a million leave dust behind the point.
    number = float(f"{number:.15g}") if scale else number
    return (number, unit or None) if math.isfinite(number) else (None, None)


@cache
def _units() -> dict[str, str]:
    return {"": "", **unit_names()}

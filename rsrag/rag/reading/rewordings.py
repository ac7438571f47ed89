"""Turns of phrase that mean the same as a plainer one, which the rules read.

*Carries the name of* is *named after*, *number 5 in the list of longest rivers* the
*5th longest river*. Each keeps names, numbers, denials and what is asked for; they are
kept in ``rewordings.json``, pattern and form, and are carried out in that order.
"""

import re
from datetime import date

from rsrag.packages import packaged_json
from rsrag.rag.reading.words import word_table

_ONES = {word: n for word, n in word_table("numbers").items() if 0 < n <= 20}
_N = rf"(?P<n>\d{{1,2}}|{'|'.join(_ONES)})"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), form)
    for pairs in packaged_json("rag/reading/rewordings.json").values()
    for pattern, form in pairs
)
_IN_LIST = re.compile(
    rf"\b(?:no\.?|number|nr\.?|place|#)\s*{_N}\s+(?:in|on|of|among|from)\s+(?:the|your|a|all)\s+"
    r"(?:(?:list|ranking|top\s+list|league)\s+(?:of|for)\s+(?:the\s+)?)?(?=(?:[a-z]+\s+)?[a-z]+est\b|most\b)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    rf"\b(?:no\.?|number|nr\.?|#)\s*{_N}\s+(?=[a-z]+est\b|most\b)", re.IGNORECASE
)


_YEARS = (
    rf"(?:(?P<n>\d{{1,3}}|{'|'.join(word_table('numbers'))})\s+(?P<unit>years?|decades?|"
    r"centur(?:y|ies))|an?\s+(?P<one>decade|century))"
)
_OLDER = re.compile(
    rf"\b(?:(?P<old>older|younger|newer)\s+than\s+{_YEARS}(?:\s+old)?\b)", re.IGNORECASE
)
_AGED = re.compile(
    rf"\b(?P<how>more\s+than|over|at\s+least|less\s+than|under)\s+{_YEARS}\s+old\b",
    re.IGNORECASE,
)
_LATELY = re.compile(
    rf"(?<=\w\s)(?:in|during|within|over)\s+the\s+(?:last|past)\s+{_YEARS}\b",
    re.IGNORECASE,
)
_OF_MANY = re.compile(
    r"^\W*(?:which|what|how\s+many|list|name|show|are|is\s+there|any)\b", re.IGNORECASE
)


def _dated(text: str) -> str:
    """A text whose times counted back from now are years: *older than 100 years*."""

    def year(match: re.Match[str]) -> int:
        said = (match["n"] or "1").lower()
        number = int(said) if said.isdigit() else word_table("numbers")[said]
        unit = (match["unit"] or match["one"]).lower()
        size = 10 if unit.startswith("dec") else 100 if unit.startswith("cen") else 1
        return date.today().year - number * size

    def aged(match: re.Match[str]) -> str:
        less = match["how"].lower().startswith(("less", "under"))
        return f"{'newer' if less else 'older'} than {year(match)}"

    text = _AGED.sub(aged, text)
    text = _OLDER.sub(lambda m: f"{m['old'].lower()} than {year(m)}", text)
    if _OF_MANY.match(text):
        text = _LATELY.sub(lambda m: f"since {year(m)}", text)
    return text


def reworded(text: str) -> str:
    """A text whose turns of phrase are the plain ones."""
    for pattern, form in _PATTERNS:
        text = pattern.sub(form, text)
    text = _dated(text)

    def nth(match: re.Match[str]) -> str:
        said = match["n"].lower()
        number = int(said) if said.isdigit() else _ONES[said]
        return f"{_ordinal(number)} "

    return _NUMBERED.sub(nth, _IN_LIST.sub(nth, text))


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"} if not 10 < number % 100 < 20 else {}
    return f"{number}{endings.get(number % 10, 'th')}"

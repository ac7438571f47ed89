"""Values that can be put in order: lengths, areas, years, whatever their unit."""

import re
from collections.abc import Sequence

from rsrag.knowledge.units import Measure, measure_of
from rsrag.knowledge.variables import VariableMention
from rsrag.rag.reading.words import word_list, word_table
from rsrag.records import Fact

YEARS = word_list("years")
"""Variables whose value is a time."""
BUILT = ("completed", "opened", "established", "construction_period")
"""Variables that tell when something was made."""
DEEDS: dict[str, list[str]] = word_table("timed_deeds")
DEED = re.compile(rf"\b(?:{'|'.join(DEEDS)})\b")
"""What was done once, and the variables of when."""
YEAR = "year"
"""The kind of a :class:`rsrag.knowledge.units.Measure` that is a time."""
_ORDINALS = {w: n for n, w in enumerate(word_table("ordinals"), start=1)}
_BC = r"(?:\s*(?P<bc>bce?\b)|\s*(?:ad|ce)\b)?"
_DATE = re.compile(
    rf"(?:(?P<century>\d{{1,2}})(?:st|nd|rd|th)(?=(?:\s*(?:-|–|to|or|and)\s*\d{{1,2}}"
    rf"(?:st|nd|rd|th))?[\s-]+centur)(?:[\s-]+centur(?:y|ies))?{_BC}|"
    rf"(?P<word>{'|'.join(_ORDINALS)})[\s-]+century|"
    rf"\bad\s+(?P<ad>\d+)|(?<![\d.,])(?P<decade>\d{{3}}0)s\b|"
    rf"(?<![\d.,])(?P<small>\d{{1,2}})\s*(?P<era>bce?|ad|ce)\b|"
    rf"(?<![\d.,])(?P<year>\d{{3,4}})(?![\d.,]\d|\d){_BC.replace('<bc>', '<before>')})",
    re.IGNORECASE,
)
WORDED: dict[str, int] = word_table("numbers")
NUMBER = rf"-?\d[\d.,']*\d|-?\d|{'|'.join(WORDED)}"
_ONE_UNIT = (
    r"an?(?=\s+(?:kilomet|met|mile|foot|yard|hectare|acre|square|cubic|ton|cent))"
)
_SCALE = r"(?:\s*(?:thousand|million|billion|m(?=\s+(?:people|passengers)))\b)?"
_ERA = r"(?:\s*(?:bce|bc|ad|ce)\b)?"
_CENTURY = (
    r"(?:(?:early|mid|late)[\s-]+)?(?:the\s+)?(?:\d{1,2}(?:st|nd|rd|th)|[a-z]+th|first|"
    r"second|third|twenty[\s-]first)\s+century"
)
AMOUNT = (
    rf"(?:(?:{_CENTURY}){_ERA}|ad\s+\d+|▲+{_ERA}|{_ONE_UNIT}|"
    rf"(?:{NUMBER}){_SCALE}{_ERA})"
)
"""A number or a time in the shape of a question, see
:class:`rsrag.rag.querying.account.Account`."""
ABOUT = r"(?:(?:the\s+year|the|about|around|roughly|some)\s+)*"


def order_of(fact: Fact) -> Measure | None:
    """A fact's value in the base unit of its kind, or as a year.

    ``None`` for what cannot be put in order. A year before Christ is negative; of a
    span the first counts.
    """
    if fact.variable not in YEARS:
        return measure_of(fact)
    span = year_span(fact.value)
    return None if span is None else Measure(YEAR, span[0])


def times_of(mentions: Sequence[VariableMention], text: str = "") -> list[str]:
    """Variables of time that were named, and those that mean much the same.

    *Built* means finished; only what tells no end is judged by when it was begun.
    """
    times = [m.variable for m in mentions if m.variable in YEARS]
    done = DEED.search(text)
    if done is not None and not times:
        return DEEDS[done.group()]
    if "last_eruption" in times and not any("last" in m.surface for m in mentions):
        times.append("major_eruption")
    if not set(times) <= set(BUILT):
        return list(dict.fromkeys(times))
    named = [one for one in times if one != BUILT[-1]]
    return list(dict.fromkeys([*named, *BUILT]))


def year_span(text: str) -> tuple[float, float] | None:
    """The first and the last year that a text names, ``None`` if it names none.

    ``1783-1789``, ``500 BC-AD 500``, ``12th century``, ``1960s``, ``1800s`` (to 1899),
    ``AD 80``.
    """
    found = list(_DATE.finditer(text))
    if not found:
        return None
    first, last = _years(found[0]), _years(found[-1])
    if first[0] > last[1] > 0 or (first[0] > 0 > last[0]):
        # "300-200 BC": the first of them is before Christ, too.
        first = -first[1], -first[0]
    return min(first[0], last[0]), max(first[1], last[1])


def _years(match: re.Match[str]) -> tuple[float, float]:
    groups = match.groupdict()
    if groups["century"] or groups["word"]:
        number = int(groups["century"] or _ORDINALS[groups["word"].lower()])
        first, last = number * 100.0 - 99, number * 100.0
        return (-last, -first) if groups["bc"] else (first, last)
    if groups["decade"]:
        first = float(groups["decade"])
        return first, first + (99 if first % 100 == 0 else 9)
    year = float(groups["ad"] or groups["small"] or groups["year"])
    before = groups["before"] or (groups["era"] or "").lower().startswith("b")
    return (-year, -year) if before else (year, year)

"""Periods of facts: as they are kept, said, and found in a text.

A period is a year (``2019``), a month (``2019-01``), a day (``2019-01-31``), or two of
these with a slash between (``1996/1998``), both ends included.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from rsrag.knowledge.months import MONTHS, NAME_OR_SHORT as MONTH, month_number

_YEAR = r"(?:1[0-9]{3}|20[0-9]{2}|21[0-9]{2})"
_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?"
_TWO = r"(?:0[1-9]|1[0-2])"
# A number that goes on (1,642; 2019.5; 12/2019/5) is no date.
_START = r"(?<![\w.,/:+−-])(?<!\w [-–] )"
_END = r"(?!\w)(?![.,/:-]\d)(?!\s?[°%])"

_DATES = {
    "iso": rf"(?P<iso>{_YEAR}-{_TWO}(?:-[0-9]{{2}})?)",
    "slash": rf"(?P<slash>{_YEAR}/{_TWO})",
    "numeric": rf"(?P<numeric>{_TWO}/{_YEAR})",
    "dmy": rf"(?P<d1>{_DAY})\s+(?:of\s+)?(?P<m1>{MONTH}),?\s+(?P<y1>{_YEAR})",
    "mdy": rf"(?P<m2>{MONTH})\s+(?P<d2>{_DAY}),?\s+(?P<y2>{_YEAR})",
    "my": rf"(?P<m3>{MONTH}),?\s*(?:of\s+)?(?P<y3>{_YEAR})",
    "ym": rf"(?P<y4>{_YEAR}),?\s+(?P<m4>{MONTH})",
    "decade": r"(?P<decade>(?:1[0-9]{2}|20[0-9])0)['’]?s",
    "year": rf"(?P<year>{_YEAR})",
}
_DATE = re.compile(rf"{_START}(?:{'|'.join(_DATES.values())}){_END}", re.IGNORECASE)
_MONTH_ONLY = re.compile(rf"\b(?P<month>{MONTH})(?!\w)", re.IGNORECASE)
# "1996-98", and a span of years that a dash joins without a space.
_YEARS = re.compile(rf"{_START}({_YEAR})\s?[-–—/]\s?({_YEAR}|[0-9]{{2}}){_END}")
_JOIN = re.compile(r"\s*(?:[-–—]|/|to|until|till|through|and)\s*", re.IGNORECASE)
_LIST = re.compile(r"\s*(?:,|and|or|&|,\s*and|,\s*or|[-–—]|to)\s*", re.IGNORECASE)
_UNIT = re.compile(
    r"\s?(?:m|km|cm|mm|ft|feet|foot|metres?|meters?|miles?|mi|kilometers?|kilometres?"
    r"|hectares?|ha|acres?|tons?|tonnes?|kg|people|seats?|inhabitants|visitors|mw|mm"
    r"|square|sq|cubic|pa|hpa|passengers|beds|rooms|years|spectators|m2|km2)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\b(?:between|from)\s+$", re.IGNORECASE)
_LEAD = re.compile(r"(?:in|during|between|from|of)\s+", re.IGNORECASE)
_NORMAL = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")


@dataclass(frozen=True, slots=True)
class PeriodMention:
    """A period, in the normal form, that stands at ``start`` to ``end`` of a text."""

    start: int
    end: int
    period: str


def is_period(text: str) -> bool:
    """Whether a text is a period in the normal form, and a date that exists."""
    parts = text.split("/")
    if len(parts) > 2 or not all(_NORMAL.fullmatch(part) for part in parts):
        return False
    return all(_exists(part) for part in parts)


def parse_period(text: str) -> str | None:
    """Read a text that is a period and nothing else; ``None`` if it is none.

    ``January 2019``, ``2019 January``, ``Mar. 2019``, ``03/2019``, ``31 January 2019``,
    ``between 2018 and 2020``, ``1996-1998``, or what :func:`period_words` gives.
    """
    stripped = text.strip().strip(".").strip()
    if is_period(stripped):
        return stripped
    lead = _LEAD.match(stripped)
    start = lead.end() if lead else 0
    for mention in periods_in(stripped):
        if (mention.start, mention.end) == (start, len(stripped)):
            return mention.period
    return None


def period_words(period: str) -> str:
    """Say a period: ``January 2019``, ``31 January 2019``, ``1996 to 1998``."""
    return " to ".join(_words(part) for part in period.split("/"))


def periods_in(text: str) -> list[PeriodMention]:
    """Find the periods that a text names, in order.

    A month without a year counts where a year follows in the same list or span
    (``January and March 2019``). Numbers with a unit are no years.
    """
    found = _dates(text)
    joined: list[PeriodMention] = []
    for mention in found:
        if joined and (span := _joined(text, joined[-1], mention)):
            joined[-1] = span
        else:
            joined.append(mention)
    return joined


def _dates(text: str) -> list[PeriodMention]:
    found: list[PeriodMention] = []
    taken: list[tuple[int, int]] = []
    for match in _YEARS.finditer(text):
        first, last = match.group(1), match.group(2)
        last = first[:2] + last if len(last) == 2 else last
        # 2019-01 and 2019/11 are months; 1996-98 is not.
        month = match.group(2) <= "12" and len(match.group(2)) == 2
        if not month and first < last and not _UNIT.match(text, match.end()):
            found.append(PeriodMention(*match.span(), f"{first}/{last}"))
            taken.append(match.span())
    for match in _DATE.finditer(text):
        inside = any(a < match.end() and match.start() < b for a, b in taken)
        period = _normal(match)
        unit = match.lastgroup == "year" and _UNIT.match(text, match.end())
        if period and not inside and not unit:
            found.append(PeriodMention(*match.span(), period))
    found.sort(key=lambda mention: mention.start)
    return _with_months(text, found)


def _with_months(text: str, found: list[PeriodMention]) -> list[PeriodMention]:
    """Add months that take their year from the month after them."""
    bare = [
        match
        for match in _MONTH_ONLY.finditer(text)
        if not any(m.start < match.end() and match.start() < m.end for m in found)
    ]
    for match in reversed(bare):
        after = [m for m in found if m.start >= match.end()]
        if not after or len(after[0].period) != 7:
            continue
        if _LIST.fullmatch(text, match.end(), after[0].start):
            number = month_number(match["month"])
            period = f"{after[0].period[:4]}-{number:02d}"
            found.append(PeriodMention(*match.span(), period))
            found.sort(key=lambda mention: mention.start)
    return found


def _joined(
    text: str, first: PeriodMention, last: PeriodMention
) -> PeriodMention | None:
    """One span, if the words between two dates make it one."""
    join = _JOIN.fullmatch(text, first.end, last.start)
    if join is None or "/" in first.period or "/" in last.period:
        return None
    # "2018 and 2020" are two years; "between 2018 and 2020" is a span.
    if join.group().strip().lower() == "and":
        before = _BETWEEN.search(text, 0, first.start)
        if before is None:
            return None
    if len(first.period) > len(last.period) or first.period >= last.period:
        return None
    return PeriodMention(first.start, last.end, f"{first.period}/{last.period}")


def _normal(match: re.Match[str]) -> str | None:
    groups = {name: value for name, value in match.groupdict().items() if value}
    for name in ("iso", "year"):
        if name in groups:
            return groups[name] if _exists(groups[name]) else None
    if "slash" in groups:
        return groups["slash"].replace("/", "-")
    if "numeric" in groups:
        month, year = groups["numeric"].split("/")
        return f"{year}-{month}"
    if "decade" in groups:
        year = groups["decade"]
        return f"{year}/{int(year) + 9}"
    parts = {name[0]: value for name, value in groups.items()}
    period = f"{parts['y']}-{month_number(parts['m']):02d}"
    if "d" in parts:
        period += f"-{int(parts['d'].rstrip('stndrh')):02d}"
    return period if _exists(period) else None


def _exists(period: str) -> bool:
    numbers = [int(part) for part in period.split("-")]
    try:
        date(*[*numbers, 1, 1][:3])
    except ValueError:
        return False
    return True


def _words(period: str) -> str:
    parts = period.split("-")
    if len(parts) == 1:
        return period
    words = [MONTHS[int(parts[1]) - 1], parts[0]]
    if len(parts) == 3:
        words.insert(0, str(int(parts[2])))
    return " ".join(words)


def period_bounds(period: str) -> tuple[str, str]:
    """First and last day, ISO, for comparing: ``2019-02`` is 1 to 28 February."""
    first, last = period.split("/")[0], period.split("/")[-1]
    year, month, *_ = [*(int(p) for p in last.split("-")), 12]
    if len(last) < 10:
        last = f"{year:04d}-{month:02d}-{monthrange(year, month)[1]}"
    first += {4: "-01-01", 7: "-01"}.get(len(first), "")
    return first, last

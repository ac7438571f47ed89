"""Acquisition times, as people, cameras and satellites write them."""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from rsrag.types import Interval

INTERVALS = "2020, 2020-06, 2020-06-01, 2020-01-01/.., ../2021-12-31 or A/B"
"""What :func:`parse_interval` reads, for hints."""

_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T_ ]?(\d{2})(\d{2})(\d{2}))?Z?")
_DAY = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-:/.])(?P<month>\d{1,2}|[a-z]{3,9})(?P=mark)(?P<day>\d{1,2})"
    r"|(?P<first>\d{1,2})(?P<mark2>[-/. ])(?P<second>\d{1,2}|[a-z]{3,9})(?P=mark2)"
    r"(?P<last>\d{4})",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"[T ]*(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<part>\d+))?)?"
    r" ?(?P<half>[AP]\.?M\.?)? ?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?",
    re.IGNORECASE,
)
_MONTHS = [name.lower() for name in calendar.month_name]
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?")
_ORDINAL = re.compile(r"(\d{4})-?(\d{3})(?=T|$)")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})?")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_YEARS = range(1840, 2200)


def parse_moment(text: str, offset: str | None = None) -> datetime:
    """Read a time; without a zone it is UTC. Nothing of the text is passed over.

    Takes ISO 8601 (also ``20200131T101231Z``, days of the year as ``2020-031``, and
    ``2020-01`` and ``2020``, which mean their first moment), the colons of TIFF and
    EXIF (``2020:01:31 10:12:31``), slashes, dots and names of months
    (``31.01.2020 22:12``, ``31-Jan-2020``, ``2020/01/31 10:12 PM``), and ``UTC`` or
    an offset behind the time.

    Args:
        offset: its zone as EXIF keeps it (``+02:00``).

    Returns:
        In UTC.

    Raises:
        ValueError: not a time, one that can be read in two ways (``03/04/2020``),
            or not of this planet's years of photography.
    """
    word = text.strip().strip("\0").strip()
    moment = _read(word)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_of(offset))
    if not plausible(moment):
        raise ValueError(f"{text!r} is no year of a photograph")
    return moment.astimezone(UTC)


def plausible(moment: datetime) -> bool:
    """Whether there were photographs from the air or will be soon."""
    return moment.year in _YEARS


def _read(word: str) -> datetime:
    if match := _DIGITS.fullmatch(word):
        year, month, day, hour, minute, second = (
            int(part or 0) for part in match.groups()
        )
        return datetime(year, month, day, hour, minute, second)
    if match := _PARTIAL.fullmatch(word):
        return datetime(int(match[1]), int(match[2] or 1), 1)
    if match := _ORDINAL.match(word):
        first = datetime.strptime(match[1] + match[2], "%Y%j")
        word = f"{first:%Y-%m-%d}{word[match.end() :]}"
    day_part = _DAY.match(word)
    if day_part is None:
        return datetime.fromisoformat(word)
    when = _day(day_part)
    rest = word[day_part.end() :]
    if not rest:
        return datetime.combine(when, time())
    clock_part = _CLOCK.fullmatch(rest)
    if clock_part is None:
        if day_part["mark"] == "-":
            return datetime.fromisoformat(word)
        raise ValueError(f"{rest.strip()!r} in {word!r} is no time of day")
    return _with_clock(when, clock_part, word)


def _day(match: re.Match[str]) -> date:
    if match["year"]:
        return date(int(match["year"]), _month(match["month"]), int(match["day"]))
    first, second, year = match["first"], match["second"], int(match["last"])
    if not second.isdecimal() or match["mark2"] == ".":
        return date(year, _month(second), int(first))
    days = {(int(first), int(second)), (int(second), int(first))}
    possible = [(day, month) for day, month in days if month <= 12]
    if len(possible) != 1:
        raise ValueError(
            f"{match[0]!r} may be day or month first: write it as YYYY-MM-DD"
        )
    day, month = possible[0]
    return date(year, month, day)


def _month(word: str) -> int:
    if word.isdecimal():
        return int(word)
    found = [n for n, name in enumerate(_MONTHS) if n and name.startswith(word.lower())]
    if len(found) != 1:
        raise ValueError(f"{word!r} is no month")
    return found[0]


def _with_clock(when: date, match: re.Match[str], word: str) -> datetime:
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(f"{word!r}: {hour} is no hour of half a day")
        hour = hour % 12 + 12 * (match["half"][0] in "pP")
    micros = int((match["part"] or "")[:6].ljust(6, "0"))
    second = int(match["second"] or 0)
    clock = time(hour, int(match["minute"]), min(second, 59) if second < 61 else second)
    zone = match["zone"]
    moment = datetime.combine(when, clock, zone_of(zone) if zone else None)
    # A leap second is the first of the next minute, as clocks without them count.
    return moment + timedelta(seconds=second - clock.second, microseconds=micros)


def zone_of(text: str | None) -> timezone:
    """A zone as ``Z``, ``UTC`` or ``+02:00``; UTC for what is none."""
    match = _OFFSET.fullmatch((text or "").strip())
    if not match:
        return UTC
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))


def parse_interval(text: str) -> Interval:
    """Read a time or an interval as STAC writes it; a date stands for its whole day.

    Raises:
        ValueError: not a time, or an end before its start.
    """
    first, slash, last = (part.strip() for part in text.partition("/"))
    if not slash:
        last = first
    start = None if first in ("", "..") else _bound(first, False)
    end = None if last in ("", "..") else _bound(last, True)
    if start is None and end is None:
        raise ValueError(f"{text!r} sets no bound")
    if start and end and start > end:
        raise ValueError(f"{text!r} ends before it starts")
    return Interval(start, end)


def _bound(text: str, end: bool) -> datetime:
    """The first instant of a year, month, day or time; with ``end``, the last."""
    try:
        match = _DATE.fullmatch(text)
        if not match:
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        year = int(match[1])
        month = int(match[2] or (12 if end else 1))
        day = int(match[3] or (calendar.monthrange(year, month)[1] if end else 1))
        clock = time.max if end else time.min
        return datetime.combine(date(year, month, day), clock, UTC)
    except (ValueError, calendar.IllegalMonthError) as exc:
        raise ValueError(f"{text!r} is not a time: {exc}") from exc

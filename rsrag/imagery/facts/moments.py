"""Acquisition times, as people, cameras and satellites write them."""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from rsrag.types import Interval

INTERVALS = "2020, 2020-06, 2020-06-01, 2020-01-01/.., ../2021-12-31 or A/B"
"""What :func:`parse_interval` reads, for hints."""

_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T_ ]?(\d{2})(\d{2})(\d{2}))?Z?")
_EXIF = re.compile(r"(\d{4})[:/](\d{2})[:/](\d{2})(?:[ T](\d{2}):(\d{2}):(\d{2}))?.*")
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_YEARS = range(1840, 2200)

# S2A_MSIL2A_20200131T101231_…, T32TQM_20200131T101231_B04
_SENTINEL = re.compile(r"(?:^|_)(20\d{6}T\d{6})(?=[_.]|$)")
# LC08_L1TP_193026_20200131_20200205_01_T1
_LANDSAT = re.compile(r"^L[COTEM]\d{2}_[A-Z0-9]{4}_\d{6}_((?:19|20)\d{6})_")


def parse_moment(text: str, offset: str | None = None) -> datetime:
    """Read a time; without a zone it is UTC.

    Takes ISO 8601 (also ``20200131T101231Z``, ``2020-01`` and ``2020``, which
    mean their first moment) and the colons of TIFF and EXIF
    (``2020:01:31 10:12:31``).

    Args:
        text: the time.
        offset: its zone as EXIF keeps it (``+02:00``).

    Returns:
        In UTC.

    Raises:
        ValueError: not a time, or not of this planet's years of photography.
    """
    word = text.strip().strip("\0").strip()
    if (match := _DIGITS.fullmatch(word)) or (match := _EXIF.fullmatch(word)):
        year, month, day, hour, minute, second = (
            int(part or 0) for part in match.groups()
        )
        moment = datetime(year, month, day, hour, minute, second)
    elif match := _PARTIAL.fullmatch(word):
        moment = datetime(int(match[1]), int(match[2] or 1), 1)
    else:
        moment = datetime.fromisoformat(word)
    if moment.tzinfo is None:
        zone: timezone = UTC
        if offset and (match := _OFFSET.fullmatch(offset.strip())):
            minutes = int(match[2]) * 60 + int(match[3])
            sign = -1 if match[1] == "-" else 1
            zone = timezone(timedelta(minutes=sign * minutes))
        moment = moment.replace(tzinfo=zone)
    if moment.year not in _YEARS:
        raise ValueError(f"{text!r} is no year of a photograph")
    return moment.astimezone(UTC)


def moment_in_name(name: str) -> datetime | None:
    """Acquisition time in a file name of Sentinel-2 or Landsat, if it is one."""
    for part in reversed(name.replace("\\", "/").split("/")):
        match = _LANDSAT.match(part) or _SENTINEL.search(part)
        if match:
            try:
                return parse_moment(match[1])
            except ValueError:
                continue
    return None


_SENSORS = (
    (re.compile(r"(?:^|[/_])S2([ABC])_MSIL"), "Sentinel-2{}"),
    (re.compile(r"(?:^|[/_])L[COTEM]0?(\d)_[A-Z0-9]{4}_\d{6}_"), "Landsat {}"),
)


def sensor_in_name(name: str) -> str | None:
    """Satellite in a file name of Sentinel-2 or Landsat, if it is one."""
    for pattern, template in _SENSORS:
        if match := pattern.search(name):
            return template.format(match[1])
    return None


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

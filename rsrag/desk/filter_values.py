"""Values of filters, as a person writes them: times, ranges, points, areas."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from rsrag.errors import QueryError
from rsrag.plain_values import microseconds

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from rsrag.types import Interval

    Area: TypeAlias = str | Path | Mapping[str, Any] | BaseGeometry
    """A GeoJSON file, GeoJSON, WKT, or a shapely geometry in degrees."""
else:
    Area = str

When = str | dt.date | tuple[dt.datetime | None, dt.datetime | None]
"""``2020-06-01``, ``2020-01-01/..``, a date or a time, or a pair of them."""
Ends = tuple[float | None, float | None]


def area_of(given: Area) -> "BaseGeometry":
    """An area from a file, GeoJSON, WKT or a shapely geometry."""
    import json

    from rsrag.desk.areas import read_area

    if isinstance(given, Mapping):
        return read_area(json.dumps(given))
    if isinstance(given, str | Path):
        return read_area(str(given))
    wkt = getattr(given, "wkt", None)
    if wkt is None:
        raise QueryError(
            f"intersects is {type(given).__name__}.",
            hint="a GeoJSON file, GeoJSON, WKT, or a shapely geometry",
        )
    return read_area(wkt)


def numbers_of(given: Any, name: str) -> Sequence[float]:
    """The same, if they are numbers; ``QueryError`` if not."""
    if isinstance(given, str) or not all(
        isinstance(one, (int, float)) for one in given
    ):
        raise QueryError(f"{name} is {given!r}; it takes numbers.")
    return list(given)


def circle_of(point: tuple[float, float], radius: float) -> "BaseGeometry":
    """What lies within a radius, in kilometres, of a longitude and latitude."""
    from rsrag.desk.areas import circle

    if not (isinstance(radius, (int, float)) and 0 < radius <= 10_000):
        raise QueryError(f"radius is {radius}; it takes kilometres, to 10,000.")
    return circle(*point, radius * 1000)


def point_of(given: tuple[float, float] | str, name: str) -> tuple[float, float]:
    """Read ``LON,LAT``, or two numbers.

    Args:
        name: of the option, for errors.

    Raises:
        QueryError: not two numbers, or no point on the Earth.
    """
    text = given if isinstance(given, str) else ",".join(map(str, given))
    try:
        lon, lat = (float(part) for part in text.replace(",", " ").split())
    except ValueError:
        raise QueryError(
            f"--{name} is {text!r}; it takes a longitude and a latitude.",
            hint=f"--{name} 108.0,53.5",
        ) from None
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise QueryError(
            f"--{name} {text} is no point on the Earth: longitude first, degrees.",
            hint=f"--{name} {lat:g},{lon:g}"
            if abs(lat) <= 180 and abs(lon) <= 90
            else None,
        )
    return lon, lat


def parse_interval(
    given: When,
) -> "Interval":
    """Read a time or an interval as STAC writes it; a date stands for its whole day.

    Raises:
        QueryError: not a time, or an end before its start.
    """
    from rsrag.imagery.metadata import moments

    ends = given if isinstance(given, tuple) else (given,)
    try:
        text = "/".join(".." if end is None else _moment(end) for end in ends)
        return moments.parse_interval(text)
    except ValueError as exc:
        raise QueryError(f"{exc}.", hint=f"--datetime {moments.INTERVALS}") from exc


def _moment(given: object) -> str:
    if isinstance(given, str):
        return given
    if isinstance(given, dt.date):
        return given.isoformat()
    raise ValueError(f"{given!r} is no date and no time")


def moments_of(text: str) -> tuple[float, float]:
    """First and last microsecond since 1970 of a time, a date, a month or a year.

    Raises:
        QueryError: it is none of these.
    """
    from rsrag.imagery.metadata import moments

    try:
        low, high = map(microseconds, moments.parse_interval(text))
    except ValueError as exc:
        raise QueryError(f"{exc}.", hint="'2020-06-01', '2020', ...") from exc
    if low is None or high is None:
        raise QueryError(f"{text!r} has no end.", hint="'2020-06-01'")
    return low, high


def parse_range(given: str | float | Ends, name: str) -> Ends:
    """Read ``LOW..HIGH`` with either end left out, or one number for both.

    Raises:
        QueryError: not finite numbers, or upside down.
    """
    if isinstance(given, str):
        low, dots, high = given.partition("..")
        parts: Sequence[Any] = (low, high) if dots else (low, low)
    else:
        parts = given if isinstance(given, tuple) else (given, given)
    try:
        ends = [
            None if end is None or not str(end).strip() else float(end) for end in parts
        ]
    except (TypeError, ValueError):
        ends = [math.nan]
    known = [end for end in ends if end is not None]
    if not known or not all(map(math.isfinite, known)) or known != sorted(known):
        raise QueryError(f"{name} {given!r} is not a range.", hint=f"{name} 0.5..10")
    return ends[0], ends[1]


def as_typed_text(words: Mapping[str, Any]) -> str:
    """What was asked for, in a line; nothing of what was not."""
    return "; ".join(
        _plainly(value)
        if name == "filter"
        else f"{name.replace('_', ' ')} {_plainly(value)}"
        for name, value in words.items()
        if value is not None and value is not False and str(value)
    )


def _plainly(value: Any) -> str:
    if value is True:
        return "only"
    if isinstance(value, list | tuple):
        return " ".join(map(_plainly, value))
    return f"{value:g}" if isinstance(value, float) else str(value)

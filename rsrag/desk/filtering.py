"""Words of a person: filters, and arguments that a public function cannot take."""

import datetime as dt
import difflib
import functools
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypedDict, TypeVar

from rsrag.errors import QueryError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from rsrag.filters import Filter
    from rsrag.types import Interval

    Area: TypeAlias = str | Path | Mapping[str, Any] | BaseGeometry
    """A GeoJSON file, GeoJSON, WKT, or a shapely geometry in degrees."""
else:
    Area = str

When = str | dt.date | tuple[dt.datetime | None, dt.datetime | None]
"""``2020-06-01``, ``2020-01-01/..``, a date or a time, or a pair of them."""
Ends = tuple[float | None, float | None]


class FilterWords(TypedDict, total=False):
    """Conditions on chips, as :func:`filter_of` takes them."""

    bbox: Sequence[float] | None
    intersects: Area | None
    datetime: When | None
    sensor: str | Sequence[str] | None
    gsd: str | float | Ends | None
    max_nodata: float | None
    placed_by: str | Sequence[str] | None
    dated_by: str | Sequence[str] | None


def filter_of(
    bbox: tuple[float, float, float, float] | Sequence[float] | None = None,
    intersects: Area | None = None,
    datetime: When | None = None,
    sensor: list[str] | str | Sequence[str] | None = None,
    gsd: str | float | Ends | None = None,
    max_nodata: float | None = None,
    placed_by: list[str] | str | Sequence[str] | None = None,
    dated_by: list[str] | str | Sequence[str] | None = None,
) -> "Filter":
    """One filter from the words of a search.

    Args:
        bbox: ``(west, south, east, north)`` degrees that footprints must touch; ``west
            > east`` crosses the antimeridian.
        intersects: area that footprints must touch: a GeoJSON file, GeoJSON, WKT, or a
            shapely geometry in degrees.
        datetime: acquisition time: ``2020-06-01``, ``2020-01-01/..``, a date or a time,
            or a pair of them with ``None`` for an open end.
        sensor: one, or several to choose from.
        gsd: metres a pixel: ``0.5..10``, ``..30``, a number, or a pair of them.
        max_nodata: share of pixels without data at most, 0 to 1.
        placed_by: what says where a scene lies, or several: ``affine``, ``gcp``.
        dated_by: what says when it was taken, or several: ``catalogue``.

    Raises:
        QueryError, GeometryError: words that cannot be read.
    """
    from rsrag.filters import Filter

    ranges: dict[str, Ends] = {}
    if gsd is not None:
        ranges["gsd_m"] = parse_range(gsd, "gsd")
    if max_nodata is not None:
        if not (isinstance(max_nodata, (int, float)) and 0 <= max_nodata <= 1):
            raise QueryError(f"max_nodata is {max_nodata}; a share is 0 to 1.")
        ranges["nodata_share"] = (None, max_nodata)
    area = None
    if bbox is not None and intersects is not None:
        raise QueryError(
            "bbox and intersects are two answers to one question.",
            hint="give one of them",
        )
    if bbox is not None:
        from rsrag.geo import bbox_geometry, parse_bbox

        area = bbox_geometry(parse_bbox(_numbers(bbox, "bbox")))
    elif intersects is not None:
        area = _area(intersects)
    named = {"sensor": sensor, "placed_by": placed_by, "dated_by": dated_by}
    words = {n: [one] if isinstance(one, str) else one for n, one in named.items()}
    return Filter(
        area=area,
        datetime=parse_interval(datetime) if datetime is not None else None,
        keywords={name: frozenset(some) for name, some in words.items() if some},
        ranges=ranges,
    )


def where_of(where: "Filter | None", words: Mapping[str, Any]) -> "Filter | None":
    """A filter, from words or as it is given.

    Raises:
        QueryError: both, or words that cannot be read.
    """
    if where is None:
        return filter_of(**words) if words else None
    if words:
        raise QueryError(f"Give where or {', '.join(words)}, not both.")
    return where


def _area(given: Area) -> "BaseGeometry":
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


def _numbers(given: Any, name: str) -> Sequence[float]:
    if isinstance(given, str) or not all(
        isinstance(one, (int, float)) for one in given
    ):
        raise QueryError(f"{name} is {given!r}; it takes numbers.")
    return list(given)


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


P = ParamSpec("P")
R = TypeVar("R")


def told(function: Callable[P, R]) -> Callable[P, R]:
    """The function, which raises a :class:`QueryError` for arguments it cannot take."""
    signature = inspect.signature(function)
    known = [
        name
        for name, parameter in signature.parameters.items()
        if name != "self" and parameter.kind is not parameter.VAR_KEYWORD
    ]
    if len(known) < len([name for name in signature.parameters if name != "self"]):
        known += FilterWords.__annotations__
    words = frozenset(known)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if not words.issuperset(kwargs):
            strange = next(name for name in kwargs if name not in words)
            near = difflib.get_close_matches(strange, known, 1)
            raise QueryError(
                f"{function.__name__} takes no {strange!r}.",
                hint=f"did you mean {near[0]}?" if near else ", ".join(known),
            )
        try:
            signature.bind(*args, **kwargs)
        except TypeError as exc:
            raise QueryError(
                f"{function.__name__} cannot be called so: {exc}.",
                hint=f"it takes {', '.join(known)}",
            ) from exc
        return function(*args, **kwargs)

    return call

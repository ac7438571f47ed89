"""Filters from words: ``2020-01-01/..``, ``0.5..10``, a box or an area."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.filters import Filter
    from rsrag.types import Interval


def filter_of(
    bbox: tuple[float, float, float, float] | Sequence[float] | None = None,
    intersects: str | None = None,
    datetime: str | None = None,
    sensor: list[str] | Sequence[str] | None = None,
    gsd: str | None = None,
    max_nodata: float | None = None,
) -> "Filter":
    """One filter from the options of a search.

    Raises:
        QueryError, GeometryError: an option that cannot be read.
    """
    from rsrag.filters import Filter

    ranges: dict[str, tuple[float | None, float | None]] = {}
    if gsd is not None:
        ranges["gsd_m"] = parse_range(gsd, "--gsd")
    if max_nodata is not None:
        if not 0 <= max_nodata <= 1:
            raise QueryError(f"--max-nodata is {max_nodata}; a share is 0 to 1.")
        ranges["nodata_share"] = (None, max_nodata)
    area = None
    if bbox is not None or intersects is not None:
        from rsrag.geo import bbox_geometry, parse_bbox, read_area

        if bbox is not None and intersects is not None:
            raise QueryError(
                "--bbox and --intersects are two answers to one question.",
                hint="give one of them",
            )
        if bbox is not None:
            area = bbox_geometry(parse_bbox(bbox))
        elif intersects is not None:
            area = read_area(intersects)
    return Filter(
        area=area,
        datetime=parse_interval(datetime) if datetime is not None else None,
        keywords={"sensor": frozenset(sensor)} if sensor else {},
        ranges=ranges,
    )


def parse_interval(text: str) -> "Interval":
    """Read a time or an interval as STAC writes it; a date stands for its whole day.

    Raises:
        QueryError: not a time, or an end before its start.
    """
    from rsrag.imagery.metadata import moments

    try:
        return moments.parse_interval(text)
    except ValueError as exc:
        raise QueryError(f"{exc}.", hint=f"--datetime {moments.INTERVALS}") from exc


def parse_range(text: str, option: str) -> tuple[float | None, float | None]:
    """Read ``LOW..HIGH`` with either end left out, or one number for both.

    Raises:
        QueryError: not finite numbers, or upside down.
    """
    low, dots, high = text.partition("..")
    try:
        ends = [float(part) if part.strip() else None for part in (low, high)]
    except ValueError:
        ends = [math.nan]
    if not dots and ends[0] is not None:
        ends = [ends[0], ends[0]]
    known = [end for end in ends if end is not None]
    if not known or not all(map(math.isfinite, known)) or known != sorted(known):
        raise QueryError(f"{option} {text!r} is not a range.", hint=f"{option} 0.5..10")
    return ends[0], ends[1]

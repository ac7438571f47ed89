"""Filters from the words of a person."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from rsrag.desk.filter_values import (
    Area,
    Ends,
    When,
    area_of,
    as_typed_text,
    circle_of,
    numbers_of,
    parse_interval,
    parse_range,
    point_of,
)
from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.columns.expressions import Expression
    from rsrag.filters import Filter

CLOUD = "cloud_cover"
"""What ``max_cloud`` asks for; an index says which of its columns that is."""


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
    filter: str | Mapping[str, Any] | None
    near: str | tuple[float, float] | None
    radius: float | None
    max_cloud: float | None
    exclude: str | Sequence[str] | None
    placed: bool
    unplaced: bool


def filter_of(
    bbox: tuple[float, float, float, float] | Sequence[float] | None = None,
    intersects: Area | None = None,
    datetime: When | None = None,
    sensor: list[str] | str | Sequence[str] | None = None,
    gsd: str | float | Ends | None = None,
    max_nodata: float | None = None,
    placed_by: list[str] | str | Sequence[str] | None = None,
    dated_by: list[str] | str | Sequence[str] | None = None,
    filter: str | Mapping[str, Any] | None = None,
    near: str | tuple[float, float] | None = None,
    radius: float | None = None,
    max_cloud: float | None = None,
    exclude: list[str] | str | Sequence[str] | None = None,
    placed: bool = False,
    unplaced: bool = False,
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
        filter: CQL2, as text or JSON, over columns and properties.
        near: longitude and latitude, degrees, that footprints must be near to.
        radius: how near, kilometres; 100 by default.
        max_cloud: percent of cloud at most, where the archive tells it.
        exclude: patterns of file names, or of paths: ``*_mask.tif``.
        placed: only what has a footprint.
        unplaced: only what has none.

    Raises:
        QueryError, GeometryError: words that cannot be read.
    """
    words = as_typed_text(locals())
    from rsrag.filters import Filter

    ranges: dict[str, Ends] = {}
    if gsd is not None:
        ranges["gsd_m"] = parse_range(gsd, "gsd")
    if max_nodata is not None:
        if not (isinstance(max_nodata, (int, float)) and 0 <= max_nodata <= 1):
            raise QueryError(f"max_nodata is {max_nodata}; a share is 0 to 1.")
        ranges["nodata_share"] = (None, max_nodata)
    area = None
    places = {"bbox": bbox, "intersects": intersects, "near": near}
    asked = [name for name, given in places.items() if given is not None]
    if len(asked) > 1:
        raise QueryError(
            f"{asked[0]} and {asked[1]} are two answers to one question.",
            hint="give one of them",
        )
    if radius is not None and near is None:
        raise QueryError(f"radius is {radius:g}, of no point.", hint="--near LON,LAT")
    point = None if near is None else point_of(near, "near")
    if point is not None:
        area = circle_of(point, 100.0 if radius is None else radius)
    if bbox is not None:
        from rsrag.geo import bbox_geometry, parse_bbox

        area = bbox_geometry(parse_bbox(numbers_of(bbox, "bbox")))
    elif intersects is not None:
        area = area_of(intersects)
    named = {"sensor": sensor, "placed_by": placed_by, "dated_by": dated_by}
    spelled = {name: _several(given) for name, given in named.items()}
    return Filter(
        area=area,
        datetime=parse_interval(datetime) if datetime is not None else None,
        keywords={name: frozenset(some) for name, some in spelled.items() if some},
        ranges=ranges,
        expression=_conditions(filter, max_cloud, _several(exclude), placed, unplaced),
        near=point,
        words=words,
    )


def _conditions(
    filter: str | Mapping[str, Any] | None,
    max_cloud: float | None,
    exclude: list[str],
    placed: bool,
    unplaced: bool,
) -> "Expression | None":
    """All that is not a column's own words or ranges, joined."""
    if filter is None and max_cloud is None and not (exclude or placed or unplaced):
        return None
    from rsrag.columns.expressions import (
        Compare,
        Expression,
        Fits,
        Joined,
        Missing,
        Not,
    )

    parts: list[Expression] = []
    if filter is not None:
        from rsrag.desk.cql2_filter import parse_filter

        parts.append(parse_filter(filter))
    if max_cloud is not None:
        if not (isinstance(max_cloud, (int, float)) and 0 <= max_cloud <= 100):
            raise QueryError(f"max_cloud is {max_cloud}; percent are 0 to 100.")
        parts.append(Compare(CLOUD, "<=", float(max_cloud)))
    if not all(exclude):
        raise QueryError("exclude is an empty pattern: it fits nothing.")
    parts += [Not(Fits("source", pattern, of_paths=True)) for pattern in exclude]
    if placed and unplaced:
        raise QueryError("placed and unplaced leave nothing.", hint="give one of them")
    if placed or unplaced:
        nowhere = Missing("geometry")
        parts.append(nowhere if unplaced else Not(nowhere))
    return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))


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


def _several(given: str | Sequence[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else list(given or ())

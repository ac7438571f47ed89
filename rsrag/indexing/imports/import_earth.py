"""Foreign outlines made fit for an index: on the Earth, valid, cut at ±180."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import GeometryError, IndexingError
from rsrag.imagery.places.antimeridian import polygon_on_earth, unwrap

Shapes = NDArray[np.object_]
"""``(n,)`` shapely geometries, ``None`` where there is none."""

_DUST = 1e-6
"""Degrees by which rounding may carry a coordinate beyond the Earth."""

_LIMITS = np.array([180.0, 90.0, 180.0, 90.0])

LEAVE_OUT = "--map geometry=COLUMN names another column, --map geometry= leaves it out"


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Where a table comes from, for messages.

    Attributes:
        file: path of the file.
        row: number of the table's first row in it.
    """

    file: str
    row: int


def on_earth(shapes: Shapes, column: str, place: RowPlace) -> Shapes:
    """Flat, finite, valid, and cut at ±180.

    Args:
        shapes: lon/lat.
        column: where they come from, for messages.
        place: and of which file.

    Raises:
        IndexingError: coordinates that are not finite, or no longitudes and
            latitudes.
    """
    import shapely

    with np.errstate(invalid="ignore"):
        shapes = np.asarray(shapely.force_2d(shapes))
    shapes[shapely.is_empty(shapes)] = None
    there = ~shapely.is_missing(shapes)
    bounds = shapely.bounds(shapes)
    dusty = there & (
        (np.abs(bounds) > _LIMITS) & (np.abs(bounds) < _LIMITS + _DUST)
    ).any(axis=1)
    if dusty.any():
        shapes[dusty] = shapely.transform(shapes[dusty], _swept)
        bounds = shapely.bounds(shapes)
    corners, owner = shapely.get_coordinates(shapes, return_index=True)
    endless = np.zeros(len(shapes), dtype=bool)
    endless[owner[~np.isfinite(corners).all(axis=1)]] = True
    with np.errstate(invalid="ignore"):
        beyond = there & (
            endless
            | (bounds[:, 0] < -540)
            | (bounds[:, 2] > 540)
            | (np.abs(bounds[:, [1, 3]]) > 90).any(axis=1)
        )
        over = there & ~beyond & ((bounds[:, 0] < -180) | (bounds[:, 2] > 180))
        wide = there & ~beyond & (bounds[:, 2] - bounds[:, 0] > 180)
    if beyond.any():
        row = int(np.flatnonzero(beyond)[0])
        where = " ".join(f"{side:g}" for side in bounds[row])
        raise IndexingError(
            f"{place.file}, column {column}, row {place.row + row}: bounds {where} are "
            "no longitudes and latitudes.",
            hint="geometry is lon/lat unless the file names another system; write that "
            f"into it, or {LEAVE_OUT}",
        )
    for index in np.flatnonzero(over | wide):
        shapes[index] = _cut(shapes[index])
    broken = there & ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    return shapes


def _cut(shape: Any) -> Any:
    """An outline across ±180 as RFC 7946 wants it; others as they are."""
    import shapely

    if shape.geom_type == "Point":
        return shapely.Point((shape.x + 180) % 360 - 180, shape.y)
    if shape.geom_type != "Polygon" or len(shape.interiors):
        return shapely.intersection(shape, shapely.box(-180, -90, 180, 90))
    lon, lat = shapely.get_coordinates(shape.exterior).T
    steps = np.abs(np.diff(lon))
    # An edge all along the globe is meant; another long one goes the other way round.
    if np.abs(lon).max() <= 180 and ((steps <= 180) | (steps == 360)).all():
        return shape
    try:
        lon, lat, turns = unwrap(lon, lat)
        return shape if turns else polygon_on_earth(lon, lat)
    except GeometryError:
        return shape


def _swept(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coordinates a hair beyond the Earth put back on its edge."""
    near = np.abs(xy) < _LIMITS[:2] + _DUST
    return np.where(near, np.clip(xy, -_LIMITS[:2], _LIMITS[:2]), xy)

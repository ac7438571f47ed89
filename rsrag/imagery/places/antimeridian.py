"""Rings of longitudes and latitudes: made continuous, closed at poles, cut at ±180."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import GeometryError

if TYPE_CHECKING:
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]

POLE = 90.0 - 1e-9
"""Latitudes beyond this are a pole."""
_SNAP = 1e-9
"""Degrees (0.1 mm) within which a point counts as lying on the antimeridian."""


def unwrap(lon: Floats, lat: Floats) -> tuple[Floats, Floats, int]:
    """Make the longitudes of a closed ring continuous.

    A single vertex at a pole has no longitude: it becomes two, one on the meridian
    that leads in and one on that which leads out. Several in a row are the top or
    bottom edge of a cylindrical map, and have theirs.

    Args:
        lon: ``(n,)`` degrees, first equal to last.
        lat: ``(n,)`` degrees.

    Returns:
        Longitudes, latitudes, and how often the ring turns around the Earth's axis:
        0, or 1 or -1 if it holds a pole.
    """
    at_pole = np.abs(lat[:-1]) >= POLE
    if at_pole.any() and not at_pole.all():
        return _unwrap_through_pole(lon[:-1], lat[:-1], at_pole)
    steps = short_way(np.diff(lon))
    turns = round(steps.sum() / 360.0)
    return _follow(lon[0], steps, turns), lat, turns


def short_way(steps: Floats) -> Floats:
    """Differences of longitude as the shorter way round, -180 to 180."""
    return np.mod(steps + 180.0, 360.0) - 180.0


def _follow(start: float, steps: Floats, turns: int) -> Floats:
    """Longitudes from a start in steps; sums round, so the end is set, not summed."""
    lon = np.concatenate([[start], start + np.cumsum(steps)])
    lon[-1] = start + 360.0 * turns
    return lon


def _unwrap_through_pole(
    lon: Floats, lat: Floats, at_pole: NDArray[np.bool_]
) -> tuple[Floats, Floats, int]:
    """As :func:`unwrap`, for an open ring with vertices at a pole."""
    start = int(np.flatnonzero(~at_pole)[0])
    lon, lat = np.roll(lon, -start), np.roll(lat, -start)
    at_pole = np.roll(at_pole, -start)
    alone = at_pole & ~np.roll(at_pole, 1) & ~np.roll(at_pole, -1)
    kept = np.append(lon[~alone], lon[0])
    steps = short_way(np.diff(kept))
    # Steps across a pole vertex: with them the ring must come back to its start.
    across = np.flatnonzero(alone) - np.arange(1, alone.sum() + 1)
    for step in across:
        rest = steps.sum() - steps[step]
        steps[step] += 360.0 * round((-rest - steps[step]) / 360.0)
    turns = round(steps.sum() / 360.0)
    continuous = _follow(kept[0], steps, turns)
    new_lat = np.append(lat[~alone], lat[0])
    before, after = continuous[across], continuous[across + 1]
    doubled = np.column_stack([before, after]).ravel()
    poles = np.repeat(np.copysign(90.0, lat[alone]), 2)
    where = np.repeat(across + 1, 2)
    return (
        np.insert(continuous, where, doubled),
        np.insert(new_lat, where, poles),
        turns,
    )


def close_over_pole(lon: Floats, lat: Floats, pole: float) -> tuple[Floats, Floats]:
    """Turn a ring that runs once around a pole into an outline that holds it.

    Args:
        lon: ``(n,)`` continuous, last 360 degrees from the first.
        lat: ``(n,)``.
        pole: 90 or -90.

    Returns:
        A closed ring from -180 to 180 along the border, and back along the pole.
    """
    if lon[-1] < lon[0]:
        lon, lat = lon[::-1], lat[::-1]
    # Begin where the border crosses the antimeridian, so that nothing has to be cut.
    cut = 180.0 + 360.0 * np.ceil((lon[0] - 180.0) / 360.0)
    step = int(np.flatnonzero(lon >= cut)[0])
    if step:
        share = (cut - lon[step - 1]) / (lon[step] - lon[step - 1])
        middle = lat[step - 1] + share * (lat[step] - lat[step - 1])
    else:
        middle = lat[0]
    inner_lon = np.concatenate([lon[step:] - 360.0, lon[1:step]]) - (cut - 180.0)
    inner_lat = np.concatenate([lat[step:], lat[1:step]])
    inside = (inner_lon > -180.0) & (inner_lon < 180.0)
    ring_lon = [-180.0, *inner_lon[inside], 180.0, 180.0, -180.0, -180.0]
    ring_lat = [middle, *inner_lat[inside], middle, pole, pole, middle]
    return np.array(ring_lon), np.array(ring_lat)


def polygon_on_earth(lon: Floats, lat: Floats) -> "BaseGeometry":
    """A valid outline between -180 and 180 from a continuous ring.

    Args:
        lon: ``(n,)`` continuous degrees, in any turn; first equal to last.
        lat: ``(n,)`` degrees.

    Returns:
        Polygon or MultiPolygon, exteriors counter-clockwise.

    Raises:
        GeometryError: the ring has no area.
    """
    from shapely import MultiPolygon, Polygon, box, make_valid, union_all
    from shapely.affinity import translate

    turn = 360.0 * np.floor((lon.min() + 180.0 + _SNAP) / 360.0)
    lon = lon - turn
    for edge in (-180.0, 180.0):
        lon = np.where(np.abs(lon - edge) < _SNAP, edge, lon)
    ring: BaseGeometry = Polygon(np.column_stack([lon, lat]))
    if not ring.is_valid:
        ring = make_valid(ring)
    if lon.max() <= 180.0:
        parts = _polygons(ring)
    else:
        parts = []
        for turn in range(int(np.ceil((lon.max() - 180.0) / 360.0)) + 1):
            west = -180.0 + 360.0 * turn
            part = ring.intersection(box(west, -90.0, west + 360.0, 90.0))
            parts += _polygons(translate(part, xoff=-360.0 * turn))
        if lon.max() - lon.min() > 360.0 - _SNAP:
            parts = _polygons(union_all(parts))
    if not parts:
        raise GeometryError("An outline has no area.")
    oriented = [_counter_clockwise(part) for part in parts]
    return oriented[0] if len(oriented) == 1 else MultiPolygon(oriented)


def _counter_clockwise(part: "Polygon") -> "Polygon":
    from shapely.geometry.polygon import orient

    return orient(part, 1.0)


def _polygons(geometry: "BaseGeometry") -> list["Polygon"]:
    """The areas in a geometry, without the lines and points that cutting leaves."""
    if geometry.geom_type == "Polygon":
        return [] if geometry.is_empty or geometry.area == 0 else [geometry]
    return [part for g in getattr(geometry, "geoms", ()) for part in _polygons(g)]

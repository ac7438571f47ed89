"""Outlines of windows in longitude and latitude, whatever the projection.

The border of a window is a straight line in pixels; in degrees it bends, may cross
the antimeridian, and may run around a pole. So points are set along it until what
lies between them is straight enough, their longitudes are made continuous, and the
ring is cut at ±180.
"""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import GeometryError
from rsrag.imagery.places.antimeridian import (
    POLE,
    close_over_pole,
    polygon_on_earth,
    short_way,
    unwrap,
)
from rsrag.imagery.places.georeference import (
    Georeference,
    has_curved_edge,
    in_degrees,
    to_lon_lat,
)
from rsrag.types import Window

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]

SIDE_POINTS = 4
"""Points along each side to begin with, where the projection may bend it."""

_REFINEMENTS = 6
_MERIDIANS = [0.0, 90.0, 180.0, -90.0]
_STRAIGHT = 2e-4
"""How far, in sides of the window, a piece of the outline may miss the true border."""


def outline(place: Georeference, window: Window) -> "BaseGeometry":
    """Footprint of a window.

    Args:
        place: of the scene.
        window: pixels, clipped to the scene.

    Returns:
        A valid Polygon, exterior counter-clockwise, or a MultiPolygon cut at the
        antimeridian (RFC 7946). Where only a part of the window lies on the Earth
        (the corners of a full-disc picture), the convex hull of that part, or the
        cap around a pole that holds it.

    Raises:
        GeometryError: no part of it lies on the Earth.
    """
    x, y, width, height = window
    corners = np.array(
        [(x, y), (x, y + height), (x + width, y + height), (x + width, y), (x, y)],
        dtype=np.float64,
    )
    if in_degrees(place.crs):
        lon, lat = _degrees(place, corners)
        return polygon_on_earth(lon, lat)
    points = _set_points(corners, SIDE_POINTS)
    lon, lat = _project(place, points)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return _hull(place, window)
    points, lon, lat = _refine(place, points, lon, lat)
    lon, lat, turns = unwrap(lon, lat)
    if turns:
        pole = _pole_inside(place, window) or (1 if lat.mean() > 0 else -1)
        lon, lat = close_over_pole(lon, lat, 90.0 * pole)
    return polygon_on_earth(lon, lat)


def _degrees(place: Georeference, points: Floats) -> tuple[Floats, Floats]:
    """Corners of a geographic scene; the branch of the longitude is kept.

    Straight in pixels is straight in degrees here, so corners are enough, and a
    scene of 0 to 360 keeps its width.
    """
    x, y = place.at(points[:, 0], points[:, 1])
    raw_lon, raw_lat = np.asarray(x), np.clip(np.asarray(y), -90.0, 90.0)
    if place.crs in ("EPSG:4326", "OGC:CRS84"):
        return raw_lon, raw_lat
    lon, lat = to_lon_lat(place.crs).transform(raw_lon, raw_lat)
    shift = np.mod(np.asarray(lon) - raw_lon + 180.0, 360.0) - 180.0
    return raw_lon + shift, np.clip(np.asarray(lat), -90.0, 90.0)


def _project(place: Georeference, points: Floats) -> tuple[Floats, Floats]:
    x, y = place.at(points[:, 0], points[:, 1])
    transformer = to_lon_lat(place.crs)
    lon, lat = (np.asarray(axis) for axis in transformer.transform(x, y))
    nowhere = ~(np.isfinite(lon) & np.isfinite(lat))
    lon, lat = np.where(nowhere, np.nan, lon), np.where(nowhere, np.nan, lat)
    if has_curved_edge(place.crs):
        # Beyond the edge of these maps the inverse formulas go on, but mean nothing.
        back_x, back_y = transformer.transform(lon, lat, direction="INVERSE")
        scale = np.hypot(*place.transform[:2]) + np.hypot(*place.transform[3:5])
        with np.errstate(invalid="ignore"):
            off = ~(np.hypot(back_x - x, back_y - y) < scale)
        lon, lat = np.where(off, np.nan, lon), np.where(off, np.nan, lat)
    return lon, lat


def _set_points(corners: Floats, count: int) -> Floats:
    """``count`` points a side, from the first corner round to itself."""
    steps = np.arange(count)[:, None] / count
    sides = [a + (b - a) * steps for a, b in pairwise(corners)]
    return np.vstack([*sides, corners[-1:]])


def _refine(
    place: Georeference, points: Floats, lon: Floats, lat: Floats
) -> tuple[Floats, Floats, Floats]:
    """Set further points where the outline is not yet straight between two."""
    for _ in range(_REFINEMENTS):
        middle = (points[:-1] + points[1:]) / 2
        true_lon, true_lat = _project(place, middle)
        bent = np.flatnonzero(_bent(lon, lat, true_lon, true_lat))
        if not bent.size:
            break
        points = np.insert(points, bent + 1, middle[bent], axis=0)
        lon = np.insert(lon, bent + 1, true_lon[bent])
        lat = np.insert(lat, bent + 1, true_lat[bent])
    return points, lon, lat


def _bent(
    lon: Floats, lat: Floats, true_lon: Floats, true_lat: Floats
) -> NDArray[np.bool_]:
    """Which pieces of a ring miss the true border by too much.

    Args:
        lon: ``(n,)`` of the ring.
        lat: ``(n,)`` of the ring.
        true_lon: ``(n - 1,)`` of the border half-way between.
        true_lat: ``(n - 1,)`` of the border half-way between.

    Returns:
        ``(n - 1,)``. A point that misses along the piece and not off it is fine.
    """
    cos = np.cos(np.radians(true_lat))
    # A pole has no longitude: what leads there is drawn along the meridian.
    at_pole = np.abs(lat) > POLE
    start = np.where(at_pole[:-1], true_lon, lon[:-1])
    end = np.where(at_pole[1:], true_lon, lon[1:])
    east, north = short_way(end - start) * cos, np.diff(lat)
    off_east, off_north = short_way(true_lon - start) * cos, true_lat - lat[:-1]
    length = np.hypot(east, north)
    # Doubled area over length: how far the true point lies off the line.
    area = np.abs(east * off_north - north * off_east)
    miss = np.where(length > 0, area / np.maximum(length, 1e-300), 0.0)
    within = np.hypot(off_east, off_north) <= length + 1e-12
    side = length.sum() / 4
    folded = ~within & (np.hypot(off_east, off_north) > side / 64)
    bent: NDArray[np.bool_] = (miss > _STRAIGHT * side) | folded
    return bent


def _pole_inside(place: Georeference, window: Window) -> int:
    """1 or -1 for the pole that lies in the window, 0 for neither."""
    a, b, c, d, e, f = place.transform
    determinant = a * e - b * d
    pixel = max(abs(value) for value in (a, b, d, e))
    for sign in (1, -1):
        lats = [90.0 * sign] * len(_MERIDIANS)
        xs, ys = to_lon_lat(place.crs).transform(_MERIDIANS, lats, direction="INVERSE")
        x, y = xs[0], ys[0]
        if not np.isfinite([*xs, *ys]).all():
            continue
        if max(np.ptp(xs), np.ptp(ys)) > pixel:
            continue  # A pole that is a line is the edge of the map.
        column = (e * (x - c) - b * (y - f)) / determinant - window.col_off
        row = (a * (y - f) - d * (x - c)) / determinant - window.row_off
        if 0 <= column <= window.width and 0 <= row <= window.height:
            return sign
    return 0


def _hull(place: Georeference, window: Window) -> "BaseGeometry":
    """Convex hull of the points of a window that lie on the Earth."""
    import shapely

    steps = np.linspace(0, 1, 65)
    grid = np.array([(s, t) for s in steps for t in steps])
    offset = (window.col_off, window.row_off)
    lon, lat = _project(place, grid * (window.width, window.height) + offset)
    there = np.isfinite(lon) & np.isfinite(lat)
    lon, lat = lon[there], lat[there]
    if lon.size and (pole := _pole_inside(place, window)):
        # All meridians meet in there; the parallel farthest off bounds it.
        edge = lat.min() if pole > 0 else lat.max()
        lon = np.array([-180.0, 180.0, 180.0, -180.0])
        lat = np.array([edge, edge, 90.0 * pole, 90.0 * pole])
    elif lon.size:
        middle = np.degrees(np.angle(np.exp(1j * np.radians(lon)).mean()))
        lon = np.mod(lon - middle + 180.0, 360.0) - 180.0 + middle
    hull = shapely.convex_hull(shapely.multipoints(np.column_stack([lon, lat])))
    if hull.geom_type != "Polygon":
        raise GeometryError(f"Window {tuple(window)} lies beyond the Earth's edge.")
    ring = np.asarray(hull.exterior.coords)
    return polygon_on_earth(ring[:, 0], ring[:, 1])

"""Geometry of landmarks: inside an area, or near a point."""

import math
from typing import TYPE_CHECKING

from rsrag.geo import EARTH_RADIUS_M, bbox_centre, geometry_bbox, haversine_m, spans
from rsrag.types import BBox

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

_STEP_DEGREES = 0.5
_NO_DISTANCE_M = 0.5


def shares_point(shape: "BaseGeometry", area: "BaseGeometry") -> bool:
    """Whether two lon/lat geometries share a point; 180° E and W are one line."""
    import numpy as np
    import shapely

    if shapely.intersects(shape, area):
        return True
    for first, second in ((shape, area), (area, shape)):
        if first.bounds[0] <= -180.0 and second.bounds[2] >= 180.0:
            moved = shapely.transform(first, lambda xy: np.add(xy, (360.0, 0.0)))
            if shapely.intersects(moved, second):
                return True
    return False


def boxes_around(lon: float, lat: float, radius_m: float) -> list[BBox]:
    """One box without antimeridian, or two, that hold a circle on the sphere."""
    angle = radius_m / EARTH_RADIUS_M * 1.001 + 1e-9
    reach = math.degrees(angle)
    south, north = max(-90.0, lat - reach), min(90.0, lat + reach)
    ratio = math.sin(min(angle, math.pi / 2)) / max(1e-12, math.cos(math.radians(lat)))
    if south <= -90.0 or north >= 90.0 or ratio >= 1.0 or angle >= math.pi / 2:
        return [BBox(-180.0, south, 180.0, north)]
    wide = math.degrees(math.asin(ratio))
    west, east = (lon - wide + 180) % 360 - 180, (lon + wide + 180) % 360 - 180
    return [BBox(w, south, e, north) for w, e in spans(BBox(west, 0, east, 0))]


def distance_m(shape: "BaseGeometry", lon: float, lat: float) -> float:
    """From a point to a lon/lat geometry, on the mean sphere; 0 inside.

    Outlines are laid out around the point in the azimuthal equidistant projection
    (Snyder 1987, p. 195), where distances from its centre are true. Their edges are
    straight in lon/lat and are cut fine enough to stay so.
    """
    import shapely

    if shape.geom_type == "Point":
        return haversine_m(lon, lat, shape.x, shape.y)
    if holds(shape, lon, lat):
        return 0.0
    return float(shapely.distance(_laid_out(shape, lon, lat), shapely.Point(0.0, 0.0)))


def apart(here: "BaseGeometry", there: "BaseGeometry") -> tuple[float, float]:
    """Metres between two lon/lat geometries that share no point, and the bearing.

    Both are laid out around the middle of ``here``, as in :func:`distance_m`; the
    nearest pair of points is found there and measured on the sphere. The compass
    bearing is that at which one sets out from ``here``, degrees from north. What
    rounds to no metre is none.
    """
    import shapely

    lon, lat = bbox_centre(geometry_bbox(here))
    flat = [_laid_out(shape, lon, lat) for shape in (here, there)]
    ends = shapely.get_coordinates(shapely.shortest_line(*flat))
    (lon_a, lat_a), (lon_b, lat_b) = (_on_globe(x, y, lon, lat) for x, y in ends)
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    turn = math.radians(lon_b - lon_a)
    east = math.sin(turn) * math.cos(phi_b)
    north = math.cos(phi_a) * math.sin(phi_b)
    north -= math.sin(phi_a) * math.cos(phi_b) * math.cos(turn)
    # A hair west of north comes out as 360 the first time.
    bearing = math.degrees(math.atan2(east, north)) % 360 % 360
    metres = haversine_m(lon_a, lat_a, lon_b, lat_b)
    return (metres if metres >= _NO_DISTANCE_M else 0.0), bearing


def holds(shape: "BaseGeometry", lon: float, lat: float) -> bool:
    """Whether a geometry, split at the antimeridian, holds a point or touches it."""
    import shapely

    if abs(lat) == 90.0:
        south, north = shape.bounds[1], shape.bounds[3]
        return bool(north >= 90.0 if lat > 0 else south <= -90.0)
    longitudes = (-180.0, 180.0) if abs(lon) == 180.0 else (lon,)
    return any(shapely.intersects(shape, shapely.Point(x, lat)) for x in longitudes)


def _laid_out(shape: "BaseGeometry", lon: float, lat: float) -> "BaseGeometry":
    import shapely

    # An area's inside could be turned out beyond the horizon; its edge cannot.
    edges = shape.boundary if shape.geom_type.endswith("Polygon") else shape
    fine = shapely.segmentize(edges, _STEP_DEGREES)
    return shapely.transform(fine, lambda xy: _around(xy, lon, lat))


def _around(
    points: "NDArray[np.float64]", lon: float, lat: float
) -> "NDArray[np.float64]":
    import numpy as np

    lam = np.radians(points[:, 0] - lon)
    phi, phi0 = np.radians(points[:, 1]), math.radians(lat)
    east = np.cos(phi) * np.sin(lam)
    north = math.cos(phi0) * np.sin(phi) - math.sin(phi0) * np.cos(phi) * np.cos(lam)
    up = math.sin(phi0) * np.sin(phi) + math.cos(phi0) * np.cos(phi) * np.cos(lam)
    across = np.hypot(east, north)
    angle = np.arctan2(across, up)
    scale = np.divide(angle, across, out=np.ones_like(angle), where=across > 1e-15)
    metres = scale * EARTH_RADIUS_M
    flat: NDArray[np.float64] = np.column_stack([east * metres, north * metres])
    # The other end of the Earth lies in every direction; one is as good as another.
    flat[(across <= 1e-15) & (up < 0)] = (math.pi * EARTH_RADIUS_M, 0.0)
    return flat


def _on_globe(x: float, y: float, lon: float, lat: float) -> tuple[float, float]:
    """Where a point of :func:`_around` lies (Snyder 1987, p. 195)."""
    away = math.hypot(x, y)
    if away == 0.0:
        return lon, lat
    angle, phi0 = away / EARTH_RADIUS_M, math.radians(lat)
    up = math.cos(angle) * math.sin(phi0) + y / away * math.sin(angle) * math.cos(phi0)
    turn = math.atan2(
        x * math.sin(angle),
        away * math.cos(phi0) * math.cos(angle) - y * math.sin(phi0) * math.sin(angle),
    )
    there = (lon + math.degrees(turn) + 180) % 360 - 180
    return there, math.degrees(math.asin(max(-1.0, min(1.0, up))))

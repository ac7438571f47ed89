"""Areas that were drawn in pixels of a scene, in longitude and latitude."""

from typing import TYPE_CHECKING

import numpy as np

from rsrag.errors import GeometryError
from rsrag.imagery.places.antimeridian import close_over_pole, polygon_on_earth, unwrap
from rsrag.imagery.places.georeference import Georeference, to_lon_lat

if TYPE_CHECKING:
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

_STEPS = 32
"""Points that a side as long as the area is given, since projections bend it."""


def area_on_earth(place: Georeference, area: "Polygon") -> "BaseGeometry":
    """An area of a scene in degrees.

    Args:
        place: of the scene.
        area: in pixels, columns before rows, from the upper left corner.

    Returns:
        A valid Polygon or MultiPolygon, cut at the antimeridian, holes kept.

    Raises:
        GeometryError: a part of it lies beyond the Earth.
    """
    left, top, right, bottom = area.bounds
    fine = area.segmentize(max(right - left, bottom - top) / _STEPS)
    outer = _ring(place, np.asarray(fine.exterior.coords))
    for hole in fine.interiors:
        outer = outer - _ring(place, np.asarray(hole.coords))
    return outer


def _ring(place: Georeference, points: np.ndarray) -> "BaseGeometry":
    x, y = place.at(points[:, 0], points[:, 1])
    lon, lat = (np.asarray(v) for v in to_lon_lat(place.crs).transform(x, y))
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise GeometryError("An area lies beyond the Earth's edge.")
    lon, lat, turns = unwrap(lon, lat)
    if turns:
        lon, lat = close_over_pole(lon, lat, 90.0 if lat.mean() > 0 else -90.0)
    return polygon_on_earth(lon, lat)


def area_m2(geometry: "BaseGeometry") -> float:
    """Area on the ellipsoid of WGS 84, square metres."""
    from pyproj import Geod

    area, _ = Geod(ellps="WGS84").geometry_area_perimeter(geometry)
    return abs(float(area))

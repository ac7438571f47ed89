"""A picture of a scene as it lies on a map whose axes are longitude and latitude."""

import numpy as np
from shapely import box

from rsrag.imagery.places.georeference import (
    Floats,
    Georeference,
    in_degrees,
    to_lon_lat,
)
from rsrag.imagery.places.pixel_areas import area_on_earth
from rsrag.types import Pixels

_GRID = 17
"""Points along a side that a scene without an affine transform is fitted to."""
_POWERS = tuple((i, j) for i in range(4) for j in range(4 - i))


def on_plate_carree(
    picture: Pixels, place: Georeference, size: tuple[int, int], longest: int
) -> tuple[Pixels, tuple[float, float, float, float]]:
    """Lay a picture on a grid of degrees.

    Args:
        picture: the whole scene, ``(height, width, 3)`` uint8, thinned out or not.
        place: of the scene.
        size: width and height of the scene, pixels.
        longest: pixels along the longer side of what comes out.

    Returns:
        ``(rows, columns, 4)`` uint8, clear where the scene is not, and its west, south,
        east and north in degrees; east is beyond 180 where it crosses the antimeridian.

    Raises:
        GeometryError: a part of the scene lies beyond the Earth.
    """
    west, south, east, north = _extent(place, size)
    step = max(east - west, north - south) / longest
    columns = max(1, round((east - west) / step))
    rows = max(1, round((north - south) / step))
    lon = west + (np.arange(columns) + 0.5) * (east - west) / columns
    lat = north - (np.arange(rows) + 0.5) * (north - south) / rows
    x, y = pixels_at(place, size, *np.meshgrid(lon, lat))
    inside = (x >= 0) & (y >= 0) & (x < size[0]) & (y < size[1])
    height, width = picture.shape[:2]
    column = np.where(inside, x * width / size[0], 0).astype(np.intp)
    row = np.where(inside, y * height / size[1], 0).astype(np.intp)
    made = np.zeros((rows, columns, 4), np.uint8)
    made[..., :3] = picture[row, column]
    made[..., 3] = inside * 255
    return made, (west, south, east, north)


def _extent(
    place: Georeference, size: tuple[int, int]
) -> tuple[float, float, float, float]:
    whole = area_on_earth(place, box(0, 0, *size))
    parts = [part.bounds for part in getattr(whole, "geoms", [whole])]
    cut = min(b[0] for b in parts) <= -180 and max(b[2] for b in parts) >= 180
    if cut and len(parts) > 1:
        parts = [
            (w + 360, s, e + 360, n) if e <= 0 else (w, s, e, n) for w, s, e, n in parts
        ]
    edges = np.array(parts)
    low, high = edges[:, :2].min(axis=0), edges[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def pixels_at(
    place: Georeference, size: tuple[int, int], lon: Floats, lat: Floats
) -> tuple[Floats, Floats]:
    """Columns and rows of a scene at places in degrees; nan beyond the projection.

    Args:
        place: of the scene.
        size: width and height of the scene, pixels.
    """
    if place.bend is not None:
        return _fitted(place, size, lon, lat)
    if in_degrees(place.crs):
        middle, _ = place.at(size[0] / 2, size[1] / 2)
        x, y = lon + 360 * np.round((middle - lon) / 360), lat
    else:
        x, y = to_lon_lat(place.crs).transform(lon, lat, direction="INVERSE")
    a, b, c, d, e, f = place.transform
    x, y = (
        np.where(np.isfinite(x), x, np.nan) - c,
        np.where(np.isfinite(y), y, np.nan) - f,
    )
    area = a * e - b * d
    return (e * x - b * y) / area, (a * y - d * x) / area


def _fitted(
    place: Georeference, size: tuple[int, int], lon: Floats, lat: Floats
) -> tuple[Floats, Floats]:
    """The same by a polynomial of third order through points of the scene."""
    columns, rows = (
        one.ravel() for one in np.meshgrid(*(np.linspace(0, n, _GRID) for n in size))
    )
    x, y = to_lon_lat(place.crs).transform(*place.at(columns, rows))
    x, y = np.asarray(x), np.asarray(y)
    centre, spread = (lon.mean(), lat.mean()), (np.ptp(lon) or 1, np.ptp(lat) or 1)

    def powers(at: Floats, up: Floats) -> Floats:
        at = (at + 360 * np.round((centre[0] - at) / 360) - centre[0]) / spread[0]
        up = (up - centre[1]) / spread[1]
        return np.stack([at**i * up**j for i, j in _POWERS], axis=-1)

    weights = np.linalg.lstsq(powers(x, y), np.stack([columns, rows], 1), rcond=None)[0]
    found = powers(lon, lat) @ weights
    return found[..., 0], found[..., 1]

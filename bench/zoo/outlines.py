"""How far an outline is from where GDAL says that the pixels lie."""

from typing import TYPE_CHECKING

import numpy as np

from bench.zoo.animals import Floats, Place, Spot

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

EARTH_M = 6_371_008.8
_ALONG = 400
"""Points a side of the true border."""

_WHOLE = 0.97
"""Least area that both outlines hold of what either holds."""


def _on_sphere(lon: Floats, lat: Floats) -> Floats:
    """``(n, 3)`` metres from the Earth's middle."""
    lon, lat = np.radians(lon), np.radians(lat)
    across = np.cos(lat)
    unit = np.stack([across * np.cos(lon), across * np.sin(lon), np.sin(lat)], -1)
    return np.asarray(unit * EARTH_M)


def _border(width: float, height: float, along: int) -> tuple[Floats, Floats]:
    """Columns and rows round a picture, beginning at each corner in turn."""
    s = np.arange(along) / along
    columns = [s * width, np.full(along, width), width - s * width, np.zeros(along)]
    rows = [np.zeros(along), s * height, np.full(along, height), height - s * height]
    return np.concatenate(columns), np.concatenate(rows)


def fault_of(outline: "BaseGeometry | None", place: Place | Spot | None) -> str | None:
    """What is wrong with an outline; ``None`` if nothing is."""
    if place is None:
        return None if outline is None else f"placed at {outline.bounds}"
    if outline is None:
        return "not placed"
    if not outline.is_valid or outline.bounds[0] < -180 or outline.bounds[2] > 180:
        return "no valid outline between -180 and 180"
    if isinstance(place, Spot):
        return _fault_of_spot(outline, place)
    return _fault_of_corners(outline, place) or _fault_of_area(outline, place)


def _vertices(outline: "BaseGeometry") -> Floats:
    import shapely

    return np.asarray(shapely.get_coordinates(outline))


def _fault_of_spot(outline: "BaseGeometry", spot: Spot) -> str | None:
    import shapely

    if not outline.intersects(shapely.Point(spot.lon, spot.lat).buffer(1e-7)):
        return f"{outline.bounds} does not hold the camera"
    here = _on_sphere(np.array([spot.lon]), np.array([spot.lat]))
    far = np.linalg.norm(_on_sphere(*_vertices(outline).T) - here, axis=1).max()
    return f"reaches {far:,.0f} m from the camera" if far > spot.within_m else None


def _fault_of_corners(outline: "BaseGeometry", place: Place) -> str | None:
    """Corners farther than a pixel from vertices, or vertices from the true border."""
    width, height = place.size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    lon, lat = place.lon_lat(*corners.T)
    inward = np.clip(corners, 1, [width - 1, height - 1])
    true = _on_sphere(lon, lat)
    # A pixel's longer side, where it has one: at a pole one of them is none.
    sides = [
        np.linalg.norm(_on_sphere(*place.lon_lat(*moved.T)) - true, axis=1)
        for moved in (
            np.column_stack([inward[:, 0], corners[:, 1]]),
            np.column_stack([corners[:, 0], inward[:, 1]]),
        )
    ]
    pixel = np.maximum(*sides)
    vertices = _vertices(outline)
    drawn = _on_sphere(*vertices.T)
    off = np.linalg.norm(drawn[:, None] - true, axis=2).min(axis=0) / pixel
    if off.max() > 1:
        return f"a corner lies {off.max():,.1f} pixels off"
    border = _on_sphere(*place.lon_lat(*_border(width, height, _ALONG)))
    # Cuts at ±180 and lines to a pole are no border of the picture.
    own = (np.abs(vertices[:, 0]) < 180 - 1e-6) & (np.abs(vertices[:, 1]) < 90 - 1e-6)
    if own.any():
        distance = np.linalg.norm(drawn[own][:, None] - border, axis=2).min(axis=1)
        step = np.linalg.norm(np.diff(border, axis=0), axis=1).max()
        if distance.max() > pixel.max() + step:
            return f"a vertex lies {distance.max() / pixel.max():,.1f} pixels off"
    return None


def _fault_of_area(outline: "BaseGeometry", place: Place) -> str | None:
    """The library `antimeridian` cuts the true border; both must hold one area."""
    import antimeridian
    import shapely

    lon, lat = place.lon_lat(*_border(*place.size, 60))
    lat = np.clip(lat, -90, 90)
    # Longitudes made continuous here, as no library can know a turn beyond 180.
    steps = np.mod(np.diff(lon, append=lon[0]) + 180, 360) - 180
    wrapped = np.mod(lon + 180, 360) - 180
    across = np.abs(np.diff(wrapped, append=wrapped[0])) > 180
    if not across.any() and np.abs(lat).max() < 90 - 1e-6:
        true = shapely.Polygon(np.column_stack([wrapped, lat]))
    else:
        if steps.sum() < -180 or (
            abs(steps.sum()) < 180
            and not shapely.LinearRing(
                np.column_stack([lon[0] + np.cumsum(steps), lat])
            ).is_ccw
        ):
            wrapped, lat = wrapped[::-1], lat[::-1]
        if abs(steps.sum()) > 180 and lat.mean() < 0:
            wrapped, lat = wrapped[::-1], lat[::-1]
        ring = shapely.Polygon(np.column_stack([wrapped, lat]))
        true = antimeridian.fix_polygon(ring, fix_winding=False, great_circle=False)
    if not true.is_valid:
        true = shapely.make_valid(true)
    shared = outline.intersection(true).area / outline.union(true).area
    return f"shares {shared:.0%} of the true area" if shared < _WHOLE else None

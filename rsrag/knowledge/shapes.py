"""Geometries of records: GeoJSON, WKB, and what can be a place on the Earth."""

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rsrag.errors import KnowledgeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# ISO WKB of a point: little endian, type 1, two doubles.
_POINT = struct.Struct("<BIdd")
_DUST_DEG = 1e-7
"""A centimetre."""
_POINT_HEAD = b"\x01\x01\0\0\0"


def point_wkb(lon: float, lat: float) -> bytes:
    """WKB of a point, in degrees."""
    return _POINT.pack(1, 1, lon, lat)


def centre_of(wkb: bytes) -> tuple[float, float]:
    """Longitude and latitude of the middle."""
    if len(wkb) == _POINT.size and wkb[:5] == _POINT_HEAD:
        lon, lat = _POINT.unpack(wkb)[2:]
        return lon, lat
    import shapely

    centre = shapely.from_wkb(wkb).centroid
    return centre.x, centre.y


def covers(wkb: bytes, place: tuple[float, float]) -> bool:
    """Whether a place lies in an area."""
    if len(wkb) == _POINT.size and wkb[:5] == _POINT_HEAD:
        return False
    import shapely

    return bool(shapely.intersects_xy(shapely.from_wkb(wkb), *place))


def geometry_json(wkb: bytes) -> dict[str, Any]:
    """A GeoJSON geometry object; the coordinates are exactly those of the WKB."""
    if (point := _point_of(wkb)) is not None:
        return {"type": "Point", "coordinates": [*point]}
    from rsrag.columns.outlines import geometry_mapping

    return geometry_mapping(wkb)


def geometry_wkb(value: object, where: str) -> bytes:
    """A GeoJSON geometry object as WKB, checked: finite, on the Earth, not empty."""
    if isinstance(value, dict) and value.get("type") == "Point":
        place = value.get("coordinates")
        # Most landmarks are points: these need no geometry library.
        if type(place) is list and [type(part) for part in place] == [float, float]:
            lon, lat = place
            if abs(lon) < 180 and abs(lat) < 90:
                return point_wkb(lon, lat)
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    if not isinstance(value, Mapping) or not isinstance(value.get("type"), str):
        raise KnowledgeError(f"{where}: geometry: {shown(value)} is not GeoJSON.")
    try:
        geometry = shape(value)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError) as exc:
        raise KnowledgeError(
            f"{where}: geometry: {shown(value)} is not GeoJSON: {exc}."
        ) from exc
    except (IndexError, RecursionError) as exc:
        raise KnowledgeError(f"{where}: geometry: {shown(value)} is broken.") from exc
    return shape_wkb(geometry, where)


def shape_wkb(geometry: Any, where: str) -> bytes:
    """A shapely geometry as 2D WKB, checked as :func:`geometry_wkb` does."""
    import shapely

    if geometry.is_empty:
        raise KnowledgeError(f"{where}: geometry: it is empty.")
    geometry = shapely.transform(shapely.force_2d(geometry), _snapped)
    rank = shapely.get_dimensions(geometry)
    coordinates = shapely.get_coordinates(geometry)
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    if not (
        low[0] >= -180 and high[0] <= 180 and low[1] >= -90 and high[1] <= 90
    ):  # NaN compares false and ends here, too
        raise KnowledgeError(
            f"{where}: geometry: it reaches {low[0]:g} {low[1]:g} {high[0]:g} "
            f"{high[1]:g}, beyond the Earth in degrees lon/lat.",
            hint="--crs EPSG:25832 if that is their reference system",
        )
    if not geometry.is_valid:
        geometry = shapely.make_valid(geometry)
        if shapely.get_dimensions(geometry) < rank:
            raise KnowledgeError(f"{where}: geometry: it is an area without any width.")
    return bytes(shapely.to_wkb(geometry, byte_order=1))


def _snapped(coordinates: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Coordinates ``(n, 2)``; those a hair from the edge of the map are on it.

    Reprojecting and rounding leave 180.00000000000003, and with it a country that
    would be beyond the Earth, or not split at the antimeridian.
    """
    import numpy as np

    edges = np.copysign((180.0, 90.0), coordinates)
    return np.where(np.abs(coordinates - edges) < _DUST_DEG, edges, coordinates)


def shown(value: object) -> str:
    """A value for a message: ``repr``, cut at 60 characters."""
    try:
        text = repr(value[:100] if isinstance(value, str) else value)
    except (ValueError, RecursionError):  # an int of 5,000 digits, a deep list
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:59] + "…"


def off_earth(wkb: bytes) -> str | None:
    """What is wrong with the coordinates of a point; other shapes count as checked."""
    lon, lat = _point_of(wkb) or (0.0, 0.0)
    if abs(lon) <= 180 and abs(lat) <= 90:
        return None
    return f"{lon:g}, {lat:g} is beyond the Earth"


def _point_of(wkb: bytes) -> tuple[float, float] | None:
    if len(wkb) != _POINT.size or wkb[:5] != _POINT_HEAD:
        return None
    _, _, lon, lat = _POINT.unpack(wkb)
    return lon, lat

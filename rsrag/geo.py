"""Longitude and latitude: boxes, the antimeridian, areas and distances.

Everything is in degrees, EPSG:4326, longitude first. Shapely is imported where
it is used, so that a command that needs no geometry does not pay for it.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rsrag.errors import GeometryError
from rsrag.types import BBox

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the WGS84 ellipsoid (IUGG), metres."""

_WKT_WORDS = ("POINT", "LINESTRING", "POLYGON", "MULTI", "GEOMETRYCOLLECTION")


def parse_bbox(values: Sequence[float]) -> BBox:
    """Check four numbers and name them west, south, east, north.

    Args:
        values: degrees. ``west > east`` means a box across the antimeridian.

    Raises:
        GeometryError: not four finite numbers, latitude outside [-90, 90] or
            upside down, longitude outside [-180, 180], or no width or height.
    """
    text = " ".join(f"{value:g}" for value in values)
    order = "order is W S E N: west south east north, degrees lon/lat"
    if len(values) != 4:
        raise GeometryError(f"A bbox has four numbers, got {text!r}.", hint=order)
    if not all(math.isfinite(value) for value in values):
        raise GeometryError(f"Bbox {text} holds NaN or infinity.", hint=order)
    box = BBox(*(float(value) for value in values))
    if not (-90 <= box.south <= 90 and -90 <= box.north <= 90):
        raise GeometryError(f"Bbox {text}: latitude is beyond ±90.", hint=order)
    if not (-180 <= box.west <= 180 and -180 <= box.east <= 180):
        raise GeometryError(f"Bbox {text}: longitude is beyond ±180.", hint=order)
    if box.south >= box.north:
        raise GeometryError(f"Bbox {text}: south is not below north.", hint=order)
    if box.west == box.east:
        raise GeometryError(f"Bbox {text} has no width.", hint=order)
    return box


def bbox_geometry(box: BBox) -> "BaseGeometry":
    """The box as a Polygon, or as two in a MultiPolygon across the antimeridian."""
    from shapely import MultiPolygon, box as rectangle

    if box.west <= box.east:
        return rectangle(*box)
    return MultiPolygon(
        [
            rectangle(box.west, box.south, 180.0, box.north),
            rectangle(-180.0, box.south, box.east, box.north),
        ]
    )


def geometry_bbox(geometry: "BaseGeometry") -> BBox:
    """Bounds; ``west > east`` if the parts touch the antimeridian from both sides.

    Args:
        geometry: lon/lat, split at the antimeridian where it crosses it
            (RFC 7946, section 3.1.9).
    """
    west, south, east, north = geometry.bounds
    if west == -180.0 and east == 180.0 and geometry.geom_type == "MultiPolygon":
        # Unroll at the gap between the parts, if there is one that is plainly it. A
        # part that spans the globe (a polar cap), or parts all around it, leave none.
        gaps, reach = [], -180.0
        for part in sorted(part.bounds for part in geometry.geoms):
            if part[0] > reach:
                gaps.append((part[0] - reach, part[0], reach))
            reach = max(reach, part[2])
        width, after, before = max(gaps, default=(0.0, west, east))
        if len(gaps) == 1 or width >= 180.0:
            return BBox(after, south, before, north)
    return BBox(west, south, east, north)


def boxes_intersect(a: BBox, b: BBox) -> bool:
    """Whether two boxes share a point, across the antimeridian too."""
    return (a.south <= b.north and b.south <= a.north) and any(
        west_a <= east_b and west_b <= east_a
        for west_a, east_a in spans(a)
        for west_b, east_b in spans(b)
    )


def spans(box: BBox) -> list[tuple[float, float]]:
    """The box's longitudes as one ``(west, east)`` or, across ±180, two."""
    if box.west <= box.east:
        return [(box.west, box.east)]
    return [(box.west, 180.0), (-180.0, box.east)]


def boxes_that_wrap(boxes: "NDArray[np.float64]") -> "NDArray[np.intp]":
    """Rows of ``(n, 4)`` boxes that lie across the antimeridian; they are few."""
    import numpy as np

    return np.flatnonzero(boxes[:, 0] > boxes[:, 2])


def boxes_touch(
    boxes: "NDArray[np.float64]", box: BBox, wraps: "NDArray[np.intp] | None" = None
) -> "NDArray[np.bool_]":
    """Which of ``(n, 4)`` boxes share a point with ``box``, antimeridian included.

    Args:
        boxes: west, south, east, north; NaN touches nothing.
        box: to be touched.
        wraps: :func:`boxes_that_wrap` of the boxes, if it is known.
    """
    import numpy as np

    x0, y0, x1, y1 = boxes.T
    touch = y0 <= box.north
    touch &= y1 >= box.south
    wraps = boxes_that_wrap(boxes) if wraps is None else wraps
    lon = np.zeros_like(touch)
    for west, east in spans(box):
        plain = x0 <= east
        plain &= x1 >= west
        plain[wraps] = (x0[wraps] <= east) | (x1[wraps] >= west)
        lon |= plain
    touch &= lon
    return np.asarray(touch, dtype=bool)


def bbox_centre(box: BBox) -> tuple[float, float]:
    """Longitude in [-180, 180) and latitude of the middle of the box."""
    width = (box.east - box.west) % 360 or (360.0 if box.east != box.west else 0.0)
    lon = (box.west + width / 2 + 180) % 360 - 180
    return lon, (box.south + box.north) / 2


def haversine_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Great-circle distance in metres on the mean sphere (0.5 % of the ellipsoid's)."""
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    d_phi, d_lam = phi_b - phi_a, math.radians(lon_b - lon_a)
    h = (
        math.sin(d_phi / 2) ** 2
        + math.cos(phi_a) * math.cos(phi_b) * math.sin(d_lam / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, h)))


def read_area(value: str) -> "BaseGeometry":
    """Read an area of interest.

    Args:
        value: a GeoJSON file's path, GeoJSON itself, or WKT.

    Returns:
        One lon/lat geometry: the union of all that the file holds.

    Raises:
        GeometryError: unreadable, empty, or coordinates beyond the Earth.
    """
    import shapely
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    text = value.strip()
    origin = "the GeoJSON given" if text.startswith("{") else repr(value)
    try:
        is_wkt = text.upper().startswith(_WKT_WORDS) and not Path(value).is_file()
        if not text.startswith("{") and not is_wkt:
            text = Path(value).read_text(encoding="utf-8")
        if text.lstrip().startswith("{"):
            shapes = [shape(part) for part in _geojson_geometries(json.loads(text))]
            area = shapely.union_all(shapes)
        else:
            area = shapely.from_wkt(text)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise GeometryError(
            f"{origin} is not an area: {exc}", hint="give a GeoJSON file or WKT"
        ) from exc
    except ShapelyError as exc:
        raise GeometryError(
            f"{origin} is neither a file nor a geometry: {exc}",
            hint="give a GeoJSON file, GeoJSON text or WKT",
        ) from exc
    if area.is_empty:
        raise GeometryError(f"{origin} holds no geometry.")
    if not all(map(math.isfinite, shapely.get_coordinates(area).ravel())):
        raise GeometryError(f"{origin} holds NaN or infinity.")
    if not area.is_valid:
        area = shapely.make_valid(area)
    west, south, east, north = area.bounds
    if min(west + 180, 180 - east, south + 90, 90 - north) < 0:
        raise GeometryError(
            f"{origin} reaches {west:g} {south:g} {east:g} {north:g}, beyond the Earth "
            "in degrees.",
            hint="areas are lon/lat (EPSG:4326); reproject it first",
        )
    return area


def _geojson_geometries(node: dict[str, Any]) -> list[dict[str, Any]]:
    """All geometries of a GeoJSON object, in order."""
    kind = node["type"]
    if kind == "FeatureCollection":
        return [g for part in node["features"] for g in _geojson_geometries(part)]
    if kind == "Feature":
        return _geojson_geometries(node["geometry"]) if node["geometry"] else []
    if kind == "GeometryCollection":
        return [g for part in node["geometries"] for g in _geojson_geometries(part)]
    return [node]


def geometry_mapping(wkb: bytes) -> dict[str, Any]:
    """WKB as a GeoJSON geometry object, with lists for coordinates."""
    import shapely

    return cast("dict[str, Any]", json.loads(shapely.to_geojson(shapely.from_wkb(wkb))))

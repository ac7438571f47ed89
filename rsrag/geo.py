"""Longitude and latitude: boxes, the antimeridian, areas and distances.

Everything is in degrees, EPSG:4326, longitude first. Shapely is imported where
it is used, so that a command that needs no geometry does not pay for it.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rsrag.errors import GeometryError
from rsrag.types import BBox

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the WGS84 ellipsoid (IUGG), metres."""

WKT_WORDS = (
    *("POINT", "LINESTRING", "POLYGON", "MULTI", "GEOMETRYCOLLECTION", "SRID="),
)


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


def boxes_touch(boxes: "NDArray[np.float64]", box: BBox) -> "NDArray[np.bool_]":
    """Which of ``(n, 4)`` boxes share a point with ``box``, antimeridian included.

    Args:
        boxes: west, south, east, north; NaN touches nothing.
        box: to be touched.
    """
    import numpy as np

    x0, y0, x1, y1 = boxes.T
    touch = y0 <= box.north
    touch &= y1 >= box.south
    wraps = np.flatnonzero(x0 > x1)  # They are few.
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


def reprojected(geometry: "BaseGeometry", crs: str) -> "BaseGeometry":
    """A geometry in another reference system brought to lon/lat degrees.

    Raises:
        GeometryError: no such system, or none on this Earth.
    """
    import numpy as np
    import shapely

    change = None if crs == "EPSG:4326" else _change_from(crs)
    if change is None:
        return geometry
    flat = shapely.force_2d(geometry)
    west, south, east, north = flat.bounds
    if max(east - west, north - south) > 0:
        # What is straight there is bent here.
        flat = shapely.segmentize(flat, max(east - west, north - south) / 64)
    return shapely.transform(flat, lambda at: np.column_stack(change(*at.T)))


@lru_cache(maxsize=8)
def _change_from(crs: str) -> "Callable[..., Any] | None":
    """What brings coordinates to lon/lat; ``None`` for those that are in it."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    try:
        if CRS(crs).equals("EPSG:4326", ignore_axis_order=True):
            return None
        return Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform
    except ProjError as exc:
        raise GeometryError(
            f"{crs!r} is no reference system: {exc}.", hint="as in EPSG:25832"
        ) from exc


def parse_wkt(text: str, crs: str = "EPSG:4326") -> "BaseGeometry":
    """WKT, or EWKT as ``SRID=25832;POINT (...)``, in lon/lat degrees.

    Args:
        crs: of WKT, which does not say it.

    Raises:
        GeometryError: it is neither.
    """
    import shapely
    from shapely.errors import ShapelyError

    srid, _, rest = text.rpartition(";")
    try:
        geometry = shapely.from_wkt(rest)
    except ShapelyError as exc:
        raise GeometryError(f"is not WKT: {exc}") from exc
    number = srid.strip().upper().removeprefix("SRID=")
    return reprojected(geometry, f"EPSG:{number}" if number.strip("0") else crs)


def wrapped(geometry: "BaseGeometry") -> "BaseGeometry":
    """A line or an area beyond ±180 brought back, split at the antimeridian.

    Args:
        geometry: degrees; a point, and what reaches beyond ±540, stays as it is.
    """
    import shapely
    from shapely.affinity import translate

    west, _, east, _ = geometry.bounds
    if (west >= -180 and east <= 180) or not -540 <= west < east <= 540:
        return geometry
    geometry, parts = shapely.make_valid(geometry), []
    for turn in (-360, 0, 360):
        strip = shapely.box(turn - 180, -90, turn + 180, 90)
        cut = translate(shapely.intersection(geometry, strip), -turn)
        parts += [p for p in getattr(cut, "geoms", [cut]) if not p.is_empty]
    # Where it only touches the antimeridian from afar, a part has no width.
    rank = max(map(shapely.get_dimensions, parts))
    return shapely.union_all([p for p in parts if shapely.get_dimensions(p) == rank])

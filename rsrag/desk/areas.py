"""Areas of interest: GeoJSON, WKT, and files of any vector format."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.errors import GeometryError, KnowledgeError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_HINT = (
    "give GeoJSON, WKT, or a file: GeoJSON, GeoPackage, Shapefile, KML, GeoParquet; "
    "one layer of several as FILE:LAYER"
)


def read_area(value: str) -> "BaseGeometry":
    """Read an area of interest.

    Args:
        value: GeoJSON or WKT, or the path of a file of these or of another vector
            format, ``FILE:LAYER`` for one layer of several.

    Returns:
        One lon/lat geometry: the union of all that it holds, split at the antimeridian.

    Raises:
        GeometryError: unreadable, empty, or coordinates beyond the Earth.
    """
    from shapely.errors import ShapelyError

    from rsrag.geo import WKT_WORDS, parse_wkt, wrapped

    text = value.strip()
    origin = "the GeoJSON given" if text.startswith("{") else repr(value[:200])
    try:
        if text.startswith("{"):
            area = _geojson(json.loads(text))
        elif text.upper().startswith(WKT_WORDS) and not _is_file(value):
            area = parse_wkt(text)
        else:
            area = _from_file(value)
        area = wrapped(_union([area]))
    except KnowledgeError as exc:
        hint = (exc.hint or _HINT).replace("--layer ", f"{value}:")
        raise GeometryError(
            f"{origin} is not an area: {exc}",
            hint=_HINT if hint.startswith("--") else hint,
        ) from exc
    except (
        *(GeometryError, ShapelyError, OSError, ValueError, TypeError),
        *(AttributeError, RecursionError),
    ) as exc:
        raise GeometryError(
            f"{origin} is not an area: {exc}", hint=getattr(exc, "hint", None) or _HINT
        ) from exc
    if area.is_empty:
        raise GeometryError(f"{origin} holds no geometry.")
    west, south, east, north = area.bounds
    if not all(map(math.isfinite, area.bounds)):
        raise GeometryError(f"{origin} holds NaN or infinity.")
    if min(west + 180, 180 - east, south + 90, 90 - north) < 0:
        raise GeometryError(
            f"{origin} reaches {west:g} {south:g} {east:g} {north:g}, beyond the Earth "
            "in degrees, and names no other reference system.",
            hint="areas are lon/lat (EPSG:4326); name another system as in "
            "'SRID=25832;POLYGON (...)'",
        )
    return area


def _is_file(value: str) -> bool:
    """Whether a text is the path of a file; a long one is not."""
    try:
        return Path(value).is_file()
    except OSError:
        return False


def _from_file(value: str) -> "BaseGeometry":
    from rsrag.geo import WKT_WORDS, parse_wkt
    from rsrag.knowledge.feature_files import read_features, vector_kind

    path, layer = Path(value), None
    if not path.exists() and ":" in value:
        name, _, layer = value.rpartition(":")
        path = Path(name)
    with path.open("rb") as file:
        head = file.read(4096)
    kind = vector_kind(head, path)
    if kind is None:
        text = path.read_text("utf-8-sig").strip()
        if text.upper().startswith(WKT_WORDS):
            return parse_wkt(text)
        if not text.startswith("{"):
            raise GeometryError("it is neither GeoJSON nor WKT nor a vector file.")
        return _geojson(json.loads(text))
    if kind == "osm":
        raise GeometryError("an extract of OpenStreetMap is no one area.")
    layers, _ = read_features(path, layer=layer)
    return _union(shape for _, frame in layers for shape in frame.geometry)


def _geojson(data: dict[str, Any]) -> "BaseGeometry":
    """The union of a GeoJSON object's geometries; a ``crs`` as of 2008 counts."""
    from shapely.geometry import shape

    from rsrag.geo import reprojected

    area = _union(shape(part) for part in _geometries(data))
    if data.get("crs") is None:
        return area
    about = data["crs"].get("properties") or {}
    if not isinstance(about.get("name"), str):
        raise GeometryError(f"its crs {str(data['crs'])[:80]} names no system.")
    return reprojected(area, about["name"])


def _union(shapes: "Iterable[BaseGeometry | None]") -> "BaseGeometry":
    import shapely

    valid = [shapely.make_valid(one) for one in shapes if one is not None]
    return valid[0] if len(valid) == 1 else shapely.union_all(valid)


def _geometries(node: dict[str, Any]) -> list[dict[str, Any]]:
    """All geometries of a GeoJSON object, in order."""
    kind = node.get("type")
    if kind == "FeatureCollection":
        return [g for part in node.get("features") or [] for g in _geometries(part)]
    if kind == "Feature":
        return _geometries(node["geometry"]) if node.get("geometry") else []
    if kind == "GeometryCollection":
        return [g for part in node.get("geometries") or [] for g in _geometries(part)]
    if "coordinates" not in node:
        raise GeometryError(f"it is no GeoJSON: {kind!r} is no type of geometry there.")
    return [node]


def circle(lon: float, lat: float, radius_m: float) -> "BaseGeometry":
    """What lies within some metres of a point: a polygon of 256 corners in degrees.

    It is cut at the antimeridian, and reaches to the pole where the pole lies inside.
    """
    import numpy as np
    import shapely
    from pyproj import Geod

    from rsrag.geo import wrapped

    count = 256
    turns = np.linspace(0, 360, count, endpoint=False)
    ends = Geod(ellps="WGS84").fwd(
        np.full(count, lon), np.full(count, lat), turns, np.full(count, radius_m)
    )
    around = np.unwrap(np.array(ends[0]), period=360)
    ring = np.column_stack([around, ends[1]])
    if abs(around[-1] - around[0]) > 180:
        # The pole lies inside: the ring goes once round the Earth and closes there.
        pole = 90.0 if lat > 0 else -90.0
        turn = math.copysign(360, around[-1] - around[0])
        last = [around[0] + turn, ends[1][0]]
        ring = np.vstack([ring, [last, [last[0], pole], [around[0], pole]]])
    return wrapped(shapely.make_valid(shapely.Polygon(ring)))

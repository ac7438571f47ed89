"""The place that a picture states of itself, as GDAL reads it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from rsrag.imagery.places.control_points import ControlPoint
from rsrag.imagery.places.georeference import Affine


class OwnPlace(NamedTuple):
    """What a file says of its place.

    Attributes:
        crs: reference system of the transform or of the points.
        transform: pixel corners to ``crs``.
        points: ground control points, where it has no transform.
    """

    crs: str | None = None
    transform: Affine | None = None
    points: Sequence[ControlPoint] = ()


def own_place(raster: Any) -> OwnPlace:
    """Read it from an open rasterio dataset, its ``.aux.xml`` included."""
    control, control_crs = raster.gcps
    crs, transform = raster.crs or control_crs, raster.transform
    if not transform.is_identity:
        return OwnPlace(_crs_text(crs), tuple(transform)[:6])
    points = [ControlPoint(point.col, point.row, point.x, point.y) for point in control]
    return OwnPlace(_crs_text(crs), None, tuple(points))


def _crs_text(crs: Any) -> str | None:
    if not crs:
        return None
    wkt = str(crs.to_wkt())
    if "TOWGS84" in wkt or "BOUNDCRS" in wkt:
        # The file's own way to WGS 84: the registry's entry may lead elsewhere.
        return wkt
    number = crs.to_epsg()
    return f"EPSG:{number}" if number else wkt

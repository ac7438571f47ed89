"""The place that a picture states of itself, as GDAL reads it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rsrag.imagery.places.control_points import ControlPoint
from rsrag.imagery.places.georeference import Affine

GRID = 9
"""Points a side at which polynomials are asked."""


class OwnPlace(NamedTuple):
    """What a file says of its place.

    Attributes:
        crs: reference system of the transform or of the points.
        transform: pixel corners to ``crs``.
        points: ground control points, where it has no transform.
        doubt: how far off the points may be.
    """

    crs: str | None = None
    transform: Affine | None = None
    points: Sequence[ControlPoint] = ()
    doubt: str | None = None


def own_place(raster: Any) -> OwnPlace:
    """Read it from an open rasterio dataset, its ``.aux.xml`` included."""
    from rasterio.crs import CRS

    control, control_crs = raster.gcps
    crs, transform = raster.crs or control_crs, raster.transform
    if not crs and raster.driver == "netCDF" and _counts_degrees(raster):
        crs = CRS.from_epsg(4326)
    if not transform.is_identity:
        return OwnPlace(_crs_text(crs), tuple(transform)[:6])
    if not control and raster.rpcs is not None:
        return _by_polynomials(raster)
    points = [ControlPoint(point.col, point.row, point.x, point.y) for point in control]
    return OwnPlace(_crs_text(crs), None, tuple(points))


def _counts_degrees(raster: Any) -> bool:
    """Whether a variable's axes are latitudes and longitudes, as CF names them."""
    units = {k: v for k, v in raster.tags().items() if k.endswith("#units")}
    return {"degrees_north", "degrees_east"} <= set(units.values())


def _by_polynomials(raster: Any) -> OwnPlace:
    """Points of a picture that has rational polynomials (RPC) and nothing else.

    They are laid at the mean height of the polynomials; what lies higher or lower is
    seen elsewhere, by as much as ``doubt`` says.
    """
    from rasterio.transform import RPCTransformer

    rpcs, width, height = raster.rpcs, raster.width, raster.height
    steps = np.linspace(0, 1, GRID)
    columns, rows = np.tile(steps, GRID) * width, np.repeat(steps, GRID) * height

    def ground(metres: float) -> NDArray[np.float64]:
        with RPCTransformer(rpcs, rpc_height=metres) as transformer:
            return np.array(transformer.xy(rows, columns, offset="ul"))

    level, spread = float(rpcs.height_off), float(rpcs.height_scale)
    lons, lats = ground(level)
    there = np.isfinite(lons) & np.isfinite(lats)
    table = np.column_stack([columns, rows, lons, lats])[there]
    doubt = f"placed by its polynomials (RPC) at a height of {level:,.0f} m"
    high = ground(level + min(spread, 100.0))
    with np.errstate(invalid="ignore"):
        east = (high[0] - lons) * np.cos(np.radians(lats)) * 111_320
        off = np.hypot(east, (high[1] - lats) * 111_320)
    if np.isfinite(off).any():
        metres = float(np.nanmax(off)) * 100 / min(spread, 100.0) if spread else 0.0
        doubt += f": {metres:,.0f} m off for each 100 m that the ground is higher"
    return OwnPlace("EPSG:4326", None, [ControlPoint(*row) for row in table], doubt)


def _crs_text(crs: Any) -> str | None:
    if not crs:
        return None
    wkt = str(crs.to_wkt())
    if "TOWGS84" in wkt or "BOUNDCRS" in wkt:
        # The file's own way to WGS 84: the registry's entry may lead elsewhere.
        return wkt
    number = crs.to_epsg()
    return f"EPSG:{number}" if number else wkt

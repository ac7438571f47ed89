"""One scene out of several files: its bands, laid over each other by GDAL.

Products keep each band in a file of its own. GDAL reads them as one raster through a
description (VRT) that is written here, never read from the archive: it names only
files that were opened and looked at before.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from rsrag.errors import ImageReadError
from rsrag.imagery.catalogues.described import BandInfo

_TYPES = {
    "uint8": "Byte",
    "int8": "Int8",
    "uint16": "UInt16",
    "int16": "Int16",
    "uint32": "UInt32",
    "int32": "Int32",
    "float32": "Float32",
    "float64": "Float64",
}
_SHIFT = 0.51
"""How far, in pixels of the coarser band, the corners of two bands may differ."""


class OpenLayer(NamedTuple):
    """One band of the scene to be.

    Attributes:
        target: how GDAL finds its file.
        raster: the file, open.
        band: 1-based number in the file.
        info: its name and what else is said of it.
    """

    target: str
    raster: Any
    band: int
    info: BandInfo


def describe(layers: Sequence[OpenLayer]) -> bytes:
    """Write the description that makes one raster of several.

    The finest band sets the grid; coarser ones are repeated (nearest neighbour).

    Raises:
        ImageReadError: they do not lie over each other, or hold what cannot be read.
    """
    finest = max(layers, key=lambda layer: layer.raster.width * layer.raster.height)
    raster = finest.raster
    lines = [f'<VRTDataset rasterXSize="{raster.width}" rasterYSize="{raster.height}">']
    if raster.crs:
        wkt = escape(raster.crs.to_wkt())
        lines.append(f'<SRS dataAxisToSRSAxisMapping="1,2">{wkt}</SRS>')
    if not raster.transform.is_identity:
        numbers = ", ".join(f"{value:.17g}" for value in raster.transform.to_gdal())
        lines.append(f"<GeoTransform>{numbers}</GeoTransform>")
    else:
        lines += _control_points(raster)
    for number, layer in enumerate(layers, 1):
        _check_over(layer, finest)
        lines += _band(number, layer, raster)
    lines.append("</VRTDataset>")
    return "\n".join(lines).encode()


def _control_points(raster: Any) -> list[str]:
    points, crs = raster.gcps
    if not points:
        return []
    wkt = quoteattr(crs.to_wkt() if crs else "")
    return [
        f'<GCPList Projection={wkt} dataAxisToSRSAxisMapping="1,2">',
        *(
            f'<GCP Id="{number}" Pixel="{p.col!r}" Line="{p.row!r}" X="{p.x!r}" '
            f'Y="{p.y!r}" Z="{p.z or 0.0!r}"/>'
            for number, p in enumerate(points)
        ),
        "</GCPList>",
    ]


def _band(number: int, layer: OpenLayer, grid: Any) -> list[str]:
    raster, info = layer.raster, layer.info
    if not 1 <= layer.band <= raster.count:
        raise ImageReadError(
            f"{layer.target} has {raster.count} bands, and no band {layer.band}."
        )
    name = raster.dtypes[layer.band - 1]
    if name not in _TYPES:
        raise ImageReadError(f"{layer.target} holds {name}, which has no grey.")
    rows, columns = raster.block_shapes[layer.band - 1]
    nodata = raster.nodata if info.nodata is None else info.nodata
    size = f'xSize="{raster.width}" ySize="{raster.height}"'
    target = f'xSize="{grid.width}" ySize="{grid.height}"'
    lines = [
        f'<VRTRasterBand dataType="{_TYPES[name]}" band="{number}" '
        f'blockXSize="{columns}" blockYSize="{rows}">'
    ]
    if info.name:
        lines.append(f"<Description>{escape(info.name)}</Description>")
    if nodata is not None:
        lines.append(f"<NoDataValue>{nodata!r}</NoDataValue>")
    return [
        *lines,
        "<SimpleSource>",
        # Each handle opens its own: handles are lent to threads.
        '<SourceFilename relativeToVRT="0" shared="0">'
        f"{escape(layer.target)}</SourceFilename>",
        f"<SourceBand>{layer.band}</SourceBand>",
        f'<SourceProperties RasterXSize="{raster.width}" '
        f"RasterYSize={quoteattr(str(raster.height))} "
        f'DataType="{_TYPES[name]}" BlockXSize="{columns}" BlockYSize="{rows}"/>',
        f'<SrcRect xOff="0" yOff="0" {size}/>',
        f'<DstRect xOff="0" yOff="0" {target}/>',
        "</SimpleSource>",
        "</VRTRasterBand>",
    ]


def _check_over(layer: OpenLayer, finest: OpenLayer) -> None:
    """Refuse bands of different places: a picture of both would show neither."""
    ours, theirs = layer.raster, finest.raster
    problem = None
    if ours.crs != theirs.crs:
        problem = f"reference systems {ours.crs} and {theirs.crs} differ"
    elif ours.transform.is_identity != theirs.transform.is_identity:
        problem = "only one of them is georeferenced"
    elif ours.transform.is_identity:
        if ours.width * theirs.height != theirs.width * ours.height:
            problem = "their shapes differ, and nothing says where they lie"
    else:
        step = max(abs(v) for v in (*ours.transform[:2], *theirs.transform[:2]))
        for a, b in zip(ours.bounds, theirs.bounds, strict=True):
            if not abs(a - b) <= _SHIFT * step:
                problem = f"bounds {tuple(ours.bounds)} and {tuple(theirs.bounds)}"
    if problem:
        raise ImageReadError(
            f"{layer.target} and {finest.target} do not lie over each other: {problem}."
        )

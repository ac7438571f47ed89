"""Cells of a scene as a raster that lies over it in a GIS."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.durable import staged, write_atomically
from rsrag.errors import ConfigError
from rsrag.imagery.places.georeference import Georeference

_POINTS = 5
"""Control points along a side, where no affine transform will do."""


def write_raster(
    path: Path,
    bands: dict[str, NDArray[Any]],
    place: Georeference | None,
    cell_px: float,
    *,
    tags: dict[str, str],
    nodata: float | None,
    palette: "_Palette" = (),
) -> None:
    """Write cells of a scene as a Cloud Optimized GeoTIFF, placed as the scene is.

    Args:
        bands: ``(rows, columns)`` by description, all of one dtype.
        cell_px: side of a cell, in pixels of the scene.
        palette: name and colour of each value of a band of bytes, from 0 on; GDAL finds
            the colours in the file, and the names in ``NAME.aux.xml`` beside it.

    Raises:
        ConfigError: the file cannot be written.
    """
    import warnings

    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    first = next(iter(bands.values()))
    rows, columns = first.shape
    profile: dict[str, Any] = {
        "driver": "COG",
        "count": len(bands),
        "dtype": first.dtype.name,
        "width": columns,
        "height": rows,
        "nodata": nodata,
        "compress": "deflate",
        **_where(place, cell_px, columns, rows),
    }
    try:
        with staged(path) as draft, warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(draft, "w", **profile) as file:
                for number, (name, band) in enumerate(bands.items(), start=1):
                    file.write(band, number)
                    file.set_band_description(number, name)
                file.update_tags(**tags)
                if palette:
                    file.write_colormap(1, _colours(palette))
        if palette:
            write_atomically(Path(f"{path}.aux.xml"), _names(palette))
    except (OSError, RasterioError) as exc:
        raise ConfigError(f"{path} cannot be written: {exc}") from exc


_Palette = Sequence[tuple[str, tuple[int, int, int]] | None]


def _colours(palette: _Palette) -> dict[int, tuple[int, int, int, int]]:
    return {
        value: (0, 0, 0, 0) if one is None else (*one[1], 255)
        for value, one in enumerate(palette)
    }


def _names(palette: _Palette) -> str:
    """GDAL's own form for what a GeoTIFF has no place for."""
    from xml.sax.saxutils import escape

    rows = "".join(
        f"<Category>{escape(one[0]) if one else ''}</Category>" for one in palette
    )
    return (
        '<PAMDataset><PAMRasterBand band="1">'
        f"<CategoryNames>{rows}</CategoryNames></PAMRasterBand></PAMDataset>\n"
    )


def _where(
    place: Georeference | None, cell_px: float, columns: int, rows: int
) -> dict[str, Any]:
    """Reference system and transform, or control points, of a grid of cells."""
    from rasterio import Affine
    from rasterio.control import GroundControlPoint

    if place is None:
        return {}
    if place.bend is None:
        return {
            "crs": place.crs,
            "transform": Affine(*place.transform) @ Affine.scale(cell_px),
        }
    steps = np.linspace(0, 1, _POINTS)
    points = []
    for row in steps * rows:
        for column in steps * columns:
            x, y = place.at(column * cell_px, row * cell_px)
            points.append(GroundControlPoint(row, column, float(x), float(y)))
    return {"crs": place.crs, "gcps": points}

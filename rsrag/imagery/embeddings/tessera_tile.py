"""Tiles of TESSERA's embeddings, as geotessera downloads them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ImageReadError
from rsrag.imagery.embeddings.embedding_raster import (
    Cells,
    EmbeddingRaster,
    cells_of,
    place_of,
)
from rsrag.types import Window

_FOLDER = "global_0.1_degree_tiff_all"


def open_tessera(path: Path) -> EmbeddingRaster:
    """A tile of signed bytes with a scale a pixel, placed by its mask of land.

    Raises:
        ImageReadError: one of its files is missing, or not of this tile.
    """
    import rasterio
    from rasterio.errors import RasterioError

    beside = path.with_name(f"{path.stem}_scales.npy")
    stored = _array(path)
    if stored.ndim != 3 or stored.dtype != np.int8:
        raise ImageReadError(
            f"{path} holds {stored.dtype} of shape {stored.shape}; TESSERA's tiles are "
            "(height, width, 128) of int8."
        )
    if not beside.exists():
        raise ImageReadError(
            f"{path} is quantised, and {beside.name} is not beside it.",
            hint="download both files of the tile",
        )
    scales = _array(beside)
    if scales.dtype.kind != "f" or scales.shape[:2] != stored.shape[:2]:
        raise ImageReadError(
            f"{beside} holds {scales.dtype} of shape {scales.shape}, not a scale for "
            f"each of {stored.shape[0]} x {stored.shape[1]} pixels."
        )
    folders = [path.parent, *(one / _FOLDER for one in path.parents[:4])]
    names = [one / f"{path.stem}{end}" for one in folders for end in (".tiff", ".tif")]
    mask = next((one for one in names if one.is_file()), None)
    if mask is None:
        raise ImageReadError(
            f"{path} says no place: {path.stem}.tiff is neither beside it nor in "
            f"{_FOLDER}.",
            hint="download the tile's landmask",
        )
    try:
        with rasterio.open(mask) as land:
            sizes = (land.height, land.width)
            place = place_of(mask, land.crs, land.transform, land.height)
            upward = land.transform.e > 0
    except RasterioError as exc:
        raise ImageReadError(f"{mask} cannot be read: {exc}") from exc
    if sizes != stored.shape[:2]:
        raise ImageReadError(
            f"{mask} has {sizes[0]} x {sizes[1]} pixels, {path.name} "
            f"{stored.shape[0]} x {stored.shape[1]}: they are of different tiles."
        )
    if upward:
        stored, scales = stored[::-1], scales[::-1]
    if scales.ndim == 2:
        scales = scales[..., None]

    def read(window: Window) -> Cells:
        x, y, width, height = window
        part = (slice(y, y + height), slice(x, x + width))
        vectors = stored[part].astype(np.float32) * scales[part]
        return cells_of(vectors, np.ones(vectors.shape[:2], bool))

    height, width, dim = stored.shape
    law = f"TESSERA: int8 times {beside.name}"
    return EmbeddingRaster(
        str(path), width, height, dim, place, law, read, lambda: None
    )


def _array(path: Path) -> NDArray[Any]:
    try:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError) as exc:
        raise ImageReadError(f"{path} cannot be read: {exc}") from exc

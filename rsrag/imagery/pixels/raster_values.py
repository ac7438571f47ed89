"""Values of a raster: of windows, and of samples of a whole scene, with their masks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ImageReadError
from rsrag.imagery.pixels.contrast import Mask
from rsrag.imagery.pixels.raster_plan import RasterPlan
from rsrag.types import Window

SAMPLE_SIDE = 1024
"""Statistics look at about this many pixels squared."""


def read_values(
    raster: Any,
    plan: RasterPlan,
    window: Window,
    shape: tuple[int, int] | None = None,
) -> tuple[NDArray[np.generic], Mask | None]:
    """Values of the chosen bands, and where they are data.

    Args:
        raster: an open dataset.
        shape: rows and columns to thin the window out to (nearest neighbour).

    Returns:
        ``(bands, height, width)`` of the raster's dtype, and the same shape of
        true where a value is data, or ``None`` if all are.
    """
    x, y, width, height = window
    where = ((y, y + height), (x, x + width))
    height, width = shape or (height, width)
    bands = list(plan.bands)
    values: NDArray[np.generic] = np.empty((height, width, len(bands)), plan.dtype)
    # Bytes are laid out as in a picture, which then need not be made of them.
    values = np.moveaxis(values, 2, 0)
    values = values if plan.dtype == np.uint8 else np.empty(values.shape, plan.dtype)
    raster.read(bands, window=where, out=values)
    if np.iscomplexobj(values):
        raise ImageReadError("Complex values have no grey.")
    valid: Mask | None = None
    if plan.nodata is not None:
        valid = values != plan.nodata
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        valid = finite if valid is None else valid & finite
    if plan.masked:
        mask = raster.read_masks(bands[0], window=where, out_shape=(height, width)) > 0
        valid = np.broadcast_to(mask, values.shape) if valid is None else valid & mask
    if plan.alpha is not None:
        # Not as GDAL's mask, which knows alpha in 8 and 16 bits only.
        mask = raster.read(plan.alpha, window=where, out_shape=(height, width)) > 0
        valid = np.broadcast_to(mask, values.shape) if valid is None else valid & mask
    if plan.tiff and not values.any() and _absent(raster, bands[0], window):
        valid = np.zeros(values.shape, bool)
    if valid is not None and valid.all():
        valid = None
    return values, valid


def _absent(raster: Any, band: int, window: Window) -> bool:
    """Whether a TIFF holds none of the blocks under a window: GDAL makes up zeros.

    So a header that claims a world of pixels without having them gives no chips.
    """
    rows, columns = raster.block_shapes[band - 1]
    x, y, width, height = window
    return not any(
        raster.get_tag_item(f"BLOCK_OFFSET_{column}_{row}", "TIFF", bidx=band)
        for row in range(y // rows, -(-(y + height) // rows))
        for column in range(x // columns, -(-(x + width) // columns))
    )


def sample(
    raster: Any, plan: RasterPlan
) -> tuple[NDArray[np.generic], NDArray[np.bool_]]:
    """Values from all over a scene, thinned out, without reading all of it.

    With overviews, or where the scene is not large, every n-th pixel; else blocks
    on a regular lattice, so that a huge raster is not decoded twice.

    Returns:
        ``(bands, n, m)`` and the same of true where they are data.
    """
    width, height = raster.width, raster.height
    shrink = max(1.0, max(width, height) / SAMPLE_SIDE)
    if plan.has_overviews or width * height <= 64 * 2**20 or plan.strips:
        shape = (max(1, round(height / shrink)), max(1, round(width / shrink)))
        parts = [read_values(raster, plan, Window(0, 0, width, height), shape)]
    else:
        side, count = 64, SAMPLE_SIDE // 64
        parts = []
        for row in range(count):
            for column in range(count):
                x = (2 * column + 1) * width // (2 * count)
                y = (2 * row + 1) * height // (2 * count)
                window = Window(x, y, min(side, width - x), min(side, height - y))
                parts.append(read_values(raster, plan, window))
    flat = [values.reshape(len(plan.bands), -1) for values, _ in parts]
    masks = [
        np.ones(values.shape, bool) if valid is None else valid
        for values, valid in parts
    ]
    flat_masks = [mask.reshape(len(plan.bands), -1) for mask in masks]
    return np.concatenate(flat, axis=1), np.concatenate(flat_masks, axis=1)

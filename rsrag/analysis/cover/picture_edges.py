"""Edges of a map of classes drawn along those of the picture, by a guided filter.

He, Sun and Tang, Guided Image Filtering (2013): near each pixel a class is taken to be
a linear function of the picture's brightness, so that its edge falls on the picture's.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.cover.cover_map import NO_DATA, Bytes, Segmented
from rsrag.errors import QueryError
from rsrag.imagery.reading import SceneReading
from rsrag.types import Window

Floats = NDArray[np.float64]

MOST_PX = 1 << 28
"""Pixels of a scene that a map of single pixels may have."""
SMOOTH = 1e-3
"""Variance of the brightness, 0 to 1, below which there is no edge to follow."""
_STRIP = 256
"""Rows of pixels that are drawn at once."""


def check_refinable(scene: SceneReading) -> None:
    """Refuse a scene whose map would not fit into memory pixel by pixel.

    Raises:
        QueryError: it has more than ``MOST_PX`` pixels.
    """
    if scene.width * scene.height > MOST_PX:
        raise QueryError(
            f"{scene.source} has {scene.width} x {scene.height} pixels: too many to "
            "draw the edges of each.",
            hint="leave --refine out, or cut a part: gdal_translate -srcwin",
        )


def refined(found: Segmented, scene: SceneReading) -> Segmented:
    """A map in cells of single pixels, whose edges move by up to a cell.

    Every value of the map, *no class* among them, is filtered as a mask of its own, and
    the strongest is taken; pixels without data have none.

    Raises:
        ImageReadError: the scene cannot be decoded.
    """
    width, height = found.size
    reach = found.cell_px
    labels = np.empty((height, width), np.uint8)
    scene.expect(-(-height // _STRIP))
    for top in range(0, height, _STRIP):
        bottom = min(top + _STRIP, height)
        low, high = max(0, top - 2 * reach), min(height, bottom + 2 * reach)
        pixels, valid = scene.read_with_mask(Window(0, low, width, high - low))
        rough = _grown(found.labels, found.cell_px, low, high, width)
        drawn = _drawn(rough, pixels.mean(axis=2) / 255, reach)
        if valid is not None:
            drawn[~valid] = NO_DATA
        labels[top:bottom] = drawn[top - low : bottom - low]
    shares = found.shares
    if shares is not None:
        shares = np.stack(
            [_grown(one, found.cell_px, 0, height, width) for one in shares]
        )
    sureness = _grown(found.sureness, found.cell_px, 0, height, width)
    return replace(found, labels=labels, sureness=sureness, shares=shares, cell_px=1)


def _grown(cells: Bytes, side: int, low: int, high: int, width: int) -> Bytes:
    """Some rows of pixels of a map of cells."""
    part = cells[low // side : -(-high // side)]
    first = low - low // side * side
    rows = part.repeat(side, axis=0)[first : first + high - low]
    return rows.repeat(side, axis=1)[:, :width]


def _drawn(rough: Bytes, brightness: Floats, reach: int) -> Bytes:
    """The strongest value at each pixel; ``NO_DATA`` where none is near."""
    mean = _near(brightness, reach)
    variance = _near(brightness * brightness, reach) - mean * mean + SMOOTH
    best = np.full(rough.shape, 1e-6)
    drawn = np.full(rough.shape, NO_DATA, np.uint8)
    for value in np.unique(rough[rough != NO_DATA]).tolist():
        mask = (rough == value).astype(np.float64)
        share = _near(mask, reach)
        slope = (_near(brightness * mask, reach) - mean * share) / variance
        offset = share - slope * mean
        strength = _near(slope, reach) * brightness + _near(offset, reach)
        stronger = strength > best
        best[stronger], drawn[stronger] = strength[stronger], value
    return drawn


def _near(values: Floats, reach: int) -> Floats:
    """Mean over the square of ``2 * reach + 1`` round each pixel, as far as it goes."""
    for axis in (0, 1):
        sums = np.cumsum(values, axis=axis)
        sums = np.insert(sums, 0, 0, axis=axis)
        count = values.shape[axis]
        ends = np.minimum(np.arange(count) + reach + 1, count)
        starts = np.maximum(np.arange(count) - reach, 0)
        lengths = (ends - starts).reshape((-1, 1) if axis == 0 else (1, -1))
        values = (np.take(sums, ends, axis) - np.take(sums, starts, axis)) / lengths
    return values

"""Clouds and their shadows by a rule over brightness.

What is large, white, bright and smooth in one picture and not in the other is a cloud;
what lies near one and is far darker than in the other picture is its shadow. A rule for
three bands cannot tell a cloud from fresh snow.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsrag.types import Pixels

Cells = NDArray[np.bool_]
Floats = NDArray[np.float32]

BRIGHT, COLOURLESS, SMOOTH = 200.0, 24.0, 16.0
"""Of a cell's mean: its darkest band at least, the bands' spread and the pixels'
deviation at most; of 255."""
DARKER, DARK = 0.6, 90.0
"""A shadow has less than this part of the light of the other picture, and less light
than this."""
SMALLEST_PX = 4096
"""Pixels of a cloud that is large enough to be one."""
GROWN_PX, REACH_PX = 16, 160
"""Rim of a cloud that is left out, and how far from it its shadow may lie."""


@dataclass(frozen=True, slots=True)
class Skies:
    """What may be cloud or shadow, cell by cell, before and after.

    Attributes:
        bright: ``(2, rows, columns)``: as bright, white and smooth as a cloud, and not
            so in the other picture.
        dark: ``(2, rows, columns)``: as dark as a shadow beside the other picture.
    """

    bright: Cells
    dark: Cells


def sky(before: Pixels, after: Pixels, side: int) -> Skies:
    """What may be cloud or shadow in a block.

    Args:
        before: ``(rows * side, columns * side, 3)`` uint8.
        after: likewise, in the light of ``before``.
        side: of a cell, in pixels.
    """
    light, white = [], []
    for picture in (before, after):
        rows, columns = picture.shape[0] // side, picture.shape[1] // side
        cells = picture.reshape(rows, side, columns, side, 3)
        mean = cells.mean(axis=(1, 3), dtype=np.float32)
        grey = cells.mean(axis=4, dtype=np.float32)
        deviation = grey.std(axis=(1, 3))
        white.append(
            (mean.min(axis=2) >= BRIGHT)
            & (np.ptp(mean, axis=2) <= COLOURLESS)
            & (deviation <= SMOOTH)
        )
        light.append(mean.mean(axis=2))
    bright = np.stack([white[0] & ~white[1], white[1] & ~white[0]])
    dark = np.stack(
        [
            (mine < DARKER * other) & (mine < DARK)
            for mine, other in (light, light[::-1])
        ]
    )
    return Skies(bright, dark)


def clouded(skies: Skies, cell_px: float) -> Cells:
    """``(rows, columns)``: under a cloud or its shadow in one of the pictures.

    Args:
        cell_px: side of a cell in pixels of the pictures.
    """
    from rasterio.features import sieve

    least = max(2, round(SMALLEST_PX / cell_px**2))
    found = np.zeros(skies.bright.shape[1:], bool)
    for bright, dark in zip(skies.bright, skies.dark, strict=True):
        if bright.sum() < least:
            continue
        closed = ~grown(~grown(bright, 1), 1)
        cloud = sieve(closed.astype(np.uint8), least).astype(bool) & closed
        if not cloud.any():
            continue
        found |= grown(cloud, round(GROWN_PX / cell_px))
        near = grown(cloud, round(REACH_PX / cell_px)) & dark
        shadow = sieve(near.astype(np.uint8), max(2, least // 4)).astype(bool) & near
        found |= grown(shadow, round(GROWN_PX / cell_px / 2))
    return found


def grown(cells: Cells, by: int) -> Cells:
    """Cells with all that lie at most so many rows and columns away."""
    if by < 1:
        return cells
    for axis in (0, 1):
        counts = np.cumsum(cells, axis=axis, dtype=np.int32)
        length = cells.shape[axis]
        upper = np.minimum(np.arange(length) + by, length - 1)
        lower = np.arange(length) - by - 1
        high = counts.take(upper, axis=axis)
        low = counts.take(np.maximum(lower, 0), axis=axis)
        shape = (-1, 1) if axis == 0 else (1, -1)
        low = np.where((lower >= 0).reshape(shape), low, 0)
        cells = high > low
    return cells

"""Scenes of any size in blocks, each with its surroundings, in bounded memory.

A scene is always cut into the same blocks, counted from its upper left corner, so that
no number depends on how it is read. Every pixel is read once, from top to bottom.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from rsrag.config import available_processors
from rsrag.imagery.pixels.contrast import Mask
from rsrag.types import Pixels, Window

READ_ROWS = 256
"""Rows that are decoded at once."""

T = TypeVar("T")


class Rows(Protocol):
    """What is read from top to bottom: a scene, or several upon each other."""

    width: int
    height: int

    def expect(self, reads: int) -> None:
        """See :meth:`rsrag.imagery.reading.SceneReading.expect`."""

    def read_with_mask(self, window: Window) -> tuple[Pixels, Mask | None]:
        """See :meth:`rsrag.imagery.reading.SceneReading.read_with_mask`."""


def blockwise(
    scene: Rows,
    work: Callable[[Pixels, bool], T],
    *,
    side: int,
    margin: int,
    cell: int,
    shrink: int = 1,
    channels: int = 3,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[tuple[int, int, T, NDArray[np.float32]]]:
    """Work on a scene block by block, row by row.

    Args:
        work: given a block with its surroundings, and whether the block itself has any
            data; runs in several threads.
        side: of a block, in pixels of the shrunken scene, a multiple of ``cell``.
        margin: of its surroundings.
        cell: side of a cell, whose share of data is told.
        shrink: pixels of the scene, along a side, to one that is looked at.
        channels: of its pixels; more than three only where ``shrink`` is 1.
        progress: told how many cells of how many are done.

    Yields:
        First row and column of the block's cells, what came of it, and the share of
        data in each cell, ``(rows, columns)`` float32, 0 to 1.

    Raises:
        ImageReadError: pixels cannot be decoded.
    """
    rows, columns = (
        -(-length // (shrink * cell)) for length in (scene.height, scene.width)
    )
    with ThreadPoolExecutor(available_processors(), "rsrag-blocks") as pool:
        for top, band, valid in bands(scene, shrink, side, margin, channels):
            lefts = range(0, valid.shape[1], side)
            blocks = [
                band[:, left : min(left + side, valid.shape[1]) + 2 * margin]
                for left in lefts
            ]
            del band  # the blocks hold it, and it goes with them
            shares = cell_means(valid, cell)
            data = [bool(valid[:, left : left + side].any()) for left in lefts]
            for left, made in zip(lefts, pool.map(work, blocks, data), strict=True):
                share = shares[:, left // cell : (left + side) // cell]
                yield top // cell, left // cell, made, share
            del blocks
            done = min((top + side) // cell, rows)
            progress(done * columns, rows * columns)


def bands(
    scene: Rows, shrink: int, side: int, margin: int, channels: int = 3
) -> Iterator[tuple[int, Pixels, Mask]]:
    """Full-width bands of a scene, top to bottom, mirrored beyond its rim.

    Args:
        channels: of its pixels; more than three only where ``shrink`` is 1.

    Yields:
        First row, ``(rows + 2 * margin, width + 2 * margin, channels)`` pixels, and
        where there is data in the band itself, ``(rows, width)``, until the next is
        asked.
    """
    height, width = -(-scene.height // shrink), -(-scene.width // shrink)
    room = min(side + 2 * margin + READ_ROWS, height)
    held = np.empty((room, width, channels), np.uint8)
    mask = np.empty((room, width), bool)
    first = end = 0
    scene.expect(-(-height // READ_ROWS))
    for top in range(0, height, side):
        bottom = min(top + side, height)
        low, high = max(0, top - margin), min(height, bottom + margin)
        kept = slice(low - first, end - first)
        held[: end - low], mask[: end - low] = held[kept], mask[kept]
        first = low
        while end < high:
            stop = min(end + READ_ROWS, height)
            new = slice(end - first, stop - first)
            held[new], mask[new] = _rows(scene, end, stop, shrink)
            end = stop
        beyond = (margin - (top - low), margin - (high - bottom))
        rims = (beyond, (margin, margin), (0, 0))
        inside = mask[top - first : bottom - first]
        yield top, np.pad(held[: high - low], rims, mode="symmetric"), inside


def _rows(scene: Rows, start: int, stop: int, shrink: int) -> tuple[Pixels, Mask]:
    """Rows of the shrunken scene: the mean of the pixels with data."""
    first, last = start * shrink, min(stop * shrink, scene.height)
    window = Window(0, first, scene.width, last - first)
    pixels, valid = scene.read_with_mask(window)
    if valid is None:
        valid = np.ones(pixels.shape[:2], bool)
    if shrink == 1:
        return pixels, valid
    from PIL import Image

    small = np.asarray(Image.fromarray(pixels).reduce(shrink))
    share = Image.fromarray(valid.astype(np.uint8) * 255).reduce(shrink)
    return small, np.asarray(share) > 127


def cell_means(valid: Mask, stride: int) -> NDArray[np.float32]:
    """Share of data in each cell; those at the rim are smaller."""
    down = np.arange(0, valid.shape[0], stride)
    across = np.arange(0, valid.shape[1], stride)
    sums = np.add.reduceat(
        np.add.reduceat(valid.astype(np.float32), down, axis=0), across, axis=1
    )
    heights = np.diff(np.append(down, valid.shape[0]))
    widths = np.diff(np.append(across, valid.shape[1]))
    return np.asarray(sums / np.outer(heights, widths), np.float32)

"""Dense fields of scenes of any size, in blocks, in bounded memory.

A scene is always cut into the same blocks, counted from its upper left corner, each
with its surroundings, so that no number depends on how it is read. Every pixel is read
once, from top to bottom.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from rsrag.config import available_processors
from rsrag.encoders.dense_port import DenseEncoder, Look
from rsrag.imagery.pixels.contrast import Mask
from rsrag.imagery.reading import SceneReading
from rsrag.types import Pixels, Window

if TYPE_CHECKING:
    from rsrag.encoders.dense_port import TapEncoder

BLOCK_CELLS = 36
"""Cells along a block's side: two blocks of 32 pixels a cell take 0.9 GB."""
READ_ROWS = 256
"""Rows that are decoded at once."""
CONTEXT_PX = 64
"""Surroundings of a block beyond what its windows hold: what the trunk sees there."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """How a scene is looked over.

    Attributes:
        windows_px: sides of the windows, in pixels of the shrunken scene.
        stride_px: from cell to cell, in the same pixels.
        shrink: pixels of the scene, along a side, to one that is looked at.
        tap_px: side of the cells that heads read, 4, 8, 16 or 32; ``None`` for windows
            alone. A plan of taps alone has no windows and a stride of 32.
    """

    windows_px: tuple[int, ...]
    stride_px: int
    shrink: int = 1
    tap_px: int | None = None

    @property
    def cell_px(self) -> int:
        """Pixels of the scene along the side of a cell."""
        return self.stride_px * self.shrink

    @property
    def fine_px(self) -> int:
        """Pixels that are looked at along the side of the finest cell."""
        return self.tap_px or self.stride_px

    @property
    def margin_px(self) -> int:
        """Surroundings that a block brings along, a multiple of the stride."""
        widest = max(self.windows_px, default=0)
        reach = max(0, (widest - self.stride_px) // 2) + CONTEXT_PX
        step = self.stride_px if self.tap_px is None else lcm(self.stride_px, 32)
        return -(-reach // step) * step

    def cells(self, width: int, height: int) -> tuple[int, int]:
        """Rows and columns of windows that a scene of some pixels has."""
        return -(-height // self.cell_px), -(-width // self.cell_px)

    def fine_cells(self, width: int, height: int) -> tuple[int, int]:
        """Rows and columns of the finest cells that a scene of some pixels has."""
        side = self.fine_px * self.shrink
        return -(-height // side), -(-width // side)


def scan(
    scene: SceneReading,
    encoder: DenseEncoder,
    plan: ScanPlan,
    take: Callable[[Look], T],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[tuple[int, int, T | None, NDArray[np.float32]]]:
    """Look a scene over, block by block.

    Args:
        encoder: a :class:`rsrag.encoders.dense_port.TapEncoder` where the plan has
            taps.
        take: what to keep of a block: its fields, one a window, and its taps; runs in
            several threads.
        progress: told how many cells of how many are done.

    Yields:
        First row and column of the block's finest cells (the taps', or the windows'
        where there are no taps), what was taken (``None`` without data all around), and
        the share of data in each of these cells, ``(rows, columns)`` float32, 0 to 1.

    Raises:
        ImageReadError: pixels cannot be decoded.
    """
    margin, side = plan.margin_px, BLOCK_CELLS * plan.stride_px
    fine = plan.fine_px
    rows, columns = plan.fine_cells(scene.width, scene.height)

    def work(block: Pixels, data: bool) -> T | None:
        if not data and not block.any():
            return None
        if plan.tap_px is None:
            look = encoder.encode_dense_windows
            sides, stride = plan.windows_px, plan.stride_px
            return take(Look(look(block, sides, stride, margin_px=margin)))
        return take(
            cast("TapEncoder", encoder).encode_look(
                block,
                plan.windows_px,
                plan.stride_px,
                margin_px=margin,
                tap_px=plan.tap_px,
            )
        )

    with ThreadPoolExecutor(available_processors(), "rsrag-dense") as pool:
        for top, band, valid in bands(scene, plan.shrink, side, margin):
            lefts = range(0, valid.shape[1], side)
            blocks = [
                band[:, left : min(left + side, valid.shape[1]) + 2 * margin]
                for left in lefts
            ]
            del band  # the blocks hold it, and it goes with them
            shares = cell_means(valid, fine)
            data = [bool(valid[:, left : left + side].any()) for left in lefts]
            for left, taken in zip(lefts, pool.map(work, blocks, data), strict=True):
                share = shares[:, left // fine : (left + side) // fine]
                yield top // fine, left // fine, taken, share
            del blocks
            done = min((top + side) // fine, rows)
            progress(done * columns, rows * columns)


class Rows(Protocol):
    """What is read from top to bottom: a scene, or several upon each other."""

    width: int
    height: int

    def expect(self, reads: int) -> None:
        """See :meth:`rsrag.imagery.reading.SceneReading.expect`."""

    def read_with_mask(self, window: Window) -> tuple[Pixels, Mask | None]:
        """See :meth:`rsrag.imagery.reading.SceneReading.read_with_mask`."""


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

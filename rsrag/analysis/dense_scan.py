"""Dense fields of scenes of any size, in blocks, in bounded memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.block_scan import blockwise
from rsrag.encoders.dense_port import DenseEncoder, Look
from rsrag.imagery.reading import SceneReading
from rsrag.types import Pixels

if TYPE_CHECKING:
    from rsrag.encoders.dense_port import TapEncoder

BLOCK_CELLS = 48
"""Cells along a block's side: two blocks of 32 pixels a cell take 0.9 GB."""
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

    Returns:
        Block by block the first row and column of its finest cells (the taps', or the
        windows' where there are no taps), what was taken (``None`` without data all
        around), and the share of data in each of these cells, ``(rows, columns)``
        float32, 0 to 1.

    Raises:
        ImageReadError: pixels cannot be decoded.
    """
    margin = plan.margin_px

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

    return blockwise(
        scene,
        work,
        side=BLOCK_CELLS * plan.stride_px,
        margin=margin,
        cell=plan.fine_px,
        shrink=plan.shrink,
        progress=progress,
    )

"""A later scene on the pixels of an earlier one."""

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.block_scan import Rows
from rsrag.analysis.change.aligning.common_grid import FINER, Lattice
from rsrag.imagery.pixels.contrast import Mask
from rsrag.types import Pixels, Window

Doubles = NDArray[np.float64]


class LaidOver:
    """A later scene on the pixels of an earlier one.

    Args:
        scene: the later one.
        lattice: from the earlier scene to it.
        finer: pixels of it, along a side, to one of the earlier scene.
    """

    def __init__(self, scene: Rows, lattice: Lattice, finer: float) -> None:
        self._scene, self._lattice = scene, lattice
        self._shrink = max(1, round(finer)) if finer > FINER else 1
        self._offset = lattice.offset() if self._shrink == 1 else None

    def read_with_mask(self, window: Window) -> tuple[Pixels, Mask]:
        """Pixels of a window of the earlier scene, and where the later one has any."""
        if self._offset is not None and all(v == int(v) for v in self._offset):
            return self._copied(window, int(self._offset[0]), int(self._offset[1]))
        x, y = self._lattice.at(window)
        x, y = (np.nan_to_num(one, nan=-1e9) for one in (x, y))
        if self._shrink > 1:
            x, y = ((one + 0.5) / self._shrink - 0.5 for one in (x, y))
        width = -(-self._scene.width // self._shrink)
        height = -(-self._scene.height // self._shrink)
        inside = (x > -0.5) & (y > -0.5) & (x < width - 0.5) & (y < height - 0.5)
        made = np.zeros((window.height, window.width, 3), np.uint8)
        if not inside.any():
            return made, inside
        x, y = x.clip(0, width - 1), y.clip(0, height - 1)
        left, top = int(x[inside].min()), int(y[inside].min())
        right = min(width, int(x[inside].max()) + 2)
        bottom = min(height, int(y[inside].max()) + 2)
        held, seen = self._held(left, top, right, bottom)
        pixels, valid = _bilinear(held, seen, x - left, y - top)
        return pixels, valid & inside

    def _held(
        self, left: int, top: int, right: int, bottom: int
    ) -> tuple[Pixels, Mask]:
        """Pixels of the scene, averaged where it is finer."""
        times, scene = self._shrink, self._scene
        ends = min(right * times, scene.width), min(bottom * times, scene.height)
        box = Window(
            left * times, top * times, ends[0] - left * times, ends[1] - top * times
        )
        pixels, valid = scene.read_with_mask(box)
        if valid is None:
            valid = np.ones(pixels.shape[:2], bool)
        if times == 1:
            return pixels, valid
        from PIL import Image

        share = Image.fromarray(valid.astype(np.uint8) * 255).reduce(times)
        small = np.asarray(Image.fromarray(pixels).reduce(times))
        return small, np.asarray(share) > 254

    def _copied(self, window: Window, dx: int, dy: int) -> tuple[Pixels, Mask]:
        """A window that lies on whole pixels of the scene."""
        made = np.zeros((window.height, window.width, 3), np.uint8)
        seen = np.zeros(made.shape[:2], bool)
        left, top = max(0, window.col_off + dx), max(0, window.row_off + dy)
        right = min(self._scene.width, window.col_off + dx + window.width)
        bottom = min(self._scene.height, window.row_off + dy + window.height)
        if right <= left or bottom <= top:
            return made, seen
        part = Window(left, top, right - left, bottom - top)
        pixels, valid = self._scene.read_with_mask(part)
        row, column = top - window.row_off - dy, left - window.col_off - dx
        where = np.s_[row : row + part.height, column : column + part.width]
        made[where] = pixels
        seen[where] = True if valid is None else valid
        return made, seen


def _bilinear(
    pixels: Pixels, valid: Mask, x: Doubles, y: Doubles
) -> tuple[Pixels, Mask]:
    """Pixels between pixels; where one of the four has no data there is none."""
    height, width = pixels.shape[:2]
    x, y = x.clip(0, width - 1), y.clip(0, height - 1)
    left = np.minimum(x.astype(np.intp), max(0, width - 2))
    top = np.minimum(y.astype(np.intp), max(0, height - 2))
    px, py = (x - left).astype(np.float32), (y - top).astype(np.float32)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    made = np.zeros((*x.shape, pixels.shape[2]), np.float32)
    seen = np.ones(x.shape, bool)
    for row, column, weight in (
        (top, left, (1 - px) * (1 - py)),
        (top, right, px * (1 - py)),
        (bottom, left, (1 - px) * py),
        (bottom, right, px * py),
    ):
        made += pixels[row, column] * weight[..., None]
        seen &= valid[row, column] | (weight <= 1e-6)
    return np.rint(made).astype(np.uint8), seen

"""What the frozen blocks of ``mini``'s trunk say of every cell, for small heads.

A head of a few thousand weights on blocks 2, 4 and 10 sees what is finer than a window:
cover, and objects. Blocks 0 to 10 are plain ImageNet and are never retrained, so such
heads outlive new weights of ``mini``.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.dense_port import between_cells

Floats = NDArray[np.float32]

COLOURS, BLOCK2, BLOCK4, BLOCK10 = 3, 24, 40, 112
TAP_CONTEXT_PX = 64
"""Mirrored surroundings that a picture without a margin is given."""


def _slices() -> dict[str, slice]:
    widths = {
        "colours": COLOURS,
        "colours deviation": COLOURS,
        "block2": BLOCK2,
        "block2 deviation": BLOCK2,
        "block2 highest": BLOCK2,
        "block4": BLOCK4,
        "block10": BLOCK10,
    }
    ends = np.cumsum(list(widths.values())).tolist()
    return {
        name: slice(end - width, end)
        for (name, width), end in zip(widths.items(), ends, strict=True)
    }


TAPS: Mapping[str, slice] = _slices()
"""Where in the last axis of a field of taps what stands: means, and of the fine maps
the deviation and the maximum within the cell."""
TAP_CHANNELS = max(part.stop for part in TAPS.values())


def tap_values(
    taps: Sequence[tuple[Floats, int]],
    origin_px: int,
    cells: tuple[int, int],
    side: int,
) -> Floats:
    """Values of cells from maps of a picture.

    Args:
        taps: colours, block 2, block 4 and block 10, ``(channels, height, width)``,
            each with the pixels to one of its own cells.
        origin_px: where the first cell starts, a multiple of ``side``, down and across.
        cells: rows and columns.
        side: of a cell, a power of two from 4 to 32.

    Returns:
        ``(rows, columns, TAP_CHANNELS)`` float32, in the order of ``TAPS``. A map that
        is coarser than the cells is interpolated bilinearly.
    """
    (colours, _), (second, _), *coarse = taps
    within = _within(colours, origin_px, cells, side)
    mean = within.mean(axis=(2, 4))
    parts = [mean, _deviation(within, mean)]
    within = _within(second, origin_px // 4, cells, side // 4)
    mean = within.mean(axis=(2, 4))
    parts += [mean, _deviation(within, mean), within.max(axis=(2, 4))]
    for tap, shrunk in coarse:
        if shrunk <= side:
            within = _within(tap, origin_px // shrunk, cells, side // shrunk)
            parts.append(within.mean(axis=(2, 4)))
            continue
        down, across = (
            between_cells(count, origin_px, side, held, shrunk)
            for count, held in zip(cells, tap.shape[1:], strict=True)
        )
        parts.append(down @ (tap @ across.T))
    made = np.empty((*cells, TAP_CHANNELS), np.float32)
    for row, out in enumerate(made):  # rows fit into a processor's cache
        np.concatenate([part[:, row].T for part in parts], axis=1, out=out)
    return made


def _within(tap: Floats, origin: int, cells: tuple[int, int], side: int) -> Floats:
    """A map as ``(channels, rows, side, columns, side)``, cells from its origin on."""
    rows, columns = cells
    part = tap[
        :, origin : origin + rows * side, origin : origin + columns * side
    ].reshape(len(tap), rows, side, columns, side)
    return part


def _deviation(within: Floats, mean: Floats) -> Floats:
    square = np.einsum("abcde,abcde->abd", within, within)
    square /= within.shape[2] * within.shape[4]
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)

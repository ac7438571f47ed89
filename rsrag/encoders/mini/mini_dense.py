"""Vectors all over a picture from one pass of ``mini``'s trunk.

The trunk runs once over the picture. What its head would be given for a window, the
mean and the deviation of every map inside it, are weighted means of x and of x squared,
so all windows cost a few matrix products, and not a pass each.

It is not the function that embeds a chip: a chip's rim sees zeros beyond it, a window's
rim sees its neighbourhood. So a small correction, which ``python -m
recipes.mini.dense_text`` fits, is added to what the head says, and the vectors have an
identity of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.dense_port import DenseField, check_windows
from rsrag.encoders.mini.mini_trunk import MAPS, Head, Trunk
from rsrag.encoders.text_towers.clip_tokenizer import map_tensors
from rsrag.encoders.text_towers.tower_layers import gelu
from rsrag.errors import CheckpointError
from rsrag.types import EncoderIdentity, Pixels

Floats = NDArray[np.float32]

SHRUNK = dict(zip(MAPS, (4, 8, 16, 32), strict=True))
"""Pixels of the picture to a cell of each map."""
CELL = max(SHRUNK.values())
ROWS = 4096
"""Windows that are projected at once."""
DENSE = Path(__file__).with_name("mini_dense.safetensors")
"""The correction, and vectors of foreign pictures made with it."""


@dataclass(frozen=True, slots=True)
class DenseHead:
    """``mini``'s head for windows: ``h(x) + B gelu(A x + a) + b``, at unit length.

    Attributes:
        head: that of chips.
        inner: ``A`` ``(hidden, features)`` and ``inner_bias`` ``(hidden,)``.
        inner_bias: see above.
        outer: ``B`` ``(dim, hidden)`` and ``outer_bias`` ``(dim,)``.
        outer_bias: see above.
        bank: ``(n, dim)`` of foreign pictures; see ``dense_bank`` of the port.
    """

    head: Head
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats
    bank: Floats

    def __call__(self, features: Floats) -> Floats:
        """``(n, features)`` float32 to ``(n, dim)`` float32 unit rows."""
        x = self.head.standardised(features)
        hidden = gelu(x @ self.inner.T + self.inner_bias)
        made = self.head(features) + hidden @ self.outer.T + self.outer_bias
        unit: Floats = made / np.linalg.norm(made, axis=1, keepdims=True)
        return unit


def load_dense_head(head: Head, weights_sha256: str) -> DenseHead | None:
    """The correction that fits a head, or ``None`` where it was fitted for another.

    Raises:
        CheckpointError: the package's file is damaged.
    """
    file = map_tensors(DENSE)
    if file.metadata.get("weights_sha256") != weights_sha256:
        return None
    names = ("inner", "inner_bias", "outer", "outer_bias", "bank")
    if missing := [name for name in names if name not in file.tensors]:
        raise CheckpointError(f"{DENSE} lacks the tensor {missing[0]}.")
    return DenseHead(head, *(file.tensors[name].astype(np.float32) for name in names))


def dense_fields(
    trunk: Trunk,
    head: Head | DenseHead,
    identity: EncoderIdentity,
    image: Pixels,
    windows_px: Sequence[int],
    stride_px: int,
    margin_px: int,
) -> list[DenseField]:
    """Fields of a picture, one for each side of the window.

    Args:
        identity: of the fields.
        image: ``(height, width, 3)`` uint8 RGB, its margin included.
        windows_px: sides of the windows.
        stride_px: from centre to centre.
        margin_px: that no centre lies in, on all four sides.

    Raises:
        EncoderError: see :meth:`rsrag.encoders.dense_port.DenseEncoder.encode_dense`.
    """
    fields = []
    found = window_features(trunk, image, windows_px, stride_px, margin_px)
    for window, features in zip(windows_px, found, strict=True):
        flat = features.reshape(-1, features.shape[2])
        vectors = [head(flat[i : i + ROWS]) for i in range(0, len(flat), ROWS)]
        field = np.concatenate(vectors).reshape(*features.shape[:2], -1)
        fields.append(DenseField(field, window, stride_px, identity))
    return fields


def window_features(
    trunk: Trunk,
    image: Pixels,
    windows_px: Sequence[int],
    stride_px: int,
    margin_px: int = 0,
) -> list[Floats]:
    """What the head is given for every window.

    Returns:
        ``(rows, columns, FEATURES)`` float32 for each side of the window.
    """
    check_windows(image, windows_px, stride_px, margin_px)
    height, width = (side - 2 * margin_px for side in image.shape[:2])
    rows, columns = -(-height // stride_px), -(-width // stride_px)
    reach = -(-max(0, (max(windows_px) - stride_px) // 2 - margin_px) // CELL) * CELL
    before = reach + margin_px
    # All windows of the last row and column, and whole cells.
    after = [
        -(-(count * stride_px + 2 * before) // CELL) * CELL - before - side - margin_px
        for count, side in ((rows, height), (columns, width))
    ]
    padded = np.pad(
        image, ((reach, after[0]), (reach, after[1]), (0, 0)), mode="symmetric"
    )
    maps = trunk.run(padded[None], list(MAPS))
    colours = np.moveaxis((padded.astype(np.float32) - 127.0) / 128.0, 2, 0)
    taps = [(colours, 1)]
    taps += [(one[0], SHRUNK[name]) for name, one in zip(MAPS, maps, strict=True)]
    squares = [tap * tap for tap, _ in taps[:-1]]
    found = []
    for window in windows_px:
        corner = before + stride_px / 2 - window / 2
        parts = []
        for number, (tap, shrunk) in enumerate(taps):
            down, across = (
                _shares(count, corner, stride_px, window, cells, shrunk)
                for count, cells in zip((rows, columns), tap.shape[1:], strict=True)
            )
            mean = _means(tap, down, across)
            parts.append(mean)
            if number < len(squares):
                square = _means(squares[number], down, across)
                parts.append(np.sqrt(np.maximum(square - mean * mean, 0)))
        found.append(np.moveaxis(np.concatenate(parts), 0, 2))
    return found


def _shares(
    count: int, corner: float, stride: int, window: int, cells: int, shrunk: int
) -> Floats:
    """Weights ``(count, cells)`` of a map's cells in the mean of each window."""
    starts = (corner + stride * np.arange(count))[:, None] / shrunk
    edges = np.arange(cells)[None]
    ends = starts + window / shrunk
    inside = np.minimum(edges + 1, ends) - np.maximum(edges, starts)
    weights = np.clip(inside, 0, None) * shrunk / window
    return np.asarray(weights, np.float32)


def _means(tap: Floats, down: Floats, across: Floats) -> Floats:
    """``(channels, rows, columns)`` means of a map ``(channels, height, width)``."""
    return np.asarray(down @ (tap @ across.T), dtype=np.float32)

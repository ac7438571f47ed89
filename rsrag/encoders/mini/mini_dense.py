"""Vectors all over a picture from one pass of ``mini``'s trunk.

The trunk runs once over the picture. What its head would be given for a window, the
mean and the deviation of every map inside it, are weighted means of x and of x squared,
so all windows cost a few matrix products, and not a pass each.

It is not the function that embeds a chip: a chip's rim sees zeros beyond it, a window's
rim sees its neighbourhood. So a small correction, which ``python -m
recipes.mini.dense_text`` fits, is added to what the head says, and the vectors have an
identity of their own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.dense_port import DenseField, Look, TapField, check_windows
from rsrag.encoders.mini.mini_heads import PictureHead
from rsrag.encoders.mini.mini_pools import pooled, shares
from rsrag.encoders.mini.mini_quick import QuickTail
from rsrag.encoders.mini.mini_taps import TAP_CONTEXT_PX, tap_values
from rsrag.encoders.mini.mini_trunk import FEATURES, MAPS, Trunk
from rsrag.encoders.text_towers.clip_tokenizer import map_tensors
from rsrag.encoders.text_towers.tower_layers import gelu
from rsrag.errors import EncoderError
from rsrag.types import EncoderIdentity, Pixels
from rsrag.vectors import unit_length

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

    head: PictureHead
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats
    bank: Floats

    def __call__(self, features: Floats) -> Floats:
        """``(n, features)`` float32 to ``(n, dim)`` float32 unit rows."""
        x = self.head.standardised(features)
        hidden = gelu(x @ self.inner.T + self.inner_bias)
        made = self.head.read(features, x) + hidden @ self.outer.T + self.outer_bias
        return unit_length(made)


def load_dense_head(head: PictureHead, weights_sha256: str) -> DenseHead | None:
    """The correction that fits a head, or ``None`` where it was fitted for another.

    Raises:
        CheckpointError: the package's file is damaged.
    """
    file = map_tensors(DENSE)
    if file.metadata.get("weights_sha256") != weights_sha256:
        return None
    return DenseHead(head, *file.floats(DenseHead.__slots__[1:]))


def look(
    trunk: Trunk,
    quick: QuickTail | None,
    head: Callable[[Floats], Floats],
    identity: EncoderIdentity,
    image: Pixels,
    windows_px: Sequence[int],
    stride_px: int,
    margin_px: int,
    tap_px: int | None = None,
) -> Look:
    """Fields of a picture, one for each side of the window, and taps.

    Args:
        quick: the trunk's tail in whole numbers, where it is of the same weights.
        head: from the features of windows to their vectors.
        identity: of the fields.
        image: ``(height, width, 3)`` uint8 RGB, its margin included.
        windows_px: sides of the windows.
        stride_px: from centre to centre.
        margin_px: that no centre lies in, on all four sides.
        tap_px: side of the taps' cells; ``None`` for no taps.

    Raises:
        EncoderError: see :class:`rsrag.encoders.dense_port.TapEncoder`.
    """
    check_windows(image, windows_px or [stride_px], stride_px, margin_px)
    if tap_px is not None and (tap_px not in (4, 8, 16, 32) or margin_px % CELL):
        raise EncoderError(
            f"Taps have cells of 4, 8, 16 or 32 pixels inside a margin of a multiple "
            f"of {CELL}, not cells of {tap_px} inside {margin_px}."
        )
    sides = [side - 2 * margin_px for side in image.shape[:2]]
    maps = _Maps(trunk, quick, image, windows_px, stride_px, margin_px, tap_px)
    fields = []
    for window in windows_px:
        features = maps.windows(window, stride_px)
        flat = features.reshape(-1, features.shape[2])
        vectors = [head(flat[i : i + ROWS]) for i in range(0, len(flat), ROWS)]
        field = np.concatenate(vectors).reshape(*features.shape[:2], -1)
        fields.append(DenseField(field, window, stride_px, identity))
    if tap_px is None:
        return Look(fields)
    rows, columns = (-(-side // tap_px) for side in sides)
    values = tap_values(maps.taps[:4], maps.before, (rows, columns), tap_px)
    return Look(fields, TapField(values, tap_px))


def window_features(
    trunk: Trunk,
    image: Pixels,
    windows_px: Sequence[int],
    stride_px: int,
    margin_px: int = 0,
    quick: QuickTail | None = None,
) -> list[Floats]:
    """What the head is given for every window.

    Returns:
        ``(rows, columns, FEATURES)`` float32 for each side of the window.
    """
    check_windows(image, windows_px, stride_px, margin_px)
    maps = _Maps(trunk, quick, image, windows_px, stride_px, margin_px, None)
    return [maps.windows(window, stride_px) for window in windows_px]


class _Maps:
    """The trunk's maps of a picture, mirrored beyond its rim as far as is looked."""

    def __init__(
        self,
        trunk: Trunk,
        quick: QuickTail | None,
        image: Pixels,
        windows_px: Sequence[int],
        stride_px: int,
        margin_px: int,
        tap_px: int | None,
    ) -> None:
        self._sides = [side - 2 * margin_px for side in image.shape[:2]]
        seen = max(0, (max(windows_px, default=0) - stride_px) // 2)
        if tap_px is not None:
            seen = max(seen, TAP_CONTEXT_PX)
        reach = -(-max(0, seen - margin_px) // CELL) * CELL
        self.before = reach + margin_px
        # All windows of the last row and column, and whole cells.
        step = stride_px if windows_px else CELL
        after = [
            -(-(-(-side // step) * step + 2 * self.before) // CELL) * CELL
            - self.before
            - side
            - margin_px
            for side in self._sides
        ]
        padded = np.pad(
            image, ((reach, after[0]), (reach, after[1]), (0, 0)), mode="symmetric"
        )
        count = 4 if windows_px and quick is None else 3
        maps = trunk.run(padded[None], MAPS[:count])
        colours = np.empty((3, *padded.shape[:2]), np.float32)
        np.subtract(np.moveaxis(padded, 2, 0), 127, out=colours, dtype=np.float32)
        colours /= 128
        if windows_px and quick is not None:
            maps.append(quick(maps[2]))
        sides = SHRUNK.values()
        self.taps: list[tuple[Floats, int]] = [(colours, 1)]
        self.taps += [(one[0], side) for one, side in zip(maps, sides, strict=False)]
        self._pooled: dict[int, list[Floats]] = {}

    def windows(self, window: int, stride_px: int) -> Floats:
        """``(rows, columns, FEATURES)`` of windows round every centre."""
        counts = [-(-side // stride_px) for side in self._sides]
        corner = self.before + stride_px / 2 - window / 2
        # Edges of all windows fall on edges of squares of this side.
        unit = gcd(CELL, stride_px, window, int(corner)) if corner % 1 == 0 else 1
        if unit not in self._pooled:
            self._pooled[unit] = [
                pooled(tap, max(1, unit // shrunk), squares=number < len(MAPS))
                for number, (tap, shrunk) in enumerate(self.taps)
            ]
        found = np.empty((*counts, FEATURES), np.float32)
        end = 0
        for (tap, shrunk), cells in zip(self.taps, self._pooled[unit], strict=True):
            rows, columns, channels = cells.shape
            down, across = (
                shares(count, corner, stride_px, window, held, max(unit, shrunk))
                for count, held in zip(counts, (rows, columns), strict=True)
            )
            flat = down @ cells.reshape(rows, columns * channels)
            part = across @ flat.reshape(counts[0], columns, channels)
            found[..., end : end + channels] = part
            if channels > len(tap):
                mean, square = part[..., : len(tap)], part[..., len(tap) :]
                square -= mean * mean
                np.sqrt(square.clip(0), out=found[..., end + len(tap) : end + channels])
            end += channels
        return found

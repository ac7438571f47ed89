"""Two pictures of one ground as one of six channels, to be read from top to bottom."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rsrag.imagery.pixels.contrast import Mask
from rsrag.types import Pixels, Window

Six = NDArray[np.uint8]
"""``(height, width, 6)``: red, green and blue before, and after."""
IN_MEMORY_PX = 1 << 24
"""Pixels of common ground up to which both pictures are held whole."""


class Readable(Protocol):
    """What gives pixels of windows: a scene, or one laid over another."""

    def read_with_mask(self, window: Window) -> tuple[Pixels, Mask | None]:
        """See :meth:`rsrag.imagery.reading.SceneReading.read_with_mask`."""


class PlainPicture:
    """A picture in memory.

    Args:
        pixels: ``(height, width, channels)`` uint8.
        valid: ``(height, width)`` where there is data; ``None`` for everywhere.
    """

    def __init__(self, pixels: NDArray[np.uint8], valid: Mask | None = None) -> None:
        self.height, self.width = pixels.shape[:2]
        self._pixels, self._valid = pixels, valid

    def expect(self, reads: int) -> None:
        """Nothing is to be prepared."""

    def read_with_mask(self, window: Window) -> tuple[Pixels, Mask | None]:
        """A window of it."""
        left, top, width, height = window
        part = np.s_[top : top + height, left : left + width]
        return self._pixels[part], None if self._valid is None else self._valid[part]


class Stacked:
    """Two pictures upon each other.

    What one of them lacks is of one colour in both, so that it differs nowhere.

    Args:
        before: the earlier picture.
        after: the later one, on the earlier one's pixels.
        window: of the earlier one, that is looked at.
    """

    def __init__(self, before: Readable, after: Readable, window: Window) -> None:
        self._before, self._after, self._window = before, after, window
        self.width, self.height = window.width, window.height
        self._fill: NDArray[np.uint8] = np.full(6, 127, np.uint8)
        self._grey = False

    def expect(self, reads: int) -> None:
        """Say how often pixels will be read."""
        expect = getattr(self._before, "expect", None)
        if expect is not None:
            expect(reads)

    def read_with_mask(self, window: Window) -> tuple[Six, Mask]:
        """Pixels of a window of the common ground, and where both have data."""
        x, y, width, height = window
        there = Window(
            x + self._window.col_off, y + self._window.row_off, width, height
        )
        before, seen = self._before.read_with_mask(there)
        after, also = self._after.read_with_mask(there)
        made = np.concatenate([before, after], axis=2)
        valid = np.ones((height, width), bool)
        for one in (seen, also):
            if one is not None:
                valid &= one
        if self._grey:
            for part in (made[..., :3], made[..., 3:]):
                part[:] = np.rint(part.mean(axis=2, keepdims=True))
        made[~valid] = self._fill
        return made, valid

    def without_colour(self) -> None:
        """From now on, read both pictures in grey."""
        self._grey = True

    def fill_with(self, colours: NDArray[np.uint8]) -> None:
        """Six values to read where one of the pictures has no data."""
        self._fill = colours

    def whole(self) -> tuple[Six, Mask]:
        """All of it."""
        return self.read_with_mask(Window(0, 0, self.width, self.height))


def enlarged(pixels: Six, valid: Mask, times: int) -> PlainPicture:
    """Both pictures with more pixels, bicubic between the given ones."""
    from PIL import Image

    if times == 1:
        return PlainPicture(pixels, valid)
    size = pixels.shape[1] * times, pixels.shape[0] * times
    drawn = [
        np.asarray(Image.fromarray(part).resize(size, Image.Resampling.BICUBIC))
        for part in (
            np.ascontiguousarray(pixels[..., :3]),
            np.ascontiguousarray(pixels[..., 3:]),
        )
    ]
    wide = np.repeat(np.repeat(valid, times, axis=0), times, axis=1)
    return PlainPicture(np.concatenate(drawn, axis=2), wide)


def tiles(width: int, height: int, side: int, most: int) -> list[Window]:
    """Windows all over a picture, the same for the same size, row by row.

    Args:
        side: of a window; smaller where the picture is.
        most: along each side of the picture.
    """
    wide, tall = min(side, width), min(side, height)
    return [
        Window(int(x), int(y), wide, tall)
        for y in _starts(height, tall, most)
        for x in _starts(width, wide, most)
    ]


def _starts(length: int, side: int, most: int) -> NDArray[np.int64]:
    count = min(most, -(-length // side))
    return np.unique(np.linspace(0, length - side, count).astype(np.int64))

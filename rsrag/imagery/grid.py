"""The grid of chips that covers a scene, row by row."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

import numpy as np

from rsrag.errors import ImageReadError
from rsrag.imagery.imagery_options import ImageryOptions, Size
from rsrag.types import Pixels, Window

WHOLE_SCENE_PX = 1024
"""Without a chip size, scenes up to this long side are one chip."""

AUTO_CHIP_PX = 512
"""Without a chip size, larger scenes are tiled at this."""

PIECE_WINDOWS = 32
"""Most windows that one piece holds."""

PIECE_PIXELS = 1 << 21
"""Most pixels that the windows of a piece have together, if there are several: what
bounds memory while large chips wait for the encoder."""


class Piece(NamedTuple):
    """Windows that are read together.

    Attributes:
        windows: at most 32, in row-major order of the grid.
    """

    number: int
    windows: tuple[Window, ...]


class Pieces(Sequence[Piece]):
    """Pieces that are computed when they are asked for, by their number."""

    __slots__ = ()

    @abstractmethod
    def piece(self, number: int) -> Piece:
        """The ``number``-th piece, from 0 and below the length."""

    @overload
    def __getitem__(self, index: int) -> Piece: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Piece]: ...
    def __getitem__(self, index: int | slice) -> Piece | Sequence[Piece]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self.piece(index % len(self))


@dataclass(frozen=True, slots=True)
class Grid(Pieces):
    """All windows of a scene, as a sequence of pieces computed when asked for.

    Attributes:
        width: of the scene, pixels.
        height: of the scene, pixels.
        chip: side of a chip, pixels; a whole scene's chip is not square.
        stride: from one window to the next, pixels.
        padded: whether chips are filled up to ``chip`` x ``chip``; not where the
            scene is smaller than a chip both ways.
    """

    width: int
    height: int
    chip: int
    stride: int

    @property
    def padded(self) -> bool:
        """Whether chips at the right and bottom edges are filled up."""
        return self.width > self.chip or self.height > self.chip

    @property
    def columns(self) -> int:
        """Windows in a row."""
        return _count(self.width, self.chip, self.stride)

    @property
    def rows(self) -> int:
        """Windows in a column."""
        return _count(self.height, self.chip, self.stride)

    @property
    def per_piece(self) -> int:
        """Windows of a piece."""
        return max(1, min(PIECE_WINDOWS, PIECE_PIXELS // self.chip**2))

    def window(self, number: int) -> Window:
        """The ``number``-th window, clipped to the scene."""
        row, column = divmod(number, self.columns)
        x, y = column * self.stride, row * self.stride
        return Window(
            x, y, min(self.chip, self.width - x), min(self.chip, self.height - y)
        )

    @property
    def total(self) -> int:
        """All windows."""
        return self.rows * self.columns

    def windows(self) -> Iterator[Window]:
        """Every window, row by row."""
        return (self.window(number) for number in range(self.total))

    def has(self, window: Window) -> bool:
        """Whether a window is one of these."""
        x, y = window.col_off, window.row_off
        if x % self.stride or y % self.stride:
            return False
        column, row = x // self.stride, y // self.stride
        inside = column < self.columns and row < self.rows
        return inside and self.window(row * self.columns + column) == window

    def of(self, window: Window) -> "Grid":
        """The grid of a window: this one."""
        del window
        return self

    def scale(self, window: Window) -> float:
        """Pixels of the scene to one of the chip, along a side."""
        del window
        return 1

    def __len__(self) -> int:
        return -(-self.rows * self.columns // self.per_piece)

    def piece(self, number: int) -> Piece:
        """See :class:`Pieces`."""
        first = number * self.per_piece
        last = min(first + self.per_piece, self.rows * self.columns)
        return Piece(number, tuple(self.window(n) for n in range(first, last)))


def _count(length: int, chip: int, stride: int) -> int:
    """Windows along one axis: enough to reach the end, none that starts beyond it."""
    if length <= chip:
        return 1
    return min(-(-(length - chip) // stride) + 1, -(-length // stride))


def plan_grid(
    width: int, height: int, options: ImageryOptions, gsd_m: float | None
) -> Grid:
    """Lay the grid of a scene; see :func:`plan_grids` for several ground sizes.

    Args:
        width: of the scene, pixels.
        height: of the scene, pixels.
        gsd_m: metres a pixel, for sizes in metres.

    Raises:
        ImageReadError: a size in metres, and no ground sampling distance.
    """
    if options.chip_size is None:
        longer = max(width, height)
        chip = longer if longer <= WHOLE_SCENE_PX else AUTO_CHIP_PX
    else:
        chip = _pixels(options.chip_size, gsd_m)
    stride = chip if options.stride is None else _pixels(options.stride, gsd_m)
    return Grid(width, height, chip, stride)


def _pixels(size: Size, gsd_m: float | None) -> int:
    if size.unit == "px":
        return int(size.value)
    if gsd_m is None:
        raise ImageReadError(
            f"A size of {size} needs a ground sampling distance, and this picture "
            "has no georeference.",
            hint="give sizes in pixels, or --bounds, or gsd_m in a sidecar file",
        )
    return max(1, round(size.value / gsd_m))


def pad(pixels: Pixels, grid: Grid) -> Pixels:
    """Fill a chip up at the right and the bottom with black, if its grid wants it."""
    height, width = pixels.shape[:2]
    if not grid.padded or (height == grid.chip and width == grid.chip):
        return pixels
    whole = np.zeros((max(grid.chip, height), max(grid.chip, width), 3), np.uint8)
    whole[:height, :width] = pixels
    return whole

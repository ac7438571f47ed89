"""One scene cut at several ground sizes, the larger chips from fewer pixels.

A chip of twice the side is read at half the resolution, from overviews where the scene
has them: every chip has as many pixels as the smallest.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.imagery.grid import Grid, Piece, Pieces, plan_grid
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.types import Pixels, Window

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ScaledGrid(Pieces):
    """The grids of a scene, one a ground size, the smallest chips first.

    What a grid shares with one of smaller chips, as the whole of a small scene, belongs
    to that one alone.
    """

    grids: tuple[Grid, ...]

    @property
    def total(self) -> int:
        """Windows of all grids together, at most."""
        return sum(grid.total for grid in self.grids)

    def windows(self) -> Iterator[Window]:
        """Every window, grid by grid."""
        for number, grid in enumerate(self.grids):
            yield from (w for w in grid.windows() if self._owner(w) == number)

    def of(self, window: Window) -> Grid:
        """The grid of a window, as it is read: in pixels of the smallest chip."""
        grid = self.grids[self._owner(window)]
        base = self.grids[0].chip
        width, height = (
            -(-side * base // grid.chip) for side in (grid.width, grid.height)
        )
        return replace(grid, width=width, height=height, chip=base, stride=base)

    def scale(self, window: Window) -> float:
        """Pixels of the scene to one of the chip, along a side."""
        return self.grids[self._owner(window)].chip / self.grids[0].chip

    @property
    def cells(self) -> Grid:
        """The windows of the largest chips: with them alone a scene is looked over."""
        return self.grids[-1]

    def finer(self, cell: int, depth: int) -> Iterator[Piece]:
        """The windows of a smaller size on the ground of one of :attr:`cells`.

        Args:
            cell: its number.
            depth: 1 for the second largest size, and so on; beyond the smallest
                there are none.

        Yields:
            Those whose upper left corner lies in it, without what a larger size has.
        """
        if depth >= len(self.grids):
            return
        grid, larger = self.grids[-1 - depth], self.grids[-depth:]
        x, y = self.cells.window(cell)[:2]
        columns, rows = (
            range(
                -(-at // grid.stride), min(-(-(at + self.cells.chip) // grid.stride), n)
            )
            for at, n in ((x, grid.columns), (y, grid.rows))
        )
        windows = (grid.window(row * grid.columns + c) for row in rows for c in columns)
        own = [w for w in windows if not any(one.has(w) for one in larger)]
        for at in range(0, len(own), grid.per_piece):
            yield Piece(-1, tuple(own[at : at + grid.per_piece]))

    def __len__(self) -> int:
        return sum(map(len, self.grids))

    def piece(self, number: int) -> Piece:
        """See :class:`rsrag.imagery.grid.Pieces`."""
        before = 0
        for owner, grid in enumerate(self.grids):
            if number < before + len(grid):
                windows = grid[number - before].windows
                own = (w for w in windows if self._owner(w) == owner)
                return Piece(number, tuple(own))
            before += len(grid)
        raise AssertionError("a number below the length lies in a grid")

    def _owner(self, window: Window) -> int:
        """Number of the grid; windows of none are read as those of the first."""
        owners = (n for n, grid in enumerate(self.grids) if grid.has(window))
        return next(owners, 0)


def plan_grids(
    width: int, height: int, options: ImageryOptions, gsd_m: float | None
) -> Grid | ScaledGrid:
    """Lay the grid of a scene, or those of each ground size that is asked for.

    Args:
        width: of the scene, pixels.
        height: of the scene, pixels.
        gsd_m: metres a pixel, for sizes in metres.

    Raises:
        ImageReadError: a size in metres, and no ground sampling distance.
    """
    if options.scales is None:
        return plan_grid(width, height, options, gsd_m)
    one = replace(options, scales=None, overview=False)
    plans = (
        plan_grid(width, height, replace(one, chip_size=size), gsd_m)
        for size in options.scales
    )
    return ScaledGrid(tuple(sorted(set(plans), key=lambda grid: grid.chip)))


def first_pieces(grid: Grid | ScaledGrid, options: ImageryOptions) -> Sequence[Piece]:
    """What a build reads of a scene: all, or the overview."""
    if options.overview and isinstance(grid, ScaledGrid):
        return grid.cells
    return grid


class ThinnedPixels:
    """Pixels of a scene, each window as coarse as its grid wants it.

    Args:
        pixels: that decode the scene; a :class:`rsrag.imagery.reading.PixelSource`.
    """

    def __init__(self, pixels: Any, grid: ScaledGrid) -> None:
        self._pixels, self._grid = pixels, grid
        self.width, self.height = pixels.width, pixels.height
        self.sequential, self.windowed = pixels.sequential, pixels.windowed

    def read(self, windows: Sequence[Window]) -> Iterable[tuple[Pixels, Mask | None]]:
        """See :class:`rsrag.imagery.reading.PixelSource`."""
        if all(self._grid.scale(window) == 1 for window in windows):
            yield from self._pixels.read(windows)
            return
        coarse = getattr(self._pixels, "read_coarse", None)
        for window in windows:
            scale = self._grid.scale(window)
            if coarse is None:
                pixels, valid = next(iter(self._pixels.read([window])))
            else:
                pixels, valid = coarse(window, scale)
            shape = (
                max(1, round(window.height / scale)),
                max(1, round(window.width / scale)),
            )
            yield thinned(pixels, valid, shape)

    def expect(self, reads: int) -> None:
        """Say how often pixels will be read."""
        if hasattr(self._pixels, "expect"):
            self._pixels.expect(reads)

    def close(self) -> None:
        """See :class:`rsrag.imagery.reading.PixelSource`."""
        self._pixels.close()


def thinned_source(pixels: Any, grid: Grid | ScaledGrid) -> Any:
    """Pixels of a scene as its grid wants them."""
    return ThinnedPixels(pixels, grid) if isinstance(grid, ScaledGrid) else pixels


def thinned(
    pixels: Pixels, valid: Mask | None, shape: tuple[int, int]
) -> tuple[Pixels, Mask | None]:
    """A picture and its mask with fewer rows and columns, each the mean of many.

    What is missing takes no part in a mean; a pixel of which half is missing is.
    """
    if pixels.shape[:2] == shape:
        return pixels, valid
    from PIL import Image

    size, box = (shape[1], shape[0]), Image.Resampling.BOX
    small = np.asarray(Image.fromarray(pixels).resize(size, box))
    if valid is None:
        return small, None
    filled = Image.fromarray(valid.astype(np.float32)).resize(size, box)
    share = np.asarray(filled)[..., None]
    # Pixels without data are black: the sum is over those with data alone.
    means = small / np.maximum(share, 1e-6)
    seen = share[..., 0] >= 0.5
    made = np.where(seen[..., None], np.clip(np.rint(means), 0, 255), 0)
    return made.astype(np.uint8), None if seen.all() else seen

"""Where on the Earth the chips of an index lie, counted on a grid."""

import numpy as np
from numpy.typing import NDArray

from rsrag.types import BBox

COLUMNS, ROWS = 240, 120
_COARSE = 5
"""Cells a side of the larger ones in which holes are looked for."""


class Coverage:
    """Chips counted in each cell of a grid over a box.

    Attributes:
        box: west, south, east, north, degrees; ``west < east``.
    """

    def __init__(self, box: BBox) -> None:
        west, south, east, north = box
        # A point, or a line of points, has no width to divide.
        grow_x, grow_y = (
            max(1e-6 - (b - a), 0) for a, b in ((west, east), (south, north))
        )
        self.box = BBox(west - grow_x, south - grow_y, east + grow_x, north + grow_y)
        self._steps = np.zeros((ROWS + 1, COLUMNS + 1), np.int64)

    def add(self, boxes: NDArray[np.float64]) -> None:
        """Count chips in all cells that their bounds touch.

        Args:
            boxes: ``(n, 4)`` west, south, east, north; ``west > east`` crosses ±180.
        """
        wraps = boxes[:, 0] > boxes[:, 2]
        if wraps.any():
            left, right = boxes[wraps], boxes[wraps]
            left[:, 2], right[:, 0] = 180, -180
            boxes = np.concatenate([boxes[~wraps], left, right])
        west, south, east, north = self.box
        x = np.clip((boxes[:, [0, 2]] - west) / (east - west) * COLUMNS, 0, COLUMNS)
        y = np.clip((north - boxes[:, [3, 1]]) / (north - south) * ROWS, 0, ROWS)
        x0, y0 = (
            np.minimum(np.floor(a[:, 0] + 1e-6), n - 1).astype(int)
            for a, n in ((x, COLUMNS), (y, ROWS))
        )
        x1, y1 = (
            np.maximum(np.ceil(a[:, 1] - 1e-6).astype(int), first + 1)
            for a, first in ((x, x0), (y, y0))
        )
        # Ends of runs, summed up later: a chip costs four additions, however large.
        for rows, columns, step in (
            (y0, x0, 1),
            (y0, x1, -1),
            (y1, x0, -1),
            (y1, x1, 1),
        ):
            np.add.at(self._steps, (rows, columns), step)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Chips in each cell, ``(ROWS, COLUMNS)``, north up."""
        sums = self._steps.cumsum(axis=0).cumsum(axis=1)
        return np.asarray(sums[:-1, :-1])

    @property
    def share(self) -> float:
        """Share of the cells with a chip."""
        return float((self.counts > 0).mean())

    def holes(self) -> list[BBox]:
        """Boxes without a chip that are closed in by cells with some, largest first."""
        fine = self.counts > 0
        rows, columns = ROWS // _COARSE, COLUMNS // _COARSE
        held = fine.reshape(rows, _COARSE, columns, _COARSE).any(axis=(1, 3))
        free = np.logical_not(held)
        edge = np.zeros(free.shape, bool)
        edge[[0, -1]] = free[[0, -1]]
        edge[:, [0, -1]] = free[:, [0, -1]]
        inside = free & ~_spread(edge, free)
        found = []
        while inside.any():
            seed = np.zeros(inside.shape, bool)
            seed[tuple(np.argwhere(inside)[0])] = True
            hole = _spread(seed, inside)
            inside &= ~hole
            found.append((int(hole.sum()), self._bounds(hole)))
        return [box for _, box in sorted(found, key=lambda pair: -pair[0])]

    def _bounds(self, cells: NDArray[np.bool_]) -> BBox:
        west, south, east, north = self.box
        wide, high = ((east - west) / cells.shape[1], (north - south) / cells.shape[0])
        y, x = np.nonzero(cells)
        return BBox(
            west + wide * float(x.min()),
            north - high * float(y.max() + 1),
            west + wide * float(x.max() + 1),
            north - high * float(y.min()),
        )


def _spread(seed: NDArray[np.bool_], free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """All free cells that are reached from some, by steps over edges."""
    while True:
        wider = seed.copy()
        wider[1:] |= seed[:-1]
        wider[:-1] |= seed[1:]
        wider[:, 1:] |= seed[:, :-1]
        wider[:, :-1] |= seed[:, 1:]
        wider &= free
        if (wider == seed).all():
            return seed
        seed = wider

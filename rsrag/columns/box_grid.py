"""Boxes by the degree that their corner lies in, to look at those alone that are near.

A box that is wider or higher than a degree, or lies across the antimeridian, is looked
at in any case.
"""

import functools
from typing import TYPE_CHECKING

import numpy as np

from rsrag.geo import boxes_touch, spans
from rsrag.types import BBox

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WIDE, _HIGH = 360, 180
_REACH = 1.0 + 1e-6
"""Degrees from the corner of a small box to its farthest point, and what is rounded."""

ASKED = 8
"""Times that is asked what is near before boxes are put in a grid."""


class NearBoxes:
    """Which of many boxes are near; by a grid, once it is asked often.

    Args:
        boxes: ``(n, 4)`` west, south, east, north in degrees; NaN without a box.
    """

    def __init__(self, boxes: "NDArray[np.float64]") -> None:
        self._boxes, self._asked = boxes, 0

    def touching(self, box: BBox) -> "tuple[NDArray[np.intp], NDArray[np.float64]]":
        """Rows, ascending, whose boxes share a point with one, and their boxes."""
        self._asked += 1
        if self._asked < ASKED:
            rows = np.flatnonzero(boxes_touch(self._boxes, box))
            return rows, self._taken(rows)
        rows = self._grid.near(box)
        few = self._taken(rows)
        touch = boxes_touch(few, box)
        return rows[touch], few[touch]

    def _taken(self, rows: "NDArray[np.intp]") -> "NDArray[np.float64]":
        """Some boxes; each edge lies by itself in memory."""
        return np.stack([edge.take(rows) for edge in self._boxes.T], axis=1)

    @functools.cached_property
    def _grid(self) -> "BoxGrid":
        return BoxGrid(self._boxes)


class BoxGrid:
    """Rows of boxes by degree.

    Args:
        boxes: ``(n, 4)`` west, south, east, north in degrees; NaN without a box.
    """

    def __init__(self, boxes: "NDArray[np.float64]") -> None:
        self._count = len(boxes)
        west, south, east, north = boxes.T
        small = (west <= east) & (east - west <= 1) & (north - south <= 1)
        self._large = np.flatnonzero(~small & ~np.isnan(west))
        rows = np.flatnonzero(small)
        cells = _row(south[rows]) * _WIDE + _column(west[rows])
        order = np.argsort(cells, kind="stable")
        self._rows = rows[order].astype(np.int32)
        edges = np.arange(_WIDE * _HIGH + 1)
        self._starts = np.searchsorted(cells[order], edges).astype(np.int64)

    def near(self, box: BBox) -> "NDArray[np.intp]":
        """Rows, ascending, among which are all whose boxes share a point with one."""
        found = np.zeros(self._count, dtype=bool)
        found[self._large] = True
        low, high = (int(_row(one)) for one in (box.south - _REACH, box.north))
        for west, east in spans(box):
            first, last = (int(_column(one)) for one in (west - _REACH, east))
            for start in range(low * _WIDE, (high + 1) * _WIDE, _WIDE):
                at, to = self._starts[start + first], self._starts[start + last + 1]
                found[self._rows[at:to]] = True
        return np.flatnonzero(found)


def _row(south: "NDArray[np.float64] | float") -> "NDArray[np.int64]":
    return np.clip(np.floor(np.add(south, 90)), 0, _HIGH - 1).astype(np.int64)


def _column(west: "NDArray[np.float64] | float") -> "NDArray[np.int64]":
    return np.clip(np.floor(np.add(west, 180)), 0, _WIDE - 1).astype(np.int64)

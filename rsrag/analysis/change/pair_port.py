"""The port of heads that say where two pictures of one ground differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RIM_CELLS = 8
"""Surroundings of a block, in cells of taps, that heads may look at."""


@dataclass(frozen=True, slots=True)
class PairLook:
    """What an encoder says of one piece of ground at two times, in cells.

    Everything has a rim of :data:`RIM_CELLS` cells on all four sides, of the ground
    around it or of its mirror image. Both pictures are in tune: one of them was given
    the other's light by the pixels that did not change.

    Attributes:
        before: taps of the earlier picture, ``(rows, columns, channels)`` float32.
        after: of the later one.
        colours: mean red, green and blue of each cell as the pictures have them, 0 to
            255, ``(rows, columns, 3)`` float32 each, the earlier first.
    """

    before: Floats
    after: Floats
    colours: tuple[Floats, Floats]


class FittedHead(Protocol):
    """A head that was told what one pair of pictures is like. Safe under threads."""

    @property
    def threshold(self) -> float:
        """Probability from which a cell has changed, 0 to 1."""

    def __call__(self, pair: PairLook) -> Floats:
        """``(rows, columns)`` float32, 0 to 1, of the cells inside the rim."""


class ChangeHead(Protocol):
    """Judges pairs of pictures; the same in either order of the two."""

    @property
    def name(self) -> str:
        """And what it reads, for fact sheets."""

    @property
    def calibrated_on(self) -> str:
        """What its threshold was chosen on, in words."""

    def fitted(
        self, samples: Sequence[PairLook], null: Sequence[PairLook]
    ) -> FittedHead:
        """Take in what a pair is like.

        Args:
            samples: pieces of it from all over; the whole of a small one.
            null: pieces of either picture beside the same picture shifted, blurred,
                in other light or compressed: what differs there is no change.
        """

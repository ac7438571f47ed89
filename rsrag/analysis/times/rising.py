"""Where what a place shows turns towards some words, and stays there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RISE = 2.0
"""Least rise of a turn, in log-odds: what is seven times as likely."""
STEADY = 1.5
"""A turn is larger by this than what values differ by before and after it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn between two dates.

    Attributes:
        at: number of the first date after it.
        before: mean of the values before it.
        after: mean of those from it on.
    """

    at: int
    before: float
    after: float

    @property
    def rise(self) -> float:
        """By how much the mean rose."""
        return self.after - self.before


def turn_of(values: Floats, least: float = -np.inf, rise: float = RISE) -> Turn | None:
    """The turn upwards that parts a row of values best, if there is any.

    Args:
        values: ``(dates,)``, the earliest first; nan where a date tells nothing.
        least: that the mean after it must reach.
        rise: that the mean must rise by.
    """
    told = np.flatnonzero(np.isfinite(values))
    kept = values[told]
    best: Turn | None = None
    clearest = 0.0
    for split in range(1, len(kept)):
        low, high = kept[:split], kept[split:]
        turn = Turn(int(told[split]), float(low.mean()), float(high.mean()))
        rest = np.concatenate([low - low.mean(), high - high.mean()])
        noise = float(np.sqrt((rest**2).mean()))
        # Parts of one value each tell less than those of several.
        clear = turn.rise * np.sqrt(split * (len(kept) - split)) / len(kept)
        middle = (turn.before + turn.after) / 2
        parted = low.max() < middle < high.min()
        steady = parted and turn.rise >= STEADY * noise
        if turn.rise >= rise and turn.after >= least and steady and clear > clearest:
            best, clearest = turn, float(clear)
    return best

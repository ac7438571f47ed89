"""The head that was trained on pairs of pictures, told what one pair is like."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rsrag.analysis.change.learned.pair_features import (
    PairScale,
    pair_features,
    pair_scale,
)
from rsrag.analysis.change.pair_port import Floats, PairLook
from rsrag.encoders.change_head import ChangeWeights

NULL_SHARE = 0.995
"""Of the cells of pictures beside themselves that must stay below the threshold."""
USUAL, LOWERED = 0.2, 0.3
"""Share of a pair that changes as a rule, and the threshold where just that seems to:
it falls where more does."""
_ROUNDS, _MOST = 30, 0.8


def lowered(told: Floats, threshold: float) -> float:
    """The threshold for a pair of which much seems to have changed; else as it is.

    How much did is told from the probabilities themselves: odds that fit a share of
    :data:`USUAL` are raised until their mean is the share that they were raised by
    (expectation maximisation). Half of that is believed.

    Args:
        told: probabilities of cells from all over the pair.
        threshold: what it is at most.
    """
    likely = np.clip(told.astype(np.float64), 1e-4, 1 - 1e-4)
    odds, share, usual = likely / (1 - likely), USUAL, USUAL / (1 - USUAL)
    for _ in range(_ROUNDS):
        raised = odds * share / (1 - share) / usual
        share = min(float((raised / (1 + raised)).mean()), _MOST)
    believed = float(np.sqrt(USUAL * share))
    least = LOWERED / (1 - LOWERED) * usual * (1 - believed) / max(believed, 1e-4)
    return min(threshold, least / (1 + least))


@dataclass(frozen=True, slots=True)
class LearnedHead:
    """See :class:`rsrag.analysis.change.pair_port.ChangeHead`.

    Attributes:
        weights: that came with an encoder.
    """

    weights: ChangeWeights
    name: str = "learned (blocks 2, 4 and 10, colours, and their differences)"

    @property
    def calibrated_on(self) -> str:
        """What the threshold was chosen on, and what raises it."""
        return (
            f"{self.weights.calibrated_on}; lower where much of the pair seems to have "
            "changed, and never below what the pair's own pictures show beside "
            "themselves shifted, blurred, brightened and compressed"
        )

    def fitted(
        self, samples: Sequence[PairLook], null: Sequence[PairLook]
    ) -> "FittedLearned":
        """See :class:`rsrag.analysis.change.pair_port.ChangeHead`."""
        threshold = self.weights.threshold
        fitted = FittedLearned(self.weights, pair_scale(samples), threshold)
        still = [
            FittedLearned(self.weights, pair_scale([one]), threshold)(one).ravel()
            for one in null
        ]
        threshold = lowered(
            np.concatenate([fitted(one).ravel() for one in samples]), threshold
        )
        if not still:
            return FittedLearned(self.weights, fitted.scale, threshold)
        highest = float(np.quantile(np.concatenate(still), NULL_SHARE))
        return FittedLearned(self.weights, fitted.scale, max(threshold, highest))


@dataclass(frozen=True, slots=True)
class FittedLearned:
    """See :class:`rsrag.analysis.change.pair_port.FittedHead`."""

    weights: ChangeWeights
    scale: PairScale
    threshold: float

    def __call__(self, pair: PairLook) -> Floats:
        """``(rows, columns)`` probabilities of the cells inside the rim."""
        return self.weights(pair_features(pair, self.scale))

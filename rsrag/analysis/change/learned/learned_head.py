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
            f"{self.weights.calibrated_on}; never below what the pair's own pictures "
            "show beside themselves shifted, blurred, brightened and compressed"
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
        if not still:
            return fitted
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

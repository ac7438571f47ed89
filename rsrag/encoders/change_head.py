"""A small head that says whether a cell changed, from features of two pictures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.text_towers.clip_tokenizer import map_tensors
from rsrag.encoders.text_towers.tower_layers import gelu
from rsrag.errors import CheckpointError

Floats = NDArray[np.float32]
CLAMP = 5.0
"""Values so many deviations out are cut: unseen imagery must not run away."""


@dataclass(frozen=True, slots=True)
class ChangeWeights:
    """``sigmoid(C gelu(B (gelu(Ax + Dy + a) + gelu(Ax - Dy + a)) / 2 + b) + c)``.

    ``x`` are the features of a cell that do not tell which date is the earlier, ``y``
    the differences, whose sign does: so the order of the dates does not count.

    Attributes:
        threshold: of the probability, chosen on sources that were kept back.
        calibrated_on: which these were, in words.
        mean: of ``x``, and ``deviation``, never 0.
        deviation: see above.
        size: of ``y``, the root of the mean square, never 0.
        inner: ``A`` ``(hidden, x)`` and ``inner_bias`` ``(hidden,)``.
        inner_bias: see above.
        apart: ``D`` ``(hidden, y)``.
        middle: ``B`` ``(few, hidden)`` and ``middle_bias`` ``(few,)``.
        middle_bias: see above.
        outer: ``C`` ``(1, few)`` and ``outer_bias`` ``(1,)``.
        outer_bias: see above.
    """

    threshold: float
    calibrated_on: str
    mean: Floats
    deviation: Floats
    size: Floats
    inner: Floats
    inner_bias: Floats
    apart: Floats
    middle: Floats
    middle_bias: Floats
    outer: Floats
    outer_bias: Floats

    def __call__(self, features: Floats) -> Floats:
        """``(rows, columns, x and y)`` to ``(rows, columns)``, 0 to 1."""
        flat = features.reshape(-1, features.shape[-1])
        even = len(self.mean)
        x = ((flat[:, :even] - self.mean) / self.deviation).clip(-CLAMP, CLAMP)
        y: Floats = (flat[:, even:] / self.size).clip(-CLAMP, CLAMP)
        still: Floats = x @ self.inner.T + self.inner_bias
        moved: Floats = y @ self.apart.T
        hidden: Floats = (gelu(still + moved) + gelu(still - moved)) * np.float32(0.5)
        hidden = gelu(hidden @ self.middle.T + self.middle_bias)
        made = (hidden @ self.outer.T + self.outer_bias)[:, 0].clip(-30, 30)
        told = 1 / (1 + np.exp(-made))
        return np.asarray(told, np.float32).reshape(features.shape[:-1])


def load_change_weights(path: Path) -> ChangeWeights:
    """Read what ``python -m recipes.mini.change_head`` writes.

    Raises:
        CheckpointError: the file is damaged, or lacks a part.
    """
    file = map_tensors(path)
    rest = file.floats(ChangeWeights.__slots__[2:])
    try:
        threshold = float(file.metadata["threshold"])
        words = file.metadata["calibrated_on"]
    except (KeyError, ValueError) as error:
        raise CheckpointError(
            f"{path} has no threshold of its head: {error}."
        ) from error
    return ChangeWeights(threshold, words, *rest)

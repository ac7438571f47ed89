"""Scores of maps of what changed, from counts that can be added up and drawn again.

Probabilities are counted in steps, so that figures of many pixels need no pixels, and a
bootstrap over pictures is one matrix product.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVELS = 4096
"""Steps of a probability: two that are nearer count as equal."""


def level_counts(
    scores: NDArray[np.floating], truth: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """How often each level of a score was true, and not.

    Args:
        scores: 0 to 1, of any shape.
        truth: of the same shape.

    Returns:
        ``(2, LEVELS)``: what is not true, and what is.
    """
    steps = np.clip(np.asarray(scores, np.float64) * LEVELS, 0, LEVELS - 1)
    at = steps.astype(np.int64) + LEVELS * truth.astype(np.int64)
    return np.bincount(at.ravel(), minlength=2 * LEVELS).reshape(2, LEVELS)


def _from_the_top(counts: NDArray[np.number]) -> tuple[Floats, Floats]:
    """What is found from each level on, the highest first: wrongly, and rightly."""
    sums = np.cumsum(counts[..., ::-1], axis=-1, dtype=np.float64)
    return sums[..., 0, :], sums[..., 1, :]


def average_precision(counts: NDArray[np.number]) -> Floats:
    """Mean of the precision over what is found, as scikit-learn has it.

    Args:
        counts: ``(..., 2, LEVELS)`` of :func:`level_counts`.

    Returns:
        ``(...)``; 0 where nothing is true.
    """
    wrong, right = _from_the_top(counts)
    found = np.diff(right, axis=-1, prepend=0)
    precision = right / np.maximum(right + wrong, 1e-9)
    total = (found * precision).sum(axis=-1)
    return np.asarray(total / np.maximum(right[..., -1], 1e-9), np.float64)


def best_f1(counts: NDArray[np.number]) -> Floats:
    """F1 at the level that is best for these very counts: an oracle's, ``(...)``."""
    wrong, right = _from_the_top(counts)
    return np.asarray((2 * right / _sum(right, wrong)).max(axis=-1), np.float64)


def _sum(right: Floats, wrong: Floats) -> Floats:
    return np.maximum(right + wrong + right[..., -1:], 1e-9)


def rank_auc(counts: NDArray[np.number]) -> Floats:
    """Chance that what is true scores higher than what is not, ties half.

    Returns:
        ``(...)``; nan where one of the two is missing.
    """
    low = np.asarray(counts[..., 0, :], np.float64)
    high = np.asarray(counts[..., 1, :], np.float64)
    below = np.cumsum(low, axis=-1) - low / 2
    pairs = low.sum(axis=-1) * high.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((below * high).sum(axis=-1) / pairs, np.float64)


def false_alarms(counts: NDArray[np.number], found: float = 0.9) -> Floats:
    """Share of what is not true that is flagged once so much of what is true is found.

    Returns:
        ``(...)``; nan where one of the two is missing.
    """
    wrong, right = _from_the_top(counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        enough = right / right[..., -1:] >= found - 1e-12
        at = enough.argmax(axis=-1)[..., None]
        share = np.take_along_axis(wrong, at, axis=-1) / wrong[..., -1:]
    missing = (right[..., -1] == 0)[..., None]
    return np.asarray(np.where(missing, np.nan, share)[..., 0], np.float64)


def overlap_scores(counts: NDArray[np.number]) -> dict[str, Floats]:
    """F1, IoU, precision and recall.

    Args:
        counts: ``(..., 3)``: rightly found, wrongly found, missed.

    Returns:
        ``(...)`` each; 0 where there is nothing to divide.
    """
    right, wrong, missed = np.moveaxis(np.asarray(counts, np.float64), -1, 0)
    union = right + wrong + missed
    parts = {
        "f1": (2 * right, union + right),
        "iou": (right, union),
        "precision": (right, right + wrong),
        "recall": (right, right + missed),
    }
    return {
        name: np.asarray(part / np.maximum(whole, 1e-9), np.float64)
        for name, (part, whole) in parts.items()
    }


def overlap_counts(
    said: NDArray[np.bool_], truth: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Rightly found, wrongly found, missed; ``(3,)``."""
    right = int((said & truth).sum())
    return np.array([right, int(said.sum()) - right, int(truth.sum()) - right])

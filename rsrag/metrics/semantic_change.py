"""Scores of maps that say what changed into what, as SECOND has them (Yang, 2021).

A map holds 0 where nothing changed, and a class where something did; the maps of both
dates are counted together.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.number]
"""``(..., classes + 1, classes + 1)``: what is true by what is said, 0 unchanged."""


def class_counts(
    truth: NDArray[np.integer], said: NDArray[np.integer], classes: int
) -> NDArray[np.int64]:
    """Pixels by what is true and what is said; ``(classes + 1, classes + 1)``."""
    side = classes + 1
    at = truth.astype(np.int64).ravel() * side + said.astype(np.int64).ravel()
    return np.bincount(at, minlength=side * side).reshape(side, side)


def _share(part: NDArray[np.number], whole: NDArray[np.number]) -> Floats:
    return np.asarray(part / np.maximum(whole, 1e-12), np.float64)


def change_overlap(counts: Counts) -> tuple[Floats, Floats]:
    """IoU of what did not change, and of what did, whatever the class."""
    total = counts.sum(axis=(-2, -1))
    still = counts[..., 0, 0]
    either = counts[..., 0, :].sum(axis=-1) + counts[..., :, 0].sum(axis=-1) - still
    both = counts[..., 1:, 1:].sum(axis=(-2, -1))
    return _share(still, either), _share(both, total - still)


def separated_kappa(counts: Counts) -> Floats:
    """SeK: kappa without the pixels that rightly stay unchanged, times e^(IoU - 1)."""
    own = np.array(counts, np.float64)
    own[..., 0, 0] = 0
    total = np.maximum(own.sum(axis=(-2, -1)), 1e-12)
    agreed = np.trace(own, axis1=-2, axis2=-1) / total
    chance = (own.sum(axis=-1) * own.sum(axis=-2)).sum(axis=-1) / total**2
    kappa = _share(agreed - chance, 1 - chance)
    return np.asarray(kappa * np.exp(change_overlap(counts)[1] - 1), np.float64)


def second_scores(counts: Counts) -> dict[str, Floats]:
    """The figures that papers on SECOND print.

    Returns:
        ``miou`` of unchanged and changed, ``sek``, ``f_scd`` (F1 of the classes of what
        changed), and ``score``, 0.3 mIoU + 0.7 SeK; ``(...)`` each.
    """
    pair = change_overlap(counts)
    mean, kappa = (pair[0] + pair[1]) / 2, separated_kappa(counts)
    right = np.trace(counts[..., 1:, 1:], axis1=-2, axis2=-1)
    precision = _share(right, counts[..., :, 1:].sum(axis=(-2, -1)))
    recall = _share(right, counts[..., 1:, :].sum(axis=(-2, -1)))
    return {
        "miou": mean,
        "sek": kappa,
        "f_scd": _share(2 * precision * recall, precision + recall),
        "score": 0.3 * mean + 0.7 * kappa,
    }


def transition_scores(counts: Counts) -> Floats:
    """F1 of each transition, ``(transitions,)``; nan where it is neither true nor said.

    Args:
        counts: ``(3, transitions)``: rightly said, said, true, in pixels.
    """
    right, said, true = np.asarray(counts, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * right / (said + true), np.float64)

"""How far boxes agree: intersection over union, and the figures made of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Corners = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels; the right and lower edges do not belong to it,
so that a box is ``right - left`` wide."""


def shared_and_covered(one: Corners, other: Corners) -> tuple[float, float]:
    """Area that two boxes share, and that they cover together."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, across) * max(0.0, down)
    areas = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other))
    return shared, areas - shared


def overlap(one: Corners, other: Corners) -> float:
    """Intersection over union, 0 to 1."""
    shared, covered = shared_and_covered(one, other)
    return shared / covered if covered > 0 else 0.0


def points_at(one: Corners, other: Corners) -> bool:
    """Whether the middle of a box lies in another."""
    x, y = (one[0] + one[2]) / 2, (one[1] + one[3]) / 2
    return other[0] <= x <= other[2] and other[1] <= y <= other[3]


def grounding_figures(
    shared: NDArray[np.float64],
    covered: NDArray[np.float64],
    pointing: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> dict[str, NDArray[np.float64]]:
    """Figures of phrases, under some weights of them.

    Args:
        shared: ``(n,)``: areas of each phrase's answer and its truth.
        covered: ``(n,)``; 0 for no answer to a truth that has no area.
        pointing: ``(n,)``: 1 where the middle of the answer lies in the truth.
        weights: ``(draws, n)``.

    Returns:
        ``(draws,)`` each: the shares with an overlap of 0.5, 0.7 and 0.25 and more, the
        mean overlap, all shared area over all covered area, and pointing.
    """
    iou = np.divide(shared, covered, out=np.zeros_like(shared), where=covered > 0)
    sums = np.maximum(weights.sum(axis=1), 1e-9)

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((weights @ values) / sums)

    return {
        "acc@0.5": mean((iou >= 0.5).astype(np.float64)),
        "acc@0.7": mean((iou >= 0.7).astype(np.float64)),
        "acc@0.25": mean((iou >= 0.25).astype(np.float64)),
        "mean_iou": mean(iou),
        "cum_iou": (weights @ shared) / np.maximum(weights @ covered, 1e-9),
        "pointing": mean(pointing),
    }


def best_truth(one: Corners, truths: Sequence[Corners]) -> Corners:
    """The truth that a box agrees with most; all of them are right."""
    return max(truths, key=lambda truth: (overlap(one, truth), points_at(one, truth)))

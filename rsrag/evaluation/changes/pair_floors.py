"""What is found to have changed by rules that every paper compares itself with.

Each rule gives a score of every pixel, 0 to 1, and what it says changed. Rules without
a threshold of their own are cut where Otsu cuts the scores of the one pair.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.change.aligning.radiometry import no_change
from rsrag.types import Pixels

Floats = NDArray[np.float64]
Said = tuple[Floats, NDArray[np.bool_]]
"""Scores of every pixel, 0 to 1, and what changed; ``(height, width)`` each."""

_BINS, _SSIM_PX, _BLOCK_PX, _ROUNDS = 256, 7, 5, 30


def otsu(scores: Floats) -> float:
    """The threshold that parts values into the two most even groups (Otsu, 1979)."""
    counts, edges = np.histogram(scores, _BINS)
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1].astype(np.float64)
    above = counts.sum() - below
    sums = np.cumsum(counts * middles)
    low = sums[:-1] / np.maximum(below, 1)
    high = (sums[-1] - sums[:-1]) / np.maximum(above, 1)
    return float(middles[(below * above * (low - high) ** 2).argmax()])


def _cut(scores: Floats) -> Said:
    if np.ptp(scores) == 0:
        return scores, np.zeros(scores.shape, bool)
    return scores, scores > otsu(scores)


def everything(before: Pixels, after: Pixels) -> Said:
    """All changed."""
    shape = before.shape[:2]
    return np.ones(shape), np.ones(shape, bool)


def nothing(before: Pixels, after: Pixels) -> Said:
    """Nothing did."""
    shape = before.shape[:2]
    return np.zeros(shape), np.zeros(shape, bool)


def rgb_difference(before: Pixels, after: Pixels) -> Said:
    """Mean difference of the bands as they are."""
    apart = np.abs(before.astype(np.float64) - after)
    return _cut(apart.mean(axis=2) / 255)


def change_vectors(before: Pixels, after: Pixels) -> Said:
    """Length of the change of the standardised bands (Malila, 1980)."""
    made = []
    for picture in (before, after):
        bands = picture.reshape(-1, picture.shape[2]).astype(np.float64)
        spread = np.maximum(bands.std(axis=0), 1e-6)
        made.append(((bands - bands.mean(axis=0)) / spread).reshape(picture.shape))
    length = np.linalg.norm(made[0] - made[1], axis=2)
    return _cut(length / (1 + length))


def ir_mad(before: Pixels, after: Pixels) -> Said:
    """Iteratively reweighted multivariate alteration detection (Nielsen, 2007)."""
    flat = [one.reshape(-1, one.shape[2]).astype(np.float64) for one in (before, after)]
    steady = np.maximum(no_change(*flat), 1e-12)
    return _cut((-np.log10(steady) / 12).clip(0, 1).reshape(before.shape[:2]))


def dissimilarity(before: Pixels, after: Pixels) -> Said:
    """Half of one less the structural similarity (Wang, 2004), squares of 7 pixels."""
    a, b = (one.mean(axis=2, dtype=np.float64) for one in (before, after))
    count = _SSIM_PX**2
    rim = _SSIM_PX // 2
    a, b = (np.pad(one, rim, mode="reflect") for one in (a, b))
    mean_a, mean_b = _box(a), _box(b)
    scale = count / (count - 1)
    var_a = scale * (_box(a * a) - mean_a**2)
    var_b = scale * (_box(b * b) - mean_b**2)
    both = scale * (_box(a * b) - mean_a * mean_b)
    first, second = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * mean_a * mean_b + first) * (2 * both + second)
    below = (mean_a**2 + mean_b**2 + first) * (var_a + var_b + second)
    return _cut(((1 - above / below) / 2).clip(0, 1))


def _box(values: Floats) -> Floats:
    """Means of squares of ``_SSIM_PX``; so much smaller at the rim."""
    for axis in (0, 1):
        sums = np.cumsum(values, axis=axis)
        sums = np.insert(sums, 0, 0, axis=axis)
        length = values.shape[axis]
        high = np.take(sums, np.arange(_SSIM_PX, length + 1), axis=axis)
        low = np.take(sums, np.arange(0, length + 1 - _SSIM_PX), axis=axis)
        values = (high - low) / _SSIM_PX
    return values


def two_means(before: Pixels, after: Pixels) -> Said:
    """Squares of differences, their three main parts, in two groups (Celik, 2009)."""
    grey = [one.mean(axis=2, dtype=np.float64) for one in (before, after)]
    apart = np.abs(grey[0] - grey[1])
    rim = _BLOCK_PX // 2
    wide = np.pad(apart, rim, mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(wide, (_BLOCK_PX, _BLOCK_PX))
    blocks = windows.reshape(-1, _BLOCK_PX**2)
    centred = blocks - blocks.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    parts = centred @ axes[:, -3:]
    flat = apart.ravel()
    if np.ptp(flat) == 0:
        return np.zeros(apart.shape), np.zeros(apart.shape, bool)
    high = flat > otsu(flat)
    for _ in range(_ROUNDS):
        middles = [parts[group].mean(axis=0) for group in (~high, high)]
        away = [((parts - middle) ** 2).sum(axis=1) for middle in middles]
        new = away[1] < away[0]
        if not new.any() or new.all() or (new == high).all():
            break
        high = new
    away = [np.sqrt(one) for one in away]
    share = away[0] / np.maximum(away[0] + away[1], 1e-9)
    return share.reshape(apart.shape), high.reshape(apart.shape)


PAIR_FLOORS: Mapping[str, Callable[[Pixels, Pixels], Said]] = {
    "all": everything,
    "none": nothing,
    "rgb": rgb_difference,
    "cva": change_vectors,
    "ir-mad": ir_mad,
    "ssim": dissimilarity,
    "pca-k-means": two_means,
}

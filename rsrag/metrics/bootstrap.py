"""Paired percentile bootstrap: intervals of figures under other draws of pictures.

Efron and Tibshirani, "An introduction to the bootstrap", 1993. Pictures are drawn with
replacement, each with all its captions; all encoders are scored on the same draws, so
that an easy draw is easy for all, and differences are surer than figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 128

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figure:
    """A share of queries: ``(n,)`` hits per picture, of its ``(n,)`` queries."""

    hits: Floats
    queries: Floats

    @property
    def percent(self) -> float:
        """The share, over all pictures."""
        return 100 * float(self.hits.sum() / self.queries.sum())


def resampled(
    figures: Mapping[str, Figure], resamples: int, seed: int
) -> dict[str, Floats]:
    """``(resamples,)`` figures in percent, by name, under draws of the ``n`` pictures.

    The same seed gives the same draws, whatever the figures are.
    """
    sizes = {len(figure.hits) for figure in figures.values()}
    if len(sizes) != 1 or not min(sizes):
        raise ValueError(f"figures of {sorted(sizes)} pictures")
    n = sizes.pop()
    rng = np.random.default_rng(seed)
    found = {name: np.empty(resamples) for name in figures}
    for start in range(0, resamples, _BLOCK):
        count = min(_BLOCK, resamples - start)
        draws = rng.multinomial(n, np.full(n, 1 / n), size=count).astype(np.float64)
        for name, figure in figures.items():
            shares = (draws @ figure.hits) / np.maximum(draws @ figure.queries, 1.0)
            found[name][start : start + count] = 100 * shares
    return found


def picture_draws(
    pictures: Sequence[str], resamples: int, rng: np.random.Generator
) -> Floats:
    """How often each query counts, ``(resamples, n)``, when pictures are drawn.

    Args:
        pictures: that of each of ``n`` queries; those of one are drawn together.
    """
    names = sorted(set(pictures))
    owner = np.array([names.index(one) for one in pictures])
    shares = np.full(len(names), 1 / len(names))
    drawn = rng.multinomial(len(names), shares, size=resamples)
    return np.asarray(drawn[:, owner], np.float64)


def interval(draws: Floats, confidence: float) -> tuple[float, float]:
    """The middle ``confidence`` of the draws."""
    rest = (1 - confidence) / 2
    low, high = np.quantile(draws, [rest, 1 - rest])
    return float(low), float(high)


def mean_interval(values: Floats, draws: Floats) -> dict[str, float]:
    """The mean of ``n`` queries' values and the middle 95 % of the draws' means.

    Args:
        draws: ``(resamples, n)``; see :func:`picture_draws`.
    """
    means = draws @ values / np.maximum(draws.sum(axis=1), 1)
    return interval_mapping(float(values.mean()), means, 0.95)


def interval_mapping(
    value: float, draws: Floats, confidence: float
) -> dict[str, float]:
    """``value``, ``low`` and ``high``, for a report."""
    low, high = interval(draws, confidence)
    named = {"value": value, "low": low, "high": high}
    return {name: round(number, 4) for name, number in named.items()}

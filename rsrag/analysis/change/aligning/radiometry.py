"""The light of one picture given to another, by the pixels that did not change.

Pixels that stay what they are under a linear change of the colours are found by
iteratively reweighted multivariate alteration detection (Nielsen, 2007): a histogram of
the whole would take a flood for another light.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsrag.types import Pixels

Doubles = NDArray[np.float64]

INVARIANT = 0.1
"""Share of the pixels, those that most likely did not change, whose light counts."""
_ROUNDS = 12
_FEWEST = 100
_ALIKE = 0.3
"""Correlation that the colours of unchanged pixels have at least."""
_GAIN = 4.0
"""A light that is stronger than this by a factor is none."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """How the colours of one of two pictures become those of the other.

    Attributes:
        later: whether the later picture is changed; else the earlier one.
        table: ``(3, 256)`` uint8, a value of each band to its new value.
        words: what was done, for people.
    """

    later: bool
    table: NDArray[np.uint8]
    words: str

    def tuned(self, before: Pixels, after: Pixels) -> tuple[Pixels, Pixels]:
        """Both pictures in one light."""
        changed = after if self.later else before
        made = np.empty_like(changed)
        for band in range(3):
            made[..., band] = self.table[band][changed[..., band]]
        return (before, made) if self.later else (made, after)


def as_they_are(words: str) -> Tuning:
    """No change of the colours."""
    return Tuning(True, np.tile(np.arange(256, dtype=np.uint8), (3, 1)), words)


def tune(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> Tuning:
    """Bring colours in line; the one of less contrast is given the other's light.

    Args:
        before: ``(n, 3)`` colours of pixels.
        after: of the same ground.
    """
    x, y = before.astype(np.float64), after.astype(np.float64)
    if len(x) < _FEWEST:
        return as_they_are("as the pictures have them: too few pixels to compare")
    steady = no_change(x, y)
    kept = steady >= np.quantile(steady, 1 - INVARIANT)
    inner = ((x > 1) & (x < 254) & (y > 1) & (y < 254)).all(axis=1)
    kept = kept & inner if (kept & inner).sum() >= _FEWEST else kept
    alike = [_correlation(x[kept, band], y[kept, band]) for band in range(3)]
    if min(alike) < _ALIKE:
        return as_they_are(
            "as the pictures have them: no pixels show the same in other light "
            f"(correlation {min(alike):.2f})"
        )
    later = float(y[kept].std(axis=0).sum()) <= float(x[kept].std(axis=0).sum())
    low, high = (y, x) if later else (x, y)
    table = np.empty((3, 256), np.uint8)
    gains = []
    for band in range(3):
        gain, offset = _line(low[kept, band], high[kept, band])
        if not 1 / _GAIN <= gain <= _GAIN:
            gain = 1.0
            offset = float(high[kept, band].mean() - low[kept, band].mean())
        gains.append(gain)
        table[band] = np.clip(np.rint(gain * np.arange(256) + offset), 0, 255)
    which = "later" if later else "earlier"
    shown = ", ".join(f"{gain:.2f}" for gain in gains)
    words = (
        f"by the {kept.mean():.0%} of the pixels that most likely did not change, the "
        f"{which} picture's red, green and blue were multiplied by {shown}"
    )
    return Tuning(later, table, words)


def _correlation(a: Doubles, b: Doubles) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


def _line(low: Doubles, high: Doubles) -> tuple[float, float]:
    """Gain and offset of the line that is nearest to points, orthogonally."""
    a, b = low - low.mean(), high - high.mean()
    aa, bb, ab = (float((p * q).sum()) for p, q in ((a, a), (b, b), (a, b)))
    if ab <= 0 or aa <= 0:
        return 1.0, float(high.mean() - low.mean())
    gain = (bb - aa + np.hypot(bb - aa, 2 * ab)) / (2 * ab)
    return float(gain), float(high.mean() - gain * low.mean())


def no_change(before: Doubles, after: Doubles) -> Doubles:
    """Probability that each pixel did not change, by IR-MAD.

    Args:
        before: ``(n, bands)``.
        after: likewise.

    Returns:
        ``(n,)``, 0 to 1.
    """
    bands = before.shape[1]
    both = np.concatenate([before, after], axis=1)
    weights = np.ones(len(both))
    for _ in range(_ROUNDS):
        total = weights.sum()
        centred = both - (weights @ both) / total
        spread = (centred * weights[:, None]).T @ centred / total
        spread += 1e-3 * np.eye(2 * bands)
        left = np.linalg.inv(np.linalg.cholesky(spread[:bands, :bands]))
        right = np.linalg.inv(np.linalg.cholesky(spread[bands:, bands:]))
        u, s, v = np.linalg.svd(left @ spread[:bands, bands:] @ right.T)
        variates = centred[:, :bands] @ (left.T @ u) - centred[:, bands:] @ (
            right.T @ v.T
        )
        variance = 2 * (1 - np.clip(s, 0, 0.9999))
        chance = _beyond((variates**2 / variance).sum(axis=1), bands)
        if np.abs(chance - weights).max() < 1e-3:
            break
        weights = chance + 1e-6
    return np.asarray(np.minimum(weights, 1.0))


def _beyond(value: Doubles, freedom: int) -> Doubles:
    """Chance that chi squared of three degrees of freedom, or of one, is larger."""
    from math import erfc

    half = np.sqrt(np.maximum(value, 0) / 2)
    # Many pixels, and one value: a table is as good as the function.
    at = np.linspace(0, 8, 4097)
    table = np.array([erfc(x) for x in at])
    tail = np.interp(half, at, table)
    if freedom == 1:
        return np.asarray(tail)
    assert freedom == 3
    return np.asarray(tail + 2 / np.sqrt(np.pi) * half * np.exp(-half * half))

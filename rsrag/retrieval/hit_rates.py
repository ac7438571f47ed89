"""How often the right answer is among the first few, as papers on RSICD report it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsrag.types import Vectors

RANKS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class HitRates:
    """Shares of queries, in percent, at ranks 1, 5 and 10.

    Attributes:
        t2i: caption to picture: its own picture is among the first k.
        i2t: picture to caption: any of its own captions is among the first k.
    """

    t2i: tuple[float, ...]
    i2t: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean of the six, which papers call mR."""
        return float(np.mean(self.t2i + self.i2t))

    def __str__(self) -> str:
        """One line for a person."""
        t2i, i2t = (
            " ".join(f"{value:.1f}" for value in rates)
            for rates in (self.t2i, self.i2t)
        )
        return f"t2i R@1/5/10 {t2i}, i2t R@1/5/10 {i2t}, mR {self.mean:.2f}"


def hit_rates(images: Vectors, texts: Vectors, owner: Sequence[int]) -> HitRates:
    """Rank every text against every image, both ways.

    A rank counts the strictly better ones, so items that tie share the best rank.

    Args:
        images: ``(n, dim)`` unit rows, each with at least one text.
        texts: ``(t, dim)`` unit rows.
        owner: for each text the row of its image.
    """
    scores = texts @ images.T
    own = np.asarray(owner)
    own_score = scores[np.arange(len(own)), own]
    t2i = (scores > own_score[:, None]).sum(axis=1)
    best = np.full(len(images), -np.inf, dtype=scores.dtype)
    np.maximum.at(best, own, own_score)
    i2t = (scores > best[None, :]).sum(axis=0)
    return HitRates(_rates(t2i), _rates(i2t))


def _rates(better: NDArray[np.intp]) -> tuple[float, ...]:
    return tuple(100.0 * float(np.mean(better < k)) for k in RANKS)

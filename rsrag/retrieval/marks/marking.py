"""A direction from chips that were marked as right and as wrong.

Two ways are tried on marks that were held back, and the better one is taken: the sum
of Rocchio (1971), and a ridge regression that tells right marks from wrong ones and
from chips that nobody marked, which stand for all else that there is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rsrag.types import Vectors

LIKED, UNLIKED = 2.0, 1.0
"""What all right and all wrong marks weigh in Rocchio's sum, beside the query."""

PROBED, RIDGE, BACKGROUND = 3.0, 0.1, 0.5
"""What a probe weighs beside the query, how much it is held back, and how much chips
that nobody marked count beside wrong marks; see ``docs/searching.md``."""

FOLDS = 5
"""Right and wrong marks are each held back in so many portions, or one by one."""

Way = Literal["rocchio", "probe"]
Direction = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Marks:
    """Chips that were marked, by id; none is both.

    Attributes:
        like: those that are right.
        unlike: those that are wrong.
    """

    like: tuple[str, ...]
    unlike: tuple[str, ...]

    def __str__(self) -> str:
        return f"marks ({len(self.like)} right, {len(self.unlike)} wrong)"


@dataclass(frozen=True, slots=True)
class Measured:
    """How a way did on marks that it had not seen; shares are from 0 to 1.

    Attributes:
        ordered: of pairs of a right and a wrong mark, those in the right order.
        precision: of what it called right, what was marked as right.
        recall: of what was marked as right, what it called right.
        pairs: how many pairs were held back.
    """

    ordered: float
    precision: float
    recall: float
    pairs: int

    def to_json(self) -> dict[str, Any]:
        """Its numbers by name."""
        shares = ("ordered", "precision", "recall")
        return {n: round(getattr(self, n), 4) for n in shares} | {"pairs": self.pairs}


@dataclass(frozen=True, slots=True)
class Learnt:
    """What marks say.

    Attributes:
        vector: ``(dim,)`` to add to the query; its length is its weight.
        way: that was taken.
        measured: by way; empty where there are too few marks to hold some back.
    """

    vector: Direction
    way: Way
    measured: dict[Way, Measured]

    def __str__(self) -> str:
        said = {"rocchio": "the sum of the marks", "probe": "a linear probe"}
        if not self.measured:
            return f"{said[self.way]}; two right and two wrong marks could be compared"
        shares = ", ".join(
            f"{said[way]} {one.ordered:.0%}" for way, one in self.measured.items()
        )
        pairs = self.measured[self.way].pairs
        return f"{said[self.way]}; of {pairs} pairs held back in order: {shares}"


def learn(
    right: Vectors,
    wrong: Vectors,
    query: Direction,
    background: Callable[[], Vectors],
) -> Learnt:
    """What marks say beside a query.

    Args:
        right: ``(n, dim)`` unit rows, at least one.
        wrong: ``(m, dim)`` unit rows, or none.
        query: ``(dim,)`` that the direction is added to; zeros for none.
        background: gives unit rows of chips that nobody marked.
    """
    if len(right) < 2 or len(wrong) < 2:
        return Learnt(rocchio(right, wrong), "rocchio", {})
    others = background()
    ways: dict[Way, Callable[[Vectors, Vectors], Direction]] = {
        "rocchio": rocchio,
        "probe": lambda some, few: probe(some, few, others),
    }
    measured = {
        way: _held_back(make, right, wrong, query) for way, make in ways.items()
    }
    # Of equals the simpler one is taken: it comes first.
    best = max(measured, key=lambda way: (measured[way].ordered, way == "rocchio"))
    return Learnt(ways[best](right, wrong), best, measured)


def rocchio(right: Vectors, wrong: Vectors) -> Direction:
    """Twice the mean of the right ones without the mean of the wrong ones."""
    found: Direction = LIKED * right.mean(axis=0, dtype=np.float64)
    if len(wrong):
        found -= UNLIKED * wrong.mean(axis=0, dtype=np.float64)
    return found


def probe(right: Vectors, wrong: Vectors, others: Vectors) -> Direction:
    """Right from wrong and from others, by ridge regression; as long as it weighs."""
    rows = np.concatenate([right, wrong, others]).astype(np.float64)
    truth = np.full(len(rows), -1.0)
    truth[: len(right)] = 1.0
    shares = (0.5, 0.5 * (1 - BACKGROUND), 0.5 * BACKGROUND)
    counts = (len(right), len(wrong), len(others))
    weight = np.repeat(
        [s / max(n, 1) for s, n in zip(shares, counts, strict=True)], counts
    )
    weight /= weight.sum()
    root = np.sqrt(weight)
    rows = (rows - weight @ rows) * root[:, None]
    gram = rows @ rows.T
    gram[np.diag_indices_from(gram)] += RIDGE * np.trace(gram) + 1e-12
    found: Direction = rows.T @ np.linalg.solve(gram, (truth - weight @ truth) * root)
    length = float(np.linalg.norm(found))
    return found * (PROBED / length) if length > 0 else found


def _held_back(
    make: Callable[[Vectors, Vectors], Direction],
    right: Vectors,
    wrong: Vectors,
    query: Direction,
) -> Measured:
    """Leave out each portion of right marks with each portion of wrong ones."""
    ordered = pairs = true = false = missed = 0.0
    rights, wrongs = min(FOLDS, len(right)), min(FOLDS, len(wrong))
    for some in range(rights):
        for few in range(wrongs):
            seen = np.arange(len(right)) % rights != some
            known = np.arange(len(wrong)) % wrongs != few
            vector = query + make(right[seen], wrong[known])
            middle = (right[seen] @ vector).mean() + (wrong[known] @ vector).mean()
            good, bad = right[~seen] @ vector, wrong[~known] @ vector
            apart = good[:, None] - bad[None]
            ordered += (apart > 0).sum() + 0.5 * (apart == 0).sum()
            pairs += apart.size
            # Each right mark is judged once for each portion of wrong ones, and so on.
            true += (good > middle / 2).sum() / wrongs
            missed += (good <= middle / 2).sum() / wrongs
            false += (bad > middle / 2).sum() / rights
    precision = true / (true + false) if true + false else 0.0
    return Measured(
        float(ordered / pairs),
        float(precision),
        float(true / (true + missed)),
        int(pairs),
    )

"""The exact answers, by scoring every row, and how much of them a system found."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.clouds import Array
from bench.search.places import Region
from bench.search.rows import Rows

Found = NDArray[np.int64]
"""``(queries, k)`` row numbers, best first; -1 where there is none."""

NONE = "none"
"""Name of the search without a region."""

_TOGETHER = 500


class Best:
    """The ``k`` best rows of each query among all that were shown so far."""

    def __init__(self, count: int, k: int) -> None:
        """Begin with nothing for ``count`` queries."""
        self.scores = np.full((count, k), -np.inf, np.float32)
        self.rows = np.full((count, k), -1, np.int64)

    def show(self, scores: Array, rows: NDArray[np.int64]) -> None:
        """Take ``(queries, n)`` scores of ``n`` rows into account.

        Rows come ascending from call to call; of equal scores the first stays.
        """
        better = scores > self.scores[:, -1:]
        for query in np.flatnonzero(better.any(axis=1)):
            new = np.flatnonzero(better[query])
            both = np.concatenate([self.scores[query], scores[query, new]])
            ids = np.concatenate([self.rows[query], rows[new]])
            order = np.argsort(-both, kind="stable")[: self.rows.shape[1]]
            self.scores[query], self.rows[query] = both[order], ids[order]


def nearest(
    rows: Rows, queries: Array, k: int, regions: Sequence[Region], filtered: int
) -> dict[str, Found]:
    """The best ``k`` rows of all, and of each region, by inner product in float32.

    Args:
        rows: read a chunk at a time.
        queries: ``(q, dim)``.
        k: how many.
        regions: to look in besides.
        filtered: only so many of the queries are asked of regions, the first ones.

    Returns:
        By region's name; ``(q, k)`` under :data:`NONE`, else ``(filtered, k)``.
    """
    asked = queries[:filtered]
    best = {NONE: Best(len(queries), k)}
    best |= {region.name: Best(len(asked), k) for region in regions}
    for first, vectors, places in rows.chunks():
        numbers = np.arange(first, first + len(vectors))
        for start in range(0, len(queries), _TOGETHER):
            some = slice(start, start + _TOGETHER)
            part = _part(best[NONE], some)
            part.show(queries[some] @ vectors.T, numbers)
        for region in regions:
            inside = region.holds(places)
            if inside.any():
                best[region.name].show(asked @ vectors[inside].T, numbers[inside])
    return {name: each.rows for name, each in best.items()}


def remembered(
    path: Path,
    rows: Rows,
    queries: Array,
    k: int,
    regions: Sequence[Region],
    filtered: int,
) -> dict[str, Found]:
    """As :func:`nearest`, kept in a file beside the queries it is of."""
    if path.exists():
        with np.load(path) as kept:
            names = [region.name for region in regions]
            same = "queries" in kept and np.array_equal(kept["queries"], queries)
            if same and all(name in kept and len(kept[name]) for name in names):
                return {name: kept[name] for name in (NONE, *names)}
    found = nearest(rows, queries, k, regions, filtered)
    part = path.with_suffix(".part.npz")
    np.savez(part, queries=queries, **found)  # type: ignore[arg-type]
    part.replace(path)
    return found


def recall(found: Found, truth: Found) -> float:
    """Mean share of the true rows that are among the found ones.

    Queries for which there is no true row do not count; nan if that is all of them.
    """
    shares = []
    for answer, right in zip(found, truth, strict=True):
        wanted = set(right[right >= 0].tolist())
        if wanted:
            shares.append(len(wanted & set(answer.tolist())) / len(wanted))
    return float(np.mean(shares)) if shares else float("nan")


def _part(best: Best, some: slice) -> Best:
    """A view on some queries of another."""
    part = Best(0, 1)
    part.scores, part.rows = best.scores[some], best.rows[some]
    return part

"""Exact nearest rows of an array on disk, and the one way to score a candidate.

Fast float32 sums depend on where a row lies in its block, in the last bits. So they
only choose candidates, with a margin that covers their error, and the candidates are
scored again row by row in float64: equal vectors get equal scores, and ids decide.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rsrag.types import Vectors
from rsrag.vectors import top_k as best

Rows = NDArray[np.int64]
Scores = NDArray[np.float64]
IdsOf = Callable[[Rows], NDArray[np.str_]]

GATHER_SHARE = 0.2
"""Below this share of rows allowed, gathering them beats scoring all."""

_BLOCK = 4096
_RUN = 64
_SCORES_BYTES = 64 << 20


def exact_scores(query: NDArray[np.float32], rows: Vectors) -> Scores:
    """``(n,)`` dot products in float64, the same for equal rows wherever they lie."""
    wide = query.astype(np.float64)
    parts = [
        (rows[i : i + _BLOCK].astype(np.float64) * wide).sum(axis=1)
        for i in range(0, len(rows), _BLOCK)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def margin(dim: int) -> float:
    """Twice the most that a float32 dot product of unit vectors can be off."""
    return 2.5 * dim * 2.0**-24 + 1e-7


def row_dots(rows: Vectors, query: NDArray[np.float32]) -> NDArray[np.float32]:
    """Float32 dot products of many rows with one query, on one thread.

    OpenBLAS's matrix-vector product waits for its threads longer than this takes.
    """
    if hasattr(np, "vecdot"):
        return np.asarray(np.vecdot(rows, query))
    return np.asarray(np.einsum("ij,j->i", rows, query))


def pick(
    query: NDArray[np.float32], vectors: Vectors, rows: Rows, ids_of: IdsOf, k: int
) -> tuple[Rows, Scores]:
    """Score candidate rows exactly and keep the ``k`` best, ties by id ascending.

    Args:
        query: ``(dim,)``.
        vectors: all the store's vectors.
        rows: numbers of the candidates, each once.
        ids_of: gives the ids of rows.
        k: at most how many to keep.
    """
    scores = np.concatenate(
        [np.empty(0)]
        + [
            exact_scores(query, vectors[rows[i : i + _BLOCK]])
            for i in range(0, len(rows), _BLOCK)
        ]
    )
    if k < len(rows):
        # Ids are only read of rows that can still be among the best.
        inside = np.flatnonzero(scores >= np.partition(scores, -k)[-k])
        rows, scores = rows[inside], scores[inside]
    order = best(scores, ids_of(rows), k)
    return rows[order], scores[order]


def nearest(
    queries: Vectors, vectors: Vectors, allow: Rows | None, ids_of: IdsOf, k: int
) -> list[tuple[Rows, Scores]]:
    """The ``k`` nearest rows of each query, exactly.

    Args:
        queries: ``(q, dim)``.
        vectors: ``(n, dim)``, an array or a memory map.
        allow: row numbers to look at, ascending; ``None`` for all.
        ids_of: gives the ids of rows.
        k: how many; fewer come back when fewer are allowed.
    """
    n = len(vectors)
    count = n if allow is None else len(allow)
    if not count:
        return [(np.empty(0, np.int64), np.empty(0)) for _ in queries]
    gather = allow is not None and count < GATHER_SHARE * n
    width = max(1, _SCORES_BYTES // (4 * n))
    found = []
    for start in range(0, len(queries), width):
        part = queries[start : start + width]
        if gather:
            assert allow is not None
            scores = gathered(part, vectors, allow)
        else:
            scores = _all_scores(part, vectors)
        for query, row in zip(part, scores, strict=True):
            few = row if allow is None or gather else row[allow]
            found.append(best_of(query, few, vectors, allow, ids_of, k))
    return found


def best_of(
    query: NDArray[np.float32],
    scores: NDArray[np.float32],
    vectors: Vectors,
    allow: Rows | None,
    ids_of: IdsOf,
    k: int,
) -> tuple[Rows, Scores]:
    """The ``k`` nearest rows, exactly, by their float32 scores.

    Args:
        scores: of the rows that are allowed, in their order.
    """
    inside = candidates(scores, k, margin(vectors.shape[1]))
    rows = inside if allow is None else allow[inside]
    return pick(query, vectors, rows, ids_of, k)


def candidates(scores: NDArray[np.float32], k: int, slack: float) -> Rows:
    """Positions of all scores that are not surely below the ``k``-th best."""
    if k >= len(scores):
        return np.arange(len(scores))
    runs = len(scores) // _RUN
    if runs < k:
        return _near_the_best(scores, k, slack)
    # The k best of all are no worse than the best of k runs, which are quickly found.
    peaks = scores[: runs * _RUN].reshape(runs, _RUN).max(axis=1)
    floor = np.partition(peaks, -k)[-k]
    rows = np.flatnonzero(scores >= floor - np.float32(slack))
    return rows[_near_the_best(scores[rows], k, slack)]


def _near_the_best(scores: NDArray[np.float32], k: int, slack: float) -> Rows:
    threshold = np.partition(scores, -k)[-k]
    return np.flatnonzero(scores >= threshold - np.float32(slack))


def _all_scores(queries: Vectors, vectors: Vectors) -> NDArray[np.float32]:
    if len(queries) < 4:
        return np.stack([row_dots(vectors, query) for query in queries])
    return np.asarray(queries @ vectors.T)


def gathered(queries: Vectors, vectors: Vectors, rows: Rows) -> NDArray[np.float32]:
    """Float32 dot products of queries with some rows, ``(q, len(rows))``."""
    scores = np.empty((len(queries), len(rows)), np.float32)
    # Small blocks stay in the cache between the gathering and the products.
    step = 256 if len(queries) < 4 else _BLOCK
    for i in range(0, len(rows), step):
        block = vectors.take(rows[i : i + step], axis=0)
        scores[:, i : i + step] = _all_scores(queries, block)
    return scores

"""Score the candidates of many queries exactly, in blocks.

Whatever named the candidates, a hit's score is the dot product in float64 of what the
store holds, the same for equal rows, so ids can break ties.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rsrag.stores.scan import IdsOf, Rows, Scores, pick
from rsrag.types import Vectors

Gather = Callable[[Rows], Vectors]

_BLOCK_BYTES = 1 << 20


def rescore(
    queries: Vectors,
    vectors: Vectors,
    named: NDArray[np.int64],
    ids_of: IdsOf,
    k: int,
    count: int,
    gather: Gather,
) -> list[tuple[Rows, Scores] | None]:
    """The ``k`` best candidates of each query.

    Args:
        queries: ``(q, dim)``.
        vectors: all the store's vectors.
        named: ``(q, w)`` row numbers, -1 for none; a row at most once a query.
        ids_of: gives the ids of rows.
        k: at most how many to keep.
        count: how many rows could have been named.
        gather: copies of some rows of ``vectors``, which may lie on disk.

    Returns:
        Rows and scores of each query, best first. ``None`` where the candidates do not
        tell: fewer than there must be, or all of them tie, and then ids of others
        matter.
    """
    step = max(1, _BLOCK_BYTES // (8 * vectors.shape[1] * max(named.shape[1], 1)))
    found: list[tuple[Rows, Scores] | None] = []
    for i in range(0, len(queries), step):
        part, rows = queries[i : i + step], named[i : i + step]
        scores = _scores(part, gather, rows)
        order = np.argsort(-scores, axis=1, kind="stable")
        scores = np.take_along_axis(scores, order, axis=1)
        rows = np.take_along_axis(rows, order, axis=1)
        seen = (rows >= 0).sum(axis=1)
        for query, row, score, n in zip(part, rows, scores, seen.tolist(), strict=True):
            found.append(_best(query, vectors, row[:n], score[:n], ids_of, k, count))
    return found


def _scores(
    queries: Vectors, gather: Gather, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Exact scores ``(q, w)``, minus infinity where no row is named."""
    block = gather(np.maximum(rows, 0).ravel()).astype(np.float64)
    block = block.reshape(*rows.shape, -1)
    block *= queries.astype(np.float64)[:, None, :]
    scores = block.sum(axis=2)
    scores[rows < 0] = -np.inf
    return np.asarray(scores)


def _best(
    query: NDArray[np.float32],
    vectors: Vectors,
    rows: Rows,
    scores: Scores,
    ids_of: IdsOf,
    k: int,
    count: int,
) -> tuple[Rows, Scores] | None:
    """Cut one query's sorted candidates, asking for ids only where scores tie."""
    n = len(rows)
    if n < min(k, count) or (k <= n < count and scores[-1] >= scores[k - 1]):
        return None
    head = scores[: k + 1]
    if (head[1:] == head[:-1]).any():
        return pick(query, vectors, rows, ids_of, k)
    return rows[:k], scores[:k]

"""Score the codes in given cells of an IVF index.

Of ``ivf-sq8``, a component of a code is a byte ``c`` that stands for
``least + (c + 1/2) * step``, with a least value and a step for each dimension. FAISS
works that out for every component of every code it meets. In an inner product it can be
worked into the query instead, once: apart from a constant, which changes no order, the
score of a code is the product of the bytes ``c - 128`` and of ``query * step``. Rounded
to bytes too, queries are compared with codes in less than half the time; what is lost
is less than what the codes have lost already, and the store scores candidates again.

Score the candidates of many queries exactly, in blocks.

Whatever named the candidates, a hit's score is the dot product in float64 of what the
store holds, the same for equal rows, so ids can break ties.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.stores.faiss.faiss_gpu import load_faiss
from rsrag.stores.scan import IdsOf, Rows, Scores, pick
from rsrag.types import Vectors

_ON_ONE_THREAD, _OVER_CELLS, _OVER_QUERIES = 0, 1, 3
_MANY_CELLS = 64
_LARGEST_BYTE = 127


class IvfScan:
    """Searches some cells of an index for each query.

    Attributes:
        index: an ``IndexIVF``, inner product or L2.
    """

    def __init__(self, index: Any) -> None:
        self.index = index
        self._steps: NDArray[np.float32] | None = None

    @classmethod
    def of_bytes(cls, index: Any) -> "IvfScan":
        """Scan by products of bytes where the index allows it.

        Such an index takes no more vectors and must not be written afterwards: it no
        longer says what its bytes stand for.

        Raises:
            ValueError: its steps do not fit its width.
        """
        faiss = load_faiss()
        scan, codes = cls(index), getattr(index, "sq", None)
        inner_product = index.metric_type == faiss.METRIC_INNER_PRODUCT
        if codes and codes.qtype == faiss.ScalarQuantizer.QT_8bit and inner_product:
            trained = faiss.vector_to_array(codes.trained).reshape(2, index.d)
            scan._steps = trained[1] / np.float32(255)
            codes.qtype = faiss.ScalarQuantizer.QT_8bit_direct_signed
        return scan

    def search(
        self,
        queries: Vectors,
        width: int,
        cells: tuple[NDArray[np.int64], NDArray[np.float32]],
        selector: Any = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The best ``width`` codes in the given cells of each query.

        Args:
            queries: ``(q, dim)``.
            width: how many to find a query.
            cells: ``(q, c)`` numbers of cells, and the query's score or distance to
                each, as the index's quantizer gives both.
            selector: FAISS's, of rows that may come back.

        Returns:
            ``(q, width)`` scores, larger is better, known but for a constant a query;
            and row numbers, -1 where there are no more.
        """
        faiss = load_faiss()
        numbers = np.ascontiguousarray(cells[0])
        to_cells = np.ascontiguousarray(cells[1], np.float32)
        count = len(queries)
        units = np.ones((count, 1), np.float32)
        if self._steps is None:
            queries = np.ascontiguousarray(queries)
        else:
            queries, units = _as_bytes(queries * self._steps)
            to_cells = to_cells / units
        found = np.empty((count, width), np.float32)
        rows = np.empty((count, width), np.int64)
        # A query alone keeps several threads busy over its cells, if they are many.
        alone = _OVER_CELLS if numbers.shape[1] >= _MANY_CELLS else _ON_ONE_THREAD
        self.index.parallel_mode = alone if count == 1 else _OVER_QUERIES
        # FAISS's Python wrapper takes no parameters here, so its C entry is called.
        self.index.search_preassigned_c(
            count,
            faiss.swig_ptr(queries),
            width,
            faiss.swig_ptr(numbers),
            faiss.swig_ptr(to_cells),
            faiss.swig_ptr(found),
            faiss.swig_ptr(rows),
            False,
            faiss.SearchParametersIVF(nprobe=numbers.shape[1], sel=selector),
        )
        if self.index.metric_type != faiss.METRIC_INNER_PRODUCT:
            return -found, rows
        return found * units, rows


def _as_bytes(queries: Vectors) -> tuple[Vectors, NDArray[np.float32]]:
    """Whole numbers from -127 to 127 in proportion to each query, and their units."""
    largest = np.abs(queries).max(axis=1, keepdims=True)
    units = np.where(largest > 0, largest / _LARGEST_BYTE, 1).astype(np.float32)
    return np.rint(queries / units), units


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

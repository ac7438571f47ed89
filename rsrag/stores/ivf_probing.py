"""Search the cells of an IVF index stage by stage, as far as each query needs.

How many cells must be searched depends on the query. A picture's neighbours lie in the
nearest few; those of a text, which CLIP puts far from all pictures, are spread over ten
to thirty times as many. One fixed number is too slow for the one or blind for the
other. So cells are searched in stages, each three times the last: a query is done when
a stage brought nothing into its first ``k``. Similar in aim to Li et al. 2020,
"Improving Approximate Nearest Neighbor Search through Learned Adaptive Early
Termination", with the plain rule in place of their learned one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.stores.faiss_gpu import load_faiss
from rsrag.types import Vectors

GROWTH = 3
"""Cells searched after a stage, as a multiple of those before it."""

_QUERIES = 256
_OWN_THREADS = 32


def probe(
    index: Any,
    queries: Vectors,
    width: int,
    k: int,
    probes: tuple[int, int],
    selector: Any = None,
) -> NDArray[np.int64]:
    """Candidates of each query, best first by their codes.

    Args:
        index: an ``IndexIVF``, inner product or L2.
        queries: ``(q, dim)``.
        width: how many candidates a query.
        k: a query is done when a stage leaves its first ``k`` as they were.
        probes: cells in the first stage, and at most.
        selector: of rows that may come back, or ``None``.

    Returns:
        ``(q, width)`` row numbers, -1 where there are no more.
    """
    found = [
        _probe(index, queries[i : i + _QUERIES], width, k, probes, selector)
        for i in range(0, len(queries), _QUERIES)
    ]
    return np.concatenate(found) if found else np.empty((0, width), np.int64)


def _probe(
    index: Any,
    queries: Vectors,
    width: int,
    k: int,
    probes: tuple[int, int],
    selector: Any,
) -> NDArray[np.int64]:
    faiss = load_faiss()

    first, most = probes
    to_cells, cells = index.quantizer.search(queries, most)
    sign = 1 if index.metric_type == faiss.METRIC_INNER_PRODUCT else -1
    scores = np.full((len(queries), width), -np.inf, np.float32)
    rows = np.full((len(queries), width), -1, np.int64)
    active = np.arange(len(queries))
    start, stop = 0, min(first, most)
    while len(active):
        stage = _search(
            index,
            queries[active],
            width,
            (cells[active, start:stop], to_cells[active, start:stop]),
            selector,
        )
        both = np.concatenate([scores[active], sign * stage[0]], axis=1)
        names = np.concatenate([rows[active], stage[1]], axis=1)
        both[names < 0] = -np.inf
        order = np.argsort(-both, axis=1, kind="stable")[:, :width]
        scores[active] = np.take_along_axis(both, order, axis=1)
        rows[active] = np.take_along_axis(names, order, axis=1)
        if stop >= most:
            break
        moved = (order[:, :k] >= width).any(axis=1)
        few = rows[active][:, min(k, width) - 1] < 0
        active = active[moved | few]
        start, stop = stop, min(stop * GROWTH, most)
    return rows


def _search(
    index: Any,
    queries: Vectors,
    width: int,
    cells: tuple[NDArray[np.int64], NDArray[np.float32]],
    selector: Any,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Search the given cells of each query.

    FAISS's Python wrapper takes no parameters here, so its C entry is called.
    """
    faiss = load_faiss()

    numbers, distances = (np.ascontiguousarray(array) for array in cells)
    count = len(queries)
    queries = np.ascontiguousarray(queries)
    found = np.empty((count, width), np.float32)
    rows = np.empty((count, width), np.int64)
    # One query alone can use several threads only over its cells.
    alone = count < faiss.omp_get_max_threads() and numbers.shape[1] >= _OWN_THREADS
    index.parallel_mode = int(alone)
    index.search_preassigned_c(
        count,
        faiss.swig_ptr(queries),
        width,
        faiss.swig_ptr(numbers),
        faiss.swig_ptr(distances),
        faiss.swig_ptr(found),
        faiss.swig_ptr(rows),
        False,
        faiss.SearchParametersIVF(nprobe=numbers.shape[1], sel=selector),
    )
    return found, rows

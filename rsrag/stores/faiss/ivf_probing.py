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

from rsrag.stores.faiss.faiss_gpu import load_faiss
from rsrag.stores.faiss.ivf_scan import IvfScan
from rsrag.types import Vectors

GROWTH = 3
"""Cells searched after a stage, as a multiple of those before it."""

_QUERIES = 256
_STAGES_RANKED = 2
_MANY = 0.2
_SPARE = 1.5


class Allowed:
    """Rows that a filter leaves, and how they are looked for.

    FAISS compares codes one by one where it must ask for each row whether it may come
    back. So where many may, all are searched, more are taken than needed, and the
    others are dropped; where few may, FAISS asks.

    Attributes:
        mask: ``(rows + 1,)``: the last, which -1 stands for, is not allowed.
        share: of the rows that are.
        selector: for FAISS, or ``None``; :meth:`asked` makes one in any case.
    """

    def __init__(self, rows: NDArray[np.int64], count: int) -> None:
        rows = rows[: np.searchsorted(rows, count)]
        self.mask = np.zeros(count + 1, dtype=bool)
        self.mask[rows] = True
        self.share = max(len(rows) / max(count, 1), 1e-6)
        self.selector: Any = None
        if self.share < _MANY:
            self.asked()

    def asked(self) -> Any:
        """The selector by which FAISS asks for each row, made if there is none."""
        if self.selector is None:
            bits = np.packbits(self.mask[:-1], bitorder="little")
            self.selector = load_faiss().IDSelectorBitmap(bits)
        return self.selector

    def width(self, width: int) -> int:
        """Candidates to take so that, with some to spare, ``width`` are left."""
        return width if self.selector else int(np.ceil(_SPARE * width / self.share))


def probe(
    scan: IvfScan,
    queries: Vectors,
    width: int,
    k: int,
    probes: tuple[int, int],
    allow: Allowed | None = None,
) -> NDArray[np.int64]:
    """Candidates of each query, best first by their codes.

    Args:
        scan: of the index.
        queries: ``(q, dim)``.
        width: how many candidates a query.
        k: a query is done when a stage leaves its first ``k`` as they were.
        probes: cells in the first stage, and at most.
        allow: which rows may come back; ``None`` for all.

    Returns:
        ``(q, width)`` row numbers, -1 where there are no more.
    """
    found = [
        _probe(scan, queries[i : i + _QUERIES], width, k, probes, allow)
        for i in range(0, len(queries), _QUERIES)
    ]
    return np.concatenate(found) if found else np.empty((0, width), np.int64)


def _probe(
    scan: IvfScan,
    queries: Vectors,
    width: int,
    k: int,
    probes: tuple[int, int],
    allow: Allowed | None,
) -> NDArray[np.int64]:
    first, most = probes
    # Ranking all cells costs as much as searching some: most queries end before.
    ranked = min(most, first * GROWTH**_STAGES_RANKED)
    to_cells, cells = scan.index.quantizer.search(queries, ranked)
    scores = np.full((len(queries), width), -np.inf, np.float32)
    rows = np.full((len(queries), width), -1, np.int64)
    active = np.arange(len(queries))
    start, stop = 0, min(first, most)
    while len(active):
        near = cells[active], to_cells[active]
        if stop > cells.shape[1]:
            near = _ranked_on(scan.index, queries[active], most, near[0][:, :start])
            cells, to_cells = (_spread(part, active, len(queries)) for part in near)
        stage = scan.search(
            queries[active],
            width if allow is None else allow.width(width),
            (near[0][:, start:stop], near[1][:, start:stop]),
            None if allow is None else allow.selector,
        )
        if allow is not None:
            stage[1][~allow.mask[stage[1]]] = -1
        both = np.concatenate([scores[active], stage[0]], axis=1)
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


def _ranked_on(
    index: Any, queries: Vectors, most: int, searched: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """More cells of each query, those that were searched first, then by rank.

    Cells that tie may change places from one ranking to the next; none may be searched
    twice, or its rows would be found twice.
    """
    distances, cells = index.quantizer.search(queries, most)
    done = np.zeros((len(queries), int(index.nlist)), dtype=bool)
    np.put_along_axis(done, searched, True, axis=1)
    order = np.argsort(~np.take_along_axis(done, cells, axis=1), axis=1, kind="stable")
    # A searched cell that tied with the last may be missing: none takes its place.
    cells = np.take_along_axis(cells, order, axis=1)
    cells[:, : searched.shape[1]] = searched
    return cells, np.take_along_axis(distances, order, axis=1)


def _spread(part: NDArray[Any], active: NDArray[np.intp], count: int) -> NDArray[Any]:
    """Rows of the queries that are active, at their places among all."""
    whole = np.zeros((count, part.shape[1]), part.dtype)
    whole[active] = part
    return whole

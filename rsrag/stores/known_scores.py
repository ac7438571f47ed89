"""Products of the queries that are asked again and again, with all rows of a store.

Who moves a map, narrows the dates or turns pages asks the same words of other rows each
time. Once the products with all rows are there, that is a look at some of them.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rsrag.stores.files.append_file import MappedRows
from rsrag.stores.scan import IdsOf, Rows, Scores, best_of, row_dots
from rsrag.types import Vectors

ASKED = 4
"""Times that a query is asked before its products are kept: all cost several some."""
_QUERIES = 256
_MOST_BYTES = 16 << 20
_BLOCK = 65_536

Products = NDArray[np.float32]


class KnownScores:
    """The products of a few queries. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: OrderedDict[bytes, int] = OrderedDict()
        self._kept: OrderedDict[bytes, Products] = OrderedDict()

    def best(
        self,
        queries: Vectors,
        mapped: MappedRows,
        allow: Rows | None,
        ids_of: IdsOf,
        k: int,
        *,
        leave: bool,
    ) -> dict[int, tuple[Rows, Scores]]:
        """The ``k`` nearest rows of those queries whose products are known, exactly.

        Args:
            queries: ``(q, dim)``.
            mapped: all rows of the store.
            allow: row numbers to look at, ascending; ``None`` for all.
            ids_of: gives the ids of rows.
            k: how many; fewer come back when fewer are allowed.
            leave: what was looked at of many rows need not stay resident.
        """
        found, left = {}, mapped.looked_up if leave else None
        for at, query in enumerate(queries):
            scores = self.of(query, mapped.array, left)
            if scores is not None:
                few = scores if allow is None else scores[allow]
                found[at] = best_of(query, few, mapped.array, allow, ids_of, k)
        if left is not None:
            left(len(found) * k)
        return found

    def of(
        self,
        query: NDArray[np.float32],
        vectors: Vectors,
        left: Callable[[int], None] | None = None,
    ) -> Products | None:
        """``(n,)`` float32 products, made once a query was asked often enough.

        Args:
            query: ``(dim,)``.
            vectors: ``(n, dim)``; rows of a store never change, but more may come.
            left: told how many rows were looked at, some after the other.
        """
        rows, key = len(vectors), query.tobytes()
        with self._lock:
            times = self._asked[key] = self._asked.pop(key, 0) + 1
            if len(self._asked) > _QUERIES:
                self._asked.popitem(last=False)
            found = self._kept.get(key)
            if found is not None and len(found) == rows:
                self._kept.move_to_end(key)
                return found
        if times < ASKED or 4 * rows > _MOST_BYTES:
            return None
        found = np.empty(rows, np.float32)
        for at in range(0, rows, _BLOCK):
            found[at : at + _BLOCK] = row_dots(vectors[at : at + _BLOCK], query)
            if left is not None:
                left(_BLOCK)
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = found
            while 4 * sum(map(len, self._kept.values())) > _MOST_BYTES:
                self._kept.popitem(last=False)
        return found

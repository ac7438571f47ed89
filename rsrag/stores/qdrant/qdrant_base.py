"""Base of the Qdrant stores: search until enough candidates pass, exact scores.

Qdrant finds candidates. They are tested closely here, more are asked for until
``top_k`` pass or there are no more, and the best are scored again from their stored
vectors as every other store does, so that ties break by id.

A store may be one named vector of a collection whose points have several: it then
holds the points that have this vector, and leaves their others alone. A point has one
payload, whichever of its vectors it came with last.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import merge
from itertools import compress, dropwhile, islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import StoreError
from rsrag.filters import Filter
from rsrag.stores.files.demands import check_limit, check_there, payload_ids, query_rows
from rsrag.stores.qdrant import qdrant_filters as filters
from rsrag.stores.qdrant.qdrant_calls import FoundPoint, QdrantCalls, counted
from rsrag.stores.qdrant.qdrant_filters import CandidateTest
from rsrag.stores.qdrant.qdrant_payload import (
    APART,
    decode_row,
    encode_row,
    in_order,
    point_id,
)
from rsrag.stores.scan import exact_scores, margin
from rsrag.types import Hit, Vectors
from rsrag.vectors import check_unit_rows, top_k as best

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 256
"""Points in one request."""

_SPARE = 22
_GROWTH = 4
_WALKED = 4096


class QdrantStore(QdrantCalls):
    """The protocol over what :class:`QdrantCalls` has each kind of Qdrant do."""

    def __len__(self) -> int:
        return self.count()

    def upsert(self, vectors: Vectors, payload: "pa.Table") -> None:
        """Add items; an id that is there already is replaced. See the protocol."""
        vectors = check_unit_rows(vectors, self.dim)
        ids = payload_ids(payload, len(vectors))
        for key, kind in filters.index_fields(payload.schema):
            if key not in self._indexed:
                self._create_index(key, kind)
                self._indexed.add(key)
        for start in range(0, len(ids), BATCH):
            part = payload.slice(start, BATCH).to_pylist()
            points = [point_id(id_) for id_ in ids[start : start + BATCH]]
            others = self._others(points)
            self._put(
                points,
                [
                    vector if self.vector is None else {**kept, self.vector: vector}
                    for vector, kept in zip(
                        vectors[start : start + BATCH].tolist(), others, strict=True
                    )
                ],
                [encode_row(row) for row in part],
            )

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items; ids that are not there count for nothing."""
        points = [point_id(id_) for id_ in dict.fromkeys(ids)]
        there = [found.point for found in self._get(points, payload=False)]
        for start in range(0, len(there), BATCH):
            batch = there[start : start + BATCH]
            others = dict(zip(batch, self._others(batch), strict=True))
            if alone := [point for point, kept in others.items() if not kept]:
                self._remove(alone)
            if shared := [point for point, kept in others.items() if kept]:
                self._strip(shared)
        return len(there)

    def search(
        self, vectors: Vectors, top_k: int, where: Filter | None = None
    ) -> list[list[Hit]]:
        """The ``top_k`` nearest items of each query that match. See the protocol."""
        vectors = query_rows(vectors, self.dim, top_k)
        conditions = filters.translate(where, self._dialect())
        test = CandidateTest(where)
        # Asking costs memory by the limit, so it never passes what there is.
        count = len(self)
        if not count:
            return [[] for _ in vectors]
        return [self._one(query, top_k, conditions, test, count) for query in vectors]

    def fetch(self, ids: Sequence[str]) -> Vectors:
        """Stored vectors of ``ids``, ``(n, dim)`` in their order."""
        rows = [item.vector for item in self._items(ids, payload=False, vector=True)]
        return np.array(rows, dtype=np.float32).reshape(len(ids), self.dim)

    def payloads(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """Payloads of ``ids``, in their order."""
        return [decode_row(item.payload) for item in self._items(ids)]

    def count(self, where: Filter | None = None) -> int:
        """How many items match; those of an area or a range are looked at."""
        if CandidateTest(where).fields:
            return sum(1 for _ in self._matching(where, _WALKED))
        return self._number(self._conditions(where))

    def words(self, column: str) -> dict[str, int]:
        """How many items have each word of a column; without an index all are read."""
        key, where = filters.payload_key(column), self._conditions(None)
        try:
            return self._facet(key, where)
        except StoreError:
            return counted(lambda at: self._scroll(at, _WALKED, where, [key]), column)

    def browse(
        self, where: Filter | None = None, after: str | None = None, limit: int = 100
    ) -> list[Hit]:
        """A page of the items that match, by id ascending. See the protocol.

        Ids of 32 hex digits come in Qdrant's own order, from where the page begins;
        of other ids, all that match are read for each page.
        """
        check_limit(limit)
        start = point_id(after) if after is not None and in_order(after) else None
        size = max(limit + 1, BATCH)
        apart = sorted(self._matching(where, size, apart=True))
        ids = merge(self._matching(where, size, start, apart=False), apart)
        page = islice(dropwhile(lambda id_: id_ <= (after or ""), ids), limit)
        items = self._get([point_id(id_) for id_ in page])
        rows = [decode_row(item.payload) for item in items]
        rows.sort(key=lambda row: str(row["id"]))
        return [Hit(str(row["id"]), 0.0, row) for row in rows]

    def _one(
        self,
        query: NDArray[np.float32],
        k: int,
        conditions: Any,
        test: CandidateTest,
        count: int,
    ) -> list[Hit]:
        limit = min(k + _SPARE, count)
        while True:
            found = self._query(query, limit, conditions, test.fields)
            passed = test.passing([item.payload for item in found])
            kept = list(compress(found, passed))
            floor = -np.inf
            if len(kept) >= k:
                floor = sorted(item.score for item in kept)[-k] - margin(self.dim)
            done = len(found) < limit or limit >= count
            if done or min(item.score for item in found) < floor:
                break
            limit = min(limit * _GROWTH, count)
        near = [item.point for item in kept if item.score >= floor]
        return self._hits(query, k, near)

    def _hits(
        self, query: NDArray[np.float32], k: int, points: Sequence[str]
    ) -> list[Hit]:
        items = self._get(points, vector=True)
        if not items:
            return []
        rows = np.array([item.vector for item in items], dtype=np.float32)
        ids = np.array([item.payload["id"] for item in items], dtype=np.str_)
        scores = exact_scores(query, rows)
        return [
            Hit(str(ids[i]), float(scores[i]), decode_row(items[i].payload))
            for i in best(scores, ids, k)
        ]

    def _get(
        self, points: Sequence[str], payload: bool = True, vector: bool = False
    ) -> list[FoundPoint]:
        found: list[FoundPoint] = []
        name = self.vector
        for start in range(0, len(points), BATCH):
            # A point without this vector is not there, so vectors must be seen.
            wanted = vector if name is None else [name]
            part = self._retrieve(points[start : start + BATCH], payload, wanted)
            if name is not None:
                part = [
                    replace(item, vector=item.vector[name])
                    for item in part
                    if isinstance(item.vector, Mapping) and name in item.vector
                ]
            found += part
        return found

    def _items(self, ids: Sequence[str], **parts: bool) -> list[FoundPoint]:
        """The item of each id, all of which must be there; see :meth:`_get`."""
        points = [point_id(id_) for id_ in ids]
        found = {
            item.point: item for item in self._get([*dict.fromkeys(points)], **parts)
        }
        check_there(i for i, p in zip(ids, points, strict=True) if p not in found)
        return [found[point] for point in points]

    def _matching(
        self,
        where: Filter | None,
        size: int,
        start: str | None = None,
        apart: bool | None = None,
    ) -> Iterator[str]:
        """Ids of the items that match, in the order of their points, ``size`` at once.

        ``apart``: only items whose points are in another order than ids, or only
        the others.
        """
        conditions, test = self._conditions(where, apart), CandidateTest(where)
        while True:
            found, start = self._scroll(start, size, conditions, ["id", *test.fields])
            passed = test.passing([item.payload for item in found])
            yield from (str(item.payload["id"]) for item in compress(found, passed))
            if start is None:
                return

    def _conditions(self, where: Filter | None, apart: bool | None = None) -> Any:
        """All of a match that Qdrant can tell, for points that have this vector."""
        words = self._dialect()
        mark = [words.one_of(APART, ["yes"])]
        must = [*mark] if apart else []
        if self.vector is not None:
            must.append(words.has_vector(self.vector))
        if where:
            must.append(filters.translate(where, words))
        return words.group(must=must, must_not=mark if apart is False else [])

    def _others(self, points: Sequence[str]) -> list[Mapping[str, Sequence[float]]]:
        """For each point, its vectors of other names; none if it is not there."""
        if self.vector is None:
            return [{} for _ in points]
        known = {
            item.point: {n: v for n, v in item.vector.items() if n != self.vector}
            for item in self._retrieve(points, False, True)
            if isinstance(item.vector, Mapping)
        }
        return [known.get(point, {}) for point in points]

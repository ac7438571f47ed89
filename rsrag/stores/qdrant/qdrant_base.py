"""What the two Qdrant stores share: search until enough candidates pass, exact scores.

Qdrant finds candidates. They are tested closely here, more are asked for until
``top_k`` pass or there are no more, and the best are scored again from their stored
vectors as every other store does, so that ties break by id.

A store may be one named vector of a collection whose points have several: it then
holds the points that have this vector, and leaves their others alone. A point has one
payload, whichever of its vectors it came with last.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import StoreError
from rsrag.filters import Filter
from rsrag.stores.files.demands import payload_ids, query_rows
from rsrag.stores.qdrant import qdrant_filters as filters
from rsrag.stores.qdrant.qdrant_filters import CandidateTest, Dialect
from rsrag.stores.qdrant.qdrant_payload import decode_row, encode_row, point_id
from rsrag.stores.scan import exact_scores, margin
from rsrag.types import Hit, Vectors
from rsrag.vectors import check_unit_rows, top_k as best

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 256
"""Points in one request."""

_SPARE = 22
_GROWTH = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A point that Qdrant returned: its UUID and what was asked for."""

    point: str
    score: float = 0.0
    payload: Mapping[str, Any] = field(default_factory=dict)
    vector: Sequence[float] | Mapping[str, Sequence[float]] = ()


class QdrantStore(ABC):
    """The protocol over six calls that each kind of Qdrant answers in its own way.

    Args:
        dim: width of the vectors.
        vector: their name, or ``None`` where points have one vector without name.
    """

    def __init__(self, dim: int, vector: str | None = None) -> None:
        """Keep width and name."""
        self._dim = dim
        self._vector = vector
        self._indexed: set[str] = set()

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        return self._dim

    def __len__(self) -> int:
        """How many items there are."""
        return self._count()

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
                    vector if self._vector is None else {**kept, self._vector: vector}
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
            self._remove([point for point, kept in others.items() if not kept])
            self._strip([point for point, kept in others.items() if kept])
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
        points = [point_id(id_) for id_ in ids]
        unique = list(dict.fromkeys(points))
        found = {item.point: item.vector for item in self._get(unique, vector=True)}
        missing = [id_ for id_, p in zip(ids, points, strict=True) if p not in found]
        if missing:
            raise StoreError(f"Not in the store: {', '.join(map(repr, missing[:10]))}.")
        rows = [found[point] for point in points]
        return np.array(rows, dtype=np.float32).reshape(len(points), self.dim)

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
            kept = [item for item, good in zip(found, passed, strict=True) if good]
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
    ) -> list[Found]:
        found: list[Found] = []
        name = self._vector
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

    def _others(self, points: Sequence[str]) -> list[Mapping[str, Sequence[float]]]:
        """For each point, its vectors of other names; none if it is not there."""
        if self._vector is None:
            return [{} for _ in points]
        known = {
            item.point: {n: v for n, v in item.vector.items() if n != self._vector}
            for item in self._retrieve(points, False, True)
            if isinstance(item.vector, Mapping)
        }
        return [known.get(point, {}) for point in points]

    @abstractmethod
    def flush(self) -> None:
        """Make all that was added durable and quick to search."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections."""

    @abstractmethod
    def _dialect(self) -> Dialect: ...

    @abstractmethod
    def _create_index(self, key: str, kind: str) -> None:
        """Index a payload key (``keyword``, ``integer`` or ``float``); may repeat."""

    @abstractmethod
    def _put(
        self,
        points: Sequence[str],
        vectors: Sequence[Any],
        payloads: Iterable[dict[str, Any]],
    ) -> None:
        """Replace points; a vector is a list, or lists by name."""

    @abstractmethod
    def _remove(self, points: Sequence[str]) -> None: ...

    @abstractmethod
    def _strip(self, points: Sequence[str]) -> None:
        """Take this store's named vector from points that have others."""

    @abstractmethod
    def _query(
        self,
        query: NDArray[np.float32],
        limit: int,
        conditions: Any,
        fields: list[str],
    ) -> list[Found]:
        """Nearest points with scores and some fields, in any order among ties."""

    @abstractmethod
    def _retrieve(
        self, points: Sequence[str], payload: bool, vectors: bool | list[str]
    ) -> list[Found]:
        """Those of the points that are there, in any order.

        ``vectors``: all, none, or those of some names.
        """

    @abstractmethod
    def _count(self) -> int: ...

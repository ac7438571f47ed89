"""Qdrant embedded in this process: one shard in a directory, no server."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import StoreError
from rsrag.stores.qdrant.qdrant_base import QdrantStore
from rsrag.stores.qdrant.qdrant_calls import (
    HINT,
    KIND,
    MOST_WORDS,
    EdgeFolder,
    FoundPoint,
    found_points,
    load_edge,
)
from rsrag.stores.qdrant.qdrant_filters import Dialect

_EF = 128


class QdrantEdgeStore(QdrantStore):
    """A shard of Qdrant Edge. Its write-ahead log keeps updates before ``flush``.

    One process at a time may have it open. The stores of a shard's named vectors
    share it; it is closed when all of them are.
    """

    KIND = KIND

    def __init__(self, folder: EdgeFolder, vector: str | None = None) -> None:
        super().__init__(folder.dims[vector or ""], vector)
        self._folder: EdgeFolder | None = folder

    @classmethod
    def create(cls, path: Path, dim: int) -> "QdrantEdgeStore":
        """Make an empty store; as :meth:`EdgeFolder.create`."""
        return cls(EdgeFolder.create(path, {"": dim}))

    @classmethod
    def open(cls, path: Path) -> "QdrantEdgeStore":
        """Open a store; as :meth:`EdgeFolder.open`."""
        folder = EdgeFolder.open(path)
        if "" not in folder.dims:
            folder.users = 1
            folder.release()
            raise StoreError(
                f"{path} holds vectors named {', '.join(folder.dims)}.", hint=HINT
            )
        return cls(folder)

    @classmethod
    def create_named(
        cls, path: Path, dims: Mapping[str, int]
    ) -> "dict[str, QdrantEdgeStore]":
        """Make an empty shard with named vectors, and a store for each.

        Args:
            path: a new or empty directory.
            dims: width of each vector by its name, which is not empty.
        """
        folder = EdgeFolder.create(path, dims)
        return {name: cls(folder, name) for name in dims}

    @classmethod
    def open_named(cls, path: Path) -> "dict[str, QdrantEdgeStore]":
        """Open all stores that :meth:`create_named` made."""
        folder = EdgeFolder.open(path)
        return {name: cls(folder, name) for name in folder.dims}

    def flush(self) -> None:
        """Build the graph where it is due, and write everything to disk."""
        self._call("optimize")
        self._call("flush")
        assert self._folder is not None, "the store is closed"
        try:
            self._folder.note()
        except OSError as exc:
            raise StoreError(f"{self._folder.path}: {exc}") from exc

    @property
    def dead(self) -> int:
        """Points put here and since replaced or removed; all, if nothing tells."""
        assert self._folder is not None, "the store is closed"
        live, written = len(self), self._folder.written
        return live if written is None else max(written - live, 0)

    def close(self) -> None:
        """Let go of the shard."""
        if self._folder is not None:
            self._folder.release()
            self._folder = None

    def _dialect(self) -> Dialect:
        edge = load_edge()

        def between(key: str, low: float, high: float) -> Any:
            return edge.FieldCondition(key, range=edge.RangeFloat(gte=low, lte=high))

        return Dialect(
            group=edge.Filter,
            between=between,
            one_of=lambda key, values: edge.FieldCondition(
                key, match=edge.MatchAny(values)
            ),
            has_id=lambda points: edge.HasIdCondition(set(points)),
            has_vector=edge.HasVectorCondition,
        )

    def _create_index(self, key: str, kind: str) -> None:
        edge = load_edge()
        schema = getattr(edge.PayloadSchemaType, kind.capitalize())
        self._call("update", edge.UpdateOperation.create_field_index(key, schema))

    def _put(
        self,
        points: Sequence[str],
        vectors: Sequence[Any],
        payloads: Iterable[dict[str, Any]],
    ) -> None:
        edge = load_edge()
        made = [
            edge.Point(point, vector, payload)
            for point, vector, payload in zip(points, vectors, payloads, strict=True)
        ]
        self._call("update", edge.UpdateOperation.upsert_points(made))
        if self._folder is not None and self._folder.written is not None:
            self._folder.written += len(made)

    def _remove(self, points: list[str]) -> None:
        self._call("update", load_edge().UpdateOperation.delete_points(points))

    def _strip(self, points: list[str]) -> None:
        operation = load_edge().UpdateOperation
        self._call("update", operation.delete_vectors(points, [str(self.vector)]))

    def _query(
        self, query: NDArray[np.float32], limit: int, conditions: Any, fields: list[str]
    ) -> list[FoundPoint]:
        edge = load_edge()
        request = edge.QueryRequest(
            limit=limit,
            query=edge.Query.Nearest(query.tolist(), using=self.vector),
            filter=conditions,
            with_payload=fields or False,
            with_vector=False,
            params=edge.SearchParams(hnsw_ef=max(_EF, limit)),
        )
        return found_points(self._call("query", request))

    def _retrieve(
        self, points: Sequence[str], payload: bool, vectors: bool | list[str]
    ) -> list[FoundPoint]:
        records = self._call("retrieve", list(points), payload, vectors)
        return found_points(records, vectors)

    def _scroll(
        self, start: Any, limit: int, conditions: Any, fields: list[str]
    ) -> tuple[list[FoundPoint], Any]:
        request = load_edge().ScrollRequest(
            offset=start,
            limit=limit,
            filter=conditions,
            with_payload=fields,
            with_vector=False,
        )
        records, following = self._call("scroll", request)
        return found_points(records), following

    def _facet(self, key: str, conditions: Any) -> dict[str, int]:
        request = load_edge().FacetRequest(key, MOST_WORDS, True, conditions)
        hits = self._call("facet", request).hits
        return {hit.value: hit.count for hit in hits if isinstance(hit.value, str)}

    def _number(self, conditions: Any) -> int:
        request = load_edge().CountRequest(exact=True, filter=conditions)
        return int(self._call("count", request))

    def _call(self, method: str, *args: Any) -> Any:
        assert self._folder is not None, "the store is closed"
        return self._folder.call(method, *args)

"""Qdrant embedded in this process: one shard in a directory, no server."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import MissingExtraError, StoreError
from rsrag.stores.demands import check_dim
from rsrag.stores.qdrant_base import Found, QdrantStore
from rsrag.stores.qdrant_filters import Dialect
from rsrag.stores.row_files import replace_durably
from rsrag.types import Vectors

_STATE = "store.json"
_SHARD = "shard"
_FORMAT = 1
_HINT = "rsrag index rebuild NAME --store qdrant-edge makes it again from the index"
_EF = 128

Value = TypeVar("Value")


class QdrantEdgeStore(QdrantStore):
    """A shard of Qdrant Edge. Its write-ahead log keeps updates before ``flush``.

    One process at a time may have it open.
    """

    KIND = "qdrant-edge"

    def __init__(self, path: Path, dim: int, shard: Any) -> None:
        """Use :meth:`create` or :meth:`open`."""
        super().__init__(dim)
        self._path, self._shard = path, shard

    @classmethod
    def create(cls, path: Path, dim: int) -> "QdrantEdgeStore":
        """Make an empty store in a new or empty directory.

        Raises:
            StoreError: ``dim`` below 1, a store there already, or no right to write.
        """
        edge = _load_edge()
        check_dim(dim)
        if (path / _STATE).exists() or (path / _SHARD).exists():
            raise StoreError(
                f"{path} holds a store already.",
                hint="open it, or give another directory",
            )
        # Dot, not Cosine: Qdrant would scale unit vectors again and change bits.
        vectors = edge.EdgeVectorParams(size=dim, distance=edge.Distance.Dot)
        try:
            (path / _SHARD).mkdir(parents=True)
            config = edge.EdgeConfig(vectors=vectors)
            shard = _guard(path, edge.EdgeShard.create, str(path / _SHARD), config)
            state = {"format": _FORMAT, "kind": cls.KIND, "dim": dim}
            replace_durably(path / _STATE, json.dumps(state).encode())
        except OSError as exc:
            raise StoreError(f"{path} cannot be made a store: {exc}") from exc
        return cls(path, dim, shard)

    @classmethod
    def open(cls, path: Path) -> "QdrantEdgeStore":
        """Open a store.

        Raises:
            StoreError: no store there, of another kind, or damaged.
        """
        edge = _load_edge()
        try:
            state = json.loads((path / _STATE).read_text(encoding="utf-8"))
            kind, version, dim = state["kind"], state["format"], int(state["dim"])
        except FileNotFoundError as exc:
            raise StoreError(f"No store at {path}.", hint=_HINT) from exc
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise StoreError(
                f"{path / _STATE} cannot be read: {exc}", hint=_HINT
            ) from exc
        if (kind, version) != (cls.KIND, _FORMAT):
            raise StoreError(
                f"{path} holds a store of kind {kind}, format {version}, not "
                f"{cls.KIND}, format {_FORMAT}.",
                hint=_HINT,
            )
        if not (path / _SHARD).is_dir():
            raise StoreError(f"{path / _SHARD} is missing.", hint=_HINT)
        return cls(path, dim, _guard(path, edge.EdgeShard.load, str(path / _SHARD)))

    def flush(self) -> None:
        """Build the graph where it is due, and write everything to disk."""
        _guard(self._path, self._shard.optimize)
        _guard(self._path, self._shard.flush)

    def close(self) -> None:
        """Let go of the shard."""
        if self._shard is not None:
            _guard(self._path, self._shard.close)
            self._shard = None

    def _dialect(self) -> Dialect:
        edge = _load_edge()

        def between(key: str, low: float, high: float) -> Any:
            return edge.FieldCondition(key, range=edge.RangeFloat(gte=low, lte=high))

        return Dialect(
            group=edge.Filter,
            between=between,
            one_of=lambda key, values: edge.FieldCondition(
                key, match=edge.MatchAny(values)
            ),
            has_id=lambda points: edge.HasIdCondition(set(points)),
        )

    def _create_index(self, key: str, kind: str) -> None:
        edge = _load_edge()
        schema = getattr(edge.PayloadSchemaType, kind.capitalize())
        self._update(edge.UpdateOperation.create_field_index(key, schema))

    def _put(
        self,
        points: Sequence[str],
        vectors: Vectors,
        payloads: Iterable[dict[str, Any]],
    ) -> None:
        edge = _load_edge()
        made = [
            edge.Point(point, vector.tolist(), payload)
            for point, vector, payload in zip(points, vectors, payloads, strict=True)
        ]
        self._update(edge.UpdateOperation.upsert_points(made))

    def _remove(self, points: Sequence[str]) -> None:
        edge = _load_edge()
        self._update(edge.UpdateOperation.delete_points(list(points)))

    def _query(
        self,
        query: NDArray[np.float32],
        limit: int,
        conditions: Any,
        fields: list[str],
    ) -> list[Found]:
        edge = _load_edge()
        request = edge.QueryRequest(
            limit=limit,
            query=edge.Query.Nearest(query.tolist()),
            filter=conditions,
            with_payload=fields or False,
            with_vector=False,
            params=edge.SearchParams(hnsw_ef=max(_EF, limit)),
        )
        points = _guard(self._path, self._shard.query, request)
        return [Found(str(p.id), p.score, p.payload or {}) for p in points]

    def _retrieve(
        self, points: Sequence[str], payload: bool, vector: bool
    ) -> list[Found]:
        records = _guard(
            self._path, self._shard.retrieve, list(points), payload, vector
        )
        return [
            Found(str(r.id), 0.0, r.payload or {}, r.vector if vector else ())
            for r in records
        ]

    def _count(self) -> int:
        request = _load_edge().CountRequest(exact=True)
        return int(_guard(self._path, self._shard.count, request))

    def _update(self, operation: Any) -> None:
        _guard(self._path, self._shard.update, operation)


def _load_edge() -> Any:
    try:
        import qdrant_edge
    except ImportError as exc:
        raise MissingExtraError("qdrant-edge-py", "The store qdrant-edge") from exc
    return qdrant_edge


def _guard(path: Path, call: Callable[..., Value], *args: Any) -> Value:
    """Call Qdrant Edge, which reports all that goes wrong as a plain ``Exception``."""
    try:
        return call(*args)
    except Exception as exc:
        raise StoreError(f"Qdrant Edge at {path}: {exc}", hint=_HINT) from exc

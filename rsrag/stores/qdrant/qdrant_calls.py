"""Calls to Qdrant as its server and its embedded form take them; the latter's shard."""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rsrag.durable import write_atomically
from rsrag.errors import StoreError
from rsrag.packages import need
from rsrag.stores.files.demands import check_dim
from rsrag.stores.qdrant.qdrant_filters import Dialect

MOST_WORDS = 10_000
"""Words of a column that are counted; satellites are fewer."""


@dataclass(frozen=True, slots=True)
class FoundPoint:
    """A point that Qdrant returned: its UUID and what was asked for."""

    point: str
    score: float = 0.0
    payload: Mapping[str, Any] = field(default_factory=dict)
    vector: Sequence[float] | Mapping[str, Sequence[float]] = ()


def found_points(records: Iterable[Any], vectors: Any = False) -> list[FoundPoint]:
    """Records of either Qdrant; ``vectors``: whether they were asked for."""
    return [
        FoundPoint(
            str(record.id),
            getattr(record, "score", 0.0),
            record.payload or {},
            record.vector if vectors else (),
        )
        for record in records
    ]


def counted(
    page: Callable[[Any], tuple[list[FoundPoint], Any]], column: str
) -> dict[str, int]:
    """How many points, read page by page, have each word of a column."""
    counts: Counter[str] = Counter()
    start = None
    while True:
        found, start = page(start)
        words = (item.payload.get(column) for item in found)
        counts.update(word for word in words if isinstance(word, str))
        if start is None:
            return dict(counts)


class QdrantCalls(ABC):
    """The calls, for one vector of a collection.

    Attributes:
        dim: width of the vectors.
        vector: their name, or ``None`` where points have one vector without name.
    """

    def __init__(self, dim: int, vector: str | None = None) -> None:
        self.dim, self.vector = dim, vector
        self._indexed: set[str] = set()

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
    def _remove(self, points: list[str]) -> None: ...

    @abstractmethod
    def _strip(self, points: list[str]) -> None:
        """Take this store's named vector from points that have others."""

    @abstractmethod
    def _query(
        self, query: NDArray[np.float32], limit: int, conditions: Any, fields: list[str]
    ) -> list[FoundPoint]:
        """Nearest points with scores and some fields, in any order among ties."""

    @abstractmethod
    def _retrieve(
        self, points: Sequence[str], payload: bool, vectors: bool | list[str]
    ) -> list[FoundPoint]:
        """Points that are there, in any order; all, no, or some named vectors."""

    @abstractmethod
    def _scroll(
        self, start: Any, limit: int, conditions: Any, fields: list[str]
    ) -> tuple[list[FoundPoint], Any]:
        """Points by UUID from ``start`` on, and the next to start from, or ``None``."""

    @abstractmethod
    def _facet(self, key: str, conditions: Any) -> dict[str, int]:
        """How many of the points that meet the conditions have each word of a key."""

    @abstractmethod
    def _number(self, conditions: Any) -> int:
        """How many points meet the conditions."""


KIND = "qdrant-edge"
HINT = "rsrag index rebuild NAME --store qdrant-edge makes it again from the index"
_STATE = "store.json"
_SHARD = "shard"
_FORMAT = 1

Value = TypeVar("Value")


@dataclass(slots=True)
class EdgeFolder:
    """An open shard, shared by the stores of its named vectors.

    Attributes:
        path: the store's folder.
        dims: width of each vector by name; ``""`` alone is one without name.
        shard: Qdrant Edge's own object, ``None`` once closed.
        users: how many stores have not closed it yet.
        written: points ever put here, as far as ``store.json`` tells; ``None``: it
            does not.
    """

    path: Path
    dims: Mapping[str, int]
    shard: Any
    users: int = 1
    written: int | None = 0

    @classmethod
    def create(cls, path: Path, dims: Mapping[str, int]) -> "EdgeFolder":
        """Make an empty shard in a new or empty directory.

        Raises:
            StoreError: a width below 1, a store there already, or no right to write.
        """
        edge = load_edge()
        for dim in dims.values():
            check_dim(dim)
        if (path / _STATE).exists() or (path / _SHARD).exists():
            raise StoreError(
                f"{path} holds a store already.",
                hint="open it, or give another directory",
            )
        # Dot, not Cosine: Qdrant would scale unit vectors again and change bits.
        vectors = {
            name: edge.EdgeVectorParams(size=dim, distance=edge.Distance.Dot)
            for name, dim in dims.items()
        }
        try:
            (path / _SHARD).mkdir(parents=True)
            config = edge.EdgeConfig(vectors=vectors.get("", vectors))
            shard = guard(path, edge.EdgeShard.create, str(path / _SHARD), config)
            made = cls(path, dims, shard, len(dims))
            made.note()
        except OSError as exc:
            raise StoreError(f"{path} cannot be made a store: {exc}") from exc
        return made

    @classmethod
    def open(cls, path: Path) -> "EdgeFolder":
        """Open a shard; ``StoreError``: none there, one of another kind, or damaged."""
        edge = load_edge()
        try:
            state = json.loads((path / _STATE).read_text(encoding="utf-8"))
            kind, version = state["kind"], state["format"]
            named = state["dims"] if "dims" in state else {"": state["dim"]}
            dims = {str(name): int(dim) for name, dim in named.items()}
            written = int(state["written"]) if "written" in state else None
        except FileNotFoundError as exc:
            raise StoreError(f"No store at {path}.", hint=HINT) from exc
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            RecursionError,
        ) as exc:
            raise StoreError(
                f"{path / _STATE} cannot be read: {exc}", hint=HINT
            ) from exc
        if (kind, version) != (KIND, _FORMAT):
            raise StoreError(
                f"{path} holds a store of kind {kind}, format {version}, not "
                f"{KIND}, format {_FORMAT}.",
                hint=HINT,
            )
        if not (path / _SHARD).is_dir():
            raise StoreError(f"{path / _SHARD} is missing.", hint=HINT)
        shard = guard(path, edge.EdgeShard.load, str(path / _SHARD))
        return cls(path, dims, shard, len(dims), written)

    def note(self) -> None:
        """Write down what the store is, and how many points were put into it."""
        dims = self.dims
        state: dict[str, Any] = {"format": _FORMAT, "kind": KIND}
        state |= {"dim": dims[""]} if "" in dims else {"dims": dict(dims)}
        if self.written is not None:
            state["written"] = self.written
        write_atomically(self.path / _STATE, json.dumps(state).encode())

    def call(self, method: str, *args: Any) -> Any:
        """Call a method of the shard; see :func:`guard`."""
        return guard(self.path, getattr(self.shard, method), *args)

    def release(self) -> None:
        """One store less uses the shard; the last one closes it."""
        self.users -= 1
        if self.users <= 0 and self.shard is not None:
            self.call("close")
            self.shard = None


def load_edge() -> Any:
    """The package; :class:`MissingExtraError` where it is not installed."""
    need("qdrant_edge", "The store qdrant-edge")
    import qdrant_edge

    return qdrant_edge


def guard(path: Path, call: Callable[..., Value], *args: Any) -> Value:
    """Call Qdrant Edge, which reports all that goes wrong as a plain ``Exception``."""
    try:
        return call(*args)
    except Exception as exc:
        raise StoreError(f"Qdrant Edge at {path}: {exc}", hint=HINT) from exc

"""The shard of a Qdrant Edge store: its folder, its state file, who has it open."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rsrag.durable import write_atomically
from rsrag.errors import StoreError
from rsrag.packages import need
from rsrag.stores.files.demands import check_dim

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
    """

    path: Path
    dims: Mapping[str, int]
    shard: Any
    users: int = 1

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
        state: dict[str, Any] = {"format": _FORMAT, "kind": KIND}
        state |= {"dim": dims[""]} if "" in dims else {"dims": dict(dims)}
        try:
            (path / _SHARD).mkdir(parents=True)
            config = edge.EdgeConfig(vectors=vectors.get("", vectors))
            shard = guard(path, edge.EdgeShard.create, str(path / _SHARD), config)
            write_atomically(path / _STATE, json.dumps(state).encode())
        except OSError as exc:
            raise StoreError(f"{path} cannot be made a store: {exc}") from exc
        return cls(path, dims, shard, len(dims))

    @classmethod
    def open(cls, path: Path) -> "EdgeFolder":
        """Open a shard; ``StoreError``: none there, one of another kind, or damaged."""
        edge = load_edge()
        try:
            state = json.loads((path / _STATE).read_text(encoding="utf-8"))
            kind, version = state["kind"], state["format"]
            named = state["dims"] if "dims" in state else {"": state["dim"]}
            dims = {str(name): int(dim) for name, dim in named.items()}
        except FileNotFoundError as exc:
            raise StoreError(f"No store at {path}.", hint=HINT) from exc
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
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
        return cls(path, dims, shard, len(dims))

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

"""What the Qdrant stores ask of Qdrant, which each kind of it does in its own way."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.stores.qdrant.qdrant_filters import Dialect


@dataclass(frozen=True, slots=True)
class FoundPoint:
    """A point that Qdrant returned: its UUID and what was asked for."""

    point: str
    score: float = 0.0
    payload: Mapping[str, Any] = field(default_factory=dict)
    vector: Sequence[float] | Mapping[str, Sequence[float]] = ()


class QdrantCalls(ABC):
    """The calls, for one vector of a collection.

    Args:
        dim: width of the vectors.
        vector: their name, or ``None`` where points have one vector without name.
    """

    def __init__(self, dim: int, vector: str | None = None) -> None:
        self._dim = dim
        self._vector = vector
        self._indexed: set[str] = set()

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
    ) -> list[FoundPoint]:
        """Nearest points with scores and some fields, in any order among ties."""

    @abstractmethod
    def _retrieve(
        self, points: Sequence[str], payload: bool, vectors: bool | list[str]
    ) -> list[FoundPoint]:
        """Those of the points that are there, in any order.

        ``vectors``: all, none, or those of some names.
        """

    @abstractmethod
    def _scroll(
        self, start: str | None, limit: int, conditions: Any, fields: list[str]
    ) -> tuple[list[FoundPoint], str | None]:
        """Points by UUID ascending from ``start`` on, and where the next ones start."""

    @abstractmethod
    def _number(self, conditions: Any) -> int:
        """How many points meet the conditions."""

"""Calls to Qdrant, which its server and its embedded form take each in its own way."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

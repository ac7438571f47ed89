"""What is measured: one class a system, each by its own API, tuned as its docs say."""

import importlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np

from bench.clouds import Array
from bench.search.oracle import Found
from bench.search.places import Mask, Places, Region
from bench.search.rows import Rows

THREADS = 2
"""That every system may use."""

Setting = dict[str, int]
"""Of what is chosen when searching, by the system's own names; may be empty."""


class System(ABC):
    """Builds an index in one process; opens it from disk and searches in another.

    Attributes:
        packages: distributions it needs, by their names on PyPI.
        tuned: how, and after which documentation; a sentence for the page.
        settings: for searching, the cheapest first.
    """

    packages: ClassVar[tuple[str, ...]]
    tuned: ClassVar[str]
    settings: tuple[Setting, ...] = ({},)

    def __init__(self, folder: Path) -> None:
        """Keep everything in this folder."""
        self.folder = folder

    @staticmethod
    def memory(count: int, dim: int) -> int:
        """Bytes that building will take at least, to know whether to begin."""
        del count, dim
        return 0

    @staticmethod
    def disk(count: int, dim: int) -> int:
        """Bytes on disk while building."""
        return count * dim * 4

    @abstractmethod
    def build(self, rows: Rows) -> None:
        """Make the index and write it to disk."""

    @abstractmethod
    def open(self, rows: Rows) -> None:
        """Make ready what :meth:`build` wrote."""

    @abstractmethod
    def search(self, queries: Array, k: int, setting: Setting) -> Found:
        """All queries in one call, where there is one for that."""

    @abstractmethod
    def inside(
        self, query: Array, k: int, setting: Setting, region: Region
    ) -> list[int]:
        """The nearest rows in a region to one query ``(dim,)``."""

    def about(self) -> str:
        """What the system says of the open index; empty if nothing."""
        return ""


class Masked(System):
    """A library that knows numbers only: its user keeps the places and makes masks."""

    def __init__(self, folder: Path) -> None:
        """See :class:`System`."""
        super().__init__(folder)
        self._places: Places | None = None

    def open(self, rows: Rows) -> None:
        """Keep the places in memory."""
        self._places = rows.places()

    def mask(self, region: Region) -> Mask:
        """Which rows lie inside; made anew for each search, as the others do."""
        assert self._places is not None
        return region.holds(self._places)


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a system's class is, and how pages call it."""

    module: str
    name: str
    title: str

    def load(self) -> type[System]:
        """Import it; what it needs is imported when it builds or opens."""
        found = getattr(importlib.import_module(self.module), self.name)
        return cast(type[System], found)


_OWN, _FAISS = "bench.search.own", "bench.search.faiss_plain"
_GRAPHS, _BASES = "bench.search.graphs", "bench.search.databases"

SYSTEMS = {
    "rsrag": Entry(_OWN, "Auto", "rsrag"),
    "rsrag-exact": Entry(_OWN, "Exact", "rsrag, exact"),
    "faiss-flat": Entry(_FAISS, "Flat", "faiss flat"),
    "faiss-hnsw": Entry(_FAISS, "Hnsw", "faiss HNSW"),
    "hnswlib": Entry(_GRAPHS, "Hnswlib", "hnswlib"),
    "usearch-f32": Entry(_GRAPHS, "UsearchFull", "usearch f32"),
    "usearch-bf16": Entry(_GRAPHS, "UsearchHalf", "usearch bf16"),
    "lancedb": Entry(_BASES, "LanceDb", "LanceDB"),
    "qdrant-edge": Entry(_BASES, "QdrantEdge", "Qdrant Edge"),
}


def library(name: str) -> Any:
    """Import a module that type checkers may not know."""
    return importlib.import_module(name)


def padded(found: list[list[int]], k: int) -> Found:
    """Lists of rows as an array, -1 behind short ones."""
    return np.array([[*rows[:k], *[-1] * (k - len(rows))] for rows in found], np.int64)

"""The project's own stores, through the interface that all of them have."""

from typing import Any, ClassVar

import shapely

from bench.clouds import Array
from bench.search.oracle import Found
from bench.search.places import Region, payload, row
from bench.search.rows import Rows
from bench.search.systems import Setting, System, padded
from rsrag.filters import Filter
from rsrag.interfaces import VectorStore


class _Store(System):
    """A store in a folder below; rows are known by their ids."""

    packages: ClassVar[tuple[str, ...]] = ()
    store: VectorStore

    @staticmethod
    def disk(count: int, dim: int) -> int:
        """Vectors, payload, and an index."""
        return count * (dim * 4 + dim + 400)

    def create(self, rows: Rows) -> VectorStore:
        """An empty store."""
        raise NotImplementedError

    def build(self, rows: Rows) -> None:
        """See :class:`System`."""
        store = self.create(rows)
        for first, vectors, places in rows.chunks():
            store.upsert(vectors, payload(first, places))
        store.flush()
        store.close()

    def search(self, queries: Array, k: int, setting: Setting) -> Found:
        """See :class:`System`."""
        del setting
        hits = self.store.search(queries, k)
        return padded([[row(hit.id) for hit in one] for one in hits], k)

    def inside(
        self, query: Array, k: int, setting: Setting, region: Region
    ) -> list[int]:
        """See :class:`System`; the filter is made anew, as a query brings it."""
        del setting
        sides = (region.west, region.south, region.east, region.north)
        where = Filter(area=shapely.box(*sides))
        return [row(hit.id) for hit in self.store.search(query[None], k, where)[0]]


class Auto(_Store):
    """The FAISS store with ``auto``: what a user gets who asks for nothing."""

    tuned = "nothing is chosen: `FaissStore.create(path, dim, expected=count)`"

    def create(self, rows: Rows) -> VectorStore:
        """See :class:`_Store`."""
        from rsrag.stores.faiss.faiss_store import FaissStore

        path = self.folder / "store"
        return FaissStore.create(path, rows.dim, ann="auto", expected=rows.count)

    def open(self, rows: Rows) -> None:
        """See :class:`System`."""
        from rsrag.stores.faiss.faiss_store import FaissStore

        self.store = FaissStore.open(self.folder / "store")

    def about(self) -> str:
        """The index that the store chose, and why."""
        choice: Any = getattr(self.store, "choice", None)
        return str(getattr(choice, "reason", ""))


class Exact(_Store):
    """The exact store."""

    tuned = "there is nothing to choose: every row is scored"

    def create(self, rows: Rows) -> VectorStore:
        """See :class:`_Store`."""
        from rsrag.stores.rows import ExactStore

        return ExactStore.create(self.folder / "store", rows.dim)

    def open(self, rows: Rows) -> None:
        """See :class:`System`."""
        from rsrag.stores.rows import ExactStore

        self.store = ExactStore.open(self.folder / "store")

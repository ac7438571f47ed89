"""FAISS as its own users call it, without a store around it."""

from typing import Any, ClassVar

import numpy as np

from bench.clouds import Array
from bench.search.oracle import Found
from bench.search.places import Region
from bench.search.rows import Rows
from bench.search.systems import THREADS, Masked, Setting, library


class _Faiss(Masked):
    """An index in one file, read into memory."""

    packages: ClassVar[tuple[str, ...]] = ("faiss-cpu",)
    index: Any

    def create(self, dim: int) -> Any:
        """An empty index."""
        raise NotImplementedError

    def parameters(self, setting: Setting, selector: Any = None) -> Any:
        """FAISS's own object of what a search may choose."""
        raise NotImplementedError

    def build(self, rows: Rows) -> None:
        """See :class:`System`."""
        library("faiss").omp_set_num_threads(THREADS)
        index = self.create(rows.dim)
        for _, vectors, _ in rows.chunks():
            index.add(vectors)
        library("faiss").write_index(index, str(self.folder / "index"))

    def open(self, rows: Rows) -> None:
        """See :class:`System`."""
        super().open(rows)
        library("faiss").omp_set_num_threads(THREADS)
        self.index = library("faiss").read_index(str(self.folder / "index"))

    def search(self, queries: Array, k: int, setting: Setting) -> Found:
        """See :class:`System`."""
        found = self.index.search(queries, k, params=self.parameters(setting))
        return np.asarray(found[1], np.int64)

    def inside(
        self, query: Array, k: int, setting: Setting, region: Region
    ) -> list[int]:
        """See :class:`System`; the mask goes in as a bitmap."""
        bits = np.packbits(self.mask(region), bitorder="little")
        selector = library("faiss").IDSelectorBitmap(bits)
        parameters = self.parameters(setting, selector)
        rows = self.index.search(query[None], k, params=parameters)[1][0]
        return [number for number in rows.tolist() if number >= 0]


class Flat(_Faiss):
    """``IndexFlatIP``."""

    tuned = "`IndexFlatIP`; filters by `IDSelectorBitmap`"

    @staticmethod
    def memory(count: int, dim: int) -> int:
        """The vectors."""
        return count * dim * 4

    def create(self, dim: int) -> Any:
        """See :class:`_Faiss`."""
        return library("faiss").IndexFlatIP(dim)

    def parameters(self, setting: Setting, selector: Any = None) -> Any:
        """See :class:`_Faiss`."""
        return library("faiss").SearchParameters(sel=selector) if selector else None


class Hnsw(_Faiss):
    """``IndexHNSWFlat``."""

    tuned = (
        "`IndexHNSWFlat`, inner product, M 32 (the factory's own), efConstruction 200; "
        "efSearch is swept; filters by `IDSelectorBitmap`. After FAISS's wiki, "
        "*Guidelines to choose an index*: HNSW if memory does not matter"
    )
    settings = tuple({"efSearch": ef} for ef in (16, 32, 64, 128, 256, 512, 1024))

    @staticmethod
    def memory(count: int, dim: int) -> int:
        """Vectors and links."""
        return count * (dim * 4 + 2 * 32 * 4 + 24)

    def create(self, dim: int) -> Any:
        """See :class:`_Faiss`."""
        index = library("faiss").IndexHNSWFlat(
            dim, 32, library("faiss").METRIC_INNER_PRODUCT
        )
        index.hnsw.efConstruction = 200
        return index

    def parameters(self, setting: Setting, selector: Any = None) -> Any:
        """See :class:`_Faiss`."""
        more = {"sel": selector} if selector else {}
        return library("faiss").SearchParametersHNSW(
            efSearch=setting["efSearch"], **more
        )

"""hnswlib and usearch: graphs in memory, rows known by number."""

from typing import Any, ClassVar

import numpy as np

from bench.clouds import Array
from bench.search.oracle import Found
from bench.search.places import Region
from bench.search.rows import Rows
from bench.search.systems import THREADS, Masked, Setting, library

_WIDTHS = (16, 32, 64, 128, 256, 512, 1024)


class Hnswlib(Masked):
    """The graph of those who first wrote of it."""

    packages: ClassVar[tuple[str, ...]] = ("hnswlib",)
    tuned = (
        "space ip, M 32, ef_construction 200; ef is swept; filters by its `filter` "
        "function, on one thread as its README asks. After hnswlib's ALGO_PARAMS.md: "
        "M 12-48 for most uses, more for wide vectors and high recall"
    )
    settings = tuple({"ef": ef} for ef in _WIDTHS)
    index: Any

    @staticmethod
    def memory(count: int, dim: int) -> int:
        """Vectors and links."""
        return count * (dim * 4 + 2 * 32 * 4 + 40)

    def build(self, rows: Rows) -> None:
        """See :class:`System`."""
        index = library("hnswlib").Index(space="ip", dim=rows.dim)
        index.init_index(max_elements=rows.count, M=32, ef_construction=200)
        index.set_num_threads(THREADS)
        for first, vectors, _ in rows.chunks():
            index.add_items(vectors, np.arange(first, first + len(vectors)))
        index.save_index(str(self.folder / "index"))

    def open(self, rows: Rows) -> None:
        """See :class:`System`."""
        super().open(rows)
        self.index = library("hnswlib").Index(space="ip", dim=rows.dim)
        self.index.load_index(str(self.folder / "index"))
        self.index.set_num_threads(THREADS)

    def search(self, queries: Array, k: int, setting: Setting) -> Found:
        """See :class:`System`."""
        self.index.set_ef(setting["ef"])
        rows, _ = self.index.knn_query(queries, k)
        return np.asarray(rows, np.int64)

    def inside(
        self, query: Array, k: int, setting: Setting, region: Region
    ) -> list[int]:
        """See :class:`System`; nothing when it raises for having found too few."""
        self.index.set_ef(setting["ef"])
        allowed = self.mask(region).tobytes().__getitem__
        try:
            rows, _ = self.index.knn_query(
                query[None], k, num_threads=1, filter=allowed
            )
        except RuntimeError as exc:
            if "contiguous" not in str(exc):
                raise
            return []
        return [int(number) for number in rows[0]]


class _Usearch(Masked):
    """An index in one file, read into memory."""

    packages: ClassVar[tuple[str, ...]] = ("usearch",)
    settings = tuple({"expansion_search": ef} for ef in _WIDTHS)
    kind: ClassVar[str]
    index: Any

    def build(self, rows: Rows) -> None:
        """See :class:`System`."""
        index = library("usearch.index").Index(
            ndim=rows.dim,
            metric="cos",
            dtype=self.kind,
            connectivity=16,
            expansion_add=128,
        )
        for first, vectors, _ in rows.chunks():
            keys = np.arange(first, first + len(vectors), dtype=np.uint64)
            index.add(keys, vectors, threads=THREADS)
        index.save(str(self.folder / "index"))

    def open(self, rows: Rows) -> None:
        """See :class:`System`."""
        super().open(rows)
        self.index = library("usearch.index").Index.restore(str(self.folder / "index"))

    def search(self, queries: Array, k: int, setting: Setting) -> Found:
        """See :class:`System`."""
        self.index.expansion_search = setting["expansion_search"]
        found = self.index.search(queries, k, threads=THREADS)
        keys = np.asarray(found.keys).astype(np.int64).reshape(len(queries), -1)
        if keys.shape[1] < k:
            keys = np.pad(keys, ((0, 0), (0, k - keys.shape[1])), constant_values=-1)
        counts = np.reshape(getattr(found, "counts", len(found)), (-1, 1))
        return np.asarray(np.where(np.arange(k) < counts, keys, -1))

    def inside(
        self, query: Array, k: int, setting: Setting, region: Region
    ) -> list[int]:
        """See :class:`System`: ten times as many, and ten times again, then a choice.

        Its Python API has no filter. Its users ask for more and drop what does not
        match; here until ten match or 10,000 were asked for.
        """
        mask = self.mask(region)
        self.index.expansion_search = setting["expansion_search"]
        wanted, rows = k, np.empty(0, np.int64)
        while len(rows) < k and wanted < min(10_000, len(mask)):
            wanted = min(wanted * 10, len(mask))
            found = self.index.search(query, wanted, threads=THREADS)
            rows = np.asarray(found.keys).astype(np.int64)
            rows = rows[mask[rows]]
        return [int(number) for number in rows[:k]]


class UsearchFull(_Usearch):
    """Vectors as they came."""

    kind = "f32"
    tuned = (
        "metric cos, f32, connectivity 16, expansion_add 128 (its README's); "
        "expansion_search is swept; no filter, so ten times as many are asked for, "
        "up to 10,000, and chosen from"
    )

    @staticmethod
    def memory(count: int, dim: int) -> int:
        """Vectors and links."""
        return count * (dim * 4 + 2 * 16 * 5 + 40)


class UsearchHalf(_Usearch):
    """Vectors in half the bits, as its README begins with."""

    kind = "bf16"
    tuned = "as usearch f32, but bf16, which its README begins with"

    @staticmethod
    def memory(count: int, dim: int) -> int:
        """Vectors and links."""
        return count * (dim * 2 + 2 * 16 * 5 + 40)

    @staticmethod
    def disk(count: int, dim: int) -> int:
        """Vectors and links."""
        return count * (dim * 2 + 400)

"""The FAISS store: an exact scan while that is fast, an approximate index beyond.

Rows appended since the index was last extended are scanned, so nothing is missed
between flushes, and every candidate is scored again from its float32 vector, so scores
are true cosines. A flat store holds no second copy of the vectors: it scans the mapped
file as the exact store does, which for single queries is several times faster than
``faiss.knn`` on a CPU; with a GPU, FAISS does the scan.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import StoreError
from rsrag.stores import faiss_gpu
from rsrag.stores.ann_choice import (
    AnnChoice,
    asked_for,
    available_memory,
    choose_ann,
)
from rsrag.stores.demands import check_dim
from rsrag.stores.faiss_ann import AnnIndex, enough_to_train
from rsrag.stores.row_files import RowFiles
from rsrag.stores.rows import Found, RowStore
from rsrag.stores.scan import Rows, candidates, margin, pick, row_dots
from rsrag.types import Vectors

EXACT_ROWS = 50_000
"""An allow-list up to this long is scanned: exact, and as fast as a filtered walk."""

_LEAST_CANDIDATES = 64
_GPU_SPARE = 64
_SMALL_TAIL = 1000
_RETRAIN_GROWTH = 4


class FaissStore(RowStore):
    """Rows on disk, with a FAISS index over them when there are many.

    Attributes:
        choice: the index in use and the reason for it.
    """

    KIND = "faiss"

    def __init__(self, files: RowFiles) -> None:
        """Use :meth:`create` or :meth:`open`."""
        super().__init__(files)
        self.choice = AnnChoice(**files.extra["choice"])
        self._ann: AnnIndex | None = None
        self._check_index_file()

    @classmethod
    def create(
        cls, path: Path, dim: int, ann: str = "auto", expected: int | None = None
    ) -> "FaissStore":
        """Make an empty store in a new or empty directory.

        Args:
            path: the directory.
            dim: width of the vectors.
            ann: ``auto``, ``flat``, ``hnsw``, ``ivf-sq8`` or ``ivf-pq``.
            expected: how many items will come, if known; ``auto`` counts them else.

        Raises:
            StoreError: an unknown ``ann``, ``dim`` below 1, a store there already, or
                no right to write.
        """
        check_dim(dim)
        choice = _choose(ann, expected or 0, dim)
        files = RowFiles.create(path, cls.KIND, dim)
        files.extra = {
            "ann": ann,
            "expected": expected or 0,
            "choice": choice.as_json(),
            "index": None,
        }
        files.commit()
        return cls(files)

    @classmethod
    def open(cls, path: Path) -> "FaissStore":
        """Open the state of the last flush; the index is read by the first search.

        Raises:
            StoreError: no store there, of another kind, or damaged.
        """
        return cls(RowFiles.open(path, cls.KIND))

    def flush(self) -> None:
        """Bring the index up to date and make everything durable."""
        self._payload.write()
        old = self._files.extra["index"]
        self._link()
        self._commit()
        if old and old != self._files.extra["index"]:
            (self.path / old["file"]).unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the files. What was not flushed is lost."""
        self._ann = None
        super().close()

    def _link(self) -> None:
        """Choose again, then build or extend the index if that is worth it."""
        extra, rows = self._files.extra, self._files.rows
        choice = _choose(extra["ann"], max(len(self), extra["expected"]), self.dim)
        known = extra["index"]
        if choice.name == "flat" or not enough_to_train(choice, rows):
            self.choice, self._ann, extra["index"] = choice, None, None
        elif (
            known is None
            or choice.name != self.choice.name
            or rows > _RETRAIN_GROWTH * known["trained"]
        ):
            self.choice = choice
            self._ann = AnnIndex.build(self.choice, self._vectors())
            self._save(trained=rows)
        elif rows - known["rows"] > max(_SMALL_TAIL, known["rows"] // 20):
            ann = self._loaded()
            ann.extend(self._vectors())
            self._save(trained=known["trained"])
        extra["choice"] = self.choice.as_json()

    def _save(self, trained: int) -> None:
        assert self._ann is not None
        old = self._files.extra["index"]
        number = old["number"] + 1 if old else 1
        name = f"ann-{number}.faiss"
        size = self._ann.save(self.path / name)
        self._files.extra["index"] = {
            "file": name,
            "number": number,
            "rows": self._ann.rows,
            "trained": trained,
            "bytes": size,
        }

    def _check_index_file(self) -> None:
        known = self._files.extra["index"]
        if known is None:
            return
        file = self.path / known["file"]
        size = file.stat().st_size if file.exists() else 0
        if size != known["bytes"]:
            raise StoreError(
                f"{file} has {size} bytes, the store counts {known['bytes']}.",
                hint=self._files.hint,
            )

    def _loaded(self) -> AnnIndex:
        if self._ann is None:
            known = self._files.extra["index"]
            self._ann = AnnIndex.load(
                self.path / known["file"], self.choice, self.dim, self._files.hint
            )
            if self._ann.rows != known["rows"]:
                raise StoreError(
                    f"{self.path / known['file']} holds {self._ann.rows} rows, the "
                    f"store counts {known['rows']}.",
                    hint=self._files.hint,
                )
        return self._ann

    def _nearest(self, queries: Vectors, k: int, allow: Rows | None) -> Found:
        """Ask the index if there is one and the filter leaves many rows; else scan."""
        linked = self._files.extra["index"] is not None
        if allow is None and not linked and faiss_gpu.count():
            near = faiss_gpu.nearest(queries, self._vectors(), k + _GPU_SPARE)
            return [
                pick(query, self._vectors(), rows, self._ids_of, k)
                for query, rows in zip(queries, near, strict=True)
            ]
        if not linked or (allow is not None and len(allow) <= EXACT_ROWS):
            return super()._nearest(queries, k, allow)
        width = max(k * self.choice.parameters["refine"], _LEAST_CANDIDATES)
        named = self._loaded().search(queries, width, allow)
        count = self._files.rows if allow is None else len(allow)
        found: Found = []
        for query, rows in zip(queries, named, strict=True):
            rows = np.concatenate([rows[rows >= 0], self._tail(query, k, allow)])
            if len(rows) < min(k, count):
                # The walk ended before it met enough rows that are allowed.
                found += super()._nearest(query[None], k, allow)
            else:
                found.append(pick(query, self._vectors(), rows, self._ids_of, k))
        return found

    def _tail(self, query: NDArray[np.float32], k: int, allow: Rows | None) -> Rows:
        """The best of the rows that are not in the index yet."""
        first = self._loaded().rows
        if allow is None:
            rows = np.arange(first, self._files.rows)
        else:
            rows = allow[np.searchsorted(allow, first) :]
        if not len(rows):
            return rows
        scores = row_dots(self._vectors()[rows], query)
        return rows[candidates(scores, k, margin(self.dim))]


def _choose(ann: str, count: int, dim: int) -> AnnChoice:
    if ann == "auto":
        return choose_ann(count, dim, available_memory())
    return asked_for(ann, count, dim)

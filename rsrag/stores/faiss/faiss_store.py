"""The FAISS store: an exact scan while that is fast, an approximate index beyond.

Rows appended since the index was last extended are scanned, so nothing is missed
between flushes, and every candidate is scored again from its float32 vector, so scores
are true cosines. The index is mapped, not read: a search loads what it touches. A flat
store scans the mapped file as the exact store does; one of tens of thousands of rows
that is asked often compares bytes (:mod:`rsrag.stores.byte_scan`). With a GPU, FAISS
does the scan.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import StoreError
from rsrag.plain_values import plain
from rsrag.stores.byte_scan import REFINE, ByteScan, ScanInUse
from rsrag.stores.faiss import faiss_gpu
from rsrag.stores.faiss.ann_choice import (
    AnnChoice,
    asked_for,
    available_memory,
    choose_ann,
)
from rsrag.stores.faiss.ann_file import AnnFile
from rsrag.stores.faiss.faiss_ann import AnnIndex, enough_to_train
from rsrag.stores.faiss.ivf_scan import rescore
from rsrag.stores.files.demands import check_dim
from rsrag.stores.files.row_files import RowFiles
from rsrag.stores.rows import RankedRows, RowStore
from rsrag.stores.scan import Rows, Scores, candidates, gathered, margin, pick
from rsrag.types import Vectors

EXACT_ROWS = 10_000
"""An allow-list up to this long is scanned: exact, and as fast as a filtered walk."""

_LEAST_CANDIDATES = 20
_GPU_SPARE = 64
_WIDER = 16
_SMALL_TAIL = 1000
_RETRAIN_GROWTH = 4


@dataclass(frozen=True, slots=True)
class State:
    """What ``store.json`` keeps besides the rows.

    Attributes:
        ann: as it was asked for.
        expected: how many items were to come.
        choice: in use.
        index: its file, if it has one.
    """

    ann: str
    expected: int
    choice: AnnChoice
    index: AnnFile | None


class FaissStore(RowStore):
    """Rows on disk, with a FAISS index over them when there are many.

    The index is read by the first search.

    Attributes:
        choice: the index in use and the reason for it.
    """

    KIND = "faiss"

    def __init__(self, files: RowFiles) -> None:
        super().__init__(files)
        self._ann: AnnIndex | None = None
        self._bytes = ScanInUse()
        try:
            state = plain(State, files.extra)
        except (TypeError, ValueError) as exc:
            raise StoreError(
                f"{self.path}/store.json does not say which index it has: {exc}.",
                hint=files.hint,
            ) from exc
        self.choice, self._file = state.choice, state.index
        if self._file:
            self._file.check(self.path, files.hint)

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
            "choice": asdict(choice),
            "index": None,
        }
        files.commit()
        return cls(files)

    def flush(self) -> None:
        """Bring the index up to date and make everything durable."""
        self._payload.write()
        old = self._file
        self._link()
        self._commit()
        if old and old != self._file:
            (self.path / old.file).unlink(missing_ok=True)

    @property
    def scans(self) -> bool:
        """Whether a search looks at every row: there is no index yet."""
        return self._file is None

    def verify(self) -> None:
        """Compare the checksums of all files, the index's too."""
        super().verify()
        if self._file:
            self._file.verify(self.path, self._files.hint)

    def close(self) -> None:
        """Let go of the files. What was not flushed is lost."""
        self._ann, self._bytes = None, ScanInUse()
        super().close()

    def _link(self) -> None:
        """Choose again, then build or extend the index if that is worth it."""
        extra, rows = self._files.extra, self._files.rows
        choice = _choose(extra["ann"], max(len(self), extra["expected"]), self.dim)
        known = self._file
        if choice.name == "flat" or not enough_to_train(choice, rows):
            self.choice, self._ann, self._file = choice, None, None
        elif (
            known is None
            or choice.name != self.choice.name
            or rows > _RETRAIN_GROWTH * known.trained
        ):
            self.choice = choice
            built = AnnIndex.build(choice, self._vectors(), self._looked_up)
            self._file = AnnFile.save(built, self.path, known, trained=rows)
            self._ann = None
        elif rows - known.rows > max(_SMALL_TAIL, known.rows // 20):
            ann = self._load(mapped=False)
            ann.extend(self._vectors(), self._looked_up)
            self._file = AnnFile.save(ann, self.path, known, trained=known.trained)
            self._ann = None
        extra["choice"] = asdict(self.choice)
        extra["index"] = asdict(self._file) if self._file else None

    def _load(self, mapped: bool) -> AnnIndex:
        assert self._file is not None
        hint = self._files.hint
        return self._file.load(self.path, self.choice, self.dim, hint, mapped)

    def _loaded(self) -> AnnIndex:
        self._ann = self._ann or self._load(mapped=True)
        return self._ann

    def _nearest(self, queries: Vectors, k: int, allow: Rows | None) -> RankedRows:
        """Ask the index if there is one and the filter leaves many rows; else scan."""
        spare = k + _GPU_SPARE
        plain = allow is None and self.scans and spare <= faiss_gpu.MOST
        if plain and faiss_gpu.count():
            near = faiss_gpu.nearest(queries, self._vectors(), spare)
            return [
                pick(query, self._vectors(), rows, self._live.ids, k)
                for query, rows in zip(queries, near, strict=True)
            ]
        few = allow is not None and len(allow) <= EXACT_ROWS
        index = None if few else self._index(len(queries), k)
        if index is None:
            return super()._nearest(queries, k, allow)
        refine = self.choice.parameters.get("refine", REFINE)
        width = max(k * refine, _LEAST_CANDIDATES)
        found = self._candidates(index, queries, k, width, allow)
        for i in [i for i, best in enumerate(found) if best is None]:
            query = queries[i : i + 1]
            (best,) = self._candidates(index, query, k, width * _WIDER, allow)
            found[i] = best or super()._nearest(query, k, allow)[0]
        return [best for best in found if best is not None]

    def _index(self, queries: int, k: int) -> AnnIndex | ByteScan | None:
        """What names candidates, if anything does."""
        if not self.scans:
            return self._loaded()
        return self._bytes.over(self._vectors(), queries, k)

    def _candidates(
        self,
        index: AnnIndex | ByteScan,
        queries: Vectors,
        k: int,
        width: int,
        allow: Rows | None,
    ) -> list[tuple[Rows, Scores] | None]:
        """The best of an index's candidates and the tail; see :func:`rescore`."""
        count = self._files.rows if allow is None else len(allow)
        named = index.search(queries, width, k, allow)
        tails = [self._tail(index.rows, query, k, allow) for query in queries]
        longest = max((len(tail) for tail in tails), default=0)
        if longest:
            padded = [
                np.pad(t, (0, longest - len(t)), constant_values=-1) for t in tails
            ]
            named = np.concatenate([named, np.stack(padded)], axis=1)
        vectors = self._vectors()
        assert self._mapped is not None
        gather = self._mapped.gather
        return rescore(queries, vectors, named, self._live.ids, k, count, gather)

    def _looked_up(self, rows: int) -> None:
        """Count vectors read, so that their pages do not stay resident."""
        if self._mapped:
            self._mapped.looked_up(rows)

    def _tail(
        self, first: int, query: NDArray[np.float32], k: int, allow: Rows | None
    ) -> Rows:
        """The best of the rows from ``first`` on, which are not in the index yet."""
        if allow is None:
            rows = np.arange(first, self._files.rows)
        else:
            rows = allow[np.searchsorted(allow, first) :]
        if not len(rows):
            return rows
        scores = gathered(query[None], self._vectors(), rows)[0]
        return rows[candidates(scores, k, margin(self.dim))]


def _choose(ann: str, count: int, dim: int) -> AnnChoice:
    if ann == "auto":
        return choose_ann(count, dim, available_memory())
    return asked_for(ann, count, dim)

"""A store against the parts that it was made from: the same rows, and found again."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import IndexCorruptError, StoreError
from rsrag.indexing.checks.findings import Finding
from rsrag.indexing.checks.verify_rows import ID_BYTES, KEY, id_text, keys_of
from rsrag.indexing.format.chip_schema import EMBEDDING, split_embeddings
from rsrag.indexing.format.parts import read_parts
from rsrag.interfaces import VectorStore
from rsrag.types import Hit, Vectors

TOP_K = 10
GOOD_RECALL = 0.9
"""Below it a search misses too much: the kinds of index in use give 0.97 and more."""

SCAN_ROWS = 200_000
"""A store that scans more rows than this is not searched: it was compared whole."""

_SLACK = 1e-5
_CLOSE = 1e-4
_FETCH = 256
_TOGETHER = 4
"""Queries between which mapped vectors are let go, so that they do not pile up."""


@runtime_checkable
class StreamingStore(Protocol):
    """A store whose rows can be read from end to end, bit for bit."""

    @property
    def scans(self) -> bool:
        """Whether a search looks at every row."""
        ...

    def stream(self) -> Iterable[tuple[list[str], Vectors]]:
        """Ids and vectors, block by block."""
        ...

    def release(self) -> None:
        """Unmap what a search has touched."""
        ...

    def verify(self) -> None:
        """Compare checksums of all files."""
        ...


class StoreCheck:
    """Compares one store with the keys of the parts' rows.

    Attributes:
        findings: what was wrong.
        recall: share of the true ``TOP_K`` that the store finds; ``None`` if it was
            not measured.
    """

    def __init__(self, where: str, repair: str) -> None:
        self.findings: list[Finding] = []
        self.recall: float | None = None
        self._where, self._repair = where, repair

    def run(
        self,
        store: VectorStore,
        dim: int,
        keys: NDArray[np.void],
        queries: Vectors,
        paths: Sequence[Path],
        told: Callable[[int], None],
    ) -> None:
        """Compare rows, then search.

        Args:
            keys: of all rows of the parts, sorted by id.
            queries: vectors of some rows, to search with; none to leave that out.
            paths: all parts: the truth for the searches.
        """
        try:
            if store.dim != dim:
                self._problem(f"has width {store.dim}, the manifest says {dim}")
                return
            if isinstance(store, StreamingStore):
                store.verify()
                self._compare(_sorted_keys(store), keys)
            else:
                self._fetch(store, keys)
            if len(queries) and not self.findings:
                self._search(store, queries, paths, len(keys), told)
        except (StoreError, IndexCorruptError, OSError) as error:
            self._problem(str(error))

    def files(self, store: VectorStore) -> None:
        """Only compare the checksums of the store's own files, if it has any."""
        try:
            if isinstance(store, StreamingStore):
                store.verify()
        except (StoreError, OSError) as error:
            self._problem(str(error))

    def failed(self, error: StoreError) -> None:
        """Note that the store could not even be opened."""
        self._problem(f"cannot be opened: {error}")

    def _compare(self, mine: NDArray[np.void], theirs: NDArray[np.void]) -> None:
        """Every row of the store against every row of the parts."""
        if len(mine) != len(theirs):
            self._problem(f"holds {len(mine):,} rows, the parts {len(theirs):,}")
        missing = np.setdiff1d(theirs["id"], mine["id"])
        extra = np.setdiff1d(mine["id"], theirs["id"])
        if len(missing):
            self._problem(f"lacks {_named(missing)} of the parts")
        if len(extra):
            self._problem(f"holds {_named(extra)} that no part has")
        if len(mine) == len(theirs) and not len(missing) and not len(extra):
            other = theirs["id"][mine["digest"] != theirs["digest"]]
            if len(other):
                self._problem(f"has other vectors than the parts for {_named(other)}")

    def _fetch(self, store: VectorStore, keys: NDArray[np.void]) -> None:
        """For a store that may round: the count, and whether all ids are there."""
        if len(store) != len(keys):
            self._problem(f"holds {len(store):,} rows, the parts {len(keys):,}")
            return
        for start in range(0, len(keys), _FETCH):
            ids = [id_text(bytes(v)) for v in keys["id"][start : start + _FETCH]]
            lengths = np.linalg.norm(store.fetch(ids), axis=1)
            if len(lengths) and np.abs(lengths - 1).max() > _CLOSE * 10:
                self._problem(f"holds vectors that are not of length one: {ids[0]} on")
                return

    def _search(
        self,
        store: VectorStore,
        queries: Vectors,
        paths: Sequence[Path],
        rows: int,
        told: Callable[[int], None],
    ) -> None:
        if isinstance(store, StreamingStore) and store.scans and rows > SCAN_ROWS:
            return
        best = _exact(queries, paths, told)
        k = best.shape[1]
        good = 0
        for start in range(0, len(queries), _TOGETHER):
            some = queries[start : start + _TOGETHER]
            hits = store.search(some, TOP_K)
            for query, found, line in zip(some, hits, best[start:], strict=False):
                good += _count(store, query, found, float(line[-1]) - _SLACK)
            if isinstance(store, StreamingStore):
                store.release()
        self.recall = good / (k * len(queries))
        if self.recall < GOOD_RECALL:
            self._problem(
                f"finds {self.recall:.1%} of the {k} nearest of {len(queries)} rows, "
                f"{GOOD_RECALL:.0%} at least is right"
            )

    def _problem(self, what: str) -> None:
        self.findings.append(Finding("problem", self._where, what, self._repair))


def _count(
    store: VectorStore, query: NDArray[np.float32], hits: list[Hit], least: float
) -> int:
    """Hits that belong among the nearest, by their vectors, not by what is said."""
    if not hits:
        return 0
    vectors = store.fetch([hit.id for hit in hits])
    return int((vectors @ query >= least).sum())


def _sorted_keys(store: StreamingStore) -> NDArray[np.void]:
    blocks = []
    for ids, vectors in store.stream():
        try:
            flat = np.frombuffer(bytes.fromhex("".join(ids)), np.uint8)
            blocks.append(keys_of(flat.reshape(len(ids), ID_BYTES), vectors))
        except ValueError as exc:
            raise StoreError(f"It holds ids that are not 32 hex digits: {exc}") from exc
    keys = np.concatenate(blocks) if blocks else np.empty(0, KEY)
    return keys[np.argsort(keys["id"], kind="stable")]


def _named(ids: NDArray[np.bytes_]) -> str:
    names = ", ".join(id_text(bytes(value)) for value in ids[:3])
    return f"{len(ids):,} rows ({names}{', …' if len(ids) > 3 else ''})"


def _exact(
    queries: Vectors, paths: Sequence[Path], told: Callable[[int], None]
) -> NDArray[np.float32]:
    """The largest scores of each query over all rows, ``(q, TOP_K)``, best first."""
    best = np.empty((len(queries), 0), np.float32)
    for table in read_parts(paths, [EMBEDDING]):
        _, vectors = split_embeddings(table)
        best = np.concatenate([best, queries @ vectors.T], axis=1)
        if best.shape[1] > TOP_K:
            best = -np.partition(-best, TOP_K - 1, axis=1)[:, :TOP_K]
        told(len(table))
    return -np.sort(-best, axis=1)

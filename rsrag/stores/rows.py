"""The exact store, the oracle of the others, and its base, which FAISS's shares.

Rows are only ever appended. Replacing or deleting an item marks its row dead; an update
that finds many dead ones makes the store anew without them. In memory stand some 40
bytes a row at most: the mark, the hash of the id once ids are looked up, and columns
that filters asked for. Vectors stay in the file, mapped.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from rsrag.columns.arrow_columns import integers, word_counts
from rsrag.errors import StoreError
from rsrag.filters import Filter, FilterColumns
from rsrag.stores.files.append_file import MappedRows
from rsrag.stores.files.demands import check_limit, payload_ids, query_rows
from rsrag.stores.files.payload_log import PayloadLog
from rsrag.stores.files.row_files import RowFiles
from rsrag.stores.known_scores import KnownScores
from rsrag.stores.live_rows import LiveRows, first_ids
from rsrag.stores.scan import Rows, Scores, nearest
from rsrag.types import Hit, Vectors
from rsrag.vectors import check_unit_rows

if TYPE_CHECKING:
    import pyarrow as pa

RankedRows = list[tuple[Rows, Scores]]
"""For each query the row numbers of its hits, best first, and their scores."""


class RowStore:
    """A vector store over :class:`RowFiles`; subclasses say how to search.

    Attributes:
        path: the directory.
        dim: width of the vectors.

    Raises:
        StoreError: the files do not fit together.
    """

    KIND: ClassVar[str]

    def __init__(self, files: RowFiles) -> None:
        self._files, self.path, self.dim = files, files.path, files.dim
        self._payload = PayloadLog(files.payload, files.rows, files.hint)
        self._mapped: MappedRows | None = None
        self._columns: FilterColumns | None = None
        self._known = KnownScores()
        self._live = LiveRows(files, self._payload)
        # Mapped at once: the files may lose their names while this store is open.
        self._vectors()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the state of the last flush; as :meth:`RowFiles.open`."""
        return cls(RowFiles.open(path, cls.KIND))

    def __len__(self) -> int:
        return self._live.count

    @property
    def dead(self) -> int:
        """Rows that were deleted or replaced, and still take room and time."""
        return self._files.rows - self._live.count

    def upsert(self, vectors: Vectors, payload: "pa.Table") -> None:
        """Add items; an id that is there already is replaced. See the protocol."""
        vectors = check_unit_rows(vectors, self.dim)
        ids = payload_ids(payload, len(vectors))
        payload = self._payload.fit(payload)
        old = self._live.find(ids)
        replaced, files = old[old >= 0], self._files
        before = [(file, file.size, file.crc) for file in (files.vectors, files.dead)]
        try:
            files.vectors.append(vectors.astype("<f4", copy=False).view(np.uint8).data)
            self._live.note_dead(replaced)
            self._payload.append(payload)
        except StoreError:
            for file, size, crc in before:
                file.rewind(size, crc)
            raise
        self._live.bury(replaced)
        self._live.add(ids)
        self._mapped = self._columns = None

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items; ids that are not there count for nothing."""
        rows = self._live.find(list(dict.fromkeys(ids)))
        rows = rows[rows >= 0]
        self._live.note_dead(rows)
        self._live.bury(rows)
        return len(rows)

    def search(
        self, vectors: Vectors, top_k: int, where: Filter | None = None
    ) -> list[list[Hit]]:
        """The ``top_k`` nearest items of each query that match. See the protocol."""
        vectors = query_rows(vectors, self.dim, top_k)
        if not len(self):
            return [[] for _ in vectors]
        allow, ids, found = self._allowed(where), self._live.ids, {}
        self._vectors()  # They are mapped now.
        if self._mapped and (self.scans or where):
            given = (vectors, self._mapped, allow, ids, top_k)
            found = self._known.best(*given, leave=not self.scans)
        if rest := [at for at in range(len(vectors)) if at not in found]:
            new = self._nearest(vectors[rest], top_k, allow)
            found |= zip(rest, new, strict=True)
        return self._hits([found[at] for at in range(len(vectors))])

    def fetch(self, ids: Sequence[str]) -> Vectors:
        """Stored vectors of ``ids``, ``(n, dim)`` in their order."""
        return np.array(self._vectors()[self._live.of(ids)], dtype=np.float32)

    def payloads(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """Payloads of ``ids``, in their order."""
        return [*self._payload.dicts(self._live.of(ids))]

    def count(self, where: Filter | None = None) -> int:
        """How many items match the filter."""
        rows = self._allowed(where) if len(self) else None
        return len(self) if rows is None else len(rows)

    def words(self, column: str) -> dict[str, int]:
        """How many items have each word of a column."""
        table = self._payload.table() if len(self) else None
        if table is None or column not in table.column_names:
            return {}
        rows = self._allowed(None)
        values = table[column]
        return word_counts(values if rows is None else values.take(integers(rows)))

    def browse(
        self, where: Filter | None = None, after: str | None = None, limit: int = 100
    ) -> list[Hit]:
        """A page of the items that match, by id ascending. See the protocol.

        Each page looks at the ids of all rows, in Arrow: tens of milliseconds
        at a million, and no payload but the page's becomes Python.
        """
        check_limit(limit)
        if not len(self):
            return []
        ids, allow = self._payload.table()["id"], self._allowed(where)
        payloads = self._payload.dicts(first_ids(ids, allow, after, limit))
        return [Hit(payload["id"], 0.0, payload) for payload in payloads]

    def stream(self) -> Iterator[tuple[list[str], Vectors]]:
        """All items as they were last flushed, block by block; nothing is mapped."""
        row, file = 0, self._files.vectors.path
        for batch in self._payload.batches():
            size, offset = len(batch) * self.dim, 4 * self.dim * row
            block = np.fromfile(file, "<f4", size, offset=offset).reshape(-1, self.dim)
            live = self._live.mask[row : row + len(batch)]
            row += len(batch)
            yield batch["id"].filter(live).to_pylist(), block[live]

    def release(self) -> None:
        """Unmap the vectors until they are needed again: resident memory shrinks."""
        self._mapped = None

    @property
    def scans(self) -> bool:
        """Whether a search looks at every row, so that it cannot miss one."""
        return True

    def flush(self) -> None:
        """Make all that was added durable."""
        self._payload.write()
        self._commit()

    def verify(self) -> None:
        """Compare the checksums of all files; ``StoreError`` names one that differs."""
        self._payload.write()
        self._files.verify()

    def close(self) -> None:
        """Let go of the files. What was not flushed is lost."""
        self._mapped = self._columns = None
        self._files.close()

    def _nearest(self, queries: Vectors, k: int, allow: Rows | None) -> RankedRows:
        """Exact search: every row that is allowed is scored."""
        return nearest(queries, self._vectors(), allow, self._live.ids, k)

    def _commit(self) -> None:
        try:
            self._files.commit()
        except OSError as exc:
            raise StoreError(
                f"Writing {self.path} failed: {exc}", hint="free some disk space"
            ) from exc

    def _vectors(self) -> Vectors:
        """All rows, dead ones included, as a view into the mapped file."""
        if self._mapped is None:
            if not self._files.rows:
                return np.empty((0, self.dim), np.float32)
            self._files.vectors.push()
            file = self._files.vectors.path
            self._mapped = MappedRows(file, self._files.rows, self.dim)
        return self._mapped.array

    def _allowed(self, where: Filter | None) -> Rows | None:
        """Live rows that match, ascending; ``None`` when every row does."""
        if self._columns is None and where:
            self._columns = FilterColumns(self._payload.table())
        rows = self._columns.rows(where) if self._columns and where else None
        whole = len(self) == self._files.rows
        if rows is not None:
            rows = rows if whole else rows[self._live.mask[rows]]
            return rows.astype(np.int64, copy=False)
        return None if whole else np.flatnonzero(self._live.mask)

    def _hits(self, found: RankedRows) -> list[list[Hit]]:
        scores = np.concatenate([one[1] for one in found] or [np.empty(0)])
        if not np.isfinite(scores).all():
            raise StoreError(
                f"{self.path} holds a vector that is not finite: damaged.",
                hint=self._files.hint,
            )
        rows = np.concatenate([one[0] for one in found] or [np.empty(0, np.int64)])
        payloads = self._payload.dicts(rows)
        every = [
            Hit(payload["id"], score, payload)
            for payload, score in zip(payloads, scores.tolist(), strict=True)
        ]
        self._live.note_found([hit.id for hit in every], rows)
        hits = iter(every)
        return [list(islice(hits, len(one[0]))) for one in found]


class ExactStore(RowStore):
    """Brute force over a memory-mapped file.

    A query over 100,000 x 512 takes some 10 to 20 ms of a core.
    """

    KIND = "exact"

    @classmethod
    def create(cls, path: Path, dim: int) -> "ExactStore":
        """Make an empty store; as :meth:`RowFiles.create`."""
        return cls(RowFiles.create(path, cls.KIND, dim))

"""What the exact and the FAISS store share: rows on disk, ids, filters, hits.

Rows are only ever appended. Replacing or deleting an item marks its row dead; a new
build of the index leaves dead rows behind. In memory stand some 40 bytes a row at
most: the mark, the hash of the id once ids are looked up, and the columns that
filters asked for. Vectors stay in the file, mapped.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import StoreError
from rsrag.filters import Filter, FilterColumns
from rsrag.stores.files.demands import payload_ids, query_rows
from rsrag.stores.files.id_rows import IdRows
from rsrag.stores.files.mapped_files import MappedRows
from rsrag.stores.files.payload_log import PayloadLog
from rsrag.stores.files.row_files import RowFiles
from rsrag.stores.scan import Rows, Scores, nearest
from rsrag.types import Hit, Vectors
from rsrag.vectors import check_unit_rows

if TYPE_CHECKING:
    import pyarrow as pa

Found = list[tuple[Rows, Scores]]
"""For each query the row numbers of its hits, best first, and their scores."""


class RowStore:
    """A vector store over :class:`RowFiles`; subclasses say how to search.

    Args:
        files: opened by a subclass's ``create`` or ``open``.

    Raises:
        StoreError: the files do not fit together.
    """

    def __init__(self, files: RowFiles) -> None:
        """Map the files and read which rows are dead."""
        self._files = files
        self._payload = PayloadLog(files.payload, files.rows, files.hint)
        self._mapped: MappedRows | None = None
        self._columns: FilterColumns | None = None
        self._ids: IdRows | None = None
        self._live = np.ones(files.rows, dtype=bool)
        dead = self._read_dead()
        self._live[dead] = False
        self._count = files.rows - len(dead)
        # Mapped at once: the files may lose their names while this store is open.
        self._vectors()

    @property
    def path(self) -> Path:
        """The directory."""
        return self._files.path

    @property
    def dim(self) -> int:
        """Width of the vectors."""
        return self._files.dim

    def __len__(self) -> int:
        """How many items there are."""
        return self._count

    def upsert(self, vectors: Vectors, payload: "pa.Table") -> None:
        """Add items; an id that is there already is replaced. See the protocol."""
        vectors = check_unit_rows(vectors, self.dim)
        ids = payload_ids(payload, len(vectors))
        payload = self._payload.fit(payload)
        old = self._find(ids)
        files = self._files
        before = files.vectors.size, files.vectors.crc
        try:
            files.vectors.append(vectors.astype("<f4", copy=False).view(np.uint8).data)
            self._payload.append(payload)
        except StoreError:
            files.vectors.rewind(*before)
            raise
        self._bury(old[old >= 0])
        self._index().add(ids, files.rows)
        files.rows += len(ids)
        self._count += len(ids)
        if files.rows > len(self._live):
            room = max(files.rows + files.rows // 8, 1024)
            self._live = np.concatenate(
                [self._live, np.ones(room - len(self._live), dtype=bool)]
            )
        self._mapped = self._columns = None

    def delete(self, ids: Sequence[str]) -> int:
        """Remove items; ids that are not there count for nothing."""
        rows = self._find(list(dict.fromkeys(ids)))
        rows = rows[rows >= 0]
        self._bury(rows)
        return len(rows)

    def search(
        self, vectors: Vectors, top_k: int, where: Filter | None = None
    ) -> list[list[Hit]]:
        """The ``top_k`` nearest items of each query that match. See the protocol."""
        vectors = query_rows(vectors, self.dim, top_k)
        if not self._count:
            return [[] for _ in vectors]
        return self._hits(self._nearest(vectors, top_k, self._allowed(where)))

    def fetch(self, ids: Sequence[str]) -> Vectors:
        """Stored vectors of ``ids``, ``(n, dim)`` in their order."""
        rows = self._find(list(ids))
        if (rows < 0).any():
            missing = [id_ for id_, row in zip(ids, rows, strict=True) if row < 0]
            raise StoreError(f"Not in the store: {', '.join(map(repr, missing[:10]))}.")
        return np.array(self._vectors()[rows], dtype=np.float32)

    def stream(self) -> Iterator[tuple[list[str], Vectors]]:
        """All items as they were last flushed, block by block; nothing is mapped."""
        row, file = 0, self._files.vectors.path
        for batch in self._payload.batches():
            size, offset = len(batch) * self.dim, 4 * self.dim * row
            block = np.fromfile(file, "<f4", size, offset=offset).reshape(-1, self.dim)
            live = self._live[row : row + len(batch)]
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
        """Read every byte of the store's files and compare checksums.

        Raises:
            StoreError: naming the file that is not what was written.
        """
        self._payload.write()
        self._files.verify()

    def close(self) -> None:
        """Let go of the files. What was not flushed is lost."""
        self._mapped = self._columns = self._ids = None
        self._files.close()

    def _nearest(self, queries: Vectors, k: int, allow: Rows | None) -> Found:
        """Exact search: every row that is allowed is scored."""
        return nearest(queries, self._vectors(), allow, self._ids_of, k)

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
        live = self._live[: self._files.rows]
        if self._columns is None and where:
            self._columns = FilterColumns(self._payload.table())
        rows = self._columns.rows(where) if self._columns and where else None
        if rows is not None:
            rows = rows if self._count == len(live) else rows[live[rows]]
            return rows.astype(np.int64, copy=False)
        if self._count == self._files.rows:
            return None
        return np.flatnonzero(live)

    def _hits(self, found: Found) -> list[list[Hit]]:
        scores = np.concatenate([one[1] for one in found] or [np.empty(0)])
        if not np.isfinite(scores).all():
            raise StoreError(
                f"{self.path} holds a vector that is not finite: damaged.",
                hint=self._files.hint,
            )
        rows = np.concatenate([one[0] for one in found] or [np.empty(0, np.int64)])
        payloads = self._payload.dicts(rows)
        hits = (
            Hit(payload["id"], score, payload)
            for payload, score in zip(payloads, scores.tolist(), strict=True)
        )
        return [list(islice(hits, len(one[0]))) for one in found]

    def _ids_of(self, rows: Rows) -> NDArray[np.str_]:
        return np.array(self._payload.take("id", rows), dtype=np.str_)

    def _index(self) -> IdRows:
        """Ids to rows; read from the payload when first needed."""
        if self._ids is None:
            self._ids, row = IdRows(), 0
            for batch in self._payload.batches():
                self._ids.add(batch["id"].to_pylist(), row)
                row += len(batch)
        return self._ids

    def _find(self, ids: Sequence[str]) -> Rows:
        """The live row of each id, or -1."""
        found = np.full(len(ids), -1, dtype=np.int64)
        pairs = [pair for pair in self._index().candidates(ids) if self._live[pair[1]]]
        if pairs:
            names = self._payload.take("id", [row for _, row in pairs])
            for (position, row), name in zip(pairs, names, strict=True):
                if name == ids[position]:
                    found[position] = row
        return found

    def _bury(self, rows: Rows) -> None:
        if len(rows):
            self._files.dead.append(rows.astype("<i8").tobytes())
            self._live[rows] = False
            self._count -= len(rows)

    def _read_dead(self) -> NDArray[Any]:
        size = self._files.dead.size
        if not size:
            return np.empty(0, np.int64)
        dead = np.fromfile(self._files.dead.path, "<i8", count=size // 8)
        rows = self._files.rows
        if len(np.unique(dead)) != len(dead) or dead.min() < 0 or dead.max() >= rows:
            raise StoreError(
                f"{self._files.dead.path} names rows that cannot be.",
                hint=self._files.hint,
            )
        return dead

"""The rows of a store that count, the row of each id, ids in order.

Rows by id, in 16 bytes an item.

Sorted arrays of hashes, merged as they grow (a log-structured merge), in place of a
dictionary of strings, which would take some 200 bytes an item.
"""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.columns.arrow_columns import integers, numbers, truths
from rsrag.errors import StoreError
from rsrag.stores.files.demands import check_there
from rsrag.stores.files.payload_log import PayloadLog
from rsrag.stores.files.row_files import RowFiles
from rsrag.stores.scan import Rows

if TYPE_CHECKING:
    import pyarrow as pa


_KEPT = 1_000
"""Rows of found items that are kept, so that their ids need not be looked up."""


class IdRows:
    """Hashes of ids, and the rows that they may stand in."""

    def __init__(self) -> None:
        self._levels: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

    def add(self, ids: Sequence[str], first_row: int) -> None:
        """Note that ``ids`` stand in consecutive rows from ``first_row``."""
        if not ids:
            return
        hashes = _hashes(ids)
        order = np.argsort(hashes, kind="stable")
        self._levels.append((hashes[order], order.astype(np.int64) + first_row))
        # Each level is at least twice as long as the next: few levels to look
        # in, and every item is merged only some log2(n) times.
        while len(self._levels) > 1 and len(self._levels[-2][0]) < 2 * len(
            self._levels[-1][0]
        ):
            (h1, r1), (h0, r0) = self._levels.pop(), self._levels.pop()
            hashes, rows = np.concatenate([h0, h1]), np.concatenate([r0, r1])
            order = np.argsort(hashes, kind="stable")
            self._levels.append((hashes[order], rows[order]))

    def candidates(self, ids: Sequence[str]) -> list[tuple[int, int]]:
        """Pairs of position in ``ids`` and a row whose id has the same hash.

        A row that comes back may hold another id, or one that was replaced: the
        caller compares.
        """
        wanted = _hashes(ids)
        pairs: list[tuple[int, int]] = []
        for hashes, rows in self._levels:
            low = np.searchsorted(hashes, wanted, side="left")
            high = np.searchsorted(hashes, wanted, side="right")
            for position in np.flatnonzero(high > low).tolist():
                found = rows[low[position] : high[position]].tolist()
                pairs.extend((position, row) for row in found)
        return pairs


def _hashes(ids: Sequence[str]) -> NDArray[np.int64]:
    """Python's own string hash: it differs between processes, and is never stored."""
    return np.fromiter(map(hash, ids), dtype=np.int64, count=len(ids))


class LiveRows:
    """Marks of the rows that were neither deleted nor replaced.

    Attributes:
        count: how many rows are live.

    Raises:
        StoreError: dead rows that cannot be.
    """

    def __init__(self, files: RowFiles, payload: PayloadLog) -> None:
        self._files, self._payload = files, payload
        self._known: IdRows | None = None
        self._reading = threading.Lock()
        self._found: dict[str, int] = {}
        self._mask = np.ones(files.rows, dtype=bool)
        dead = self._read_dead()
        self._mask[dead] = False
        self.count = files.rows - len(dead)

    @property
    def mask(self) -> NDArray[np.bool_]:
        """For each row of the files, whether it is live."""
        return self._mask[: self._files.rows]

    def ids(self, rows: Rows) -> NDArray[np.str_]:
        """Ids of rows, in their order."""
        return np.array(self._payload.take("id", rows), dtype=np.str_)

    def find(self, ids: Sequence[str]) -> Rows:
        """The live row of each id, or -1."""
        found = np.full(len(ids), -1, dtype=np.int64)
        pairs = [pair for pair in self._index().candidates(ids) if self._mask[pair[1]]]
        if pairs:
            names = self._payload.take("id", [row for _, row in pairs])
            for (position, row), name in zip(pairs, names, strict=True):
                if name == ids[position]:
                    found[position] = row
        return found

    def note_found(self, ids: Sequence[str], rows: Rows) -> None:
        """Keep the rows of what was found last: that is what is asked for next."""
        self._found = dict(zip(ids[:_KEPT], rows[:_KEPT].tolist(), strict=True))

    def of(self, ids: Sequence[str]) -> Rows:
        """The live row of each id; ``StoreError`` names those that have none."""
        found = self._found
        if all(id_ in found for id_ in ids):
            # A row never gets another id, but it may have died since.
            rows = np.array([found[id_] for id_ in ids], dtype=np.int64)
            if self._mask[rows].all():
                return rows
        rows = self.find(ids)
        check_there(ids[i] for i in np.flatnonzero(rows < 0).tolist())
        return rows

    def add(self, ids: Sequence[str]) -> None:
        """Count rows that were appended, live and with these ids."""
        self._index().add(ids, self._files.rows)
        self._files.rows += len(ids)
        self.count += len(ids)
        rows, known = self._files.rows, len(self._mask)
        if rows > known:
            room = max(rows + rows // 8, 1024)
            self._mask = np.concatenate([self._mask, np.ones(room - known, dtype=bool)])

    def note_dead(self, rows: Rows) -> None:
        """Write down that rows are dead; :meth:`bury` makes it so.

        Raises:
            StoreError: the disk refuses.
        """
        if len(rows):
            self._files.dead.append(rows.astype("<i8").tobytes())

    def bury(self, rows: Rows) -> None:
        """Count rows as dead that were written down so."""
        self._mask[rows] = False
        self.count -= len(rows)

    def _index(self) -> IdRows:
        """Ids to rows; read from the payload when first needed."""
        with self._reading:
            if self._known is None:
                # Whole before anyone sees it: a thread that looks meanwhile waits.
                known, row = IdRows(), 0
                for batch in self._payload.batches():
                    known.add(batch["id"].to_pylist(), row)
                    row += len(batch)
                self._known = known
            return self._known

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


def first_ids(
    ids: "pa.ChunkedArray",
    allow: NDArray[np.int64] | None,
    after: str | None,
    limit: int,
) -> NDArray[np.int64]:
    """Row numbers of the first ids, by id ascending.

    Args:
        ids: strings, none of them null.
        allow: row numbers to look at, ascending, no id twice among them; ``None``
            for all.
        after: ids up to this one are left out, this one included.
        limit: how many rows at most.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = np.arange(len(ids)) if allow is None else allow
    if after is not None:
        later = truths(pc.greater(ids, pa.scalar(after, ids.type)))
        rows = rows[later[rows]]
    if len(rows) < len(ids):
        ids = ids.take(integers(rows))
    first = numbers(pc.select_k_unstable(ids, limit, [("", "ascending")]))
    found: NDArray[np.int64] = rows[first]
    return found

"""The rows of a store that count, and the row of each id."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import StoreError
from rsrag.stores.files.demands import check_there
from rsrag.stores.files.id_rows import IdRows
from rsrag.stores.files.payload_log import PayloadLog
from rsrag.stores.files.row_files import RowFiles
from rsrag.stores.scan import Rows


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

    def of(self, ids: Sequence[str]) -> Rows:
        """The live row of each id; ``StoreError`` names those that have none."""
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
        if self._known is None:
            self._known, row = IdRows(), 0
            for batch in self._payload.batches():
                self._known.add(batch["id"].to_pylist(), row)
                row += len(batch)
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

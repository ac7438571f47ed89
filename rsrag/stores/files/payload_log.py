"""Payload rows on disk: an Arrow IPC stream that is appended to and memory-mapped.

The file holds one schema message and then record batches, without the end mark, so
that a later process can append. Reading maps the file: opening costs the batches'
headers only, and a hit costs its own row. A batch is checked when it is first looked
into: Arrow follows the offsets of a damaged one to wherever they lead.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import StoreError
from rsrag.stores.files.append_file import AppendFile, MappedFile
from rsrag.stores.files.payload_values import python_rows

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 4096
"""Small upserts are gathered into record batches of at least so many rows."""

_KNOWN = 2_048
"""Rows that are kept as dictionaries, as hits of a map that is moved come again."""


class PayloadLog:
    """All payload rows of a store, in the order of its vectors.

    Args:
        file: the growing file below.
        rows: how many rows the file holds.
        hint: for the errors, how to repair the store.

    Raises:
        StoreError: the file is no Arrow stream, or holds other than ``rows`` rows.
    """

    def __init__(self, file: AppendFile, rows: int, hint: str) -> None:
        self._file, self._hint = file, hint
        self._written = rows
        self._pending: list[pa.RecordBatch] = []
        self._pending_rows = 0
        self._mapped: list[pa.RecordBatch] | None = None
        self._map_of: MappedFile | None = None
        self._checked: set[int] = set()
        self._starts: NDArray[np.int64] | None = None
        self._known: dict[int, dict[str, Any]] = {}
        self.schema: pa.Schema | None = None
        if file.size:
            self._map()

    def __len__(self) -> int:
        return self._written + self._pending_rows

    def append(self, table: "pa.Table") -> None:
        """Add rows; ``StoreError`` where they do not :meth:`fit`."""
        table = self.fit(table)
        if self.schema is None:
            self.schema = table.schema
        if not len(table):
            return
        batches = table.combine_chunks().to_batches()
        self._known = {}  # Rows that a failed write took back may come otherwise.
        self._pending.extend(batches)
        self._pending_rows += len(table)
        self._starts = None
        if self._pending_rows < BATCH_ROWS:
            return
        try:
            self.write()
        except StoreError:
            del self._pending[-len(batches) :]
            self._pending_rows -= len(table)
            raise

    def fit(self, table: "pa.Table") -> "pa.Table":
        """The same rows in the columns' fixed order and types.

        Raises:
            StoreError: naming the columns that differ.
        """
        import pyarrow as pa

        for i, column in enumerate(table.schema):
            if pa.types.is_dictionary(column.type):
                plain = table.column(i).cast(column.type.value_type)
                table = table.set_column(i, column.name, plain)
        table = table.replace_schema_metadata(None)
        if self.schema is None:
            return table
        given = {field.name: field.type for field in table.schema}
        fixed = {field.name: field.type for field in self.schema}
        if given != fixed or len(given) != len(table.schema):
            wrong = sorted(
                name
                for name in given.keys() | fixed.keys()
                if given.get(name) != fixed.get(name)
            )
            raise StoreError(
                f"Payload columns differ from those in the store: {', '.join(wrong)}.",
                hint="every upsert takes the schema of the first; build a new index "
                "to change it",
            )
        arrays = [table[name] for name in fixed]
        return pa.Table.from_arrays(arrays, schema=self.schema)

    def write(self) -> None:
        """Write the rows that wait as one record batch."""
        import pyarrow as pa

        if not self._pending:
            return
        assert self.schema is not None
        table = pa.Table.from_batches(self._pending, self.schema).combine_chunks()
        before = self._file.size, self._file.crc
        try:
            if not self._file.size:
                self._file.append(memoryview(self.schema.serialize()))
            for batch in table.to_batches():
                self._file.append(memoryview(batch.serialize()))
        except StoreError:
            self._file.rewind(*before)
            raise
        self._written += self._pending_rows
        self._pending, self._pending_rows = [], 0
        self._mapped = self._starts = None

    def batches(self) -> "list[pa.RecordBatch]":
        """All rows, checked; those on disk as views into the mapped file."""
        batches = self._all()
        for number in range(len(batches)):
            self._check(number)
        return batches

    def table(self) -> "pa.Table":
        """All rows as one table, without copying them."""
        import pyarrow as pa

        return pa.Table.from_batches(self.batches(), self.schema)

    def take(self, column: str, rows: Sequence[int] | NDArray[np.integer]) -> list[Any]:
        """Values of one column at some rows, as Python values, in order."""
        with self._readable():
            return [batch[column][i].as_py() for batch, i in self._locate(rows)]

    def dicts(self, rows: Sequence[int] | NDArray[np.integer]) -> list[dict[str, Any]]:
        """Whole rows as Python dictionaries, in order."""
        numbers = np.asarray(rows, dtype=np.int64).tolist()
        # Rows never change once they are there; other threads may forget some.
        known = {row: self._known.get(row) for row in numbers}
        new = [row for row, values in known.items() if values is None]
        with self._readable():
            made = dict(zip(new, python_rows(self._locate(new)), strict=True))
        if self._map_of:
            self._map_of.looked_up(len(new))
        if len(self._known) + len(made) > _KNOWN:
            self._known = {}
        if len(made) <= _KNOWN:
            self._known.update(made)
        return [dict(known[row] or made[row]) for row in numbers]

    def _all(self) -> "list[pa.RecordBatch]":
        if self._mapped is None:
            self._map()
        assert self._mapped is not None
        return self._mapped + self._pending

    def _check(self, number: int) -> None:
        """Look once at every offset and text of a batch that was read from disk."""
        assert self._mapped is not None
        if number in self._checked or number >= len(self._mapped):
            return
        with self._readable():
            self._mapped[number].validate(full=True)
        self._checked.add(number)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Values that cannot be, such as a date after the last one, are damage."""
        import pyarrow as pa

        try:
            yield
        except (pa.ArrowException, ValueError, OverflowError) as exc:
            raise StoreError(
                f"{self._file.path} is damaged: {exc}", hint=self._hint
            ) from exc

    def _locate(
        self, rows: Sequence[int] | NDArray[np.integer]
    ) -> "list[tuple[pa.RecordBatch, int]]":
        batches = self._all()
        if self._starts is None:
            lengths = [0, *(len(batch) for batch in batches)]
            self._starts = np.cumsum(lengths, dtype=np.int64)
        numbers = np.asarray(rows, dtype=np.int64)
        which = np.searchsorted(self._starts, numbers, side="right") - 1
        inside = numbers - self._starts[which]
        for number in set(which.tolist()):
            self._check(number)
        pairs = zip(which.tolist(), inside.tolist(), strict=True)
        return [(batches[b], i) for b, i in pairs]

    def _map(self) -> None:
        import pyarrow as pa

        self._starts = None
        self._mapped = []
        self._checked.clear()
        if not self._file.size:
            return
        self._file.push()
        try:
            self._map_of = MappedFile(self._file.path, self._file.size)
            buffer = pa.py_buffer(self._map_of.buffer)
            with pa.ipc.open_stream(pa.BufferReader(buffer)) as reader:
                self.schema = reader.schema
                self._mapped = list(reader)
        except (pa.ArrowException, OSError, ValueError) as exc:
            raise StoreError(
                f"{self._file.path} is not a readable Arrow stream: {exc}",
                hint=self._hint,
            ) from exc
        found = sum(len(batch) for batch in self._mapped)
        if found != self._written:
            raise StoreError(
                f"{self._file.path} holds {found} rows, its store.json counts "
                f"{self._written}.",
                hint=self._hint,
            )

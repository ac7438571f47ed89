"""Rows gathered into row groups, and row groups into files."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.indexing.format.parts import (
    CHIPS,
    PART_ROWS,
    PartInfo,
    PartLayout,
    PartWriter,
)
from rsrag.types import EncoderIdentity

if TYPE_CHECKING:
    import pyarrow as pa

GROUP_ROWS = 4_096
"""Rows of a row group of a part (8 MB of vectors at dim 512)."""

PART_NAME = "part-{:05d}.parquet".format


class PartFiles:
    """Writes tables of any length as files of one kind, in bounded memory.

    Attributes:
        rows: that were written, or wait.

    Args:
        folder: of the files; it is made if need be.
        encoder: of the vectors.
        layout: of the columns.
        number: of the first file.
        name: of a file, by its number.
        group_rows: rows of a row group; :data:`GROUP_ROWS` by default.
        part_rows: a file that has so many is closed, and the next one begun;
            ``PART_ROWS`` by default.
    """

    def __init__(
        self,
        folder: Path,
        encoder: EncoderIdentity,
        layout: PartLayout = CHIPS,
        *,
        number: int = 0,
        name: Callable[[int], str] = PART_NAME,
        group_rows: int | None = None,
        part_rows: float | None = None,
    ) -> None:
        self._folder, self._encoder, self._layout = folder, encoder, layout
        self._number, self._name = number, name
        self._group_rows = group_rows or GROUP_ROWS
        self._part_rows = part_rows or PART_ROWS
        self._waiting: list[pa.Table] = []
        self._held = 0
        self._writer: PartWriter | None = None
        self._parts: list[PartInfo] = []
        self.rows = 0

    def write(self, table: "pa.Table") -> None:
        """Take in rows."""
        self._waiting.append(table)
        self._held += len(table)
        self.rows += len(table)
        while self._held >= self._group_rows:
            self._write_group(self._group_rows)

    def close(self) -> list[PartInfo]:
        """Write what waits, and finish the last file; gives all of them."""
        if self._held:
            self._write_group(self._held)
        self._close_part()
        return self._parts

    def _write_group(self, rows: int) -> None:
        import pyarrow as pa

        table = pa.concat_tables(self._waiting)
        self._waiting, self._held = [table.slice(rows)], self._held - rows
        if self._writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / self._name(self._number + len(self._parts))
            self._writer = PartWriter(path, self._encoder, self._layout)
        self._writer.write(table.slice(0, rows).combine_chunks())
        if self._writer.rows >= self._part_rows:
            self._close_part()

    def _close_part(self) -> None:
        if self._writer is not None:
            self._parts.append(self._writer.close())
            self._writer = None

"""Rows gathered into row groups, and row groups into parts."""

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
"""Rows gathered into one row group of a part (8 MB of vectors at dim 512)."""


class PartFiles:
    """Writes tables of any length as parts of one space, in bounded memory.

    Attributes:
        rows: that were written, or wait.

    Args:
        folder: of the parts.
        encoder: of the vectors.
        layout: of the columns.
        number: of the first part.
    """

    def __init__(
        self,
        folder: Path,
        encoder: EncoderIdentity,
        layout: PartLayout = CHIPS,
        number: int = 0,
    ) -> None:
        self._folder, self._encoder, self._layout = folder, encoder, layout
        self._number = number
        self._waiting: list[pa.Table] = []
        self._writer: PartWriter | None = None
        self._parts: list[PartInfo] = []
        self.rows = 0

    def write(self, table: "pa.Table") -> None:
        """Take in rows."""
        if not len(table):
            return
        self._waiting.append(table)
        self.rows += len(table)
        if sum(map(len, self._waiting)) >= GROUP_ROWS:
            self._flush()

    def close(self) -> list[PartInfo]:
        """Write what waits, and finish the last part; gives all of them."""
        if self._waiting:
            self._flush()
        self._close_part()
        return self._parts

    def _flush(self) -> None:
        import pyarrow as pa

        if self._writer is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            name = f"part-{self._number + len(self._parts):05d}.parquet"
            self._writer = PartWriter(self._folder / name, self._encoder, self._layout)
        self._writer.write(pa.concat_tables(self._waiting).combine_chunks())
        self._waiting = []
        if self._writer.rows >= PART_ROWS:
            self._close_part()

    def _close_part(self) -> None:
        if self._writer is not None:
            self._parts.append(self._writer.close())
            self._writer = None

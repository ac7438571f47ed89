"""The ledger of the generation that an update starts from, made for looking up."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rsrag.indexing.format.ledger import (
    DUPLICATE,
    Entry,
    entries_of,
    ledger_table,
    metadata_sha256,
    read_ledger,
)
from rsrag.indexing.format.parts import read_parts
from rsrag.types import Window

if TYPE_CHECKING:
    import pyarrow as pa

Key = tuple[str, str | None]
"""Bytes and cut: what chips depend on."""


class BaseLedger:
    """Rows of a ledger by source, by archive and by content.

    Args:
        table: with the columns of :func:`rsrag.indexing.format.ledger.ledger_schema`.
        probes: of a generation without a ledger, for each source the window and the
            id of its first chip; they stand in for its cut.
    """

    def __init__(
        self, table: "pa.Table", probes: dict[str, tuple[Window, str]] | None = None
    ) -> None:
        self.table = table.combine_chunks()
        self.probes = probes
        self.metadata_sha256 = metadata_sha256(table)
        self._columns: dict[str, list[Any]] = {}
        self.sources: list[str] = self.column("source")
        self.chips: list[int] = self.column("chips")

    def __len__(self) -> int:
        return len(self.sources)

    def column(self, name: str) -> list[Any]:
        """The values of a column, row by row."""
        if name not in self._columns:
            values = self.table[name].to_pylist()
            if name in ("position", "chips"):
                values = [-1 if value is None else value for value in values]
            self._columns[name] = values
        return self._columns[name]

    @cached_property
    def plain(self) -> dict[str, int]:
        """Rows of files, by source."""
        return {
            self.sources[row]: row
            for row, container in enumerate(self.column("container"))
            if container is None
        }

    @cached_property
    def members(self) -> dict[str, list[int]]:
        """Rows of an archive, in its own order, by the archive."""
        found: dict[str, list[int]] = {}
        for row, container in enumerate(self.column("container")):
            if container is not None:
                found.setdefault(container, []).append(row)
        for rows in found.values():
            rows.sort(key=self.column("position").__getitem__)
        return found

    @cached_property
    def by_source(self) -> dict[str, int]:
        """Rows by source; of two, the one that has chips."""
        found: dict[str, int] = {}
        for row, source in enumerate(self.sources):
            if source not in found or self.chips[row]:
                found[source] = row
        return found

    @cached_property
    def owners(self) -> dict[Key, int]:
        """Rows whose chips are in the parts, by what those depend on."""
        return {
            (sha256, self.column("cut")[row]): row
            for row, sha256 in enumerate(self.column("sha256"))
            if sha256 is not None and self.chips[row]
        }

    def key(self, row: int) -> Key | None:
        """Bytes and cut of a source that has chips, or whose chips another has."""
        sha256, kind = self.column("sha256")[row], self.column("kind")[row]
        if sha256 is None or not (self.chips[row] or kind == DUPLICATE):
            return None
        return sha256, self.column("cut")[row]

    def entry(self, row: int) -> Entry:
        """One row as an entry."""
        return entries_of(self.table.slice(row, 1))[0]


def read_base(folder: Path, parts: list[Path]) -> BaseLedger:
    """The ledger of a generation; where it was removed, what the parts tell.

    Raises:
        IndexCorruptError: it, or a part, cannot be read.
    """
    table = read_ledger(folder)
    if table is not None:
        return BaseLedger(table)
    entries: dict[str, Entry] = {}
    probes: dict[str, tuple[Window, str]] = {}
    for block in read_parts(parts, ["id", "source", "source_sha256", "window"]):
        sources = block["source"].to_pylist()
        counts = np.unique(np.array(sources, dtype=object), return_counts=True)
        for source, count in zip(*counts, strict=True):
            if source not in entries:
                at = sources.index(source)
                sha256 = block["source_sha256"][at].as_py()
                entries[source] = Entry(source, sha256=sha256, status="ok")
                window = Window(**block["window"][at].as_py())
                probes[source] = window, block["id"][at].as_py()
            entries[source].chips += int(count)
    for entry in entries.values():
        archive = entry.source.find("!/")
        entry.container = entry.source[:archive] if archive >= 0 else None
    return BaseLedger(ledger_table(entries.values()), probes)

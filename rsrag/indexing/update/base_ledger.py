"""The ledger of the generation that an update starts from, made for looking up."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

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
        self.sources: list[str] = table["source"].to_pylist()
        self.sizes = _numbers(table, "size")
        self.mtimes = _numbers(table, "mtime_ns")
        self.positions = _numbers(table, "position")
        self.chips = _numbers(table, "chips")

    def __len__(self) -> int:
        return len(self.sources)

    @cached_property
    def beside(self) -> list[str]:
        """Digests of stamps beside each source."""
        return [value or "" for value in self.table["beside"].to_pylist()]

    @cached_property
    def rows_sha256(self) -> list[str | None]:
        """Digests of the rows of ``--metadata``."""
        return list(self.table["row_sha256"].to_pylist())

    @cached_property
    def kinds(self) -> list[str | None]:
        """Why something of each source was left out."""
        return list(self.table["kind"].to_pylist())

    @cached_property
    def sha256(self) -> list[str | None]:
        """Digests of the sources' bytes."""
        return list(self.table["sha256"].to_pylist())

    @cached_property
    def cuts(self) -> list[str | None]:
        """Digests of place and grid."""
        return list(self.table["cut"].to_pylist())

    @cached_property
    def containers(self) -> list[str | None]:
        """The archive of each source."""
        return list(self.table["container"].to_pylist())

    @cached_property
    def plain(self) -> dict[str, int]:
        """Rows of files, by source."""
        return {
            source: row
            for row, (source, container) in enumerate(
                zip(self.sources, self.containers, strict=True)
            )
            if container is None
        }

    @cached_property
    def members(self) -> dict[str, list[int]]:
        """Rows of an archive, in its own order, by the archive."""
        found: dict[str, list[int]] = {}
        for row, container in enumerate(self.containers):
            if container is not None:
                found.setdefault(container, []).append(row)
        for rows in found.values():
            rows.sort(key=self.positions.__getitem__)
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
            (sha256, cut): row
            for row, (sha256, cut) in enumerate(
                zip(self.sha256, self.cuts, strict=True)
            )
            if sha256 is not None and self.chips[row]
        }

    def key(self, row: int) -> Key | None:
        """Bytes and cut of a source that has chips, or whose chips another has."""
        sha256 = self.sha256[row]
        if sha256 is None or not (self.chips[row] or self.kinds[row] == DUPLICATE):
            return None
        return sha256, self.cuts[row]

    def entry(self, row: int) -> Entry:
        """One row as an entry."""
        return entries_of(self.table.slice(row, 1))[0]


def _numbers(table: "pa.Table", name: str) -> list[int]:
    """A column of whole numbers; -1 where there is none."""
    return [-1 if v is None else v for v in table[name].to_pylist()]


def read_base(folder: Path, parts: list[Path]) -> BaseLedger:
    """The ledger of a generation; of an old one, what its parts tell.

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

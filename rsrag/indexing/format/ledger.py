"""``sources.parquet``: every source that a scan saw, and what became of it.

With it an update knows without reading a file that it is still the one whose chips
the parts hold, and finds by its bytes one that was moved.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

from rsrag.durable import staged
from rsrag.errors import IndexCorruptError
from rsrag.indexing.format.chip_schema import RULES
from rsrag.indexing.format.parts import index_of
from rsrag.types import Skip

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "sources.parquet"
DUPLICATE = "duplicate"
"""Kind of a source all of whose chips another source has given already."""

SAME_CHIP = "same bytes, place and window as another chip"
"""Reason of such a source."""

EMPTY = "empty"
"""Kind of an archive without a picture (:data:`rsrag.imagery.sources.stamps.EMPTY`)."""

_TABLE_KEY = b"rsrag_metadata_sha256"


@dataclass(slots=True)
class Entry:
    """One source: a file, a member of an archive, or an archive that gave nothing.

    Attributes:
        source: as its chips have it.
        container: the archive, written as a source, or ``None``.
        size: bytes of the file, or of the archive; ``None`` if not known.
        mtime_ns: its time of change, nanoseconds; ``None`` if it says nothing.
        beside: digest of the stamps of files that say something about it.
        sha256: of its bytes; ``None`` if they were never read.
        beside_sha256: digest of what those files say.
        row_sha256: digest of its row in the table of ``--metadata``.
        cut: digest of its place and grid: with equal bytes and an equal cut, chips
            have equal ids and equal vectors.
        facts: time, GSD, sensor and properties of its chips, as JSON.
        position: in the order of the scan.
        chips: how many are in the parts.
        left_out: how many of its chips, or itself, are not.
        status: ``ok`` if there are chips of it, else ``skipped``.
        kind: of what was left out, as in :class:`rsrag.types.Skip`.
        reason: why.
        depths: of an index that was begun with an overview, how many finer chip sizes
            there are on the ground of each of its largest windows
            (:mod:`rsrag.indexing.format.depths`); ``None`` for none.
    """

    source: str
    container: str | None = None
    size: int | None = None
    mtime_ns: int | None = None
    beside: str = ""
    sha256: str | None = None
    beside_sha256: str | None = None
    row_sha256: str | None = None
    cut: str | None = None
    facts: str | None = None
    position: int = 0
    chips: int = 0
    left_out: int = 0
    status: Literal["ok", "skipped"] = "skipped"
    kind: str | None = None
    reason: str | None = None
    depths: str | None = None

    def leave_out(self, kind: str, reason: str, count: int = 1) -> None:
        """Note that something of it is not in the index."""
        self.left_out += count
        if self.kind is None or (self.kind == DUPLICATE and kind != DUPLICATE):
            self.kind, self.reason = kind, reason

    def settle(self) -> "Entry":
        """Fix the status, once all chips are counted."""
        self.status = "ok" if self.chips else "skipped"
        return self

    def skip(self) -> Skip | None:
        """What the report says was left out, if anything."""
        if not self.left_out:
            return None
        return Skip(self.source, self.reason or "", self.kind or "", self.left_out)


def scene_lines(table: "pa.Table", most: int = 10_000) -> list[dict[str, Any]]:
    """What a report says of each source, in the order of the scan.

    Args:
        table: the ledger.
        most: of its sources at most.

    Returns:
        ``source``, ``chips``, ``left_out`` with ``kind`` and ``reason``, and
        ``placed_by``, ``dated_by``, ``bands`` of each.
    """
    import pyarrow.compute as pc

    order = pc.select_k_unstable(table, most, [("position", "ascending")])
    names = ("source", "chips", "left_out", "kind", "reason", "facts")
    lines: list[dict[str, Any]] = table.select(names).take(order).to_pylist()
    for line in lines:
        facts = json.loads(line.pop("facts") or "{}")
        line |= {name: facts.get(name) for name in RULES}
    return lines


def ledger_schema() -> "pa.Schema":
    """Columns of ``sources.parquet``: the attributes of :class:`Entry`."""
    import pyarrow as pa

    fields = []
    for name, hint in get_type_hints(Entry).items():
        kind = pa.int64() if hint in (int, int | None) else pa.string()
        fields.append(pa.field(name, kind, nullable=name != "source"))
    return pa.schema(fields)


def ledger_table(
    entries: Iterable[Entry], metadata_sha256: str | None = None
) -> "pa.Table":
    """Entries as a table in their order, with the digest of ``--metadata``."""
    import pyarrow as pa

    schema = ledger_schema()
    rows = list(entries)
    columns = [
        pa.array([getattr(row, field.name) for row in rows], field.type)
        for field in schema
    ]
    return with_metadata_sha256(
        pa.Table.from_arrays(columns, schema=schema), metadata_sha256
    )


def with_metadata_sha256(table: "pa.Table", digest: str | None) -> "pa.Table":
    """The same table, with the digest of the ``--metadata`` file in its schema."""
    return table.replace_schema_metadata({_TABLE_KEY: digest} if digest else None)


def metadata_sha256(table: "pa.Table") -> str | None:
    """The digest that :func:`with_metadata_sha256` put there."""
    found = (table.schema.metadata or {}).get(_TABLE_KEY)
    return found.decode("utf-8", "replace") if found else None


def write_ledger(folder: Path, table: "pa.Table") -> None:
    """Write and sync ``sources.parquet`` in a generation's folder, sorted by source."""
    import pyarrow.parquet as pq

    ordered = table.sort_by([("source", "ascending"), ("position", "ascending")])
    ordered = ordered.replace_schema_metadata(table.schema.metadata)
    with staged(folder / FILE) as draft:
        pq.write_table(
            ordered,
            draft,
            compression="zstd",
            use_dictionary=["container", "status", "kind", "reason"],
            write_statistics=False,
        )


def read_ledger(
    folder: Path, columns: Sequence[str] | None = None
) -> "pa.Table | None":
    """Read the ledger of a generation, or some columns of it.

    Returns:
        A table with the columns of :func:`ledger_schema`; ``None`` if there is none.

    Raises:
        IndexCorruptError: it cannot be read, or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / FILE
    if not path.exists():
        return None
    wanted = list(columns) if columns else ledger_schema().names
    try:
        with pq.ParquetFile(path) as file:  # `read_table` would import pandas
            table = file.read(wanted)
        if "depths" in wanted and "depths" not in table.column_names:  # An older one.
            nothing = pa.nulls(len(table), pa.string())
            table = table.append_column("depths", nothing)
        table.validate(full=True)  # Else letters that are none are found row by row.
        schema = pa.schema([ledger_schema().field(name) for name in wanted])
        return table.select(wanted).cast(schema.with_metadata(table.schema.metadata))
    except (OSError, KeyError, ValueError, pa.ArrowException) as exc:
        raise IndexCorruptError(
            f"{path} cannot be read: {' '.join(str(exc).split())}",
            hint=f"rm {path.absolute()} && rsrag index update {index_of(path)}",
        ) from exc


def entries_of(table: "pa.Table") -> list[Entry]:
    """Rows of a ledger as entries."""
    return [Entry(**row) for row in table.select(ledger_schema().names).to_pylist()]

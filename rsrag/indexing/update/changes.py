"""Changes: the scan of an update against the ledger before it.

Sources with equal bytes and an equal cut have the same chips, and the first of them
in the order of the scan owns them, as in a build. So it is enough to settle, for each
content that somebody new has or somebody lost, who owns it now.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rsrag.columns.arrow_columns import floats, integers
from rsrag.indexing.format.ledger import (
    DUPLICATE,
    SAME_CHIP,
    Entry,
    ledger_table,
    with_metadata_sha256,
)
from rsrag.indexing.update.base_ledger import BaseLedger, Key
from rsrag.indexing.update.change_counts import (
    Renamed,
    Rows,
    SourceChanges,
    count_sources,
)
from rsrag.types import Skip

if TYPE_CHECKING:
    import pyarrow as pa

UNREADABLE_FOLDER = "OSError"


def find_changes(
    base: BaseLedger,
    unopened: Sequence[Entry],
    settled: Sequence[Entry],
    read: Sequence[Entry],
    table_sha256: str | None,
    keep_missing: bool,
) -> SourceChanges:
    """Compare.

    Args:
        base: ledger of the last generation.
        unopened: sources and archives known by their stamps.
        settled: sources known by their bytes.
        read: sources that were read.
        table_sha256: of the ``--metadata`` file, for the new ledger.
        keep_missing: what was not met stays.
    """
    positions = _met(base, unopened, read, keep_missing)
    groups = _Groups(base, positions, settled, read)
    carry = groups.settle()
    fresh = [*settled, *read]
    kept = np.flatnonzero(positions >= 0)
    ledger = _ledger(base, kept, positions, groups.updated, fresh, table_sha256)
    changes = SourceChanges(carry, ledger, left_out(ledger))
    count_sources(changes, base, kept, fresh)
    return changes


def _met(
    base: BaseLedger,
    unopened: Sequence[Entry],
    read: Sequence[Entry],
    keep_missing: bool,
) -> Rows:
    """New positions of rows that stay without having been opened; -1 for the rest."""
    positions = np.full(len(base), -1, dtype=np.int64)
    for entry in unopened:
        if entry.source == entry.container:
            for number, row in enumerate(base.members.get(entry.source, ())):
                positions[row] = entry.position + number
            continue
        found = base.by_source if entry.container else base.plain
        if entry.source in found:
            positions[found[entry.source]] = entry.position
    opened = {entry.source for entry in read}
    blind = tuple(
        f"{entry.source}/" if entry.container is None else f"{entry.source}!/"
        for entry in read
        if (entry.kind == UNREADABLE_FOLDER and entry.container is None)
        or (entry.source == entry.container and entry.size is None)
    )
    if blind or keep_missing:
        # What cannot be looked at is not taken for gone.
        for row, source in enumerate(base.sources):
            hidden = keep_missing or source.startswith(blind)
            if positions[row] < 0 and hidden and source not in opened:
                positions[row] = base.column("position")[row]
    return positions


class _Groups:
    """Sources by content, where it matters who of them owns the chips."""

    def __init__(
        self,
        base: BaseLedger,
        positions: Rows,
        settled: Sequence[Entry],
        read: Sequence[Entry],
    ) -> None:
        self._base, self._positions = base, positions
        self.updated: dict[int, Entry] = {}
        # By bytes alone first: in an old ledger cuts are not known.
        self._owners: dict[Key, int] = {}
        self._members: dict[Key, list[Entry]] = {}
        self._forced = {(e.sha256, e.cut): e for e in read if e.chips}
        self._stray: list[str] = []
        for row in np.flatnonzero(positions < 0).tolist():
            if (key := base.key(row)) is not None:
                self._members.setdefault(key, [])
                if base.chips[row] and base.owners[key] != row:
                    self._stray.append(base.sources[row])
        for entry in settled:
            key = self._key(entry)
            if key is None:
                self._copy(entry)
            else:
                self._members.setdefault(key, []).append(entry)

    def _key(self, entry: Entry) -> Key | None:
        """The content that a source shares with the last generation."""
        assert entry.sha256 is not None
        cut = entry.cut if self._base.probes is None else None
        key = entry.sha256, cut
        return key if key in self._base.owners else None

    def _copy(self, entry: Entry) -> None:
        """Take over the outcome of a source that had no chips."""
        row = self._base.by_source.get(entry.source)
        if row is None:
            return
        old = self._base.entry(row)
        entry.left_out, entry.kind, entry.reason = old.left_out, old.kind, old.reason

    def settle(self) -> dict[str, Renamed | None]:
        """Find the owners; gives the sources whose rows do not stay."""
        self._gather_unopened()
        carry: dict[str, Renamed | None] = dict.fromkeys(self._stray)
        for key, members in self._members.items():
            row = self._base.owners.get(key)
            if row is None:
                continue
            owner = self._base.entry(row)
            forced = self._forced.get(key)
            members.sort(key=lambda entry: entry.position)
            heir = members[0] if members and forced is None else None
            if heir is None:
                carry[owner.source] = None
            elif (heir.source, heir.facts) != (owner.source, owner.facts):
                carry[owner.source] = Renamed(heir.source, heir.facts or "{}")
            whole = owner.chips + owner.left_out
            for entry in members:
                if entry is heir:
                    entry.chips, entry.left_out = owner.chips, owner.left_out
                    entry.kind, entry.reason = owner.kind, owner.reason
                    entry.depths = owner.depths
                else:
                    entry.chips, entry.left_out = 0, whole
                    entry.kind, entry.reason = DUPLICATE, SAME_CHIP
                entry.settle()
        return carry

    def _gather_unopened(self) -> None:
        """Add those that were not opened to the groups they belong to."""
        import pyarrow as pa
        import pyarrow.compute as pc

        contents = list({sha256 for sha256, _ in self._members})
        if not contents:
            return
        held = pc.is_in(self._base.table["sha256"], pa.array(contents, pa.string()))
        among = held.to_numpy(zero_copy_only=False) & (self._positions >= 0)
        for row in np.flatnonzero(among).tolist():
            key = self._base.key(row)
            if key in self._members:
                entry = self._base.entry(row)
                entry.position = int(self._positions[row])
                self._members[key].append(entry)
                self.updated[row] = entry


def _ledger(
    base: BaseLedger,
    kept: Rows,
    positions: Rows,
    updated: dict[int, Entry],
    fresh: Iterable[Entry],
    table_sha256: str | None,
) -> "pa.Table":
    import pyarrow as pa

    same = np.array([r for r in kept.tolist() if r not in updated], dtype=np.int64)
    table = base.table.take(integers(same))
    at = table.schema.get_field_index("position")
    table = table.set_column(at, "position", integers(positions[same]))
    if new := [*updated.values(), *fresh]:  # to make a table would import pandas
        table = pa.concat_tables(
            [table.replace_schema_metadata(None), ledger_table(new)]
        )
    return with_metadata_sha256(table, table_sha256)


def with_entries(base: BaseLedger, entries: Iterable[Entry]) -> "pa.Table":
    """The ledger of the last generation, some of its sources as they are now."""
    positions = np.array(base.column("position"), dtype=np.int64)
    updated = {base.by_source[entry.source]: entry for entry in entries}
    rows, digest = np.arange(len(base)), base.metadata_sha256
    return _ledger(base, rows, positions, updated, (), digest)


def left_out(ledger: "pa.Table") -> list[Skip]:
    """All that is left out, in the order of the scan."""
    left = np.flatnonzero(floats(ledger["left_out"]) > 0)
    rows = ledger.take(integers(left)).sort_by("position")
    names = ("source", "reason", "kind", "left_out")
    columns = [rows[name].to_pylist() for name in names]
    return [Skip(*values) for values in zip(*columns, strict=True)]

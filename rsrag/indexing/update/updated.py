"""Prior of an update: its stopped run's batches, then the last generation."""

from typing import TYPE_CHECKING

from rsrag.indexing.build.fingerprints import row_digest
from rsrag.indexing.build.resumed import Resumed
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.ledger import DUPLICATE, Entry
from rsrag.indexing.update.base_ledger import BaseLedger

if TYPE_CHECKING:
    from rsrag.imagery.metadata.sidecar_metadata import MetadataTable
    from rsrag.imagery.reading import SceneReading
    from rsrag.imagery.sources.stamps import Stamp


class Updated(Resumed):
    """What the last generation has, besides.

    Attributes:
        unread: with ``dry``, sources that would have been read.

    Args:
        base: ledger of the last generation.
        same_table: the table of ``--metadata`` is that of the last generation.
        retry: look at nothing but what was skipped.
        dry: open scenes, and read none.
    """

    def __init__(
        self,
        staging: Staging,
        metadata: "MetadataTable | None",
        strict: bool,
        base: BaseLedger,
        *,
        same_table: bool,
        retry: bool = False,
        dry: bool = False,
    ) -> None:
        super().__init__(staging, metadata, strict)
        self._base, self._same_table, self._dry = base, same_table, dry
        self._retry = retry
        self.unread: set[str] = set()
        self._again: frozenset[int] = frozenset()
        if retry or strict:
            self._again = frozenset(
                row
                for row, kind in enumerate(base.column("kind"))
                if kind is not None and kind.endswith("Error")
            )

    def known(self, source: str, container: str | None, stamp: "Stamp") -> bool:
        """Whether a source is staged, or is as the last generation saw it."""
        base = self._base
        if super().known(source, container, stamp):
            return True
        if container is None:
            rows = [base.plain[source]] if source in base.plain else []
        elif source == container:
            rows = base.members.get(source, [])
        else:  # A member of an archive that is not known.
            return self._retry and base.by_source.get(source) not in self._again
        if self._retry or not rows:
            return self._retry and self._again.isdisjoint(rows)
        return (
            self._again.isdisjoint(rows)
            and self._same(rows[0], stamp)
            and (self._same_table or all(map(self._same_row, rows)))
        )

    def settles(self, entry: Entry, scene: "SceneReading | None") -> bool:
        """Whether the last generation holds these chips, or knows there are none."""
        base = self._base
        row = base.by_source.get(entry.source)
        if row in self._again:
            return False
        if scene is None:
            if row is None or base.probes is not None:
                return False
            names = ("sha256", "beside_sha256", "row_sha256")
            if any(base.column(n)[row] != getattr(entry, n) for n in names):
                return False
            old = base.entry(row)
            entry.cut, entry.facts = old.cut, old.facts
            return old.cut is not None or (not old.chips and old.kind != DUPLICATE)
        if self._owner(entry, scene) is not None:
            return True
        if self._dry:
            self.unread.add(entry.source)
        return self._dry

    def _owner(self, entry: Entry, scene: "SceneReading") -> int | None:
        """The row whose chips are those of a scene."""
        assert entry.sha256 is not None
        base = self._base
        if base.probes is None:
            return base.owners.get((entry.sha256, entry.cut))
        from rsrag.imagery.reading import chip_id

        row = base.owners.get((entry.sha256, None))
        if row is None:
            return None
        window, chip = base.probes[base.sources[row]]
        return (
            row
            if chip_id(entry.sha256, scene.place, window, scene.grid.scale(window))
            == chip
            else None
        )

    def _same(self, row: int, stamp: "Stamp") -> bool:
        column = self._base.column
        seen = column("size")[row], column("mtime_ns")[row], column("beside")[row] or ""
        return seen == tuple(stamp)

    def _same_row(self, row: int) -> bool:
        base = self._base
        found = row_digest(self._metadata, base.sources[row])
        return bool(base.column("row_sha256")[row] == found)

"""Prior of making an index denser: which windows of which scenes are read."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rsrag.imagery.archives.archive_names import archive_marks
from rsrag.imagery.scaled_grid import ScaledGrid
from rsrag.indexing.build.resumed import Resumed
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.depths import depths_of, depths_runs
from rsrag.indexing.format.ledger import Entry
from rsrag.indexing.update.base_ledger import BaseLedger

if TYPE_CHECKING:
    from rsrag.imagery.grid import Piece
    from rsrag.imagery.metadata.sidecar_metadata import MetadataTable
    from rsrag.imagery.reading import SceneReading
    from rsrag.imagery.sources.stamps import Stamp
    from rsrag.types import Window

Spots = Mapping[str, Sequence["Window"]]
"""Windows on whose ground an index is to be dense, by source."""


class Deepening(Resumed):
    """Windows of smaller sizes on cells that an overview has.

    Attributes:
        depths: of the cells of each scene that was opened, as they are now.
        alone: scenes that are left as they are, and why.

    Args:
        base: ledger of the index.
        spots: where; everywhere if not given.
        depth: how far down: 1 for the second largest size alone.
        until: by ``time.monotonic``, when to begin no further cell; ``None`` for never.
    """

    def __init__(
        self,
        staging: Staging,
        metadata: "MetadataTable | None",
        base: BaseLedger,
        spots: Spots | None,
        depth: int,
        until: float | None,
    ) -> None:
        super().__init__(staging, metadata, strict=False)
        self._base, self._spots, self._depth, self._until = base, spots, depth, until
        self.depths: dict[str, list[int]] = {}
        self.alone: dict[str, str] = {}
        self._wanted = {s for s, row in base.by_source.items() if self._is_wanted(row)}
        self._marks = {
            source[:at] for source in self._wanted for at in archive_marks(source)
        }

    @property
    def late(self) -> bool:
        """Whether the time is up."""
        return self._until is not None and time.monotonic() >= self._until

    @property
    def nothing(self) -> bool:
        """Whether there is no scene to look at."""
        return not self._wanted

    def _is_wanted(self, row: int) -> bool:
        base = self._base
        if not base.chips[row]:
            return False
        if self._spots is not None and base.sources[row] not in self._spots:
            return False
        known = base.column("depths")[row]
        return known is None or any(d < self._depth for d, _ in depths_runs(known))

    def known(self, source: str, container: str | None, stamp: "Stamp") -> bool:
        """Whether a source is left as it is."""
        if self.late:
            return True
        if source == container:
            return source not in self._marks
        return source not in self._wanted

    def hashed(self, entry: Entry) -> str | None:
        """The digest in the ledger, of a file that was not touched since."""
        base = self._base
        row = base.by_source[entry.source]
        now = entry.size, entry.mtime_ns
        if None in now or now != (
            base.column("size")[row],
            base.column("mtime_ns")[row],
        ):
            return None
        found: str | None = base.column("sha256")[row]
        return found

    def settles(self, entry: Entry, scene: "SceneReading | None") -> bool:
        """Whether a source is no longer what was indexed: then it is left alone."""
        column, row = self._base.column, self._base.by_source[entry.source]
        same = column("sha256")[row] == entry.sha256 and (
            scene is None or column("cut")[row] == entry.cut
        )
        if not same:
            self.alone[entry.source] = "is no longer what was indexed: update the index"
        return not same

    def holds(self, entry: Entry) -> bool:
        """Always: which chips a stopped run has staged is asked for each."""
        return True

    def pieces(self, entry: Entry, scene: "SceneReading") -> "Iterator[Piece]":
        """Cell by cell, the larger sizes first, until the time is up."""
        grid = scene.grid
        if not isinstance(grid, ScaledGrid):
            return
        row = self._base.by_source[entry.source]
        known = self._base.column("depths")[row]
        if known is None and self._base.chips[row] > grid.cells.total:
            said = "has smaller chips already, and sources.parquet no longer says where"
            self.alone[entry.source] = f"{said}: rebuild the index from its archive"
            return
        depths = depths_of(known, grid.cells.total)
        self.depths[entry.source] = depths
        for cell in self._cells(entry.source, grid):
            for depth in range(depths[cell] + 1, self._depth + 1):
                if self.late:
                    return
                yield from grid.finer(cell, depth)
                depths[cell] = depth

    def _cells(self, source: str, grid: ScaledGrid) -> Sequence[int]:
        if self._spots is None:
            return range(grid.cells.total)
        side, columns = grid.cells.stride, grid.cells.columns
        found: dict[int, None] = {}
        for x, y, width, height in self._spots[source]:
            for row in range(y // side, -(-(y + height) // side)):
                for column in range(x // side, -(-(x + width) // side)):
                    found[row * columns + column] = None
        return [cell for cell in found if cell < grid.cells.total]

"""Prior of a repair: what need not be read when parts are made again."""

from collections.abc import Iterable, Mapping, Set as AbstractSet
from itertools import chain
from typing import TYPE_CHECKING

from rsrag.imagery.archives.archive_names import archive_marks
from rsrag.imagery.scaled_grid import ScaledGrid
from rsrag.indexing.build.resumed import Resumed
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.depths import depths_of
from rsrag.indexing.format.ledger import Entry

if TYPE_CHECKING:
    from rsrag.imagery.grid import Piece
    from rsrag.imagery.metadata.sidecar_metadata import MetadataTable
    from rsrag.imagery.reading import SceneReading
    from rsrag.imagery.sources.stamps import Stamp


class Survivors(Resumed):
    """Chips of the good parts besides, of which ``affected`` sources lost others.

    ``None`` for those, if they are not known. ``depths`` are those of the ledger, by
    source.
    """

    def __init__(
        self,
        staging: Staging,
        metadata: "MetadataTable | None",
        good: AbstractSet[bytes],
        affected: AbstractSet[str] | None,
        depths: Mapping[str, str],
    ) -> None:
        super().__init__(staging, metadata, strict=False)
        self._depths = depths
        self._good, self._affected = good, affected
        self._prefixes = {
            source[:at] for source in affected or () for at in archive_marks(source)
        }

    def known(self, source: str, container: str | None, stamp: "Stamp") -> bool:
        """Whether a source lost nothing, or is staged."""
        if self._affected is None:
            return super().known(source, container, stamp)
        if source == container:
            return source not in self._prefixes
        lost = source in self._affected
        return not lost or super().known(source, container, stamp)

    def pieces(self, entry: Entry, scene: "SceneReading") -> "Iterable[Piece]":
        """Also the smaller sizes on the ground where the index had them."""
        grid, text = scene.grid, self._depths.get(entry.source)
        if text is None or not isinstance(grid, ScaledGrid):
            return scene.pieces
        depths = enumerate(depths_of(text, grid.cells.total))
        finer = (
            piece
            for cell, depth in depths
            for one in range(1, depth + 1)
            for piece in grid.finer(cell, one)
        )
        return chain(scene.pieces, finer)

    def holds(self, entry: Entry) -> bool:
        """Always: which chips are there is asked for each."""
        return True

    def staged(self, entry: Entry, chip_id: str) -> bool:
        """Whether a good part has a chip, or a stopped run has staged it."""
        if bytes.fromhex(chip_id) in self._good:
            return True
        return super().holds(entry) and super().staged(entry, chip_id)

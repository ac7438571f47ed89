"""Prior of a repair: what need not be read when parts are made again."""

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from rsrag.imagery.archives.archive_names import archive_marks
from rsrag.indexing.build.resumed import Resumed
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.ledger import Entry

if TYPE_CHECKING:
    from rsrag.imagery.metadata.sidecar_metadata import MetadataTable
    from rsrag.imagery.sources.stamps import Stamp


class Survivors(Resumed):
    """Chips of the good parts besides, of which ``affected`` sources lost others.

    ``None`` for those, if they are not known.
    """

    def __init__(
        self,
        staging: Staging,
        metadata: "MetadataTable | None",
        good: AbstractSet[bytes],
        affected: AbstractSet[str] | None,
    ) -> None:
        super().__init__(staging, metadata, strict=False)
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

    def holds(self, entry: Entry) -> bool:
        """Always: which chips are there is asked for each."""
        return True

    def staged(self, entry: Entry, chip_id: str) -> bool:
        """Whether a good part has a chip, or a stopped run has staged it."""
        if bytes.fromhex(chip_id) in self._good:
            return True
        return super().holds(entry) and super().staged(entry, chip_id)

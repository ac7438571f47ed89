"""Prior of a build: sources that its stopped run has read already."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rsrag.indexing.build.fingerprints import row_digest
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.ledger import DUPLICATE, Entry

if TYPE_CHECKING:
    from rsrag.imagery.grid import Piece
    from rsrag.imagery.metadata.sidecar_metadata import MetadataTable
    from rsrag.imagery.reading import SceneReading
    from rsrag.imagery.sources.stamps import Stamp


class Resumed:
    """What a build need not read: nothing, or what its stopped run has staged.

    An update and a repair know more. Called from many threads; none of it waits.

    Args:
        staging: of the run.
        metadata: table of ``--metadata``.
        strict: read again what could not be read.
    """

    def __init__(
        self, staging: Staging, metadata: "MetadataTable | None", strict: bool
    ) -> None:
        self._metadata, self._strict = metadata, strict
        self._journal = staging.journal()
        self._owners = staging.owners()
        self._by_source: dict[str, list[bytes]] = {}
        self._met: set[str] = set()
        for chip, source in self._owners.items():
            self._by_source.setdefault(source, []).append(chip)

    @property
    def chips(self) -> int:
        """How many are staged."""
        return len(self._owners)

    def known(self, source: str, container: str | None, stamp: "Stamp") -> bool:
        """Whether a source need not be opened: here, it is staged whole as it is.

        See :class:`rsrag.imagery.sources.stamps.Known`.
        """
        entry, done = self._journal.get(source, (None, False))
        if entry is None or not done or source == container:
            return False
        if entry.kind == DUPLICATE or entry.mtime_ns is None:
            return False
        if self._strict and (entry.kind or "").endswith("Error"):
            return False
        if (entry.size, entry.mtime_ns, entry.beside) != tuple(stamp):
            return False
        if entry.row_sha256 != row_digest(self._metadata, source):
            return False
        self._met.add(source)
        return True

    def settles(self, entry: Entry, scene: "SceneReading | None") -> bool:
        """Whether the index holds the chips of a source that was hashed.

        Asked first without a scene, and then, if that was not enough, with it. There
        is no index before a build.
        """
        return False

    def hashed(self, entry: Entry) -> str | None:
        """Digest of the bytes of a source, where that is known without reading it."""
        return None

    def pieces(self, entry: Entry, scene: "SceneReading") -> "Iterable[Piece]":
        """What is read of a scene."""
        return scene.pieces

    def holds(self, entry: Entry) -> bool:
        """Whether chips that an earlier run staged of this source are still good."""
        found, _ = self._journal.get(entry.source, (None, False))
        return found is not None and (found.sha256, found.cut, found.facts) == (
            entry.sha256,
            entry.cut,
            entry.facts,
        )

    def staged(self, entry: Entry, chip_id: str) -> bool:
        """Whether a chip is staged, and is of this source."""
        return self._owners.get(bytes.fromhex(chip_id)) == entry.source

    def recall(self, entry: Entry) -> tuple[Entry, list[bytes]] | None:
        """A source that the journal knew, if it did, with the ids of its chips."""
        if entry.source not in self._met:
            return None
        found = self._journal[entry.source][0]
        found.position = entry.position
        return found, self._by_source.get(entry.source, [])

    def void(self, confirmed: set[bytes]) -> set[bytes]:
        """Ids that are staged and were not met again."""
        return set(self._owners.keys() - confirmed)

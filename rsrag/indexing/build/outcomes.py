"""What comes out of reading an archive, and what is asked on the way."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rsrag.indexing.format.ledger import Entry
from rsrag.types import ChipRecord, Skip

if TYPE_CHECKING:
    from rsrag.imagery.scenes import SceneReading
    from rsrag.imagery.sources.stamps import Stamp


@dataclass(frozen=True, slots=True)
class PreparedChip:
    """A chip's record, and its pixels as the encoder takes them."""

    record: ChipRecord
    prepared: NDArray[np.uint8]


class StagedChip(NamedTuple):
    """The id of a chip that an earlier run has staged; it was not decoded."""

    id: str


Outcome = PreparedChip | StagedChip | Skip


class ReadSource(NamedTuple):
    """A source, and what comes of it.

    Attributes:
        entry: what is known of it.
        how: ``read``; ``known`` by its stamp, and not opened; or ``settled``: by its
            bytes and place its chips are those of the index.
        outcomes: of one that is read, in its order; a large scene is read as they
            are asked for.
    """

    entry: Entry
    how: Literal["read", "known", "settled"]
    outcomes: Iterable[Outcome] = ()


class Prior(Protocol):
    """What is there already. Called from many threads; none of it waits."""

    def known(self, source: str, container: str | None, stamp: "Stamp") -> bool:
        """See :class:`rsrag.imagery.sources.stamps.Known`."""
        ...

    def settles(self, entry: Entry, scene: "SceneReading | None") -> bool:
        """Whether the index holds the chips of a source that was hashed.

        Asked first without a scene, and then, if that was not enough, with it.
        """
        ...

    def holds(self, entry: Entry) -> bool:
        """Whether chips that an earlier run staged of this source are still good."""
        ...

    def staged(self, entry: Entry, chip_id: str) -> bool:
        """Whether a chip of this source is among them."""
        ...

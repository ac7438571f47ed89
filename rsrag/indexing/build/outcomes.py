"""Outcomes of reading an archive, and what is asked on the way."""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rsrag.indexing.format.ledger import Entry
from rsrag.types import ChipRecord, Skip

if TYPE_CHECKING:
    from rsrag.imagery.scenes import SceneReading


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


class Pieces:
    """Outcomes of a large scene, which is closed with them, looked at or not."""

    def __init__(self, scene: "SceneReading", outcomes: Generator[Outcome]) -> None:
        self._scene = scene
        self._outcomes = outcomes

    def __iter__(self) -> Iterator[Outcome]:
        return self._outcomes

    def close(self) -> None:
        """Let go of the scene's files; nothing more comes of it."""
        self._outcomes.close()
        self._scene.close()


def let_go(source: ReadSource) -> None:
    """Close what a source holds open, if its outcomes were not all asked for."""
    if isinstance(source.outcomes, Pieces):
        source.outcomes.close()

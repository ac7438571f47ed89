"""Outcomes of reading an archive, and what is asked on the way."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rsrag.indexing.format.ledger import Entry
from rsrag.types import ChipRecord, Skip


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

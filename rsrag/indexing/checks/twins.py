"""Chips that are nearly the same picture as one of another scene."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rsrag.columns.arrow_columns import floats
from rsrag.indexing.format.chip_schema import EMBEDDING, UNIFORM, split_embeddings
from rsrag.indexing.format.parts import read_parts
from rsrag.types import Vectors

NEAR = 0.999
"""Cosine similarity from which two chips count as one picture."""

SAMPLE = 2_000
"""Chips that are compared with all, at most; all, if there are not more."""

_BLOCK = 2_048


class Twins(NamedTuple):
    """What a comparison found.

    Attributes:
        compared: how many chips were compared with all others.
        pairs: for each of those that has a twin, its scene and the twin's.
    """

    compared: int
    pairs: list[tuple[int, int]]


def near_twins(
    paths: Sequence[Path], scenes: NDArray[np.intp], told: Callable[[int], None]
) -> Twins:
    """Compare some chips with all, exactly.

    Chips of one colour are left out, and twins of the same scene do not count.

    Args:
        paths: of the parts.
        scenes: number of the scene that each row is of.
        told: called with rows that were looked at.
    """
    rows = np.random.default_rng(0).permutation(len(scenes))[:SAMPLE]
    wanted = np.sort(rows)
    some, own = [np.empty((0, 0), np.float32)], [np.empty(0, np.intp)]
    for first, varied, vectors in _blocks(paths):
        told(len(vectors))
        here = wanted[(wanted >= first) & (wanted < first + len(vectors))]
        here = here[varied[here - first]]
        if len(here):
            some.append(vectors[here - first])
            own.append(scenes[here])
    if len(some) == 1:
        return Twins(0, [])
    sample, of = np.concatenate(some[1:]), np.concatenate(own)
    twin = np.full(len(sample), -1)
    for first, varied, vectors in _blocks(paths):
        told(len(vectors))
        theirs = scenes[first : first + len(vectors)]
        near = sample @ vectors.T >= NEAR
        near &= varied & (theirs != of[:, None])
        new = near.any(axis=1) & (twin < 0)
        twin[new] = theirs[near[new].argmax(axis=1)]
    found = np.flatnonzero(twin >= 0)
    ends = np.sort(np.stack([of[found], twin[found]], axis=1), axis=1)
    pairs = {(int(one), int(other)) for one, other in ends.tolist()}
    return Twins(len(sample), sorted(pairs))


def _blocks(
    paths: Sequence[Path],
) -> Iterator[tuple[int, NDArray[np.bool_], Vectors]]:
    """Number of the first row, which rows vary, and the vectors, block by block."""
    first = 0
    for table in read_parts(paths, ["contrast", EMBEDDING], _BLOCK):
        vectors = split_embeddings(table)[1]
        # Without a contrast, as of an import, a chip may be anything.
        yield first, ~(floats(table["contrast"]) < UNIFORM), vectors
        first += len(table)

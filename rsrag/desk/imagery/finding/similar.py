"""Chips of an index that are one picture: exact, recompressed, resized, shifted."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rsrag.columns.arrow_columns import coded, floats
from rsrag.desk.imagery.generation import Generation
from rsrag.errors import QueryError, RsragError
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Hit

if TYPE_CHECKING:
    import pyarrow as pa

    from rsrag.filters import Filter
    from rsrag.retrieval.near_pairs import Belongs

NEAR = 0.95
"""Similarity from which pairs are looked at."""


@dataclass(frozen=True, slots=True)
class SimilarPair:
    """Two chips that may be one picture.

    Attributes:
        kind: ``exact``, ``recompressed``, ``resized``, ``shifted``, ``alike`` (two
            pictures that look alike), or ``unread`` where one cannot be read.
        score: cosine similarity.
        first, second: the chips.
    """

    kind: str
    score: float
    first: ChipHit
    second: ChipHit

    def to_json(self) -> dict[str, Any]:
        """Plain values; of the chips their id, source and window."""
        told: dict[str, Any] = {"kind": self.kind, "score": round(self.score, 6)}
        for name in ("first", "second"):
            chip: ChipHit = getattr(self, name)
            window = None if chip.window is None else list(chip.window)
            told[name] = {"id": chip.id, "source": chip.source, "window": window}
        return told


@dataclass(frozen=True, slots=True)
class Similar:
    """What a comparison of all chips found.

    Attributes:
        compared: chips that were compared with all others.
        pairs: the closest first.
        least: similarity from which no pair is left out.
    """

    compared: int
    pairs: list[SimilarPair]
    least: float

    def told(self, alike: bool) -> dict[str, Any]:
        """Plain values: how many of each kind, and the pairs; ``alike`` if asked."""
        kinds = Counter(pair.kind for pair in self.pairs)
        pairs = [one.to_json() for one in self.pairs if alike or one.kind != "alike"]
        return {
            "compared": self.compared,
            "least": round(self.least, 6),
            "kinds": dict(sorted(kinds.items())),
            "pairs": pairs,
        }

    def notes(self, least: float, limit: int) -> list[str]:
        """What was not looked at, in sentences."""
        if len(self.pairs) < limit:
            return []
        return [
            f"only the {limit:,} closest pairs were looked at, down to "
            f"{self.pairs[-1].score:.4f} of {least:g}; --limit takes more."
        ]


def similar_chips(
    generation: Generation,
    where: "Filter | None",
    least: float,
    limit: int,
    told: Callable[[int, int], None],
) -> Similar:
    """Compare all chips that pass a filter with one another, and look at the closest.

    Chips of one colour, and windows of one scene that overlap, are left out.

    Args:
        least: similarity that a pair must have.
        limit: pairs at most; the closest are taken.
        told: chips that were compared, and how many there are.

    Raises:
        QueryError: ``least`` lets through what is not close.
    """
    from rsrag.desk.imagery.columns_there import chips_in
    from rsrag.filters import FilterColumns
    from rsrag.indexing.format.chip_schema import (
        EMBEDDING,
        UNIFORM,
        chip_schema,
        split_embeddings,
    )
    from rsrag.retrieval.near_pairs import near_pairs

    if least < 0.5:
        raise QueryError(
            f"--min-score is {least:g}; near-duplicates have at least 0.5.",
            hint="--min-score 0.9",
        )
    columns = ["id", "source", "window", "contrast", EMBEDDING]
    table, vectors = split_embeddings(chips_in(generation.parts, columns))
    kept = ~(floats(table["contrast"]) < UNIFORM)
    if where:
        every = FilterColumns(chips_in(generation.parts, chip_schema().names))
        passing = every.rows(generation.where(where) or where)
        if passing is not None:
            kept &= np.isin(np.arange(len(kept)), passing)
    rows = np.flatnonzero(kept)
    table, vectors = table.take(rows), vectors[rows]
    found = near_pairs(vectors, least, limit, _apart(table), told)
    names = table["id"].to_pylist()
    pairs = [
        (names[one], names[other], float(score))
        for one, other, score in zip(*found[:3], strict=True)
    ]
    return Similar(len(rows), _looked_at(generation, pairs), found.least)


def _looked_at(
    generation: Generation, pairs: list[tuple[str, str, float]]
) -> list[SimilarPair]:
    from rsrag.analysis.same_picture import sameness

    ids = list(dict.fromkeys(id_ for one, other, _ in pairs for id_ in (one, other)))
    read = generation.reader()
    payloads = generation.store.payloads(ids)
    chips = {
        id_: ChipHit.of(Hit(id_, 0.0, payload), read)
        for id_, payload in zip(ids, payloads, strict=True)
    }
    made = []
    for one, other, score in pairs:
        first, second = chips[one], chips[other]
        try:
            kind = sameness(first.pixels(), second.pixels())
        except RsragError:
            kind = "unread"
        made.append(SimilarPair(kind, score, first, second))
    return made


def _apart(table: "pa.Table") -> "Belongs":
    """Which pairs of rows are no windows of one scene that overlap."""
    from rsrag.columns.arrow_columns import field_floats

    scenes = coded(table["source"])[0]
    left, top, width, height = (
        field_floats(table["window"], name)
        for name in table.schema.field("window").type.names
    )

    def apart(one: Any, other: Any) -> Any:
        across = (left[one] < left[other] + width[other]) & (
            left[other] < left[one] + width[one]
        )
        down = (top[one] < top[other] + height[other]) & (
            top[other] < top[one] + height[one]
        )
        return (scenes[one] != scenes[other]) | ~(across & down)

    return apart

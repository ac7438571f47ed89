"""The chips of an index as places at several times, and how like words they are."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.columns.arrow_columns import boxes, coded, floats
from rsrag.desk.imagery.generation import Generation
from rsrag.errors import QueryError
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Hit, Vectors

if TYPE_CHECKING:
    from rsrag.config import Settings
    from rsrag.filters import Filter

Floats = NDArray[np.float64]

LEAST_CHANCE = 0.01
"""Probability of the likeliest chip below which nothing shows what is asked for."""
COMING = frozenset({"new", "newly", "built", "added", "fresh", "more", "growing"})
GOING = frozenset(
    {"lost", "gone", "removed", "vanished", "demolished", "destroyed"}
    | {"cleared", "felled", "dried", "shrinking", "less"}
)
"""Words before a thing that say which way it turns."""


@dataclass(frozen=True, slots=True)
class ChipTimes:
    """Chips that have a place and a time.

    Attributes:
        ids: of each.
        boxes: ``(n, 4)`` degrees.
        moments: ``(n,)`` microseconds since 1970.
        scenes: ``(n,)``, number of the scene of each.
        undated: how many were left out for want of a time.
    """

    ids: list[str]
    boxes: Floats
    moments: NDArray[np.int64]
    scenes: NDArray[np.int64]
    undated: int


def chip_times(generation: Generation, where: "Filter | None") -> ChipTimes:
    """Chips that pass a filter and have a place and a time, by id.

    Raises:
        QueryError: there is none.
    """
    from rsrag.desk.imagery.columns_there import chips_passing

    known = generation.where(where)
    columns = ["id", "bbox", "datetime", "source"]
    table = chips_passing(generation.parts, known, columns)
    places, times = boxes(table["bbox"]), table["datetime"]
    placed = ~np.isnan(places[:, 0])
    dated = ~np.isnan(floats(times.cast("int64")))
    if not (placed & dated).any():
        what = "has a place" if not placed.any() else "with a place has a time"
        asked = f" of {known.words!r}" if known and known.words else ""
        raise QueryError(
            f"No chip{asked} in the index {generation.manifest.name!r} {what}, so "
            "none can be followed through time.",
            hint="rsrag index facets NAME shows what its chips hold",
        )
    kept = np.flatnonzero(placed & dated)
    ids = np.array(table["id"].to_pylist(), dtype=np.str_)[kept]
    order = np.argsort(ids)
    kept = kept[order]
    return ChipTimes(
        ids[order].tolist(),
        places[kept],
        floats(times.cast("int64"))[kept].astype(np.int64),
        coded(table["source"])[0][kept],
        int((placed & ~dated).sum()),
    )


def hits_of(generation: Generation, ids: list[str]) -> list[ChipHit]:
    """Chips by their ids, whose pictures can be read."""
    read, payloads = generation.reader(), generation.store.payloads(ids)
    return [
        ChipHit.of(Hit(one, 0.0, payload), read)
        for one, payload in zip(ids, payloads, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Liking:
    """How like some words chips are.

    Attributes:
        scores: ``(n,)`` cosines.
        chances: ``(n,)`` probabilities; ``None`` where the encoder has no fit.
        values: ``(n,)`` log-odds, or where there is no fit how many deviations a
            cosine lies above the middle one.
    """

    scores: Floats
    chances: Floats | None
    values: Floats


def liking(
    generation: Generation, settings: "Settings", words: str, chips: Vectors
) -> Liking:
    """How like some words chips are.

    Args:
        chips: ``(n, dim)`` unit rows.

    Raises:
        QueryError: words that cannot be read.
    """
    from rsrag.desk.imagery.finding.asked import asked_vector
    from rsrag.retrieval.query import is_text, terms_of

    terms = terms_of(words)
    vector, _ = asked_vector(generation, terms, settings)
    scores = (chips @ vector.T)[:, 0].astype(np.float64)
    fit = generation.relevance if is_text(terms) else None
    if fit is None:
        away = scores - np.median(scores)
        spread = 1.4826 * float(np.median(np.abs(away))) or 1e-3
        return Liking(scores, None, away / spread)
    chances = fit.probabilities(vector, chips).clip(1e-12, 1 - 1e-12)
    return Liking(scores, chances, np.log(chances / (1 - chances)))


def thing_and_way(words: str) -> tuple[str, int]:
    """*New buildings* are buildings that come (1), *lost forest* is one that goes (-1).

    Raises:
        QueryError: no thing is named.
    """
    way, rest = 1, words.split()
    while rest and rest[0].lower() in COMING | GOING:
        way = -1 if rest.pop(0).lower() in GOING else way
    if not rest:
        raise QueryError(
            f"{words!r} names no thing to look for.",
            hint='rsrag change "new buildings" --index NAME',
        )
    return " ".join(rest), way

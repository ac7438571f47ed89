"""One order out of many: reciprocal ranks, and RS-RAG's blend of two similarities.

Pure functions of ranks and scores. Items are named by strings; ties go to the
smaller one.

Ranks that a landmark shares with its records.

Some lanes rank landmarks only: by their pictures, by where they lie, by their names.
A passage of the landmark that a picture shows is better evidence than one of another,
though no picture was ever compared with its words. So a record that such a lane does
not hold takes the place of its landmark there. RS-RAG does the same with image
vectors: each text of a landmark carries the vector of the landmark's picture.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rsrag.errors import QueryError
from rsrag.retrieval.spaces import LaneHit, LaneResult

RRF_K = 60
"""The constant of Cormack, Clarke and Büttcher (SIGIR 2009), found on TREC runs."""

Ranks = Mapping[str, int]
"""Item to its place in one ranking, 1 for the best. Places may be shared."""


def rrf(
    rankings: Mapping[str, Ranks],
    k: float = RRF_K,
    weights: Mapping[str, float] | None = None,
) -> list[tuple[str, float]]:
    """Reciprocal rank fusion: the sum of ``weight / (k + rank)`` over the rankings.

    Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and
    individual rank learning methods", SIGIR 2009. Scores of different lanes never
    meet, so no lane has to be on another's scale.

    Args:
        rankings: name of a lane to the places it gives; an item that a lane does
            not hold gets nothing from it.
        k: how little the first places differ; at least 0.
        weights: of lanes by name, 1 for those not named; at least 0.

    Returns:
        Every item of any ranking with its score, largest first.

    Raises:
        QueryError: ``k`` or a weight is negative or not finite, or a weight names no
            lane that there is.
    """
    weights = weights or {}
    if not (math.isfinite(k) and k >= 0):
        raise QueryError(f"RRF's k is {k}; it must be at least 0.")
    for lane, weight in weights.items():
        if not (math.isfinite(weight) and weight >= 0):
            raise QueryError(f"The weight of lane {lane} is {weight}; at least 0.")
        if lane not in rankings:
            raise QueryError(
                f"There is no lane {lane!r} to weigh.", hint=", ".join(rankings)
            )
    shares: dict[str, list[float]] = {}
    for lane, ranks in rankings.items():
        for item, rank in ranks.items():
            share = weights.get(lane, 1.0) / (k + rank)
            shares.setdefault(item, []).append(share)
    # fsum rounds once, so the order of the lanes cannot decide between two items.
    return in_order({item: math.fsum(parts) for item, parts in shares.items()})


def alpha_blend(
    image_scores: Mapping[str, float], text_scores: Mapping[str, float], alpha: float
) -> list[tuple[str, float]]:
    """RS-RAG's score: ``alpha * image + (1 - alpha) * text``.

    RS-RAG (arXiv 2504.04988) blends two cosines as they are, over all records, so
    that each has both. Here each side holds only its best; an item that one side does
    not hold is given the lowest score that side does, which is the most it can have.

    Args:
        image_scores: item to the cosine between its picture and the query's.
        text_scores: item to the cosine between its text and the query's.
        alpha: the image's weight, 0 to 1. RS-RAG's own default is 0.7.

    Returns:
        Every item of either side with its score, largest first.

    Raises:
        QueryError: ``alpha`` outside 0..1.
    """
    if not 0 <= alpha <= 1:
        raise QueryError(f"alpha is {alpha}; the image's weight lies between 0 and 1.")
    image_floor = min(image_scores.values(), default=0.0)
    text_floor = min(text_scores.values(), default=0.0)
    return in_order(
        {
            item: alpha * image_scores.get(item, image_floor)
            + (1 - alpha) * text_scores.get(item, text_floor)
            for item in {*image_scores, *text_scores}
        }
    )


def in_order(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    """Items with their scores, largest first, ties by item."""
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def best_of(pairs: Sequence[tuple[str, float]]) -> dict[str, float]:
    """The largest score of each item that comes several times."""
    best: dict[str, float] = {}
    for item, score in pairs:
        best[item] = max(score, best.get(item, -math.inf))
    return best


LANDMARK_LANES = frozenset({"named", "image", "geometry"})
"""Lanes whose landmarks share their places."""


@dataclass(frozen=True, slots=True)
class Places:
    """Ranks and scores of all lanes.

    Attributes:
        own: lane to the rank (from 1) and score of each key that it found.
        shared: the same by landmark id, of the lanes that share.
    """

    own: Mapping[str, Mapping[str, tuple[int, float]]]
    shared: Mapping[str, Mapping[str, tuple[int, float]]]

    def at(self, lane: str, found: LaneHit) -> tuple[int, float] | None:
        """Rank and score of a record in a lane, its landmark's if it has none."""
        own = self.own[lane].get(found.key)
        if own is not None or found.landmark_id is None:
            return own
        return self.shared.get(lane, {}).get(found.landmark_id)

    def ranks(self, items: Mapping[str, LaneHit]) -> dict[str, dict[str, int]]:
        """Lane to the ranks of all items that have one there, by key."""
        return {
            lane: {key: rank for key, (rank, _) in self._among(items, lane)}
            for lane in self.own
        }

    def scores(self, items: Mapping[str, LaneHit], lane: str) -> dict[str, float]:
        """Scores in one lane, by key; nothing if it did not run."""
        if lane not in self.own:
            return {}
        return {key: score for key, (_, score) in self._among(items, lane)}

    def _among(
        self, items: Mapping[str, LaneHit], lane: str
    ) -> Iterator[tuple[str, tuple[int, float]]]:
        for key, found in items.items():
            if place := self.at(lane, found):
                yield key, place

    def told(self, found: LaneHit) -> dict[str, float]:
        """``LANE`` and ``LANE#``: score and rank; ``LANE~``: its landmark's rank."""
        told: dict[str, float] = {}
        for lane, places in self.own.items():
            if (own := places.get(found.key)) is not None:
                told |= {lane: own[1], f"{lane}#": float(own[0])}
            elif (shared := self.at(lane, found)) is not None:
                told[f"{lane}~"] = float(shared[0])
        return told


def lane_places(lanes: Sequence[LaneResult]) -> Places:
    """Ranks and scores of what lanes found; those that did not run are left out."""
    ran = {lane.lane: lane.found for lane in lanes if lane.idle is None}
    own = {
        lane: {f.key: (rank, f.score) for rank, f in enumerate(found, 1)}
        for lane, found in ran.items()
    }
    shared = {
        lane: {f.id: own[lane][f.key] for f in ran[lane] if f.kind == "landmark"}
        for lane in LANDMARK_LANES & ran.keys()
    }
    return Places(own, shared)

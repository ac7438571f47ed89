"""Ranks that a landmark shares with its records.

Some lanes rank landmarks only: by their pictures, by where they lie, by their names.
A passage of the landmark that a picture shows is better evidence than one of another,
though no picture was ever compared with its words. So a record that such a lane does
not hold takes the place of its landmark there. RS-RAG does the same with image
vectors: each text of a landmark carries the vector of the landmark's picture.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rsrag.retrieval.spaces import LaneHit, LaneResult

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

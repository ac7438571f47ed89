"""Localisation of a picture: the landmark that it shows, with a confidence.

Every picture resembles some reference picture most. It may be tied to a place only if
it resembles those of one place clearly more than all others.

Scores of landmarks at a place: those that contain it, meet it, or are near.

A score falls into a tier: 2 to 3 if the landmark contains the point or the middle of
the area, more for a smaller one (a lake before the continent around it); 1 to 2 if it
shares any point with the area; 0 to 1 if it is only near, falling by half in
the first kilometre.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rsrag.geo import bbox_centre, bbox_geometry, geometry_bbox, haversine_m
from rsrag.records import Landmark
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.retrieval.fusion import best_of, in_order
from rsrag.retrieval.knowledge_query import KnowledgeQuery
from rsrag.retrieval.spaces import KnowledgeReader, LaneHit, LaneResult
from rsrag.types import Hit

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

TEMPERATURE = 0.02
"""Cosine that makes a vote ``e`` times as heavy. CLIP trains at 0.01; twice that is
slower to be sure."""

CLEAR = 0.8
"""Confidence from which a picture may be tied to a place."""

_ELSEWHERE = "\0"
_MAX_PLACES = 24
"""A chip with more landmarks in it than this points to none of them."""

LandmarksOf = Callable[[LaneHit], Sequence[str]]


@dataclass(frozen=True, slots=True)
class PlaceCandidate:
    """A landmark that a picture may show.

    Attributes:
        confidence: its share of all votes, 0 to 1.
        similarity: of its most similar picture or chip, a cosine.
        margin: by how much that exceeds the best of any other place; negative for
            all but the first.
        clear: the picture may be said to show it.
    """

    landmark_id: str
    confidence: float
    similarity: float
    margin: float
    clear: bool


def localise(
    lanes: Sequence[LaneResult],
    landmarks_of: LandmarksOf,
    *,
    temperature: float = TEMPERATURE,
    min_similarity: float = 0.0,
    clear: float = CLEAR,
) -> list[PlaceCandidate]:
    """Let what resembles a picture vote for places.

    In each lane every place has one vote, of its most similar picture, that weighs
    ``exp(similarity / temperature)``; a chip in which several landmarks lie divides
    it, and one in which none lies votes for a place that is not known. Shares of lanes
    that found anything are averaged.

    Args:
        lanes: results of the lanes ``image`` and ``chips`` of a query with a picture;
            any number, of other lanes too, which are passed over.
        landmarks_of: landmarks that something found shows; see :func:`places_of`.
        temperature: see :data:`TEMPERATURE`.
        min_similarity: a picture that resembles nothing this much is at no place.
        clear: see :data:`CLEAR`.

    Returns:
        Surest first, ties by id; only the first can be clear.
    """
    shares: list[dict[str, float]] = []
    best: dict[str, float] = {}
    for lane in lanes:
        if lane.lane not in ("image", "chips") or not lane.found:
            continue
        votes = _votes(lane.found, landmarks_of, temperature)
        total = math.fsum(votes.values())
        shares.append({place: vote / total for place, vote in votes.items()})
        for found in lane.found:
            for place in landmarks_of(found) or (_elsewhere(found),):
                best[place] = max(best.get(place, -1.0), found.score)
    confidence = {
        place: math.fsum(share.get(place, 0.0) for share in shares) / len(shares)
        for place in best
        if not place.startswith(_ELSEWHERE)
    }
    candidates = []
    for number, (place, sure) in enumerate(in_order(confidence)):
        others = max((s for p, s in best.items() if p != place), default=-1.0)
        margin = best[place] - others
        enough = best[place] >= min_similarity and margin > 0
        is_clear = number == 0 and sure >= clear and enough
        candidates.append(PlaceCandidate(place, sure, best[place], margin, is_clear))
    return candidates


def places_of(catalogue: KnowledgeReader) -> LandmarksOf:
    """Looks up what something found shows.

    A reference picture shows its landmark; a chip shows the landmarks that lie in its
    footprint, and none if there are more than two dozen or it has no footprint.
    """
    known: dict[str, tuple[str, ...]] = {}

    def look_up(found: LaneHit) -> Sequence[str]:
        if found.landmark_id is not None:
            return (found.landmark_id,)
        if found.key not in known:
            known[found.key] = _inside(found, catalogue)
        return known[found.key]

    return look_up


def _elsewhere(found: LaneHit) -> str:
    return f"{_ELSEWHERE}{found.key}"


def _votes(
    found: Sequence[LaneHit], landmarks_of: LandmarksOf, temperature: float
) -> dict[str, float]:
    top = max(item.score for item in found)
    votes: dict[str, float] = {}
    for item in found:
        places = landmarks_of(item)
        vote = math.exp((item.score - top) / temperature) / max(1, len(places))
        for place in places or (_elsewhere(item),):
            votes[place] = max(votes.get(place, 0.0), vote)
    return votes


def _inside(found: LaneHit, catalogue: KnowledgeReader) -> tuple[str, ...]:
    record = found.record
    area = ChipHit.of(record).footprint if isinstance(record, Hit) else None
    if area is None:
        return ()
    inside = catalogue.inside(area, _MAX_PLACES + 1)
    if len(inside) > _MAX_PLACES:
        return ()
    return tuple(landmark.id for landmark in inside)


_CONTAINS, _MEETS = 2.0, 1.0
_KM_A_DEGREE = 111.2


def near_landmarks(
    query: KnowledgeQuery, catalogue: KnowledgeReader, limit: int
) -> list[tuple[Landmark, float]]:
    """Landmarks at the places of a query, with scores; in no order.

    Args:
        query: its point, footprint and box, as many as there are; the best fit to any
            of them counts. Its radius is measured from the point, and from the edge
            of the footprint; a box has no surroundings.
    """
    import shapely

    found: list[tuple[Landmark, float]] = []
    if query.at is not None:
        found += _around(query.at, None, query.radius_m, catalogue, limit)
    if query.image_footprint is not None:
        area = shapely.from_wkb(query.image_footprint)
        centre = bbox_centre(geometry_bbox(area))
        found += _around(centre, area, query.radius_m, catalogue, limit)
    elif query.bbox is not None and query.at is None:
        area = bbox_geometry(query.bbox)
        found += _around(bbox_centre(query.bbox), area, 0.0, catalogue, limit)
    marks = {mark.id: mark for mark, _ in found}
    scores = best_of([(mark.id, score) for mark, score in found])
    return [(marks[id_], score) for id_, score in scores.items()]


def area_km2(shape: "BaseGeometry") -> float:
    """Rough area, good for comparing: degrees are shortened by the latitude."""
    import math

    south, north = shape.bounds[1], shape.bounds[3]
    shrink = math.cos(math.radians((south + north) / 2))
    return float(shape.area) * shrink * _KM_A_DEGREE**2


def _around(
    centre: tuple[float, float],
    area: "BaseGeometry | None",
    radius_m: float,
    catalogue: KnowledgeReader,
    limit: int,
) -> list[tuple[Landmark, float]]:
    reach = 0.0 if area is None else _reach(centre, area)
    near = catalogue.near(*centre, radius_m + reach, limit)
    distances = {mark.id: distance for mark, distance in near}
    meeting = [] if area is None else catalogue.inside(area, limit)
    meets = {mark.id for mark in meeting}
    marks = {mark.id: mark for mark in (*meeting, *(mark for mark, _ in near))}
    found = []
    for mark in marks.values():
        distance = distances.get(mark.id, reach)
        if distance == 0:
            shape = mark.shape
            size = 0.0 if shape is None else area_km2(shape)
            score = _CONTAINS + 1 / (1 + size)
        elif mark.id in meets:
            score = _MEETS + _fall(distance)
        elif area is None or radius_m > 0:
            score = _fall(distance)
        else:
            continue
        found.append((mark, score))
    return found


def _fall(distance_m: float) -> float:
    return 1 / (1 + distance_m / 1000)


def _reach(centre: tuple[float, float], area: "BaseGeometry") -> float:
    """Metres from the centre to the farthest corner of the area."""
    import shapely

    corners = shapely.get_coordinates(area)
    return max(haversine_m(*centre, lon, lat) for lon, lat in corners)

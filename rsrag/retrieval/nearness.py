"""Scores of landmarks at a place: those that contain it, meet it, or are near.

A score falls into a tier: 2 to 3 if the landmark contains the point or the middle of
the area, more for a smaller one (a lake before the continent around it); 1 to 2 if it
shares any point with the area; 0 to 1 if it is only near, falling by half in
the first kilometre.
"""

from typing import TYPE_CHECKING

from rsrag.geo import bbox_centre, bbox_geometry, geometry_bbox, haversine_m
from rsrag.records import Landmark
from rsrag.retrieval.fusion import best_of
from rsrag.retrieval.knowledge_query import KnowledgeQuery
from rsrag.retrieval.spaces import KnowledgeReader

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

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

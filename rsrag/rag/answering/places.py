"""Landmarks at a point, in a box or under a picture that has a place."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rsrag.geo import bbox_centre, bbox_geometry, geometry_bbox, haversine_m
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.catalogue_places import apart, holds
from rsrag.records import Landmark
from rsrag.retrieval.wording.english import coordinates, with_article
from rsrag.types import BBox

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

RADIUS_M = 100_000.0
_MOST = 200


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a question points to, other than by a name.

    Attributes:
        words: how to speak of it (``the point 23.00° E 25.00° N``).
        lon: of its middle, as ``lat``.
        area: its outline; ``None`` for a point.
        holds: the verb for what lies in it: a picture ``shows``, others ``contain``.
    """

    words: str
    lon: float
    lat: float
    area: "BaseGeometry | None" = None
    holds: str = "contains"

    @classmethod
    def of(
        cls,
        at: tuple[float, float] | None,
        bbox: BBox | None,
        footprint: bytes | None,
    ) -> "Whereabouts | None":
        """The most exact one that was given; ``None`` if none was."""
        if at is not None:
            return cls(f"the point {coordinates(*at)}", *at)
        if bbox is not None:
            lon, lat = bbox_centre(bbox)
            return cls("the box", lon, lat, bbox_geometry(bbox))
        if footprint is not None:
            from rsrag.columns.outlines import read_outlines

            shape = read_outlines(footprint)
            lon, lat = bbox_centre(geometry_bbox(shape))
            return cls("the picture", lon, lat, shape, "shows")
        return None

    @classmethod
    def at(cls, landmark: Landmark) -> "Whereabouts | None":
        """Where a landmark lies, ``None`` if that is not known."""
        shape = landmark.shape
        if shape is None:
            return None
        lon, lat = bbox_centre(geometry_bbox(shape))
        area = None if shape.geom_type == "Point" else shape
        return cls(with_article(landmark), lon, lat, area)

    @property
    def shape(self) -> "BaseGeometry":
        """The outline, or the point."""
        import shapely

        return shapely.Point(self.lon, self.lat) if self.area is None else self.area


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A landmark and how it lies to a place: ``distance_m`` from outline to outline.

    ``inside``: the place lies in its outline; ``bearing``: degrees from north.
    """

    landmark: Landmark
    distance_m: float
    inside: bool
    bearing: float = 0.0


def neighbours(
    place: Whereabouts, catalogue: Catalogue, radius_m: float, exclude: frozenset[str]
) -> list[Neighbour]:
    """Landmarks at the place, those that fit it best first, then those near it."""
    meets, around = _candidates(place, catalogue, radius_m)
    at = [
        Neighbour(one, 0.0, _holds(one, place))
        for one in meets
        if one.id not in exclude
    ]
    at.sort(key=lambda one: (-_share(one.landmark, place), one.landmark.id))
    near = []
    known = {one.id for one in meets} | exclude
    for landmark in around:
        shape = landmark.shape
        if shape is not None and landmark.id not in known:
            away, bearing = apart(place.shape, shape)
            if away <= radius_m:
                near.append(Neighbour(landmark, away, False, bearing))
    near.sort(key=lambda one: (one.distance_m, one.landmark.id))
    return [*at, *near]


def _candidates(
    place: Whereabouts, catalogue: Catalogue, radius_m: float
) -> tuple[list[Landmark], list[Landmark]]:
    """Landmarks that meet a place, and those that may lie near it."""
    if place.area is None:
        found = catalogue.near(place.lon, place.lat, radius_m, _MOST)
        meets = [landmark for landmark, away in found if away == 0]
        return meets, [landmark for landmark, away in found if away > 0]
    import shapely

    meets = catalogue.inside(place.area, _MOST)
    if radius_m == 0:
        return meets, []
    corners = shapely.get_coordinates(place.area)
    reach = max(haversine_m(place.lon, place.lat, *corner) for corner in corners)
    near = catalogue.near(place.lon, place.lat, radius_m + reach, 2 * _MOST)
    return meets, [landmark for landmark, _ in near]


def _holds(landmark: Landmark, place: Whereabouts) -> bool:
    shape = landmark.shape
    if shape is None or shape.area == 0:
        return False
    if place.area is None:
        return holds(shape, place.lon, place.lat)
    return bool(shape.covers(place.area))


def _share(landmark: Landmark, place: Whereabouts) -> float:
    """The part of an outline and an area that both share, 0 to 1.

    For a point, the smaller outline fits better; a landmark without an area fits an
    area less than any that fills part of it.
    """
    shape = landmark.shape
    if shape is None or shape.area == 0:
        return 0.0
    if place.area is None:
        return 1.0 / (1.0 + float(shape.area))
    both = float(shape.intersection(place.area).area)
    return both / (float(shape.area) + float(place.area.area) - both)

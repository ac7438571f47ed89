"""Landmarks at a point, in a box or under a picture that has a place, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rsrag.answers import Evidence
from rsrag.geo import bbox_centre, bbox_geometry, geometry_bbox, haversine_m
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.catalogue_places import apart, holds
from rsrag.rag.saying.draft import Draft
from rsrag.records import Landmark
from rsrag.retrieval.wording.english import capital, coordinates, with_article
from rsrag.retrieval.wording.evidence import landmark_evidence
from rsrag.types import BBox

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

RADIUS_M = 100_000.0
_MOST = 200
_TOLD = 5
_CLOSE_M = 5_000.0
"""Distance up to which a landmark is told of beside an area that a point lies in."""
_POINTS = (
    *("north", "north-east", "east", "south-east"),
    *("south", "south-west", "west", "north-west"),
)


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


def tell_place(
    place: Whereabouts,
    around: Sequence[Neighbour],
    radius_m: float,
    *,
    beside: bool = False,
    kind: str = "landmark",
) -> Draft:
    """Say what lies there, one sentence per landmark, or that nothing is known.

    A point's close neighbours come before the areas that it lies in.
    ``beside`` tells of those near the place even if some meet it.
    """
    draft = Draft("place")
    if not around:
        far = _km(radius_m)
        where = f"within {far} of" if radius_m else "at"
        draft.refusal = f"it holds no {kind} {where} {place.words}"
        return draft
    meets = [one for one in around if one.distance_m == 0]
    near = [] if place.area else [o for o in around if 0 < o.distance_m <= _CLOSE_M]
    told = list(around) if beside or not meets else [*near, *meets]
    for one in told[:_TOLD]:
        draft.quote(place_evidence(place, one))
    draft.value = told[0].landmark.name
    draft.certainty = 1.0 if meets else 0.7
    rest = len(told) - _TOLD
    if rest > 0:
        more = "landmark lies" if rest == 1 else "landmarks lie"
        draft.notes.append(f"{rest} more {more} there")
    return draft


def place_evidence(place: Whereabouts, one: Neighbour) -> Evidence:
    """How a landmark lies to a place, as a sentence."""
    name = with_article(one.landmark)
    if one.inside:
        text = f"{capital(place.words)} lies within {name}."
    elif one.distance_m == 0 and place.area is None:
        text = f"{capital(place.words)} lies on {name}."
    elif one.distance_m == 0:
        text = f"{capital(place.words)} {place.holds} {_part_of(one, place, name)}."
    else:
        far = distance_words(one.distance_m, one.bearing)
        text = f"{capital(name)} lies {far} of {place.words}."
    return replace(landmark_evidence(one.landmark), text=text, score=-one.distance_m)


def _part_of(one: Neighbour, place: Whereabouts, name: str) -> str:
    """How much of a landmark lies in an area; a point does not tell how far it goes."""
    shape = one.landmark.shape
    if shape is None or shape.geom_type == "Point":
        return f"{name}, at least in part"
    return name if place.shape.covers(shape) else f"part of {name}"


def distance_words(metres: float, bearing: float) -> str:
    """``12 km to the north-east``."""
    return f"{_km(metres)} {direction(bearing)}"


def direction(bearing: float) -> str:
    """A compass direction in words: ``to the north-east``."""
    return f"to the {_POINTS[round(bearing / 45) % 8]}"


def _km(metres: float) -> str:
    """``12 km``, ``1.5 km``, ``300 m``."""
    if metres < 1000:
        return f"{metres:.0f} m"
    km = metres / 1000
    return f"{km:,.0f} km" if km >= 10 or km == round(km) else f"{km:.1f} km"

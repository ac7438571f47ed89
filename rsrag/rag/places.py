"""What lies at a point, in a box or under a picture that carries its place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rsrag.answers import Evidence
from rsrag.geo import bbox_centre, geometry_bbox
from rsrag.knowledge.catalogue import Catalogue
from rsrag.rag.draft import Draft
from rsrag.records import Landmark
from rsrag.retrieval.evidence import coordinates, landmark_evidence, with_article
from rsrag.types import BBox

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

RADIUS_M = 100_000.0
_SHOWN = 5
_POINTS = [
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question points to, other than by a name.

    Attributes:
        words: how to speak of it (``the point 23.00° E 25.00° N``).
        lon: of its middle.
        lat: of its middle.
        area: its outline; ``None`` for a point.
    """

    words: str
    lon: float
    lat: float
    area: "BaseGeometry | None" = None

    @classmethod
    def of(
        cls,
        at: tuple[float, float] | None,
        bbox: BBox | None,
        footprint: bytes | None,
    ) -> "Place | None":
        """The most exact one that was given; ``None`` if none was."""
        from rsrag.geo import bbox_geometry

        if at is not None:
            return cls(f"the point {coordinates(*at)}", *at)
        if bbox is not None:
            lon, lat = bbox_centre(bbox)
            return cls("the box", lon, lat, bbox_geometry(bbox))
        if footprint is not None:
            import shapely

            shape = shapely.from_wkb(footprint)
            lon, lat = bbox_centre(geometry_bbox(shape))
            return cls("the picture", lon, lat, shape)
        return None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A landmark and how it lies to a place.

    Attributes:
        landmark: which.
        distance_m: from the place to its outline; 0 if they meet.
        inside: the whole place lies in its outline.
    """

    landmark: Landmark
    distance_m: float
    inside: bool


def neighbours(
    place: Place, catalogue: Catalogue, radius_m: float, exclude: frozenset[str]
) -> list[Neighbour]:
    """Landmarks at the place, those that fit it best first, then those near it.

    Args:
        place: where.
        catalogue: whose landmarks.
        radius_m: how far from it.
        exclude: ids of landmarks to leave out.
    """
    found = {
        landmark.id: Neighbour(landmark, distance, False)
        for landmark, distance in catalogue.near(place.lon, place.lat, radius_m, 50)
    }
    if place.area is not None:
        for landmark in catalogue.inside(place.area, 200):
            found[landmark.id] = Neighbour(landmark, 0.0, False)
    result = [
        replace(one, inside=one.distance_m == 0 and _holds(one.landmark, place))
        for one in found.values()
        if one.landmark.id not in exclude
    ]
    return sorted(
        result,
        key=lambda one: (
            one.distance_m > 0,
            -_share(one.landmark, place) if one.distance_m == 0 else one.distance_m,
            one.landmark.id,
        ),
    )


def _holds(landmark: Landmark, place: Place) -> bool:
    import shapely

    shape = landmark.shape
    if shape is None or shape.area == 0:
        return False
    inner = (
        place.area if place.area is not None else shapely.Point(place.lon, place.lat)
    )
    return bool(shape.covers(inner))


def _share(landmark: Landmark, place: Place) -> float:
    """How well an outline fits a place: the part of both that they share, 0 to 1.

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


def tell_place(place: Place, around: Sequence[Neighbour], radius_m: float) -> Draft:
    """Say what lies there, one sentence a landmark, or that nothing is known."""
    draft = Draft("place")
    if not around:
        draft.refusal = (
            f"it holds no landmark within {radius_m / 1000:,.0f} km of {place.words}"
            if place.area is None
            else f"it holds no landmark in or near {place.words}"
        )
        return draft
    meets = [one for one in around if one.distance_m == 0]
    for one in (meets or list(around))[:_SHOWN]:
        piece = place_evidence(place, one)
        draft.say(piece.text, piece)
    best = (meets or list(around))[0].landmark
    draft.value = best.name
    draft.certainty = 1.0 if meets else 0.7
    rest = len(meets or around) - _SHOWN
    if rest > 0:
        draft.notes.append(f"{rest} more landmarks lie there")
    return draft


def place_evidence(place: Place, one: Neighbour) -> Evidence:
    """How a landmark lies to a place, as a sentence."""
    name = with_article(one.landmark)
    if one.inside:
        text = f"{_capital(place.words)} lies within {name}."
    elif one.distance_m == 0 and place.area is not None:
        text = f"{_capital(place.words)} shows {name}, at least in part."
    elif one.distance_m == 0:
        text = f"{_capital(place.words)} lies on {name}."
    else:
        far = (
            f"{one.distance_m / 1000:,.0f} km"
            if one.distance_m >= 10_000
            else f"{one.distance_m / 1000:,.1f} km"
        )
        way = direction(place, one.landmark)
        text = f"{_capital(name)} lies {far} {way} of {place.words}."
    return replace(landmark_evidence(one.landmark), text=text, score=-one.distance_m)


def direction(place: Place, landmark: Landmark) -> str:
    """Compass direction of a landmark seen from the place: ``to the north-east``."""
    box = landmark.bbox
    if box is None:
        return "off"
    lon, lat = bbox_centre(box)
    d_lon = math.radians((lon - place.lon + 180) % 360 - 180)
    phi_a, phi_b = math.radians(place.lat), math.radians(lat)
    x = math.sin(d_lon) * math.cos(phi_b)
    y = math.cos(phi_a) * math.sin(phi_b) - math.sin(phi_a) * math.cos(
        phi_b
    ) * math.cos(d_lon)
    bearing = math.degrees(math.atan2(x, y)) % 360
    return f"to the {_POINTS[round(bearing / 45) % 8]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""Sentences on what lies at a place."""

from collections.abc import Sequence
from dataclasses import replace

from rsrag.answers import Evidence
from rsrag.rag.answering.places import Neighbour, Whereabouts
from rsrag.rag.saying.draft import Draft
from rsrag.retrieval.wording.english import capital, with_article
from rsrag.retrieval.wording.evidence import landmark_evidence

_SHOWN = 5
_CLOSE_M = 5_000.0
"""Distance up to which a landmark is told of beside an area that a point lies in."""
_POINTS = (
    *("north", "north-east", "east", "south-east"),
    *("south", "south-west", "west", "north-west"),
)


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
    for one in told[:_SHOWN]:
        draft.quote(place_evidence(place, one))
    draft.value = told[0].landmark.name
    draft.certainty = 1.0 if meets else 0.7
    rest = len(told) - _SHOWN
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

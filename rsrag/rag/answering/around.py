"""Landmarks near a landmark, of a kind if one is named; and distances of two."""

import re
from collections.abc import Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.catalogue_places import apart
from rsrag.rag.answering.ask_request import AskRequest
from rsrag.rag.answering.place_words import distance_words, tell_place
from rsrag.rag.answering.places import Neighbour, Whereabouts, neighbours
from rsrag.rag.reading.kinds import find_kind
from rsrag.rag.reading.question import Question
from rsrag.rag.saying.draft import Draft
from rsrag.records import Landmark
from rsrag.retrieval.wording.english import capital, with_article
from rsrag.retrieval.wording.evidence import landmark_evidence

ASKS_NEAR = re.compile(
    r"\b(?:near(?:by|est)?|around|close\s+to|closest|next\s+to|surround\w*|neighbou?rs?)\b",
    re.IGNORECASE,
)
ASKS_HOW_FAR = re.compile(r"\b(?:how\s+far|distan(?:ce|t))\b", re.IGNORECASE)


def of_kind(
    question: Question, around: Sequence[Neighbour], catalogue: Catalogue
) -> tuple[str, list[Neighbour]]:
    """Those of the kind that a question names, and the kind; all if it names none."""
    words = re.findall(r"[\w'-]+", question.masked.lower())
    found = find_kind(words, catalogue)
    if found is None or found[0] == "landmark":
        return "landmark", list(around)
    kept = [one for one in around if one.landmark.category in found[1]]
    return found[0], kept


def near(
    question: Question,
    landmarks: Sequence[Landmark],
    catalogue: Catalogue,
    request: AskRequest,
) -> Draft:
    """What lies around the first landmark whose place is known."""
    for landmark in landmarks:
        place = Whereabouts.at(landmark)
        if place is not None:
            mine = {one.id for one in landmarks} | request.exclude
            around = neighbours(place, catalogue, request.radius_m, frozenset(mine))
            kind, around = of_kind(question, around, catalogue)
            return tell_place(place, around, request.radius_m, beside=True, kind=kind)
    return _nowhere(landmarks[0])


def how_far(groups: Sequence[Sequence[Landmark]], catalogue: Catalogue) -> Draft:
    """The distance between the first two places, from outline to outline."""
    draft = Draft("place")
    pair = []
    for group in groups[:2]:
        placed = [one for one in group if one.shape is not None]
        if not placed:
            return _nowhere(group[0])
        pair.append(placed[0])
    first, second = pair
    here, there = first.shape, second.shape
    assert here is not None and there is not None
    metres, bearing = apart(there, here)
    names = with_article(first), with_article(second)
    far = distance_words(metres, bearing)
    told = (
        f"{capital(names[0])} lies {far} of {names[1]}."
        if metres
        else f"{capital(names[0])} and {names[1]} meet."
    )
    draft.say(told, landmark_evidence(first), landmark_evidence(second))
    draft.value = far.split(" to the ")[0] if metres else "0 km"
    if here.geom_type != "Point" or there.geom_type != "Point":
        draft.notes.append("measured from outline to outline, which are rough")
    return draft


def _nowhere(landmark: Landmark) -> Draft:
    return Draft(
        "place",
        refusal=f"it does not know where {landmark.name} lies",
        nearest=[landmark_evidence(landmark)],
    )

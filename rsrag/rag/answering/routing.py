"""Routes of questions: to a fact, a list, a place, a picture, or passages."""

import re
from collections.abc import Iterable, Sequence
from itertools import chain

from rsrag.answers import Evidence
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.rag.answering.around import ASKS_HOW_FAR, ASKS_NEAR, how_far, near, of_kind
from rsrag.rag.answering.ask_request import AskRequest, Run
from rsrag.rag.answering.describe import asks_for_all, describe
from rsrag.rag.answering.fact_answers import answer_fact
from rsrag.rag.answering.lists import answer_listing
from rsrag.rag.answering.passages import answer_open, asked_words
from rsrag.rag.answering.picture_answers import tell_picture
from rsrag.rag.answering.place_words import tell_place
from rsrag.rag.answering.places import Neighbour, Whereabouts, neighbours
from rsrag.rag.reading.listing import read_listing
from rsrag.rag.reading.question import Question
from rsrag.rag.saying.draft import Draft, listed
from rsrag.records import Landmark
from rsrag.retrieval.wording.evidence import (
    fact_evidence,
    landmark_evidence,
    passage_evidence,
)

_POINTS = re.compile(r"\bth(?:is|ese)\s+[^\W\d_]", re.IGNORECASE)
"""*This lake*."""
_HOLDERS = 5
_ALIKE = 0.6
"""So like the name asked for must one be to be offered in its place."""
_ITSELF = frozenset({"name", "location", "category", "coordinates", "area", "type"})
_PLACES = ("location", "country", "region", "city", "area", "address", "continent")


def route(run: Run, question: Question) -> Draft:
    """Answer a question on the way that suits it, or refuse."""
    request, catalogue = run.request, run.tools.catalogue
    place = Whereabouts.of(request.at or question.at, request.bbox, request.footprint)
    with run.timed("retrieve"):
        listing = read_listing(question, catalogue)
        if listing is not None and not question.here:
            return answer_listing(listing, question, catalogue, request.exclude)
        groups = _named(question, request, catalogue)
        if not groups and question.topic_unknown:
            return _unknown(question, catalogue)
        around: list[Neighbour] = []
        if place is not None and not groups:
            around = neighbours(place, catalogue, request.radius_m, request.exclude)
            if not _asks_where(question):
                draft = _fact_there(question, around, catalogue, request.exclude)
                if draft is not None:
                    return draft
        if len(groups) > 1 and ASKS_HOW_FAR.search(question.masked):
            return how_far(groups, catalogue)
        if groups:
            if question.unknown and asks_for_all(question):
                return _says(question, groups, catalogue, request.exclude)
            draft = answer_fact(question, groups, catalogue, request.exclude)
            unanswered = draft is None or draft.refusal is not None
            if unanswered and ASKS_NEAR.search(question.masked):
                return near(question, groups[0], catalogue, request)
            if unanswered and asks_for_all(question):
                return describe([*chain(*groups)], catalogue, request.exclude)
            if draft is not None and not _may_be_told(
                draft, question, groups, catalogue
            ):
                return draft
    if place is not None and not groups:
        kind, around = of_kind(question, around, catalogue)
        return tell_place(place, around, request.radius_m, kind=kind)
    if request.image is not None and not groups and run.tools.look is not None:
        with run.timed("look"):
            seen = run.tools.look(request)
        return tell_picture(seen, question, catalogue, request.exclude)
    return _open(run, question, groups)


def _says(
    question: Question,
    groups: Sequence[Sequence[Landmark]],
    catalogue: Catalogue,
    exclude: frozenset[str],
) -> Draft:
    """*Is X in Y*, where Y is no landmark: what is held of X that names Y."""
    draft = Draft("passages", certainty=0.7)
    names = [f" {fold(name)} " for name in question.unknown]
    for landmark in chain.from_iterable(groups):
        facts = [f for f in catalogue.facts(landmark.id) if f.id not in exclude]
        for fact in facts:
            if any(name in f" {fold(fact.value)} " for name in names):
                draft.quote(fact_evidence(fact, landmark))
        places = [fact for fact in facts if fact.variable in _PLACES]
        draft.nearest = [fact_evidence(fact, landmark) for fact in places[:3]]
    if not draft.lines:
        named = listed(question.unknown)
        draft.refusal = f"it holds nothing on {_either(groups)} that names {named}"
    return draft


def _either(groups: Sequence[Sequence[Landmark]]) -> str:
    return " or ".join(dict.fromkeys(group[0].name for group in groups))


def _may_be_told(
    draft: Draft,
    question: Question,
    groups: Sequence[Sequence[Landmark]],
    catalogue: Catalogue,
) -> bool:
    """Whether passages may hold what no fact does; never a value of some month."""
    return (
        draft.refusal is not None
        and not question.periods
        and bool(asked_words(question))
        and any(catalogue.passages_of(one.id) for one in chain.from_iterable(groups))
    )


def _open(run: Run, question: Question, groups: Sequence[Sequence[Landmark]]) -> Draft:
    with run.timed("retrieve"):
        evidence = list(run.tools.retrieve(run.request, question))
    if groups:
        named = {landmark.id: landmark for landmark in chain.from_iterable(groups)}
        evidence = [piece for piece in evidence if piece.landmark_id in named]
        evidence += _all_of(named.values(), run, {piece.id for piece in evidence})
    with run.timed("generate"):
        draft = answer_open(run, question, evidence)
    if draft.refusal is not None and groups:
        draft.refusal = f"it holds nothing on {_either(groups)} that answers this"
        if not draft.nearest:
            draft.nearest = [landmark_evidence(group[0]) for group in groups]
    elif draft.refusal is not None and question.unknown:
        return _unknown(question, run.tools.catalogue)
    elif draft.refusal is not None and (
        question.here or _POINTS.search(question.masked)
    ):
        draft.refusal = (
            "it is not said which place is meant; name it, or give a point or a picture"
        )
    return draft


def _all_of(landmarks: Iterable[Landmark], run: Run, known: set[str]) -> list[Evidence]:
    """What else is held of landmarks: retrieval brings the best of all places only."""
    catalogue, exclude = run.tools.catalogue, run.request.exclude
    pieces: list[Evidence] = []
    for landmark in landmarks:
        passages, facts = (
            catalogue.passages_of(landmark.id),
            catalogue.facts(landmark.id),
        )
        pieces += [passage_evidence(passage, landmark) for passage in passages]
        pieces += [fact_evidence(fact, landmark) for fact in facts]
    return [piece for piece in pieces if piece.id not in known | exclude]


def _named(
    question: Question, request: AskRequest, catalogue: Catalogue
) -> list[list[Landmark]]:
    given = (request.landmark_ids,) if request.landmark_ids else question.places
    admitted = ([one for one in ids if one not in request.exclude] for ids in given)
    return [catalogue.landmarks(ids) for ids in admitted if ids]


def _unknown(question: Question, catalogue: Catalogue) -> Draft:
    names = listed(question.unknown)
    near = [
        landmark
        for name in question.unknown
        for landmark, alike in catalogue.similar(name, limit=3)
        if alike >= _ALIKE
    ]
    return Draft(
        "fact" if question.variables else "passages",
        refusal=f"it knows no landmark called {names}",
        nearest=[landmark_evidence(landmark) for landmark in near[:3]],
    )


def _fact_there(
    question: Question,
    around: Sequence[Neighbour],
    catalogue: Catalogue,
    exclude: frozenset[str],
) -> Draft | None:
    """A value of the smallest landmark at the place that has it."""
    refused = None
    there = [one for one in around if one.distance_m == 0] or around[:1]
    for landmark in (one.landmark for one in there[:_HOLDERS]):
        draft = answer_fact(question, [[landmark]], catalogue, exclude)
        if draft is not None and draft.refusal is None:
            if around[0].distance_m > 0:
                draft.certainty *= 0.7
                km = around[0].distance_m / 1000
                draft.notes.append(
                    f"{landmark.name} is the nearest landmark, {km:,.0f} km away"
                )
            return draft
        refused = refused or draft
    return refused


def _asks_where(question: Question) -> bool:
    """Whether it asks what or where the place is, and for no value of it."""
    asked = {mention.variable for group in question.variables for mention in group}
    return asks_for_all(question) or (bool(asked) and asked <= _ITSELF)

"""Routes of questions: to a fact, a list, a place, a picture, or passages."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.answering.around import (
    as_near,
    between,
    how_far,
    lying_in,
    near,
    nearer,
    of_kind,
    to_one_side,
)
from rsrag.rag.answering.ask_request import Run
from rsrag.rag.answering.bearing import asks_why, bears_on, names_all, not_told
from rsrag.rag.answering.describe import asks_for_all, describe, particulars, tell_where
from rsrag.rag.answering.open_answers import UNSAID, ask_passages, says_of
from rsrag.rag.answering.passages import asked_words, of_no_landmark
from rsrag.rag.answering.picture_answers import answer_picture, tell_looks, value_of
from rsrag.rag.answering.places import Neighbour, Whereabouts, neighbours, tell_place
from rsrag.rag.answering.undecided import undecided
from rsrag.rag.executing.comparing import compare
from rsrag.rag.executing.lists import answer_listing
from rsrag.rag.executing.told_values import answer_value
from rsrag.rag.querying.account import Understood, weighs
from rsrag.rag.querying.typed_query import Query
from rsrag.rag.reading.kinds import find_kind
from rsrag.rag.reading.question import Question
from rsrag.rag.saying.draft import Draft
from rsrag.rag.saying.query_words import in_words, quoted
from rsrag.records import Landmark

_LEFT = 0.7  # of the confidence, where words were left over
_INSTEAD = 0.6  # confidence at most of passages in a list's place
_HOLDERS = 5
_TELLING, _FEW = 3, 2
"""Words that what points back must ask with, of texts; of those of no landmark."""
_ITSELF = {"name", "location", "category", "coordinates", "area", "type"}


def route(run: Run, question: Question, understood: Understood) -> Draft:
    """Answer a question on the way that suits its query, or refuse.

    A name that is no landmark's may stand in a text: what would be refused is looked
    for there.
    """
    draft = _on_its_way(run, question, understood)
    if draft.refusal is None or not (question.unknown and understood.groups):
        return draft
    other = ask_passages(run, question, ())
    fits = other.refusal is None and bears_on(other, understood.query, question)
    return other if fits else draft


def _on_its_way(run: Run, question: Question, understood: Understood) -> Draft:
    request, catalogue = run.request, run.tools.catalogue
    query, groups = understood.query, understood.groups
    place = Whereabouts.of(request.at or question.at, request.bbox, request.footprint)
    if request.image is not None:
        draft = answer_picture(run, question, understood, place)
        if draft is not None:
            return draft
    with run.timed("retrieve"):
        if query.op in ("rank", "list", "count") and not question.here:
            draft = None
            if not query.left_over:
                draft = answer_listing(
                    query, catalogue, request.exclude, place, request.radius_m
                )
                draft.certainty *= understood.certainty
                tell_where(draft, question)
                if draft.refusal is None or not query.filters:
                    return draft
            return _instead(run, question, query, draft)
        if place is not None and not groups and query.op != "describe":
            around = neighbours(place, catalogue, request.radius_m, request.exclude)
            draft = None
            if not _asks_where(question):
                draft = _fact_there(run, question, around, understood)
            if draft is None:
                named = query.kind or _kind_in(question, catalogue)
                kind, around = of_kind(named, around, catalogue)
                draft = tell_place(place, around, request.radius_m, kind=kind)
                if request.image is not None:
                    draft = tell_looks(run, question, draft)
            return draft
        if place is not None and groups and request.at is None and question.at is None:
            groups = lying_in(groups, place)
            if not groups:
                names = " or ".join(query.entities)
                return Draft("place", refusal=f"it knows no {names} in {place.words}")
        understood = replace(understood, groups=groups)
        draft = _of_landmarks(run, question, understood)
        if draft is not None:
            return draft
    if not groups and understood.pointing and not question.unknown:
        # *What made them leave the cellar?* may stand in a text all the same.
        draft = Draft("passages", refusal=UNSAID)
        if (words := len(asked_words(question))) < _FEW:
            return draft
        other = ask_passages(run, question, groups)
        fits = other.refusal is None and bears_on(other, query, question)
        fits &= words >= _TELLING or of_no_landmark(other)
        other.certainty = min(other.certainty, _INSTEAD)
        return other if fits else draft
    texts = understood.unheld or asks_why(question)
    draft = ask_passages(run, question, groups, texts=texts)
    bears = bears_on(draft, query, question) and names_all(draft, groups)
    if draft.refusal is None and not bears:
        draft = not_told(draft, query, groups, catalogue)
    refused = draft.refusal is not None and not question.topic_unknown
    if refused and weighs(query.left_over):
        draft.refusal = f"not understood: {quoted(query.left_over)}; {draft.refusal}"
    return draft


def _of_landmarks(run: Run, question: Question, understood: Understood) -> Draft | None:
    """What is held of the landmarks named; ``None`` where passages are to be asked."""
    request, catalogue = run.request, run.tools.catalogue
    query, groups = understood.query, understood.groups
    if not groups:
        return None
    match query.op:
        case "distance":
            if query.order is not None and len(groups) > 2:
                return _lowered(nearer(groups, most=query.order == "most"), query)
            return how_far(groups, query.unit, question.unknown)
        case "near":
            return _lowered(near(query, groups[0], catalogue, request), query)
        case "direction":
            return _lowered(to_one_side(query, groups[0], catalogue, request), query)
        case "between":
            return _lowered(between(query, groups, catalogue, request), query)
        case "compare":
            if weighs(query.left_over):
                return None
            compared = compare(query, groups, catalogue, request.exclude)
            compared.certainty *= understood.certainty
            return _lowered(compared, query)
        case "describe":
            if question.unknown:
                return says_of(question, groups, catalogue, request.exclude)
            every = [*chain(*groups)]
            return describe(every, catalogue, request.exclude, question, query.unit)
    if query.wants == "yes" and [one.relation for one in query.place] == ["within"]:
        return _lowered(as_near(query, groups[0], catalogue), query)
    draft = answer_value(understood, question, catalogue, request.exclude)
    if query.wants == "yes" and draft is not None and draft.refusal is None:
        return undecided(run, question, draft, understood)
    if draft is not None and not _may_be_told(draft, question, groups, catalogue):
        return draft
    general = asks_for_all(question) and not weighs(query.left_over)
    # *Tell me where its seat is*: one word asks for something of its own.
    if particulars(question) and (query.left_over or query.variables):
        general = False
    if draft is None and question.unknown and general:
        return says_of(question, groups, catalogue, request.exclude)
    if (draft is None or draft.refusal is not None) and general:
        every = [*chain(*groups)]
        return describe(every, catalogue, request.exclude, question, query.unit)
    return None


def _lowered(draft: Draft, query: Query) -> Draft:
    """Words left over are told, and cost confidence."""
    if query.left_over and draft.refusal is None:
        draft.certainty *= _LEFT
        draft.notes.append(f"not understood: {quoted(query.left_over)}")
    return draft


def _instead(
    run: Run, question: Question, query: Query, refused: Draft | None
) -> Draft:
    """Passages, for a list that cannot be made; else what was not understood."""
    draft = ask_passages(run, question, ())
    texts = any(piece.kind == "passage" for piece in draft.pieces)  # a fact is no list
    if draft.refusal is None and texts and bears_on(draft, query, question):
        draft.certainty = min(draft.certainty, _INSTEAD)
        return draft
    if refused is not None:
        return refused
    nearest = draft.nearest or draft.pieces[:3]
    draft = Draft("list", nearest=nearest)
    draft.refusal = (
        f"not understood: {quoted(query.left_over)}; understood: {in_words(query)}"
    )
    return draft


def _kind_in(question: Question, catalogue: Catalogue) -> str | None:
    found = find_kind(re.findall(r"[\w'-]+", question.masked.lower()), catalogue)
    return None if found is None else found.name


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


def _fact_there(
    run: Run, question: Question, around: Sequence[Neighbour], understood: Understood
) -> Draft | None:
    """A value of the smallest landmark at the place that has it.

    The words that it took are those of the question.
    """
    refused = None
    there = [one for one in around if one.distance_m == 0] or around[:1]
    for landmark in (one.landmark for one in there[:_HOLDERS]):
        draft, understood.cover = value_of(run, question, landmark)
        if draft is not None and draft.refusal is None:
            if around[0].distance_m > 0:
                draft.certainty *= 0.7
                km = around[0].distance_m / 1000
                draft.notes.append(
                    f"{landmark.name} is the nearest landmark, {km:,.0f} km away"
                )
            kind = landmark.category
            alike = [o.landmark for o in there if o.landmark.category == kind]
            if len(alike) > 1:
                draft.certainty *= _INSTEAD
                names = ", ".join(one.name for one in alike if one is not landmark)
                draft.notes.append(
                    f"this is {landmark.name}; of its kind {names} lies there, too"
                )
            return draft
        refused = refused or draft
    return refused


def _asks_where(question: Question) -> bool:
    """Whether it asks what or where the place is, and for no value of it."""
    asked = {mention.variable for group in question.variables for mention in group}
    return asks_for_all(question) or (bool(asked) and asked <= _ITSELF)

"""Answers on a picture: what it looks like, what is like it, and where that may be."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from rsrag.knowledge.catalogue.catalogue_places import apart
from rsrag.rag.answering.ask_request import Run, Seen
from rsrag.rag.answering.describe import asks_for_all, describe
from rsrag.rag.answering.eyes import answer_by_eye, needs_eyes
from rsrag.rag.answering.places import Neighbour, Whereabouts, place_evidence
from rsrag.rag.executing.lists import answer_listing
from rsrag.rag.executing.told_values import answer_value
from rsrag.rag.querying.account import Understood
from rsrag.rag.querying.understanding import understand
from rsrag.rag.reading.question import Question
from rsrag.rag.saying.draft import Draft
from rsrag.records import Landmark

CLEAR = 0.5
"""Confidence from which a picture is tied to a landmark."""
_SHOWN = 3
_IS_THIS = re.compile(
    r"\s*(?:is|was|could|might|does|do)\s+(?:this|it|that|the\s+(?:picture|image|photo))\b",
    re.IGNORECASE,
)
_DEPICTS = re.compile(
    r"\b(?:picture|image|photo(?:graph)?|scene|see|seen|shows?|shown|visible|look(?:s|ing)?)\b",
    re.IGNORECASE,
)
_OF_PICTURE = re.compile(
    rf"{_DEPICTS.pattern}|\b(?:in|on|the|this|are|is|can|be|here)\b", re.IGNORECASE
)
_WHERE = re.compile(
    r"\bwhere\b|\bwhich\s+(?:place|country|region|city)\b", re.IGNORECASE
)
_OF_ITSELF = {"name", "location", "category"}


def answer_picture(
    run: Run, question: Question, understood: Understood, place: Whereabouts | None
) -> Draft | None:
    """Answer a question that a picture came with, if it is about the picture.

    Returns:
        ``None`` where it is about landmarks that it names, or where the picture's
        ``place`` tells: what lies there, and lists of it.
    """
    query, catalogue = understood.query, run.tools.catalogue
    if understood.groups:
        if _IS_THIS.match(question.text) and not query.variables:
            return _is_this(run, understood.groups, place)
        return None
    if any(site.names for site in query.place):
        return None
    of_a_kind = query.op in ("list", "count", "rank") and query.kind is not None
    what = needs_eyes(question)
    if place is not None:
        left = [one for one in query.left_over if _OF_PICTURE.sub("", one).strip()]
        if of_a_kind and not left:
            listing, request = replace(query, left_over=()), run.request
            return answer_listing(
                listing, catalogue, request.exclude, place, request.radius_m
            )
        return None if what is None else _by_eye(run, what)
    if query.op == "rank" and not question.here:
        return None
    draft = None
    seen = _look(run)
    if seen is not None and seen.landmark_id and seen.confidence >= CLEAR:
        draft = _of_landmark(run, seen, question, understood)
        if what is None or draft.refusal is None:
            return draft
    if what is None and of_a_kind:
        what = "which of them it shows"
    if what is not None:
        return _by_eye(run, what)
    return None if seen is None else tell_picture(seen, question)


def tell_looks(run: Run, question: Question, draft: Draft) -> Draft:
    """Say also what a placed picture looks like, where that is asked."""
    if not (asks_for_all(question) and _DEPICTS.search(question.text)):
        return draft
    seen = _look(run)
    if seen is not None and seen.looks:
        held, draft.lines = draft.lines, []
        for piece in seen.looks:
            draft.quote(piece)
        draft.lines += held
        draft.notes += seen.notes
        if draft.refusal is not None:
            draft.refusal, draft.certainty = None, round(seen.looks[0].score, 3)
    return draft


def tell_picture(seen: Seen, question: Question) -> Draft:
    """Answer by what a picture is like, where no landmark is clear."""
    draft = Draft("image", nearest=[*seen.looks, *seen.alike][:_SHOWN])
    named = {m.variable for group in question.variables for m in group}
    where = bool(_WHERE.search(question.text)) or "location" in named
    if not (asks_for_all(question) or where or (named and named <= _OF_ITSELF)):
        draft.refusal = (
            "the picture cannot be tied to one landmark with confidence"
            if named
            else "the picture's looks and place do not answer this"
        )
        return draft
    if not where:
        for piece in seen.looks:
            draft.quote(piece)
        draft.notes += seen.notes
    for piece in seen.alike[:_SHOWN]:
        text = piece.text
        if piece.kind == "chip":
            text = f"A picture like it: {text[:1].lower()}{text[1:]}"
        draft.say(text, piece)
    if not draft.lines:
        draft.refusal = (
            "no picture in the index or among the references is like this one"
        )
        return draft
    sure = seen.confidence if where or not seen.looks else seen.looks[0].score
    draft.certainty = round(min(0.5, sure) if where else sure, 3)
    if seen.alike:
        draft.notes.append("pictures that look alike are no proof of the place")
    return draft


def _look(run: Run) -> Seen | None:
    if run.tools.look is None:
        return None
    if run.seen is None:
        with run.timed("look"):
            run.seen = run.tools.look(run.request)
    return run.seen


def _by_eye(run: Run, what: str) -> Draft:
    draft = answer_by_eye(run, what)
    if draft.refusal is not None and (seen := _look(run)) is not None:
        draft.nearest = [*seen.looks, *seen.alike][:_SHOWN]
    return draft


def value_of(
    run: Run, question: Question, landmark: Landmark
) -> tuple[Draft | None, float]:
    """What a question asks of a landmark that it does not name, or ``None``.

    Returns:
        With it, the share of the question's words that were taken.
    """
    catalogue, exclude = run.tools.catalogue, run.request.exclude
    given = (landmark.id,)
    meant = understand(question, catalogue, given, exclude, run.tools.link)
    if meant.query.op != "value":
        return None, meant.cover
    return answer_value(meant, question, catalogue, exclude), meant.cover


def _of_landmark(
    run: Run, seen: Seen, question: Question, understood: Understood
) -> Draft:
    """Of the landmark that the picture clearly shows."""
    catalogue, exclude = run.tools.catalogue, run.request.exclude
    landmarks = catalogue.landmarks([seen.landmark_id] if seen.landmark_id else [])
    draft, understood.cover = value_of(run, question, landmarks[0])
    if draft is None or asks_for_all(question):
        draft = describe(landmarks, catalogue, exclude)
    draft.route = "image"
    draft.certainty *= seen.confidence
    draft.rewordable = False
    draft.notes.append(_taken_for(landmarks[0], seen))
    return draft


def _is_this(
    run: Run, groups: Sequence[Sequence[Landmark]], place: Whereabouts | None
) -> Draft:
    """*Is this X?*: by the place of the picture, else by the landmark it shows."""
    named = [*chain.from_iterable(groups)]
    draft = Draft("image")
    placed = [one for one in named if one.shape is not None]
    if place is not None and placed:
        away = []
        for one in placed:
            assert one.shape is not None
            if one.shape.intersects(place.shape):
                inside = bool(one.shape.covers(place.shape))
                away.append(Neighbour(one, 0.0, inside))
            else:
                metres, bearing = apart(place.shape, one.shape)
                away.append(Neighbour(one, metres, False, bearing))
        best = min(away, key=lambda one: (one.distance_m, one.landmark.id))
        draft.quote(place_evidence(place, best))
        draft.value = "yes" if best.distance_m == 0 else "no"
        return draft
    seen = _look(run)
    if seen is None or not (seen.landmark_id and seen.confidence >= CLEAR):
        names = " or ".join(dict.fromkeys(one.name for one in named))
        draft.refusal = f"whether it is {names} must be seen in the picture"
        draft.nearest = [*seen.looks, *seen.alike][:_SHOWN] if seen else []
        return draft
    (shown,) = run.tools.catalogue.landmarks([seen.landmark_id])
    draft = describe([shown], run.tools.catalogue, run.request.exclude)
    draft.lines = draft.lines[:1]
    draft.route, draft.certainty = "image", round(seen.confidence, 3)
    draft.value = "yes" if shown.id in {one.id for one in named} else "no"
    draft.notes.append(_taken_for(shown, seen))
    return draft


def _taken_for(landmark: Landmark, seen: Seen) -> str:
    sure = f"(confidence {seen.confidence:.2f})"
    return f"the picture was taken for {landmark.name} {sure}"

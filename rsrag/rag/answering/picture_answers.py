"""Answers on a picture without a place: what it is like, and where that may be."""

from collections.abc import Sequence
from dataclasses import dataclass

from rsrag.answers import Evidence
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.answering.describe import asks_for_all, describe
from rsrag.rag.answering.fact_answers import answer_fact
from rsrag.rag.reading.question import Question
from rsrag.rag.reading.wanted import wanted
from rsrag.rag.saying.draft import Draft

CLEAR = 0.5
"""Confidence from which a picture is tied to a landmark."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The place that a picture most likely shows, if any, and what it is like.

    ``evidence`` are reference pictures and chips, best first.
    """

    landmark_id: str | None
    confidence: float
    evidence: Sequence[Evidence]


def tell_picture(
    seen: Seen,
    question: Question,
    catalogue: Catalogue,
    exclude: frozenset[str] = frozenset(),
) -> Draft:
    """Answer by the picture's landmark if that is clear, else by what it is like."""
    if seen.landmark_id is not None and seen.confidence >= CLEAR:
        landmarks = catalogue.landmarks([seen.landmark_id])
        held = [(one, catalogue.facts(one.id)) for one in landmarks]
        asked = wanted(question, held)
        draft = answer_fact(asked, question.periods, [landmarks], catalogue, exclude)
        if draft is None or asks_for_all(question):
            draft = describe(landmarks, catalogue, exclude)
        draft.route = "image"
        draft.certainty *= seen.confidence
        draft.rewordable = False
        draft.notes.append(
            f"the picture was taken for {landmarks[0].name} (confidence "
            f"{seen.confidence:.2f})"
        )
        return draft
    draft = Draft("image")
    if not seen.evidence:
        draft.refusal = (
            "no picture in the index or among the references is like this one"
        )
        return draft
    wants_value = bool(question.variables) and not asks_for_all(question)
    named = {m.variable for group in question.variables for m in group}
    if wants_value and not named <= {"name", "location", "category"}:
        draft.refusal = "the picture cannot be tied to one landmark with confidence"
        draft.nearest = list(seen.evidence[:3])
        return draft
    for piece in seen.evidence[:3]:
        text = piece.text
        if piece.kind == "chip":
            text = f"A picture like it: {text[:1].lower()}{text[1:]}"
        draft.say(text, piece)
    draft.certainty = round(min(0.5, seen.confidence), 3)
    draft.notes.append("these are pictures that look alike, not proof of the place")
    return draft

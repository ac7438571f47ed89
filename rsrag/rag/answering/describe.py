"""Description of a place: its record, what is written about it, and its main facts."""

import re
from collections.abc import Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.querying.understanding import DESCRIBE
from rsrag.rag.reading.question import Question
from rsrag.rag.reading.wanted import asks_one_thing
from rsrag.rag.reading.words import word_list
from rsrag.rag.saying.draft import Draft
from rsrag.rag.saying.instructions import data_sentences
from rsrag.rag.saying.sentences import content_words, stem
from rsrag.records import Landmark
from rsrag.retrieval.wording.evidence import (
    fact_evidence,
    landmark_evidence,
    passage_evidence,
)

_ABOVE = re.compile(r"\b(?:above|space|satellite|air|aerial|orbit|look)\b", re.I)
_GENERIC = frozenset(map(stem, word_list("asks_in_general")))
_SENTENCES = 3
_FACTS = 3
_LONG = 16
_NOT_IN_UNIT = 0.6
"""Confidence where a unit was asked for, and not of what."""
_WHERE = re.compile(r"\W*(?:so\s+|and\s+)?where\b", re.IGNORECASE)


def asks_for_all(question: Question) -> bool:
    """Whether a question asks what a place is, and for nothing in particular."""
    rest = particulars(question)
    if asks_one_thing(question.masked) or question.periods:
        return False
    return not rest or (bool(DESCRIBE.search(question.masked)) and len(rest) <= 1)


def particulars(question: Question) -> list[str]:
    """Stems of words that ask for more than what a place is."""
    return [w for w in content_words(question.masked) if w not in _GENERIC]


def describe(
    landmarks: Sequence[Landmark],
    catalogue: Catalogue,
    exclude: frozenset[str] = frozenset(),
    question: Question | None = None,
    unit: str | None = None,
) -> Draft:
    """A few sentences on each landmark, in the words of their sources.

    Where a question asks how it looks from above, that is told as well. A ``unit``
    that was asked for and of what is not said costs confidence.
    """
    from_above = question is not None and bool(_ABOVE.search(question.masked))
    draft = Draft("passages")
    for landmark in landmarks[:_SENTENCES]:
        draft.quote(landmark_evidence(landmark))
        passages = [
            passage_evidence(passage, landmark)
            for passage in catalogue.passages_of(landmark.id)
            if passage.chunk_type in ("description", "history", "document")
            and passage.id not in exclude
        ]
        for piece in passages[: 2 if from_above else 1]:
            for part in data_sentences(piece.text)[:_SENTENCES]:
                draft.say(part, piece)
        facts = [
            fact
            for fact in catalogue.facts(landmark.id, exclude=exclude)
            if fact.period is None
            and fact.variable not in ("name", "category")
            and len(fact.value.split()) <= _LONG
        ]
        facts.sort(key=lambda fact: (fact.number is None, fact.variable))
        for fact in facts[:_FACTS]:
            draft.quote(fact_evidence(fact, landmark))
    draft.value = landmarks[0].name
    if unit:
        draft.certainty = _NOT_IN_UNIT
        draft.notes.append(f"it is not said what is wanted in {unit}")
    return draft


def tell_where(draft: Draft, question: Question) -> None:
    """*Where is the tallest tower?*: beside what was found, where it lies."""
    if draft.refusal is None and _WHERE.match(question.text):
        for _, landmark in draft.told:
            draft.quote(landmark_evidence(landmark))

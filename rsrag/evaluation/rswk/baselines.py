"""Answers that read less than a question: rsrag is held against their figures."""

from collections.abc import Callable, Sequence

import numpy as np

from rsrag.evaluation.data.rswk_questions import QaQuestion
from rsrag.evaluation.qa_scores import QaOutcome
from rsrag.interfaces import TextEncoder
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.months import MONTHS
from rsrag.knowledge.periods import period_words
from rsrag.knowledge.variables import label_of
from rsrag.records import Fact
from rsrag.types import Vectors
from rsrag.vectors import top_k

System = Callable[[QaQuestion], QaOutcome]
FLOOR = 0.35
"""Cosine below which a fact is not taken to be what is asked for."""
_LONGEST = 80
_NO_FIELD = {"name", "category"}


def name_only(catalogue: Catalogue) -> System:
    """Finds the landmark by its name, and reads no variable and no month.

    A question that names any month gets the landmark's first monthly value, another one
    its first other value.
    """

    def answer(question: QaQuestion) -> QaOutcome:
        month = any(name in question.question for name in MONTHS)
        facts = [
            fact
            for fact in _facts(question, catalogue)
            if (fact.period is not None) == month and fact.variable not in _NO_FIELD
        ]
        return _outcome(question, facts[:1])

    return answer


def fact_vectors(catalogue: Catalogue, encoder: TextEncoder) -> System:
    """Takes the landmark's fact that is nearest by sentence vectors.

    A fact's score is the mean of the question's cosines to its label and to ``label:
    value``, or the cosine to ``label period`` of a monthly one; below :data:`FLOOR` the
    question is refused.
    """
    kept: dict[str, Vectors] = {}

    def vectors(texts: Sequence[str]) -> Vectors:
        if new := [text for text in dict.fromkeys(texts) if text not in kept]:
            kept.update(zip(new, encoder.encode_texts(new), strict=True))
        return np.stack([kept[text] for text in texts])

    def answer(question: QaQuestion) -> QaOutcome:
        facts = _facts(question, catalogue)
        if not facts:
            return _outcome(question, [])
        labels = [_label(fact) for fact in facts]
        text = question.question.replace(question.landmark, "it")
        asked = encoder.encode_texts([text])[0]
        values = [
            label if fact.period else f"{label}: {fact.value[:_LONGEST]}"
            for label, fact in zip(labels, facts, strict=True)
        ]
        scores = (vectors(labels) @ asked + vectors(values) @ asked) / 2
        best = int(top_k(scores, np.array([f.id for f in facts]), 1)[0])
        return _outcome(question, [facts[best]] if scores[best] >= FLOOR else [])

    return answer


def _label(fact: Fact) -> str:
    period = f" {period_words(fact.period)}" if fact.period else ""
    return f"{label_of(fact.variable)}{period}"


def _facts(question: QaQuestion, catalogue: Catalogue) -> list[Fact]:
    return [
        fact
        for landmark in catalogue.named(question.landmark)
        for fact in catalogue.facts(landmark.id)
    ]


def _outcome(question: QaQuestion, facts: Sequence[Fact]) -> QaOutcome:
    value = facts[0].value if facts else ""
    return QaOutcome(question, value, value=value, refused=not facts)

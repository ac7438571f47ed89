"""Comparison of two values, once both have been told."""

import re

from rsrag.knowledge.variables import label_of
from rsrag.rag.reading.quantities import YEARS, sort_value
from rsrag.rag.reading.question import Question
from rsrag.rag.saying.draft import Draft
from rsrag.retrieval.wording.english import with_article

_COMPARES = re.compile(r"\b(?:than|or|compared?|versus|vs|which)\b", re.IGNORECASE)


def compare(draft: Draft, question: Question) -> None:
    """Say which of the two values told is the larger, if the question compares."""
    if len(draft.told) != 2 or len(draft.lines) != 2:
        return
    if not _COMPARES.search(question.masked):
        return
    (one, first), (two, second) = draft.told
    a, b = sort_value(one), sort_value(two)
    if one.variable != two.variable or a is None or b is None or a == b:
        return
    if (one.unit is None) != (two.unit is None) or first.id == second.id:
        return
    more = first if a > b else second
    word, noun = "larger", label_of(one.variable)
    if one.variable in YEARS:
        word, noun = "later", "date"
    draft.say(
        f"Of the two, {with_article(more)} has the {word} {noun}",
        *(piece for _, pieces in draft.lines for piece in pieces),
    )
    draft.rewordable = False

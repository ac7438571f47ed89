"""Whether passages bear on what a question asks, and not on its place alone."""

import re

from rsrag.knowledge.variables import label_of, variables
from rsrag.rag.querying.account import heavy_words, weighs
from rsrag.rag.querying.typed_query import Query
from rsrag.rag.reading.quantities import YEARS
from rsrag.rag.saying.draft import Draft
from rsrag.rag.saying.sentences import content_words, folded

_DENIES = frozenset(
    {"not", "no", "never", "none", "neither", "nor", "without", "except", "excluding"}
)
_AGE = re.compile(r"\b(?:old|age|ages|years?|century|since|\d{4})\b")


_LIKELY = 0.8
"""Certainty of a quote that need not repeat the words of the question."""


def bears_on(draft: Draft, query: Query) -> bool:
    """Whether what is quoted speaks of what was asked.

    Words left over that may turn the answer (*demolished*, a number) must all stand in
    it, and a denial never does. Where a value is asked that is not held, one of the
    words of its name must. A sentence that is very likely the answer may say it in
    other words (*shut* for *closed*).
    """
    likely = draft.certainty >= _LIKELY
    said = " ".join(line for line, _ in draft.lines)
    there = set(content_words(said))
    for word in heavy_words(query.left_over):
        stems = content_words(word)
        if word in _DENIES or word.endswith("n't"):
            return False
        if word[0].isdigit() and word not in folded(said):
            return False
        if not likely and not there.issuperset(stems):
            return False
    if query.wants == "age":
        return _AGE.search(folded(said)) is not None
    if query.op == "value" and query.variables and not likely:
        return any(there & _names(one) for group in query.variables for one in group)
    return True


def not_told(draft: Draft, query: Query) -> Draft:
    """A refusal, of passages that speak of something else."""
    of = " or ".join(query.entities)
    asked = query.variables[0][0] if query.op == "value" and query.variables else ""
    if of and asked and asked not in YEARS and not weighs(query.left_over):
        return Draft(draft.route, refusal=f"it holds no {label_of(asked)} of {of}")
    on = f" on {of}" if of else ""
    return Draft(draft.route, refusal=f"it holds nothing{on} that answers this")


def _names(variable: str) -> set[str]:
    """Stems of all names of a variable."""
    known = variables().get(variable)
    names = [variable.replace("_", " "), label_of(variable)]
    names += known.synonyms if known is not None else []
    return {stem for name in names for stem in content_words(name)}

"""Questions over a kind of landmark: the deepest lake, how many airports."""

import re
from dataclasses import dataclass

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.reading.conditions import Condition, asks_for_values, read_condition
from rsrag.rag.reading.kinds import find_kind
from rsrag.rag.reading.question import Question
from rsrag.rag.reading.words import word_table

_SUPERLATIVES: dict[str, tuple[bool, list[str]]] = word_table("superlatives")
_COUNT = re.compile(r"\bhow\s+many\b", re.IGNORECASE)
_LIST = re.compile(
    r"\b(?:list|which|what\s+(?:are|\w+s\s+are)|name|show|are\s+there)\b", re.IGNORECASE
)
_WITHIN = re.compile(r"\b(?:in|on|within|inside|of|at)\s+(?:the\s+)?$", re.IGNORECASE)
SHOWN = 10
_MOST = 50


@dataclass(frozen=True, slots=True)
class KindQuestion:
    """A question over a kind of landmark: the ``categories`` that its word stands for.

    Attributes:
        variables: to sort by, candidates in order; empty for a count or a list.
        counts: it asks how many; ``top`` is how many it asks for.
        condition: on a value, if there is one.
    """

    categories: tuple[str, ...]
    kind: str
    variables: tuple[str, ...] = ()
    descending: bool = True
    superlative: str = ""
    counts: bool = False
    top: int = 1
    condition: Condition | None = None


def read_listing(question: Question, catalogue: Catalogue) -> KindQuestion | None:
    """Read a question over a kind of landmark; ``None`` if it is none.

    A condition that is not understood makes it no such question: a list that passes
    over *after 2000* would be a wrong answer.
    """
    words = re.findall(r"[\w'-]+", question.masked.lower())
    superlative = next((word for word in words if word in _SUPERLATIVES), None)
    counts = bool(_COUNT.search(question.masked))
    if superlative is None and not (counts or _LIST.search(question.masked)):
        return None
    if superlative is None and not _only_where(question):
        return None
    found = find_kind(words, catalogue)
    if found is None:
        return None
    kind, categories, plural = found
    condition = read_condition(question)
    if condition is None and asks_for_values(question):
        return None
    if superlative is not None:
        descending, variables = _SUPERLATIVES[superlative]
        named = [m.variable for group in question.variables for m in group]
        numbers = [int(word) for word in words if word.isdigit()]
        number = next((n for n in numbers if 1 < n <= _MOST), None)
        return KindQuestion(
            categories,
            kind,
            (*variables, *named),
            descending,
            superlative,
            top=number or (5 if plural else 1),
            condition=condition,
        )
    if not plural:
        return None
    return KindQuestion(categories, kind, counts=counts, top=_MOST, condition=condition)


def _only_where(question: Question) -> bool:
    """Whether all places of a question say where to look (*in Iceland*)."""
    for surface in question.surfaces:
        start = question.text.find(surface)
        if start < 0 or not _WITHIN.search(question.text[:start]):
            return False
    return True

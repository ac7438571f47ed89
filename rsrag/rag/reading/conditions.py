"""Conditions that narrow a list by value: *after 2000*, *higher than 5 km*."""

import math
import re
from dataclasses import dataclass

from rsrag.knowledge.periods import period_bounds
from rsrag.knowledge.units import Measure, measure
from rsrag.knowledge.values import parse_value
from rsrag.rag.reading.quantities import YEAR, YEARS
from rsrag.rag.reading.question import Question
from rsrag.rag.reading.words import word_table

_ADJECTIVES: dict[str, list[str]] = word_table("adjectives")
_BUILT = ("completed", "opened", "established")
_LESS = frozenset({"low", "short", "shallow", "narrow", "small"})
_COMPARED = re.compile(
    r"\b(?P<word>after|since|before|until|over|above|under|below|"
    r"(?:at\s+(?:least|most)|(?P<adjective>[a-z]+?)(?:g|n)?(?:er|r)\s+than|"
    r"(?:more|less|fewer)\s+than))\s+(?P<value>-?\d[\d.,]*(?:\s*[^\W\d_]+\d?)?)",
    re.IGNORECASE,
)
_MORE = frozenset({"after", "since", "over", "above", "at least", "more than"})


@dataclass(frozen=True, slots=True)
class Condition:
    """Values that pass: from ``low`` to ``high``, in base units or years.

    Attributes:
        variables: whose value it is, candidates in order.
        strict: the limits themselves do not pass.
        kind: of what can pass; empty where the question gives a bare number.
    """

    words: str
    variables: tuple[str, ...]
    low: float = -math.inf
    high: float = math.inf
    strict: bool = False
    kind: str = YEAR

    def passes(self, given: Measure) -> bool:
        """Whether a value lies within; one of another kind never does."""
        if given.kind != self.kind:
            return False
        if self.strict:
            return self.low < given.value < self.high
        return self.low <= given.value <= self.high


def asks_for_values(question: Question) -> bool:
    """Whether a question narrows a list by a value or a time."""
    return bool(question.periods) or _COMPARED.search(question.nameless) is not None


def read_condition(question: Question) -> Condition | None:
    """The condition of a question; ``None`` if there is none that is understood."""
    match = _COMPARED.search(question.nameless)
    asked = tuple(m.variable for group in question.variables for m in group)
    dated = tuple(one for one in asked if one in YEARS)
    if match is None:
        if len(question.periods) != 1 or not dated:
            return None
        first, last = period_bounds(question.periods[0])
        words = f"in {question.periods[0]}"
        return Condition(words, _times(dated), float(first[:4]), float(last[:4]))
    word = " ".join(match["word"].lower().split())
    number, unit = parse_value(match["value"].strip(" .,?!"))
    if number is None:
        return None
    stem = match["adjective"] or ""
    adjective = next((a for a in _ADJECTIVES if stem and a.startswith(stem)), None)
    if word in ("after", "since", "before", "until") or adjective in ("old", "new"):
        variables = _times(dated)
    elif adjective is not None:
        variables = tuple(_ADJECTIVES[adjective])
    elif asked:
        variables = asked
    else:
        return None
    years = bool(variables) and YEARS.issuperset(variables)
    limit = Measure(YEAR, number) if years else measure(number, unit)
    more = word in _MORE if adjective is None else adjective not in {*_LESS, "old"}
    strict = word not in ("since", "until", "at least", "at most")
    words = " ".join(match.group().split())
    if more:
        return Condition(words, variables, limit.value, math.inf, strict, limit.kind)
    return Condition(words, variables, -math.inf, limit.value, strict, limit.kind)


def _times(dated: tuple[str, ...]) -> tuple[str, ...]:
    """Variables of time that were asked for, and those that mean much the same."""
    if set(dated) <= set(_BUILT):
        return tuple(dict.fromkeys((*dated, *_BUILT)))
    return dated

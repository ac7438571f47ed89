"""The variable that a question means, where its words do not settle it."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.knowledge.units import convert
from rsrag.knowledge.variables import label_of, phrases_of
from rsrag.rag.linking.value_fits import contrary, counts_other, misfit
from rsrag.rag.querying.account import Measured, narrows, weighs
from rsrag.rag.querying.ordering import Order
from rsrag.rag.querying.scope import Scope
from rsrag.rag.querying.typed_query import PlaceFilter
from rsrag.rag.reading.kinds import Kind
from rsrag.rag.reading.quantities import YEARS, order_of
from rsrag.rag.reading.wanted import asks_mean
from rsrag.rag.reading.words import word_table
from rsrag.rag.saying.sentences import content_words
from rsrag.records import Fact
from rsrag.retrieval.wording.english import place_words

if TYPE_CHECKING:
    from rsrag.rag.linking.variable_linker import Link

Linking = Callable[
    [str, Sequence[tuple[str, str]], bool, Collection[str]], "Link | None"
]
"""Links a question about *it* to one of the variables and values that are held; told
whether it names a time, and which variables others have."""

_WHY = re.compile(r"^\s*(?:and\s+|but\s+|so\s+)?(?:why|how\s+come)\b", re.IGNORECASE)
OF_THE_TIME = re.compile(r"\b(?:in|for|during|as\s+of|of)\s+(?:the\s+year\s+)?▲+")
_SEVERAL = re.compile(r":[^?,]*,")
"""*Mount Etna: height, type, nearest city* asks more than one thing."""
_MANNER = re.compile(r"\W*how\s+(?:is|are|was|were|do|does|did)\b")
"""*How was it dug* asks for no value, if not surely."""
_AGAINST = 0.9
"""Confidence of a link that overrules a variable that words name, and that is held."""
_MEASURED = 0.75
"""Confidence at least of what a degree measures."""
_WHERE = re.compile(r"\bwhere\b|\bcoordinates?\b|\bposition\b|\bon\s+(?:the|a)\s+map\b")
_REASONS = frozenset(
    "known_for cultural_significance primary_function named_after formed_by "  # noqa: SIM905
    "historical_background description details".split()
)
"""Variables whose values say why."""
_TURNS = frozenset(
    "not no never none nor neither without except excluding before after until within "  # noqa: SIM905
    "unless instead half twice same second third fourth ex future planned than".split()
)
"""What no meaning of a sentence as a whole takes in."""


def by_meaning(
    scope: Scope,
    groups: Sequence[Sequence[str]],
    link: Linking | None,
    least: float = 0.0,
) -> "Link | None":
    """The link of a question that asks one thing of one landmark, if it is sure.

    Args:
        groups: what rules make of it: they stand where they leave no word over, and
            what they find is a value of the kind asked for.
        least: confidence of a link at least, if more than usual.
    """
    if link is None or not _may_mean(scope) or _settled(scope, groups):
        return None
    from rsrag.rag.linking.variable_linker import about_it

    mean = asks_mean(scope.question)
    held = [
        (fact.variable, fact.value)
        for _, facts in scope.facts
        for fact in facts
        if scope.aim.unit is None or _converts(fact, scope.aim.unit)
        if fact.variable != "name" or not scope.named
        if not (mean and fact.variable.startswith(("maximum_", "minimum_")))
    ]
    if scope.aim.unit is None:
        held += _of_records(scope)
    names = [name.surface for name, _ in scope.named]
    question = about_it(scope.question.text, names)
    found = link(question, held, bool(scope.question.periods), scope.held)
    scope.unheld = found is not None and found.unheld
    if _MANNER.match(scope.account.shape):
        least = max(least, _AGAINST)
    if found is None or not found.sure or found.confidence < least:
        return None
    if not fits(scope, (found.variable,)):
        return None
    # Where rules say the same, a word that they leave may still narrow it (in summer).
    same = bool(groups) and found.variable in groups[0]
    if groups and not same and found.confidence < _AGAINST and _fitting(scope, groups):
        return None
    said = set(content_words(" ".join(phrases_of(found.variable))))
    for start, end, word in scope.account.words:
        turns = word in _TURNS or word[0].isdigit() or word.endswith("n't")
        if not turns and (weighs([word]) if same else not _apart(word, said)):
            scope.account.take(start, end)
    return found


def _apart(word: str, said: set[str]) -> bool:
    """*Who painted it*, *the first woman on it*: what no name of the variable says."""
    return narrows(word) and said.isdisjoint(content_words(word))


def measured_by_meaning(
    scope: Scope,
    measured: Measured | None,
    link: Linking | None,
    facts: Sequence[tuple[str, str]] | None = None,
) -> "Link | None":
    """What *holds the most water* measures, if it is sure; its words are taken.

    ``facts``: variables and values to choose from; those of the kind, if not given.
    """
    if measured is None or link is None:
        return None
    held = measures_of_kind(scope) if facts is None else facts
    found = link(measured.phrase, held, False, ()) if held else None
    if found is None or not found.sure or found.confidence < _MEASURED:
        return None
    for span in measured.spans:
        scope.account.take(*span)
    return found


def measures_of_kind(scope: Scope) -> list[tuple[str, str]]:
    """What can be put in order, of landmarks of the kind: a value of each variable."""
    found: dict[str, str] = {}
    for category in () if scope.kind is None else scope.kind.categories:
        for one in scope.catalogue.all_landmarks(category=category):
            for fact in scope.catalogue.facts(one.id):
                if fact.period is None and order_of(fact) is not None:
                    found.setdefault(fact.variable, fact.value)
    return list(found.items())


def measure_behind(scope: Scope, kind: Kind) -> tuple[str, ...]:
    """*The longest bridge span*: the measure that stands behind its kind."""
    end = scope.loose[kind.first + kind.count - 1][1] if kind.count else -1
    if end < 0 or kind.plural:
        return ()
    return tuple(
        m.variable
        for m in scope.spoken
        if end < m.start and not scope.account.shape[end : m.start].strip()
        if m.variable in scope.held and m.variable not in YEARS
    )


def held_then(scope: Scope, variables: Sequence[str]) -> bool:
    """*The busiest airport in 2019*: whether values of that time are held."""
    return any(
        (fact.period or "").startswith(scope.question.periods)
        for variable in variables
        if variable not in YEARS
        for fact in scope.catalogue.facts_of(variable)
    )


def by_age(scope: Scope, order: Order) -> Order:
    """*The oldest crater*: by an age, where no time is held of the kind."""
    own = {name for name, _ in measures_of_kind(scope)}
    ages = tuple(one for one in ("geological_age", "age") if one in own)
    if not ages or own & set(order.variables):
        return order
    return replace(order, variables=ages, more=not order.more)


def _of_records(scope: Scope) -> list[tuple[str, str]]:
    """What the landmarks' records say where no fact does: their kind and place."""
    where = _WHERE.search(scope.account.shape)
    told = []
    for landmark, facts in scope.facts:
        own = {fact.variable for fact in facts}
        if landmark.category and "category" not in own:
            told.append(("category", landmark.category))
        if landmark.geometry is not None and where and "location" not in own:
            told.append(("location", place_words(landmark) or ""))
    return told


def _converts(fact: Fact, unit: str) -> bool:
    return fact.number is not None and convert(fact.number, fact.unit, unit) is not None


def _may_mean(scope: Scope) -> bool:
    aim = scope.aim
    single = scope.given or len(scope.named) == 1
    strange = [one for one in scope.account.free_names() if not one.ids]
    several = _SEVERAL.search(scope.account.shape)
    plain = aim.wants == "value" and not aim.yes and not several
    return bool(single) and plain and not strange


def _settled(scope: Scope, groups: Sequence[Sequence[str]]) -> bool:
    if not groups:
        return not scope.account.left_over()
    found = [_held(scope, group) for group in groups]
    if not all(found):
        return False
    if len(groups) > 1:
        return True
    kinds = {w for one, _ in scope.facts for w in content_words(one.category or "")}
    left = set(content_words(" ".join(scope.account.left_over())))
    return fits(scope, groups[0]) and left <= kinds


def _fitting(scope: Scope, groups: Sequence[Sequence[str]]) -> bool:
    return bool(_held(scope, groups[0])) and fits(scope, groups[0])


def fits(scope: Scope, group: Sequence[str]) -> bool:
    """Whether what is held of a variable is of the kind that is asked for.

    *Who climbed it first?* asks for no date, *how deep on average* for no maximum, and
    *why* for a reason.
    """
    text, held = scope.question.text, _held(scope, group)
    if not held:
        return True
    variable, value = held[0]
    reasoned = variable in _REASONS or not _WHY.search(text)
    apart = misfit(text, value) > 0 or contrary(text, label_of(variable))
    return reasoned and not (apart or counts_other(text, variable, value))


def _held(scope: Scope, group: Sequence[str]) -> list[tuple[str, str]]:
    values = {fact.variable: fact.value for _, facts in scope.facts for fact in facts}
    return [(one, values[one]) for one in group if one in values]


def places_held(
    scope: Scope, sites: Sequence[PlaceFilter]
) -> tuple[tuple[str, ...], ...]:
    """The variables by which it lies in one of these places."""
    names = [fold(name) for site in sites for name in site.names]
    found = [
        fact.variable
        for _, facts in scope.facts
        for fact in facts
        if fact.variable in word_table("place_variables")
        and any(f" {name} " in f" {fold(fact.value)} " for name in names)
    ]
    return (tuple(dict.fromkeys(found)) or ("country", "continent"),)

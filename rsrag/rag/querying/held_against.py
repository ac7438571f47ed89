"""Landmarks held against each other: how far apart they lie, and which has more."""

import re
from dataclasses import replace
from itertools import chain
from typing import Literal

from rsrag.knowledge.units import unit_named
from rsrag.rag.querying.account import Measured, Understood, what_is_measured
from rsrag.rag.querying.by_meaning import Linking, measured_by_meaning
from rsrag.rag.querying.limits import DIMENSIONS
from rsrag.rag.querying.ordering import FROM_TO, MEASURES
from rsrag.rag.querying.scope import Scope
from rsrag.rag.querying.typed_query import Wants
from rsrag.rag.reading.degrees import Degree, alike, comparatives, superlatives
from rsrag.rag.reading.nouns import named_by
from rsrag.rag.reading.quantities import BUILT, YEARS, order_of

_SIDE = re.compile(
    r"\b(?:(?:further|farther|more)\s+)(?:to\s+the\s+)?(north|south|east|west)\b"
)
_BEATS = re.compile(
    r"\b(?:beats?|exceeds?|surpass(?:es)?|tops?|outdo(?:es)?|outstrips?|outranks?|"
    r"outsizes?|dwarfs?|tower(?:s)?\s+over)\b"
)
ONE_OR_OTHER = re.compile(r"◆\s+or\s+(?:in\s+)?(?:the\s+)?◆")
"""*Is K2 or Everest higher?* is answered by a name."""
_OLD_WHEN = re.compile(r"\bhow\s+old\s+was\s+(?:the\s+)?◆+\s+when\b")
_SHARE_FIRST = re.compile(
    r"^[^◆]*\b(?:percent(?:age)?|per\s+cent|share|fraction|proportion)\s+of\b"
)
"""*What percentage of X is Y* names the whole first."""
_WORDED = re.compile(r"\b(?:compare|differ|versus|vs|rank|sort|order|arrange)")
_ORDERLY = re.compile(
    r"^\W*(?:put|arrange|order|sort|rank|list)\b(?:\s+(?:the\s+following|these|those|them))?|"
    r"\b(?:in|by)\s+(?:(?:ascending|descending|chronological|the\s+right)\s+)?order(?:\s+of)?\b"
)
_BY_AGE = re.compile(r"\b(?:(?:by|of)\s+age|chronological(?:ly)?)\b")
_COMPARES = re.compile(
    r"\b(?:than|or|rank(?:ed)?|sort(?:ed)?|order(?:ed)?|arranged?|versus|vs|compared?(?:\s+(?:to|with))?|both|between|other|"
    r"the\s+same|as|differ(?:s|ence)?)\b"
)


_IN_FRONT = re.compile(
    r"\b(?:at\s+the\s+)?(?:first|front|top|start|beginning|in\s+(?:ascending|descending)|to\s+[a-z]+est)\b"
)


def compared(scope: Scope, link: Linking | None) -> Understood | None:
    """Two or more landmarks held against each other."""
    before = scope.account.saved()
    found = _compared(scope, link) if len(scope.named) > 1 else None
    if found is None:
        scope.account.restore(before)
    return found


def _compared(scope: Scope, link: Linking | None) -> Understood | None:
    scope.take_own_kind()
    if scope.aim.yes and ONE_OR_OTHER.search(scope.account.shape):
        wants: Wants = "value" if scope.aim.wants == "yes" else scope.aim.wants
        scope.aim = replace(scope.aim, wants=wants, yes=False)
    if _OLD_WHEN.search(scope.account.shape):
        scope.aim = replace(scope.aim, wants="difference", unit="years")
    side = scope.account.claim(_SIDE)
    if side is not None:
        return _to_which_side(scope, side[1])
    ends = scope.account.find(FROM_TO)
    if ends is not None and ends["word"] in superlatives():
        degree: Degree | None = superlatives()[ends["word"]]
        scope.account.take(*ends.span())
    else:
        degree = scope.take_degree()
    reckons = scope.aim.wants not in ("value", "yes", "age", "duration")
    worded = _WORDED.search(scope.account.shape)
    if degree is None and scope.asked and scope.account.claim(_BEATS):
        degree = comparatives()["greater"]
    if degree is None and not reckons and not worded:
        return None
    found = _as_held(scope, scope.asked[:1])
    if degree is not None and degree.variables and not degree.of_time and not found:
        found = (degree.variables,)
    orderly = _ORDERLY.search(scope.account.shape) is not None
    aged = scope.account.claim(_BY_AGE) is not None if orderly else False
    timed = scope.aim.unit == "years" or (degree is not None and degree.of_time)
    timed = timed or aged
    if timed:
        named = found[0] if found and YEARS.issuperset(found[0]) else ()
        found = ((*named, *(one for one in BUILT if one not in named)),)
    certainty = 1.0
    if scope.degree_at is not None and (not found or degree is None):
        measured = what_is_measured(scope.account, scope.degree_at)
        named = _measure_named(measured, scope)
        found = (named,) if named else found
        meant = (
            None
            if named
            else measured_by_meaning(scope, measured, link, _common(scope))
        )
        if meant is not None:
            found, certainty = ((meant.variable,),), meant.confidence
        for span in measured.spans if named and measured else ():
            scope.account.take(*span)
    unit = unit_named(scope.aim.unit or "")
    beaten = unit is not None and scope.account.claim(_BEATS) is not None
    if not found and unit is not None and (beaten or scope.aim.wants == "difference"):
        found = (tuple(DIMENSIONS.get(unit.dimension, ())),)
    if not found or not found[0]:
        return None
    scope.take_mentions(scope.spoken)
    scope.take_mentions([m for m in scope.mentions if m.variable in found[0]])
    while scope.account.claim(_COMPARES) or scope.account.claim(_ORDERLY):
        pass
    while worded and scope.account.claim(_IN_FRONT):
        pass
    entities = scope.entities(all_of_them=True)
    whole_first = _SHARE_FIRST.search(scope.account.shape) is not None
    turned = -1 if scope.aim.wants == "share" and whole_first else 1
    understood = scope.done(
        "compare",
        entities=entities[::turned],
        variables=found,
        order=_order(degree, orderly, YEARS.issuperset(found[0])),
        top=len(entities) if orderly else 1,
    )
    understood.groups = understood.groups[::turned]
    understood.certainty = certainty
    return understood


def _order(
    degree: Degree | None, orderly: bool, timed: bool
) -> Literal["most", "least"] | None:
    """Most first, and of times the earliest, where no word says which end."""
    if degree is None:
        return ("least" if timed else "most") if orderly else None
    return "most" if degree.more else "least"


def _measure_named(measured: Measured | None, scope: Scope) -> tuple[str, ...]:
    """*More people than*: what all landmarks named have, by a word for it."""
    words = measured.phrase.split() if measured else []
    found = chain.from_iterable(MEASURES.get(word, ()) for word in words)
    return tuple(one for one in found if one in scope.own)


def _as_held(
    scope: Scope, groups: tuple[tuple[str, ...], ...]
) -> tuple[tuple[str, ...], ...]:
    """*The height of K2*: what else the adjective measures, where it lacks that."""
    if not groups or scope.own & set(groups[0]):
        return groups
    others = alike(groups[0])
    mixed = "surface_area" in others  # *big* measures anything
    return (others,) if scope.own & set(others) and not mixed else groups


def _to_which_side(scope: Scope, side: str) -> Understood:
    """*Which lies further south*: by the middle of each."""
    while scope.account.claim(_COMPARES):
        pass
    axis = "latitude" if side in ("north", "south") else "longitude"
    return scope.done(
        "compare",
        entities=scope.entities(all_of_them=True),
        variables=((axis,),),
        order="most" if side in ("north", "east") else "least",
    )


def _common(scope: Scope) -> list[tuple[str, str]]:
    """What can be put in order and all landmarks named have: values of the first."""
    own = [
        {fact.variable: fact.value for fact in scope.facts_of([name]) if order_of(fact)}
        for name, _ in scope.named
    ]
    return [(v, own[0][v]) for v in own[0] if all(v in one for one in own)]


def part_value(scope: Scope) -> Understood | None:
    """A value of something that is known only as a part of a landmark.

    *How long is the Large Hadron Collider?*, where a laboratory has the length of it.
    """
    unknown = [one for one in scope.account.names if not one.ids]
    if scope.named or scope.given or len(unknown) > 1:
        return None
    span = (unknown[0].start, unknown[0].end) if unknown else None
    said = unknown[0].surface.lower().split() if unknown else []
    asked = {m.variable for group in scope.question.variables for m in group}
    for variable in named_by(said, scope.held) if unknown else scope.held:
        part, _, ending = variable.rpartition("_")
        if ending not in asked and not any(one.endswith(ending) for one in asked):
            continue
        phrase = part.replace("_", r"\s+")
        words = re.search(phrase, scope.account.shape) if "_" in part else None
        span = span or (words.span() if words else None)
        if span is None:
            continue
        owners = sorted({f.landmark_id for f in scope.catalogue.facts_of(variable)})
        scope.account.take(*span)
        scope.given = scope.catalogue.landmarks(owners)
        scope.take_mentions(scope.mentions)
        return scope.done("value", variables=((variable,),))
    return None

"""Questions over a kind of landmark: ranked, listed, counted, under conditions."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rsrag.rag.querying.asking import told_besides
from rsrag.rag.querying.by_meaning import (
    OF_THE_TIME,
    Linking,
    by_age,
    held_then,
    measure_behind,
    measured_by_meaning,
)
from rsrag.rag.querying.limits import read_limits, times_of
from rsrag.rag.querying.ordering import AT_ITS, asks_order, counted, read_order
from rsrag.rag.querying.relations import (
    is_condition,
    modified_by,
    modifier,
    of_values,
    only_sited,
    read_relations,
)
from rsrag.rag.querying.scope import Scope
from rsrag.rag.querying.siting import read_sites
from rsrag.rag.querying.typed_query import Op, PlaceFilter, ValueFilter
from rsrag.rag.querying.understood import Understood
from rsrag.rag.reading.degrees import comparatives
from rsrag.rag.reading.kinds import Kind, find_kind

_COUNT = re.compile(
    r"\b(?:how\s+many|(?:the\s+|what\s+)?(?:total\s+)?(?:number|count|tally)\s+of|(?:the\s+)?total\s+of|count)\b"
)
_LIST = re.compile(
    r"\b(?:list|which|what(?:\s+(?:are|is\s+there|\w+s\s+are(?=\s+there)))?|name|show|enumerate|"
    r"(?:are|is)\s+there|find|all|any|every|each|tell\s+me\s+about)\b"
)
_BARE = re.compile(r"\s*(?:(?:all|of|the)\s+)*")
_MADE = re.compile(
    r"^\W*what(?:\s+(?:all|else))?\s+(?:did|has|have)\b.*\b(?:design|buil[dt]|found|construct|engineer|creat|develop|discover|plan)(?:ed|e)?\W*$"
)
"""*What did Norman Foster design?*"""
_EVERY = re.compile(r"\b(?:every|each)\s+(?:single\s+)?[a-z]")
_ANY_ONE = re.compile(
    r"^\W*(?:please\s+)?(?:name|give|find|pick|suggest|mention)\s+(?:me\s+)?"
    r"(?:an?|one|any|some)\s"
)
_OR = re.compile(r"\bor\b|\bvs\b\.?|\bversus\b|\bcompared?\b|\bthan\b|\bdiffer")
THAN = re.compile(
    r"\b(?:(?P<no>no|not)\s+)?(?P<degree>[a-z]+)\s+than\s+(?:the\s+)?(?P<name>◆+)"
)
_ANYTHING = re.compile(
    r"\b(?:what|anything|everything)\b.*\bwithin\s+\d|\bwhat\s+can\s+(?:i|you|one|we)\s+"
    r"(?:see|visit)\s+in\b|\b(?:to|worth)\s+(?:see(?:ing)?|visit(?:ing)?)\s+in\b"
)
_WHICH = re.compile(r"\s*(?:in\s+|on\s+)?(?:which|what)\s+[a-z]")
_PLURAL_SHOWN = 5


def ranked(scope: Scope, link: Linking | None = None) -> Understood | None:
    """*The second highest mountain*, *which lake holds the most water*."""
    kind, named = scope.kind, len(scope.named)
    reckons = scope.aim.wants in ("difference", "age", "duration")
    if kind is None or (named == 1 and scope.names_own_value()) or (named and reckons):
        return None
    if named > 1 and _OR.search(scope.account.shape):
        return None
    if not asks_order(scope.account) or _counts_kind(scope, kind):
        return None
    # *The highest mountain* is not by mountain range.
    scope.take_kind()
    order = read_order(scope.account, scope.spoken, scope.held)
    if order is None:
        return None
    before, own = modifier(scope), measure_behind(scope, kind)
    if before and order.measured and is_condition(scope, before):
        # *The longest suspension bridge*: a condition, and not what is measured.
        order = replace(order, measured=None)
    meant = None if own else measured_by_meaning(scope, order.measured, link)
    if own:
        order = replace(order, variables=own)
    elif meant is not None:
        order = replace(order, variables=(meant.variable,))
    elif order.variables == tuple(times_of([])):
        order = by_age(scope, order)
    if not order.variables:
        return scope.done("open")
    measured = [m for m in scope.spoken if m.variable in order.variables]
    scope.take_mentions(measured)
    several = _PLURAL_SHOWN if kind.plural and order.nth == 1 else 1
    number = counted(before[2]) if before and order.top is None else None
    if before and number:
        scope.account.take(*before[:2])
        order = replace(order, top=number)
    scope.timed = bool(scope.question.periods) and held_then(scope, order.variables)
    if scope.timed:
        scope.account.claim(OF_THE_TIME)
    found = narrowed(
        scope,
        "rank",
        entities=scope.claimed() if scope.aim.yes else (),
        variables=(tuple(order.variables),),
        order="most" if order.more else "least",
        nth=order.nth,
        top=order.top or several,
    )
    found.certainty = 1.0 if meant is None else meant.confidence
    return found


def _counts_kind(scope: Scope, kind: Kind) -> bool:
    """*Number of lakes whose greatest depth is …*: the kind is what is counted."""
    shape = scope.account.shape
    counts, start = _COUNT.search(shape), scope.loose[kind.first][0]
    return kind.plural and bool(counts and _BARE.fullmatch(shape[counts.end() : start]))


def listed(scope: Scope) -> Understood | None:
    """*Which lakes are in Asia*, *how many*."""
    shape = scope.account.shape
    kind = scope.kind or _any_kind(scope)
    counts = _COUNT.search(shape) is not None
    if kind is None:
        return None
    every = _EVERY.search(shape) is not None
    any_one = _ANY_ONE.search(shape) is not None
    if not (kind.plural or every or any_one or (scope.aim.yes and "there" in shape)):
        return _the_one(scope)
    word = modifier(scope)
    free = scope.account.free_words()
    begins = scope.begins_with_kind() or (word is not None and free[0] == word)
    if not (counts or _LIST.search(shape) or begins):
        return None
    if scope.named and not counts and not only_sited(scope):
        return None
    scope.account.claim(_COUNT if counts else _LIST)
    if word is not None and counted(word[2]) and not counts:
        # *Name three volcanoes*: more of them do no harm.
        scope.account.take(*word[:2])
    return narrowed(scope, "count" if counts else "list")


def _the_one(scope: Scope) -> Understood | None:
    """*Which river flows past Kinshasa?*: the one of a kind that meets a condition."""
    if not _WHICH.match(scope.account.shape) or not only_sited(scope):
        return None
    if scope.names_own_value():
        return None
    before = scope.account.saved()
    found = narrowed(scope, "list", claims=True)
    if found.query.left_over or not found.query.filters:
        scope.account.restore(before)
        return None
    return found


def narrowed(
    scope: Scope,
    op: Op,
    sites: Sequence[PlaceFilter] = (),
    *,
    claims: bool = False,
    **slots: Any,
) -> Understood:
    """Of a kind, under conditions: limits, named values, places, what it must have.

    ``claims``: a bare value is one that it must have (*which lake is 1642 m deep*).
    """
    account, held = scope.account, scope.held
    assert scope.kind is not None
    scope.take_kind()
    modified = modified_by(scope)
    account.claim(AT_ITS)
    groups = (*slots.pop("variables", ()), *told_besides(account, scope.spoken, held))
    limits = [
        *_than_places(scope),
        *read_limits(account, scope.spoken, held, claims=claims),
    ]
    relations = read_relations(account, held)
    place = (*sites, *read_sites(account))
    limited = {v for one in (*limits, *relations) for v in one.variables}
    scope.take_mentions([m for m in scope.spoken if m.variable in limited])
    has = [
        m
        for m in scope.spoken
        if account.is_free(m.start, m.start + 1) and m.variable in held
    ]
    if has and not limits and not relations:
        names = tuple(dict.fromkeys(m.variable for m in has))
        scope.take_mentions(has)
        if op == "rank":
            # *Who designed the oldest stadium?*
            groups = (*groups, names)
        else:
            relations.append(ValueFilter(names, words=has[0].surface))
    # *Mines where they get diamonds*
    told = of_values(scope, account.free_words())
    filters = (*limits, *relations, *modified, *told)
    slots |= {"variables": groups, "place": place, "filters": filters}
    return scope.done(op, kind=scope.kind.name, **slots)


def _any_kind(scope: Scope) -> Kind | None:
    """Landmarks of any kind, where the shape of the question asks for such."""
    shape = scope.account.shape
    match = _ANYTHING.search(shape) or _MADE.search(shape)
    if match is None or scope.asked:
        return None
    for word in ("see", "seeing", "visit", "visiting"):
        scope.account.claim(re.compile(rf"\b{word}\b"))
    every = find_kind(["landmarks"], scope.catalogue)
    scope.kind = None if every is None else replace(every, count=0)
    return scope.kind


def _than_places(scope: Scope) -> list[ValueFilter]:
    """*Higher than K2*: a limit that is a landmark's own value."""
    match = scope.account.find(THAN)
    degree = comparatives().get(match["degree"]) if match else None
    if match is None or degree is None:
        return []
    names = scope.account.names_in(*match.span("name"))
    own = {fact.variable: fact for fact in scope.facts_of(names)}
    variables = times_of([]) if degree.of_time else degree.variables
    if not variables:
        variables = [m.variable for m in scope.spoken]
    fact = next((own[one] for one in variables if one in own), None)
    if fact is None:
        return []
    scope.account.take(*match.span())
    said = " ".join(scope.account.text[slice(*match.span())].split())
    more = degree.more == (match["no"] is None)
    return [
        ValueFilter(
            (fact.variable,),
            low=fact.value if more else None,
            high=None if more else fact.value,
            strict=match["no"] is None,
            words=f"{said}, {fact.value}",
        )
    ]

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
from rsrag.rag.querying.limits import read_limits
from rsrag.rag.querying.ordering import AT_ITS, asks_order, counted, read_order
from rsrag.rag.querying.relations import (
    any_kind,
    had,
    is_condition,
    kind_after,
    modified_by,
    modifier,
    of_values,
    only_sited,
    read_relations,
    sea_level,
    than_places,
)
from rsrag.rag.querying.scope import Scope
from rsrag.rag.querying.siting import read_sites, spread
from rsrag.rag.querying.typed_query import Op, PlaceFilter
from rsrag.rag.querying.understood import Understood
from rsrag.rag.reading.kinds import ANY, Kind
from rsrag.rag.reading.quantities import times_of
from rsrag.rag.reading.wanted import grouped

_COUNT = re.compile(
    r"\b(?:how\s+many|(?:the\s+|what\s+)?(?:total\s+)?(?:number|count|tally)\s+of|(?:the\s+)?total\s+of|count)\b"
)
_LIST = re.compile(
    r"\b(?:list|which|what(?:\s+(?:are|is\s+there|\w+s\s+are(?=\s+there)))?|name|show|enumerate|"
    r"(?:are|is)\s+there|find|all|any|every|each|tell\s+me\s+about)\b"
)
_BARE = re.compile(r"\s*(?:(?:all|of|the)\s+)*")
_EVERY = re.compile(r"\b(?:every|each)\s+(?:single\s+)?[a-z]")
_ANY_ONE = re.compile(
    r"^\W*(?:please\s+)?(?:name|give|find|pick|suggest|mention)\s+(?:me\s+)?"
    r"(?:an?|one|any|some)\s"
)
_OR = re.compile(r"\bor\b|\bvs\b\.?|\bversus\b|\bcompared?\b|\bthan\b|\bdiffer")
_BECAME = re.compile(
    r"\b(?:that\s+)?(?:became|become|were\s+made|were\s+declared|inscribed)\b(?=.*\bheritage\b)"
)
_NEAREST = re.compile(r"\b(?:nearest|closest)\b")
_OF_ALL = re.compile(
    r"\W*(?:what\s+(?:is|are)\s+|what's\s+)?(?:the\s+)?(?P<what>[a-z]+(?:\s+[a-z]+){0,3})\s+"
    r"of\s+(?:all|every|each)\b(?:\s+the\b)?"
)
_SOME = re.compile(r"\b(?:there|any|some|an?y?one)\b")
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
    each = _OF_ALL.match(shape)
    if each is not None and (after := kind_after(scope, each.end())):
        told = _told_of_each(scope, each) if after.plural else ()
        if told:
            scope.kind = after
            return narrowed(scope, "list", variables=told)
    kind = scope.kind or any_kind(scope)
    counts = _COUNT.search(shape) is not None
    if kind is None:
        return None
    every = _EVERY.search(shape) is not None
    any_one = _ANY_ONE.search(shape) is not None
    if not (kind.plural or every or any_one or (scope.aim.yes and _SOME.search(shape))):
        return _the_one(scope)
    if scope.question.at is not None and scope.account.claim(_NEAREST):
        scope.take_kind()
        return scope.done("open", kind=None if kind.name == ANY else kind.name)
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


def _told_of_each(scope: Scope, match: re.Match[str]) -> tuple[tuple[str, ...], ...]:
    """*The area of all deserts*: what is asked of each; its words are taken."""
    last = match.end("what")
    groups = grouped(
        one for one in scope.mentions if one.end <= last and one.variable in scope.held
    )
    if groups:
        scope.account.take(*match.span())
    return groups


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
    account.claim(_BECAME)
    groups = (*slots.pop("variables", ()), *told_besides(account, scope.spoken, held))
    limits = [
        *than_places(scope),
        *read_limits(account, scope.spoken, held, claims=claims),
        *(() if op == "rank" else sea_level(account)),
    ]
    limits += spread(account, limits)
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
            relations.append(had(account, has[0], names))
    # *Mines where they get diamonds*
    told = of_values(scope, account.free_words())
    filters = (*limits, *relations, *modified, *told)
    slots |= {"variables": groups, "place": place, "filters": filters}
    return scope.done(op, kind=scope.kind.name, **slots)

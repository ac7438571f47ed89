"""Questions over a kind of landmark: listed, counted, under conditions."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from rsrag.rag.querying.account import Understood, is_hard
from rsrag.rag.querying.asking import told_besides
from rsrag.rag.querying.limits import read_limits
from rsrag.rag.querying.ordering import AT_ITS, counted
from rsrag.rag.querying.over_many.held_values import (
    counted_things,
    of_named,
    same_as,
    than_places,
)
from rsrag.rag.querying.relations import (
    had,
    having,
    kind_after,
    modified_by,
    modifier,
    of_values,
    only_sited,
    read_relations,
    sea_level,
)
from rsrag.rag.querying.scope import WHO, Scope
from rsrag.rag.querying.siting import read_sites, spread, within
from rsrag.rag.querying.surroundings import any_kind
from rsrag.rag.querying.typed_query import Op, PlaceFilter
from rsrag.rag.reading.kinds import ANY, usual_heights
from rsrag.rag.reading.quantities import DEED, DEEDS, YEARS
from rsrag.rag.reading.wanted import grouped

COUNT = re.compile(
    r"\b(?:how\s+many|(?:the\s+|what\s+)?(?:total\s+)?(?:number|count|tally)\s+of|(?:the\s+)?total\s+of|count)\b"
)
_LIST = re.compile(
    r"\b(?:list|which|what(?:\s+(?:are|is\s+there|\w+s\s+are(?=\s+there)))?|name|show|enumerate|"
    r"(?:are|is)\s+there|find|all|any|every|each|tell\s+me\s+about)\b"
)
_EVERY = re.compile(r"\b(?:every|each)\s+(?:single\s+)?(?=[a-z])")
_ANY_ONE = re.compile(
    r"^\W*(?:please\s+)?(?:name|give|find|pick|suggest|mention)\s+(?:me\s+)?"
    r"(?:an?|one|any|some)\s"
)
_BECAME = re.compile(
    r"\b(?:that\s+)?(?:became|become|were\s+made|were\s+declared|inscribed)\b(?=.*\bheritage\b)"
)
_SITES = re.compile(r"\b(?:sites|sights|spots|attractions)(?=\s+(?:are|were)\b)")
_NEAREST = re.compile(r"\b(?:nearest|closest)\b")
_OF_ALL = re.compile(
    r"\W*(?:what\s+(?:is|are)\s+|what's\s+)?(?:the\s+)?(?P<what>[a-z]+(?:\s+[a-z]+){0,3})\s+"
    r"of\s+(?:all|every|each)\b(?:\s+the\b)?"
)
_STATES = frozenset({"unesco_since", "protected_since", "protected_as"})
"""Variables by which a place is something: *the highest World Heritage Site*."""
_DONE = frozenset(variable for done in DEEDS.values() for variable in done)
_VERBS = ("flow", "flows", "drain", "drains")
_WHEN = re.compile(r"\b(?:when|since|year|date)\b")
_SOME = re.compile(r"\b(?:there|any|some|an?y?one)\b")
_WHICH = re.compile(r"\s*(?:in\s+|on\s+)?(?:which|what)\s+[a-z]")


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
    counts = COUNT.search(shape) is not None
    if kind is None:
        return None
    every = _EVERY.search(shape) is not None
    any_one = _ANY_ONE.search(shape) is not None
    if not (kind.plural or every or any_one or (scope.aim.yes and _SOME.search(shape))):
        return _the_one(scope)
    if scope.question.at is not None and scope.account.claim(_NEAREST):
        scope.take_kind()
        return scope.done("open", kind=None if kind.name == ANY else kind.name)
    if every:
        scope.account.claim(_EVERY)
    word = modifier(scope)
    free = scope.account.free_words()
    begins = scope.begins_with_kind() or (word is not None and free[0] == word)
    if not (counts or _LIST.search(shape) or begins or not kind.count):
        return None
    if scope.named and not counts and not only_sited(scope):
        return None
    scope.account.claim(COUNT if counts else _LIST)
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
    account.claim(_SITES)
    groups = (*slots.pop("variables", ()), *told_besides(account, scope.spoken, held))
    sites = [*sites, *within(account)]
    limits = [
        *same_as(scope),
        *than_places(scope),
        *read_limits(
            account, scope.spoken, held, claims=claims, usual=usual_heights(scope.kind)
        ),
        *(() if claims else counted_things(account, held)),
        *(() if op == "rank" else sea_level(account)),
    ]
    limits += spread(account, limits, chain.from_iterable(groups))
    relations = [*read_relations(account, held), *of_named(scope)]
    place = (*sites, *read_sites(account))
    if any(set(one.variables) <= _DONE for one in limits):
        account.claim(DEED)
    limited = {v for one in (*limits, *relations) for v in one.variables}
    scope.take_mentions([m for m in scope.spoken if m.variable in limited])
    has = [
        m
        for m in scope.spoken
        if account.is_free(m.start, m.start + 1) and m.variable in held
        if not is_hard(m.surface.lower()) and m.surface.lower() not in _VERBS
    ]
    for names in grouped(has) if not relations else ():
        first = next(m for m in has if m.variable == names[0])
        scope.take_mentions([m for m in has if m.start == first.start])
        if WHO.search(account.shape):
            # A date is no answer to who it was.
            names = tuple(one for one in names if one not in YEARS) or names
        state = _STATES.issuperset(names) and not _WHEN.search(account.shape)
        if op != "rank" or state:
            relations.append(had(account, first, names))
        elif not limits:
            # *Who designed the oldest stadium?*
            groups = (*groups, names)
    relations += having(account, held)
    # *Mines where they get diamonds*
    told = [
        *of_values(scope, account.free_words()),
        *of_named(scope, places_too=True),
    ]
    given = slots.pop("filters", ())
    filters = (*given, *limits, *relations, *modified, *told)
    slots |= {"variables": groups, "place": place, "filters": filters}
    found = scope.done(op, kind=scope.kind.name, **slots)
    left = () if scope.timed else account.free_times()
    found.query = replace(found.query, left_over=(*found.query.left_over, *left))
    return found

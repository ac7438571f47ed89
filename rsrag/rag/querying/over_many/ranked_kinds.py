"""Rankings of a kind of landmark: *the second highest mountain in Asia*."""

import re
from dataclasses import replace

from rsrag.rag.querying.account import Understood
from rsrag.rag.querying.by_meaning import (
    OF_THE_TIME,
    Linking,
    by_age,
    held_then,
    measure_behind,
    measured_by_meaning,
)
from rsrag.rag.querying.kind_queries import COUNT, narrowed
from rsrag.rag.querying.ordering import Order, asks_order, counted, read_order
from rsrag.rag.querying.over_many.held_values import behind_named
from rsrag.rag.querying.relations import is_condition, modifier
from rsrag.rag.querying.scope import Scope
from rsrag.rag.reading.kinds import Kind
from rsrag.rag.reading.quantities import times_of
from rsrag.rag.reading.words import word_table

_OR = re.compile(r"\bor\b|\bvs\b\.?|\bversus\b|\bcompared?\b|\bthan\b|\bdiffer")
_OUT = re.compile(
    r"\b(?:outside|except|excluding|besides|(?:other|apart)\s+(?:than|from)|not\s+in)\s+"
    r"(?:of\s+)?(?:the\s+)?◆"
)
"""*The highest mountain outside the Himalaya* is no value of the Himalaya."""
_BARE = re.compile(r"\s*(?:(?:all|of|the)\s+)*")
_PLURAL_SHOWN = 5
_TOP = re.compile(
    rf"^\W*(?:(?:what|which)\s+are\s+|list\s+|show\s+|name\s+)?(?:the\s+|your\s+)?top\s+"
    rf"(?P<top>\d{{1,2}}|{'|'.join(word_table('numbers'))})?\s*(?=[a-z])"
)


def ranked(scope: Scope, link: Linking | None = None) -> Understood | None:
    """*The second highest mountain*, *which lake holds the most water*."""
    kind, named = scope.kind, len(scope.named)
    reckons = scope.aim.wants in ("difference", "age", "duration")
    own_value = named == 1 and not _OUT.search(scope.account.shape)
    if kind is None or (named and reckons):
        return None
    if own_value and scope.names_own_value():
        return None
    if named > 1 and _OR.search(scope.account.shape):
        return None
    top = _top_of(scope, kind)
    if top is None and (not asks_order(scope.account) or _counts_kind(scope, kind)):
        return None
    untouched = scope.account.saved()
    # *The highest mountain* is not by mountain range.
    scope.take_kind()
    order = read_order(scope.account, scope.spoken, scope.held)
    if order is None and top is not None:
        order = top
        scope.account.claim(_TOP)
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
    behind = behind_named(scope, order.variables, more=order.more)
    if behind and re.search(r"\bnext\b", scope.account.shape):
        order = replace(order, nth=1)
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
        filters=behind,
    )
    if found.query.wants == "yes" and not found.query.entities:
        # *Does the tallest tower stand in Asia* asks of the tallest of all.
        scope.account.restore(untouched)
        return scope.done("open")
    found.certainty = 1.0 if meant is None else meant.confidence
    return found


def _counts_kind(scope: Scope, kind: Kind) -> bool:
    """*Number of lakes whose greatest depth is …*: the kind is what is counted."""
    shape = scope.account.shape
    counts, start = COUNT.search(shape), scope.loose[kind.first][0]
    return kind.plural and bool(counts and _BARE.fullmatch(shape[counts.end() : start]))


def _top_of(scope: Scope, kind: Kind) -> Order | None:
    """*Top three skyscrapers*: by what is usually meant by great of that kind."""
    match = scope.account.find(_TOP)
    if match is None or scope.loose[kind.first][0] != match.end():
        return None
    sizes: dict[str, list[str]] = word_table("great_in")
    known = next((sizes[one] for one in kind.categories if one in sizes), None)
    top = counted(match["top"]) if match["top"] else _PLURAL_SHOWN
    if known is None or top is None:
        return None
    return Order(True, tuple(known), 1, top)

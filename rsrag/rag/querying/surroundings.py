"""Questions about what lies around: near a place, to one side of it, between two."""

import re
from dataclasses import replace

from rsrag.rag.querying.scope import Scope
from rsrag.rag.querying.siting import read_sites
from rsrag.rag.querying.typed_query import Op
from rsrag.rag.querying.understood import Understood
from rsrag.rag.reading.kinds import ANY

_NEAR = re.compile(
    r"\b(?:near(?:by|est)?|(?<!been )around(?!\s+for\b)|close(?:st)?(?:\s+to)?|"
    r"next\s+to|surround\w*|"
    r"neighbou?rs?)\b"
)
_NEAREST = re.compile(r"\b(?:nearest|closest)\b")
_SIDE = re.compile(r"\b(?:north|south|east|west)\s+of\s+(?:the\s+)?◆")
_AMID = re.compile(r"\bbetween\s+(?:the\s+)?◆+\s+and\b")
_LIES = re.compile(r"\b(?:lie|lies|located|situated|is|are|there)\b")
_LOOKS = re.compile(
    r"\s*(?:what|which|who|list|name|show|find|are|is|the|any|[a-z]+s\b)"
)


def surroundings(scope: Scope) -> Understood | None:
    """What lies near a place, to one side of it, or between two."""
    account = scope.account
    if not scope.named or scope.aim.yes or scope.aim.wants == "difference":
        return None
    order, wide = _NEAREST.search(account.shape), _NEAR.search(account.shape)
    asked = [one for one in scope.mentions if one.variable in scope.own]
    if any(" " in one.surface for one in asked):
        return None
    if not (order or _LOOKS.match(account.shape)):
        return None
    covered = wide is not None and any(
        one.start <= wide.start() and wide.end() <= one.end for one in asked
    )
    amid = _AMID.search(account.shape) and _LIES.search(account.shape)
    op: Op
    if order or (wide and not covered):
        op = "near"
    elif amid and len(scope.named) >= 2:
        op = "between"
    elif _SIDE.search(account.shape):
        op = "direction"
    else:
        return None
    kind = scope.kind
    if op == "direction" and kind is not None and kind.plural and kind.name != ANY:
        # A list, with the side as one of its conditions.
        return None
    before = account.saved()
    scope.take_kind()
    sites = read_sites(account)
    if op == "near" and not order and any(one.km is not None for one in sites):
        # *Within 20 km around X*: a list, with the distance as its condition.
        account.restore(before)
        return None
    for word in (order, wide):
        if word is not None:
            account.take(*word.span())
    place = [one for one in sites if one.relation == "within"]
    if op == "direction":
        place = [replace(one, names=()) for one in sites if one.relation != "in"]
    return scope.done(
        op,
        entities=scope.entities(all_of_them=True),
        kind=None if kind is None else kind.name,
        order="least" if order else None,
        place=tuple(place),
    )

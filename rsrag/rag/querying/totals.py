"""Sums and means that a question asks for: *the total length of bridges in Japan*."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from rsrag.knowledge.units import unit_named
from rsrag.rag.querying.by_meaning import Linking
from rsrag.rag.querying.held_against import compared
from rsrag.rag.querying.kind_queries import narrowed
from rsrag.rag.querying.relations import kind_after, only_sited
from rsrag.rag.querying.scope import Scope
from rsrag.rag.querying.typed_query import Summary
from rsrag.rag.querying.understood import Understood
from rsrag.rag.reading.degrees import alike
from rsrag.rag.reading.kinds import singular
from rsrag.rag.reading.words import word_table

_WAYS: dict[Summary, re.Pattern[str]] = {
    "total": re.compile(
        r"\b(?:total|combined|summed|cumulative|aggregate|joint|collective)\b"
        r"(?!\s+(?:number|count|tally)\b)|\b(?:sum|total)\s+of\b(?:\s+all\b)?|"
        r"\b(?:altogether|in\s+total|in\s+all|all\s+told|"
        r"(?:all\s+|put\s+|taken\s+|added\s+)?(?:together|up\s+to))\b"
    ),
    "mean": re.compile(r"\b(?:on\s+average|average|mean)\b(?:\s+of\b)?"),
    "median": re.compile(r"\bmedian\b(?:\s+of\b)?"),
}
_PLACES = "country|continent|region|city|ocean|sea|river|island"
_BY_PLACE = re.compile(
    rf"\b(?:which|what)\s+(?P<place>{_PLACES})\s+(?:has|have|holds?|contains?|"
    r"is\s+home\s+to)\s+(?:the\s+)?(?P<how>most|fewest|least)\b|"
    r"\b(?:in\s+)?how\s+many\s+(?P<places>countries|continents|regions|cities|oceans|"
    r"seas|rivers|islands)\s+(?:have|has|hold|with|are\s+there|do\s+(?:the|these))\b"
)
_OVER = re.compile(r"\b(?:average|mean|median)\s+of\b|\bmedian\b")


def reckoned(scope: Scope, link: Linking | None = None) -> Understood | None:
    """One number for a kind, or for landmarks that are named."""
    ways = (one for one in _WAYS if scope.account.find(_WAYS[one]) is not None)
    way = next(ways, None)
    if way is None:
        return None
    if len(scope.named) > 1 and not _of_kind(scope):
        # *The average depth of Baikal and Tanganyika* is a value of each.
        if way != "total" and not _OVER.search(scope.account.shape):
            return None
        return _reckoned(scope, way, lambda: compared(scope, link))
    if not _of_kind(scope):
        return None
    return _reckoned(scope, way, lambda: _over_kind(scope))


def tallied(scope: Scope) -> Understood | None:
    """*Which country has the most airports*, *how many countries have glaciers*."""
    match = scope.account.find(_BY_PLACE)
    noun = singular(match["place"] or match["places"]) if match else ""
    if match is None or noun not in scope.held or scope.named:
        return None
    kind = kind_after(scope, match.end())
    if kind is None or not kind.plural:
        return None
    scope.kind = kind
    scope.account.take(*match.span())
    order = {"most": "most", None: None}.get(match["how"], "least")
    return narrowed(scope, "count", variables=((noun,),), order=order)


def _of_kind(scope: Scope) -> bool:
    """*The lakes in Africa*: many, and the names besides say where."""
    return scope.kind is not None and scope.kind.plural and only_sited(scope)


def _reckoned(
    scope: Scope, way: Summary, read: Callable[[], Understood | None]
) -> Understood | None:
    """What is read with that aim; nothing is taken where it cannot be."""
    before, aim = scope.account.saved(), scope.aim
    scope.aim = replace(aim, wants=way)
    while scope.account.claim(_WAYS[way]):
        pass
    found = read()
    if found is None:
        scope.account.restore(before)
        scope.aim = aim
    return found


def _over_kind(scope: Scope) -> Understood | None:
    mentions = [m for m in scope.spoken if _ways(m.variable, scope.held)]
    variables = tuple(
        dict.fromkeys(way for m in mentions for way in _ways(m.variable, scope.held))
    )
    if not variables:
        return None
    # *The height of mountains*: what else the adjective measures.
    variables += tuple(
        v for v in alike(variables) if v in scope.held and v not in variables
    )
    scope.take_mentions(mentions)
    return narrowed(scope, "list", variables=(variables,))


def _ways(variable: str, held: Collection[str]) -> list[str]:
    """Variables that are held of what is measured: *mean depth*, or maximum depth."""
    measured = variable.removeprefix("mean_").removeprefix("average_")
    ways = [variable]
    if measured != variable:
        ways += [f"{way}{measured}" for way in ("average_", "mean_", "", "maximum_")]
    return [way for way in dict.fromkeys(ways) if way in held]


def sizes(scope: Scope) -> tuple[tuple[str, ...], ...]:
    """*K2 in feet*: what a landmark measures in units of this kind, by its name."""
    unit = unit_named(scope.aim.unit or "")
    sizes = word_table("sizes").get(unit.dimension if unit else "", ())
    return tuple((one,) for one in sizes if one in scope.own)


def in_per_cent(scope: Scope, group: Sequence[str]) -> bool:
    """Whether a value of these is a share."""
    facts = (fact for _, facts in scope.facts for fact in facts)
    return any(fact.variable in group and fact.unit == "%" for fact in facts)

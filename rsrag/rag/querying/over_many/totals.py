"""Sums and means that a question asks for: *the total length of bridges in Japan*."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from rsrag.knowledge.units import unit_named
from rsrag.rag.querying.account import Understood
from rsrag.rag.querying.by_meaning import Linking
from rsrag.rag.querying.held_against import compared
from rsrag.rag.querying.kind_queries import COUNT, narrowed
from rsrag.rag.querying.relations import kind_after, only_sited
from rsrag.rag.querying.scope import Scope
from rsrag.rag.querying.typed_query import PlaceFilter, Summary
from rsrag.rag.reading.degrees import alike
from rsrag.rag.reading.kinds import ANY, Kind, singular
from rsrag.rag.reading.place_names import place_key, places_of
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
_MANY = "countries|continents|regions|cities|oceans|seas|rivers|islands"
_BY_PLACE = re.compile(
    rf"\b(?:in\s+)?(?:which|what)\s+(?P<place>{_PLACES})\s+(?:has|have|holds?|contains?|"
    r"is\s+home\s+to|(?:are|lie|do\s+(?:you|we)\s+find|can\s+(?:you|one)\s+(?:find|see))(?:\s+there)?)\s+(?:the\s+)?(?P<how>most|fewest|least)\b|"
    rf"\b(?:in\s+)?(?:how\s+many|which|what)\s+(?:different\s+)?(?P<places>{_MANY})\s+"
    r"(?:have|has|hold|contain|with|are(?:\s+(?:there|the|these))?|do\s+(?:the|these))\b"
)
_PER = re.compile(
    rf"\b(?:per|(?:in|on|for)\s+(?:each|every)|by)\s+(?P<place>{_PLACES})\b"
)
_OVER = re.compile(r"\b(?:average|mean|median)\s+of\b|\bmedian\b")

_OF_ALL = re.compile(r"\b(?:all|every|each)(?:\s+(?:of|single|one|the|these))*\s+")
_OF_MOST = re.compile(
    r"\b(?:most|(?:the\s+)?(?:vast\s+|great\s+)?majority|(?:more\s+than|over)\s+half)\b"
    r"(?:\s+of\b)?(?:\s+(?:all|the))*\s+"
)
_MORE_OF = re.compile(r"\b(?P<how>more|fewer|less)\s+(?=[a-z])")
_OR_THAN = re.compile(r"\b(?:or|than|vs|versus|compared)\b")
_WHICH_PLACE = re.compile(
    rf"\b(?:which|what|who|where)(?:\s+of(?:\s+(?:the\s+)?(?:two|three))?)?(?:\s+(?:{_PLACES}|place))?\b"
)
_HOME = re.compile(
    r"\bhome\s+to\b|\bin\s+(?:the|your|this)\s+(?:set|list|collection)\b"
)
_WITH = re.compile(
    r"\b(?:with|have|has|having|whose)\s+(?:an?\s+|the\s+|its\s+|their\s+)?"
    r"(?:average|mean|median|total|combined)\b(?=.*\d)"
)
"""*Lakes with an average depth below 10 m*: a limit, and no mean of many."""


def reckoned(scope: Scope, link: Linking | None = None) -> Understood | None:
    """One number for a kind, or for landmarks that are named."""
    ways = (one for one in _WAYS if scope.account.find(_WAYS[one]) is not None)
    way = next(ways, None)
    if way is None or _WITH.search(scope.account.shape):
        return None
    if len(scope.named) > 1 and not _of_kind(scope):
        # *The average depth of Baikal and Tanganyika* is a value of each.
        if way != "total" and not _OVER.search(scope.account.shape):
            return None
        found = _reckoned(scope, way, lambda: compared(scope, link))
        if found is not None and not scope.aim.yes:
            found.query = replace(found.query, order=None)
        return found
    if not _of_kind(scope):
        return None
    return _reckoned(scope, way, lambda: _over_kind(scope))


def over_kinds(scope: Scope) -> Understood | None:
    """What is counted of kinds, and held against all of them or against others."""
    return tallied(scope) or outnumbered(scope) or shared(scope)


def tallied(scope: Scope) -> Understood | None:
    """*Which country has the most airports*, *how many countries have glaciers*."""
    per = scope.account.find(_PER) if COUNT.search(scope.account.shape) else None
    if per is not None and scope.kind is not None and scope.kind.plural:
        # *How many deserts per continent*
        scope.account.take(*per.span())
        scope.account.claim(COUNT)
        return narrowed(scope, "count", variables=((per["place"],),))
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


def shared(scope: Scope) -> Understood | None:
    """*Are all dams in Asia*, *are most deserts hot*, *what share of lakes is …*."""
    kind, aim = scope.kind, scope.aim
    if kind is None or not kind.count or not (aim.yes or aim.wants == "share"):
        return None
    before, shape = scope.account.saved(), scope.account.shape
    start = scope.loose[kind.first][0]
    ways = ((_OF_ALL, 1.0), (_OF_MOST, 0.5)) if aim.wants != "share" else ()
    for pattern, factor in ways:
        match = next((m for m in pattern.finditer(shape) if m.end() == start), None)
        if match is not None:
            scope.account.take(*match.span())
            scope.aim = replace(aim, wants="share", yes=False, factor=factor)
            break
    else:
        if aim.wants != "share":
            return None
    if not only_sited(scope):
        scope.account.restore(before)
        scope.aim = aim
        return None
    found = narrowed(scope, "list")
    query = found.query
    names = [shape.find("◆", start)] if query.place else []
    limits = [
        scope.account.text.find(one.words.split()[0], start) for one in query.filters
    ]
    if not (query.place or query.filters) or (
        names and limits and min(limits) < names[0]
    ):
        # What is said first is of whom it is asked; only a place can be that.
        scope.account.restore(before)
        scope.aim = aim
        return None
    return found


def outnumbered(scope: Scope) -> Understood | None:
    """*Are there more rivers or lakes*, *does Asia have more volcanoes than Africa*."""
    account, first, before = scope.account, scope.kind, scope.account.saved()
    match = account.find(_MORE_OF)
    kind = None if match is None else kind_after(scope, match.end())
    if match is None or kind is None or not kind.plural:
        return None
    last = scope.loose[kind.first + kind.count - 1][1]
    names = tuple(one.surface for one in account.names)
    held = places_of(scope.catalogue)
    if account.shape[match.end() : scope.loose[kind.first][0]].strip():
        return None
    if len(names) > 2 or not all(place_key(one) in held for one in names):
        return None
    said = kind.name if len(names) == 2 else _one_or_other(scope, kind, last)
    if said is None or not _OR_THAN.search(account.shape):
        return None
    account.take(*match.span())
    account.claim(_WHICH_PLACE)
    account.claim(_HOME)
    for one in account.names if len(names) == 2 else ():
        account.take(one.start, one.end)
    sites = [PlaceFilter("in", names)] if len(names) == 2 else []
    order = "most" if match["how"] == "more" else "least"
    scope.kind = kind
    found = narrowed(scope, "count", sites, order=order)
    # *Are there more of these or of those* is answered by a name.
    named = scope.aim.yes and re.search(r"\bor\b", account.shape[last:])
    wants = "value" if named else found.query.wants
    found.query = replace(found.query, kind=said, wants=wants)
    if not found.query.left_over:
        return found
    account.restore(before)
    scope.kind = first
    return None


def _one_or_other(scope: Scope, kind: Kind, end: int) -> str | None:
    """Both kinds of *more rivers or lakes*, the words of the second taken."""
    other = kind_after(scope, end)
    if other is None or other.name == ANY:
        return None
    words = scope.loose[other.first : other.first + other.count]
    if not _OR_THAN.search(scope.account.shape[end : words[0][0]]):
        return None
    scope.account.take(words[0][0], words[-1][1])
    return f"{kind.name} or {other.name}"


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

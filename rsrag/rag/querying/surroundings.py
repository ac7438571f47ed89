"""Questions about where: how far apart, which is nearer, what lies around."""

import re
from dataclasses import replace

from rsrag.knowledge.units import unit_named
from rsrag.rag.querying.account import Understood
from rsrag.rag.querying.relations import only_sited
from rsrag.rag.querying.scope import Scope
from rsrag.rag.querying.siting import read_sites
from rsrag.rag.querying.typed_query import Op
from rsrag.rag.reading.kinds import ANY, Kind, find_kind
from rsrag.rag.reading.place_names import place_key, places_of

_NEAR = re.compile(
    r"\b(?:near(?:by|est)?|(?<!been )around(?!\s+for\b)|close(?:st)?(?:\s+to)?|"
    r"next\s+to|surround\w*|"
    r"neighbou?rs?)\b"
)
_NEAREST = re.compile(r"\b(?:nearest|closest)\b")
_SIDE = re.compile(r"\b(?:north|south|east|west)\s+of\s+(?:the\s+)?◆")
_AMID = re.compile(r"\bbetween\s+(?:the\s+)?◆+\s+and\b")
_LIES = re.compile(r"\b(?:lie|lies|located|situated|is|are|there)\b")
_LOOKS = re.compile(r"\s*(?:what|which|list|name|show|find|are|is|the|any|[a-z]+s\b)")
_HOW_FAR = re.compile(r"\bhow\s+far\b|\bdistan(?:ce|t)\b")
_FROM_TO = re.compile(
    r"\bfrom\s+(?:the\s+)?◆+.*\bto\s+(?:the\s+)?◆|"
    r"\b(?:between|separates?)\s+(?:the\s+)?◆+.*\band\s+(?:the\s+)?◆|◆.*\bapart\b"
)
_WHICH_WAY = re.compile(
    r"\b(?:(?:in|to)\s+)?(?:which|what)\s+(?:compass\s+)?direction\b|\bwhich\s+way\b|"
    r"\b(?:to\s+the\s+)?(?:north|south|east|west)\s+or\s+(?:to\s+the\s+)?"
    r"(?:north|south|east|west)\s+of\b"
)
_FROM_FIRST = re.compile(
    r"^[^◆]*\b(?:from|standing\s+(?:on|at|in)|(?:i\s+am|i'm|we\s+are)\s+(?:on|at|in))"
    r"\s+(?:the\s+)?◆"
)
_END = r"(?:it|the\s+[◆◇]+|[◆◇]+)"
_FROM_ONE = re.compile(
    rf"\W*(?:(?:so|and)\s+)?(?:how\s+far\s+(?:away\s+)?(?:is|are|lies)|(?:what\s+is\s+)?"
    rf"(?:the\s+)?distance)\s+(?:{_END}\s+)?(?:from|to|between|and|away)\b"
)
_FOUND = re.compile(r"\b(?:find|lies?|seen|look(?:ing)?|go)\b")
_APART = re.compile(r"\b(?:apart|away|between|separates?)\b")
_NEARER = re.compile(
    r"\b(?P<degree>nearer|closer|nearest|closest|farther|further|farthest|furthest|"
    r"more\s+distant)\b(?:\s+away)?"
)
_TO_IT = re.compile(r"\b(?:to|from|of)\s+(?:the\s+)?(?P<name>◆+)")


def distance(scope: Scope) -> Understood | None:
    """*How far is X from Y*, *in what direction from Y is X*."""
    if len(scope.named) < 2:
        return _own_distance(scope) or _one_end(scope)
    if (nearer := _nearer(scope)) is not None:
        return nearer
    unit = unit_named(scope.aim.unit or "")
    apart = unit is not None and unit.dimension == "length" and not scope.mentions
    shape = scope.account.shape
    way = _FROM_TO.search(shape) if apart else None
    side = scope.account.claim(_WHICH_WAY)
    if way is None and scope.account.claim(_HOW_FAR) is None and side is None:
        return None
    while scope.account.claim(_FOUND if side else _APART):
        pass
    scope.take_own_kind()
    turned = -1 if side is not None and _FROM_FIRST.match(shape) else 1
    entities = scope.entities(all_of_them=True)[::turned]
    found = scope.done("distance", entities=entities)
    found.groups = found.groups[::turned]
    return found


def _nearer(scope: Scope) -> Understood | None:
    """*Which is nearer to X, A or B*: X comes first."""
    shape = scope.account.shape
    degree, point = scope.account.find(_NEARER), _TO_IT.search(shape)
    if degree is None or point is None or len(scope.named) < 3 or " or " not in shape:
        return None
    scope.account.take(*degree.span())
    while scope.account.claim(_FOUND):
        pass
    scope.account.claim(re.compile(r"\bseen\b"))
    scope.take_own_kind()
    names = scope.entities(all_of_them=True)
    first = next(
        i for i, (n, _) in enumerate(scope.named) if n.start >= point.start("name")
    )
    turn = [first, *(i for i in range(len(names)) if i != first)]
    more = degree["degree"].startswith(("f", "more"))
    found = scope.done(
        "distance",
        entities=tuple(names[i] for i in turn),
        order="most" if more else "least",
    )
    found.groups = [found.groups[i] for i in turn]
    return found


def _own_distance(scope: Scope) -> Understood | None:
    """*How far is X from the coast*, where that is a value that X has."""
    far = scope.account.find(_HOW_FAR)
    own = sorted(one for one in scope.own if one.startswith("distance_from_"))
    said = set(re.findall(r"\w+", scope.account.text.lower()))
    spoken = {one.variable for one in scope.mentions}
    words = {one: one.removeprefix("distance_from_").split("_") for one in own}
    found = [one for one in own if one in spoken or said.issuperset(words[one])]
    if far is None or len(found) != 1:
        return None
    entities = scope.entities()
    for start, end, _ in scope.account.words:
        scope.account.take(start, end)
    for name in scope.account.names:
        scope.account.take(name.start, name.end)
    return scope.done("value", entities=entities, variables=((found[0],),))


def _one_end(scope: Scope) -> Understood | None:
    """*How far is X from Zorblax*, *how far is it to X*: the other end is not known."""
    away = scope.named and _FROM_ONE.match(scope.account.shape)
    way = scope.named and _WHICH_WAY.search(scope.account.shape)
    far = away and scope.account.find(_HOW_FAR) is not None
    if not (way or far):
        return None
    return scope.done("distance", entities=scope.entities())


_MADE = re.compile(
    r"^\W*what(?:\s+(?:all|else))?\s+(?:did|has|have)\b.*\b(?:design|buil[dt]|found|construct|engineer|creat|develop|discover|plan)(?:ed|e)?\W*$"
)
"""*What did Norman Foster design?*"""
_DONE = re.compile(
    r"^\W*what(?:\s+(?:all|else))?\s+(?:(?:was|were|got|is|are|has\s+been|have\s+been)\s+)?(?:opened|completed|"
    r"finished|inscribed|erected|designed|built|founded|established|constructed|named|"
    r"engineered|drawn|developed)\b"
    r"(?!\s+(?:first|last|earlier|later)\b)"
)
"""*What was designed by Norman Foster*, *what opened in 1889*."""
_THERE = re.compile(
    r"^\W*(?:what(?:'s|\s+is|\s+are|\s+lies|\s+do\s+you\s+have|\s+have\s+you\s+got)|"
    r"(?:is\s+there\s+)?(?:anything|everything))\s+(?:there\s+)?(?:in|on|at)\s+"
    r"(?:the\s+)?◆+\W*$"
)
"""*What's in Paris?*"""
_ALL = re.compile(r"\b(?:all|anything|everything)\b")
_ANYTHING = re.compile(
    r"\b(?:what|anything|everything)\b.*\bwithin\s+\d|\bwhat\s+can\s+(?:i|you|one|we)\s+"
    r"(?:see|visit)\s+in\b|\b(?:to|worth)\s+(?:see(?:ing)?|visit(?:ing)?)\s+in\b"
)
_MORE_THAN = re.compile(
    r"\W*(?:what|which|who|anything|something|everything|is\s+anything|is\s+there\s+anything)"
    r"(?:'s|\s+is|\s+are)?\s+(?:[a-z]+er|more\s+[a-z]+)\s+than\s+(?:the\s+)?◆"
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


def any_kind(scope: Scope) -> Kind | None:
    """Landmarks of any kind, where the shape of the question asks for such."""
    shape = scope.account.shape
    match = _ANYTHING.search(shape) or _MADE.search(shape) or _THERE.search(shape)
    held = places_of(scope.catalogue)
    if not match or any(place_key(n.surface) not in held for n in scope.account.names):
        match = match if match and match.re is not _THERE else None
    plain = _MORE_THAN.match(shape) or (_DONE.match(shape) and only_sited(scope))
    plain = plain or (_MADE.search(shape) is not None and not scope.named)
    if not plain and (match is None or scope.asked):
        return None
    scope.account.claim(_ALL)
    for word in ("see", "seeing", "visit", "visiting"):
        scope.account.claim(re.compile(rf"\b{word}\b"))
    every = find_kind(["landmarks"], scope.catalogue)
    scope.kind = None if every is None else replace(every, count=0)
    return scope.kind

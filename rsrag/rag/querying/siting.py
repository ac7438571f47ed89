"""Where a place must lie, as a question says it: *not in Asia*."""

import re
from collections.abc import Iterable, Sequence

from rsrag.knowledge.coordinates import parse_place
from rsrag.knowledge.units import convert, unit_named
from rsrag.rag.querying.account import Account
from rsrag.rag.querying.typed_query import PlaceFilter, ValueFilter
from rsrag.rag.reading.kinds import singular
from rsrag.rag.reading.quantities import NUMBER, WORDED
from rsrag.rag.reading.words import word_table

_LIST = (
    r"(?P<names>[◆◇]+(?:(?:\s*,\s*(?:and\s+|or\s+)?|\s+and\s+|\s+n?or\s+|\s*/\s*)"
    r"(?:in\s+)?(?:the\s+)?[◆◇]+)*)"
)
_THE = (
    r"(?:(?:the\s+)?(?:country|continent|state|island|city|area|region)\s+of\s+)?"
    r"(?:the\s+)?"
)
_NOT = (
    r"(?P<no>(?:(?:if\s+(?:you|we|one|i)\s+|when\s+)?(?:leav(?:e|ing)\s+(?:out|aside)|"
    r"(?:ignor|exclud|disregard|discount|skip+)(?:e|ing)?|(?:not\s+|don't\s+)count(?:ing)?)|"
    r"aside\s+from|save\s+for|but\s+not|not|neither|isn't|aren't|n't|outside|except|excluding|other\s+than|without|"
    r"apart\s+from|besides)\s+(?:\w+\s+){0,2}?)"
)
_IN = (
    r"(?:in(?:side|to)?|on|within|of|from|at|through|across|throughout|along|belong(?:s|ing)?\s+to|"
    r"part\s+of|serv(?:es?|ing)|around(?=\s+the\s+))"
)
_NOT_IN = re.compile(
    rf"\b(?:(?:{_NOT})(?:{_IN}\s+)?|outside\s+(?:of\s+)?(?P<out>)){_THE}{_LIST}"
)
_INSIDE = re.compile(
    rf"\b(?:(?:run|runs|flow|flows|pass|passes|go|goes|stretch|stretches|lie|lies|are|is|located|situated|found|"
    rf"standing|built)\s+)?{_IN}\s+{_THE}{_LIST}"
)
_AMOUNT = r"(?P<n>\d[\d.,]*)\s*-?(?P<unit>[a-z]+)\b"
_WITHIN = re.compile(
    rf"\b(?:(?:within|(?:in|inside)\s+a\s+radius\s+of|less\s+than|no\s+more\s+than|not\s+more\s+than|"
    rf"no\s+farther\s+than|closer\s+than|at\s+most|up\s+to)\s+)(?:a\s+radius\s+of\s+)?{_AMOUNT}\s+"
    rf"(?:away\s+)?(?:radius\s+)?(?:of|from|around|to)\s+(?:the\s+)?(?P<names>[◆◇●]+)"
)
_SIDE = re.compile(
    r"\b(?P<no>not\s+)?(?:to\s+the\s+)?(?P<side>north|south|east|west)(?:ern\s+side)?\s+of\s+(?:the\s+)?"
    r"(?:(?P<names>[◆◇●]+)|(?P<line>equator|greenwich|prime\s+meridian|(?P<circle>(?:ant)?arctic\s+circle|tropic\s+of\s+[a-z]+)|(?P<deg>\d+(?:\.\d+)?)"
    r"\s*(?:°|degrees?)(?:\s*(?P<pole>[nsew]|north|south|east|west)\b)?(?:\s+latitude|\s+longitude)?))"
)
_CIRCLES = {
    "arctic circle": 66.56,
    "antarctic circle": -66.56,
    "tropic of cancer": 23.44,
    "tropic of capricorn": -23.44,
}
"""Latitudes, degrees north."""
_HALF = re.compile(
    r"\b(?P<no>not\s+)?(?:in|on|of|within|from)\s+the\s+"
    r"(?P<side>north|south|east|west)ern\s+hemisphere\b"
)
_BETWEEN = re.compile(
    r"\bbetween\s+(?:the\s+)?(?P<names>[◆◇●]+\s+and\s+(?:the\s+)?[◆◇●]+)"
)
_HAS = re.compile(
    rf"\b(?:do|does|did|can)\s+{_THE}{_LIST}\s+(?:have|hold|own|contain|boast|offer|claim)\b|"
    rf"\b(?:ha[sd]|have)\s+{_THE}(?P<got>[◆◇]+)\s+got\b"
)
_EACH_OF = re.compile(
    rf"\b(?:(?:are|is|lie|lies|run|runs|flow|flows|both|that|which)\s+)*"
    r"(?:both\s+(?:in|on|of|to)|(?:in|on|of|to|between|across|through|by|spans?|touch(?:es)?|borders?)\s+both|"
    r"shared\s+(?:by|between|among)(?:\s+both)?|straddl(?:e|es|ing)|common\s+to|"
    r"(?:on|along|at|across|form(?:s|ing)?)\s+(?:the|a|part\s+of\s+the)\s+(?:international\s+)?(?:borders?|frontiers?|boundar(?:y|ies))\s+"
    r"(?:of|between|from|with)|border(?:s|ed\s+by|ing)?)\s+"
    rf"{_THE}{_LIST}|"
    rf"\bdo(?:es)?\s+{_THE}{_LIST.replace('names', 'sharers')}\s+(?:both\s+)?share\b"
)
"""*Shared by Peru and Bolivia*: in each of these places."""
_WHOLLY = r"(?:entirely|wholly|only|solely|completely|exclusively|fully|totally)"
_ALONE = re.compile(
    rf"\b(?:(?:lie|lies|are|is|situated|located|runs?|flows?)\s+)?{_WHOLLY}\s+"
    rf"(?:lie|run|flow)?s?\s*(?:with)?{_IN}\s+{_THE}{_LIST}"
)
THROUGH = re.compile(
    r"\b(?:through|across|runs?|flows?|pass(?:es)?|cross(?:es)?|touch(?:es)?|borders?|"
    r"shares?|shared|spans?|extends?|stretch(?:es)?|reach(?:es)?|divided|split|link(?:s|ed)?|connect(?:s|ed)?|fall|falls)\b"
)
_SPREAD = re.compile(
    rf"\b(?:{_WHOLLY}\s+)?(?:in|inside|within|through|across|over|between|by|among|to|cross(?:es)?|"
    r"touch(?:es)?|borders?|spans?)\s+(?P<how>(?:only|just|exactly|precisely)\s+)?"
    rf"(?P<n>an?\s+single|single|several|multiple|many|various|{NUMBER})\s+"
    r"(?:different\s+|separate\s+|neighbou?ring\s+)*"
    r"(?P<noun>countr(?:y|ies)|nations?|continents?|regions?|oceans?)\b"
)
_OWNED = re.compile(r"(?P<names>[◆◇]+)['’]s\b")
_NEAR = re.compile(
    r"\b(?:near(?:by|est)?(?:\s+to)?|close(?:st)?\s+to|next\s+to|beside|around|surround(?:s|ing)?|"
    r"in\s+the\s+(?:vicinity|neighbou?rhood)\s+of)\s+(?:the\s+)?(?P<names>[◆◇●]+)"
)


def read_sites(account: Account) -> list[PlaceFilter]:
    """Each condition on the place; its words are taken."""
    found: list[PlaceFilter] = []
    for read in _READERS:
        found += read(account)
    return found


def _named(account: Account, match: re.Match[str]) -> tuple[str, ...]:
    return tuple(n.surface for n in account.names_in(*match.span("names")))


def within(account: Account) -> list[PlaceFilter]:
    """*Within 20 km of X*."""
    found = []
    start = 0
    while (match := account.find(_WITHIN, start)) is not None:
        start = match.end()
        unit = unit_named(match["unit"])
        number = float(match["n"].replace(",", "").rstrip("."))
        km = convert(number, unit.name, "km") if unit else None
        if km is not None:
            account.take(*match.span())
            at = parse_place(account.text[slice(*match.span("names"))])
            found.append(PlaceFilter("within", _named(account, match), at, km=km))
    return found


def _sides(account: Account) -> list[PlaceFilter]:
    found: list[PlaceFilter] = []
    while (match := account.claim(_SIDE)) is not None:
        names = _named(account, match)
        at = None
        if match["line"]:
            circle = " ".join((match["circle"] or "").split())
            degrees = float(match["deg"] or _CIRCLES.get(circle, 0))
            pole = (match["pole"] or "")[:1]
            turned = -degrees if pole in ("s", "w") else degrees
            along = match["side"] in ("north", "south")
            at = (0.0, turned) if along else (turned, 0.0)
        side = match["side"]
        found.append(
            PlaceFilter(side, names, at, negated=bool(match["no"]))  # type: ignore[arg-type]
        )
    return found


def _halves(account: Account) -> list[PlaceFilter]:
    """*In the southern hemisphere*: south of the equator."""
    match = account.claim(_HALF)
    if match is None:
        return []
    side = match["side"]
    return [PlaceFilter(side, (), (0.0, 0.0), negated=bool(match["no"]))]  # type: ignore[arg-type]


def _between(account: Account) -> list[PlaceFilter]:
    match = account.claim(_BETWEEN)
    return [PlaceFilter("between", _named(account, match))] if match else []


def _near(account: Account) -> list[PlaceFilter]:
    match = account.claim(_NEAR)
    return [PlaceFilter("near", _named(account, match))] if match else []


def _outside(account: Account) -> list[PlaceFilter]:
    found = []
    while (match := account.claim(_NOT_IN)) is not None:
        found.append(PlaceFilter("in", _named(account, match), negated=True))
    return found


def _inside(account: Account) -> list[PlaceFilter]:
    found = []
    while (match := account.claim(_INSIDE)) is not None:
        found.append(PlaceFilter("in", _named(account, match)))
    return found


def _each_of(account: Account) -> list[PlaceFilter]:
    match = account.find(_EACH_OF)
    if match is None:
        return []
    group = "names" if match["names"] else "sharers"
    names = [one.surface for one in account.names_in(*match.span(group))]
    account.take(*match.span())
    if re.search(r"\bor\b", account.shape[slice(*match.span(group))]):
        return [PlaceFilter("in", tuple(names))]
    return [PlaceFilter("in", (name,)) for name in names]


def _alone(account: Account) -> list[PlaceFilter]:
    match = account.claim(_ALONE)
    return [PlaceFilter("in", _named(account, match), alone=True)] if match else []


def _having(account: Account) -> list[PlaceFilter]:
    """*How many craters does Canada have*; a landmark's own parts are not sited."""
    match = account.find(_HAS)
    if match is None:
        return []
    names = account.names_in(*match.span("got" if match["got"] else "names"))
    account.take(*match.span())
    return [PlaceFilter("in", tuple(one.surface for one in names))]


def _owned(account: Account) -> list[PlaceFilter]:
    """*France's longest bridge*; a landmark's own depth is no place."""
    match = account.find(_OWNED, 0)
    if match is None or any(n.ids for n in account.names_in(*match.span("names"))):
        return []
    account.take(*match.span())
    return [PlaceFilter("in", _named(account, match))]


_READERS = (
    *(within, _sides, _halves, _each_of, _alone, _between, _near, _outside),
    *(_inside, _having, _owned),
)


def spread(
    account: Account, limits: Sequence[ValueFilter], asked: Iterable[str] = ()
) -> list[ValueFilter]:
    """*In more than one country*, *in several*, *in one only*: how many are named.

    ``asked``: variables that are asked of the kind besides.
    """
    found = []
    match = account.claim(_SPREAD)
    if match is not None:
        noun = singular(match["noun"]).replace("nation", "country")
        number = WORDED.get(match["n"], match["n"])
        many = match["n"] in ("several", "multiple", "many", "various")
        number = "2" if many else "1" if "single" in match["n"] else str(number)
        words = " ".join(match.group().split())
        high = None if many else number
        found.append(ValueFilter((noun,), low=number, high=high, words=words))
    named = {variable for one in (*limits, *found) for variable in one.variables}
    named |= set(asked)
    while named & set(word_table("place_variables")) and account.claim(THROUGH):
        pass
    return found

"""Conditions that are a value of a landmark that is named: *higher than K2*."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.rag.querying.account import Account
from rsrag.rag.querying.relations import THAN
from rsrag.rag.querying.scope import Scope
from rsrag.rag.querying.typed_query import ValueFilter
from rsrag.rag.reading.degrees import Degree, comparatives, positives
from rsrag.rag.reading.place_names import parts_of_list, place_key, places_of
from rsrag.rag.reading.quantities import NUMBER, WORDED, YEARS, times_of, year_span
from rsrag.records import Fact

BEFORE = re.compile(
    r"\b(?:(?P<no>no|not)\s+)?(?P<degree>before|after)\s+(?:the\s+)?(?P<name>◆+)"
)
_AS_AS = re.compile(r"(?:\bas\s+)?\b(?P<degree>[a-z]+)\s+as\s+(?:the\s+)?(?P<name>◆+)")
_SAME_AS = re.compile(
    r"\b(?:(?:in|on|of|from|during|within)\s+)?the\s+same\s+(?P<what>[a-z]+(?:\s+range)?)\s+"
    r"as\s+(?:the\s+)?(?P<name>◆+)"
)
_YEARS_OF = {"year": 1, "decade": 10, "century": 100}
_AT_LEAST = re.compile(r"\b(?:at\s+least|more\s+than|over)\b")


def than_places(scope: Scope) -> list[ValueFilter]:
    """*Higher than K2*, *twice as long as the Rhine*: a landmark's own value."""
    found = []
    timed = any(one.variable in YEARS for one in scope.spoken)
    while True:
        match = scope.account.find(THAN)
        match = match or (scope.account.find(BEFORE) if timed else None)
        degree = comparatives().get(match["degree"]) if match else None
        limit = _of_place(scope, match, degree) if match and degree else None
        if match is None or degree is None or limit is None:
            break
        strict = match["no"] is None
        more = degree.more == strict
        low, high = (limit.low, None) if more else (None, limit.low)
        found.append(replace(limit, low=low, high=high, strict=strict))
    match, factor = scope.account.find(_AS_AS), scope.aim.factor
    if match is not None and factor is not None and scope.aim.wants == "ratio":
        limit = _of_place(scope, match, positives().get(match["degree"]), factor)
        if limit is not None:
            scope.aim = replace(scope.aim, wants="value", factor=None)
            scope.account.claim(_AT_LEAST)
            found.append(limit)
    return found


def same_as(scope: Scope) -> list[ValueFilter]:
    """*In the same country as X*, *opened in the same year as X*."""
    match = scope.account.find(_SAME_AS)
    if match is None:
        return []
    facts = scope.facts_of(scope.account.names_in(*match.span("name")))
    own = {fact.variable: fact.value for fact in facts}
    timed = match["what"] in _YEARS_OF
    wanted = times_of(scope.mentions) if timed else [match["what"].replace(" ", "_")]
    variable = next((one for one in wanted if one in own), None)
    span = year_span(own[variable]) if timed and variable else None
    if variable is None or (timed and span is None):
        return []
    words = scope.account.take_words(match)
    if span is None:
        names = tuple(parts_of_list(own[variable]))
        return [ValueFilter((variable,), names=names, words=words)]
    first = int(span[1]) // (size := _YEARS_OF[match["what"]]) * size
    return [ValueFilter(tuple(wanted), str(first), str(first + size - 1), words=words)]


def _of_place(
    scope: Scope, match: re.Match[str], degree: Degree | None, factor: float = 1.0
) -> ValueFilter | None:
    """What a landmark that is named measures, so many times, as the least; taken."""
    if degree is None:
        return None
    variables = times_of([]) if degree.of_time else degree.variables
    if not variables:
        variables = [m.variable for m in scope.spoken]
    fact = _value_of(scope, match, variables)
    if fact is None or (factor != 1.0 and fact.number is None):
        return None
    value, times = fact.value, times_of([]) if degree.of_time else []
    if fact.number is not None and factor != 1.0:
        value = f"{factor * fact.number:.10g} {fact.unit or ''}".strip()
    said = scope.account.take_words(match)
    own_first = tuple(dict.fromkeys((fact.variable, *times)))
    return ValueFilter(own_first, low=value, words=f"{said}, {value}")


def _value_of(
    scope: Scope, match: re.Match[str], variables: Sequence[str]
) -> Fact | None:
    """The first of these values that the landmark named in a match has."""
    names = scope.account.names_in(*match.span("name"))
    own = {fact.variable: fact for fact in scope.facts_of(names)}
    return next((own[one] for one in variables if one in own), None)


_LEADS = re.compile(
    r"(?:\b(?:run|flow|pass|go|lie|stand|is|are)(?:s|es)?\s+)?"
    r"\b(?:in|through|at|on|past|by|to|of)\s+(?:the\s+)?$|$"
)
_AFTER = re.compile(
    r"\b(?:(?:right\s+|directly\s+)?(?:after|behind|following)|next\s+(?:after|to))\s+(?:the\s+)?(?P<name>◆+)"
)


def behind_named(
    scope: Scope, variables: Sequence[str], *, more: bool
) -> list[ValueFilter]:
    """*The longest river after the Nile*: what has less of it than that one."""
    match = scope.account.find(_AFTER)
    fact = None if match is None else _value_of(scope, match, variables)
    if match is None or fact is None:
        return []
    words = f"{scope.account.take_words(match)}, {fact.value}"
    low, high = (None, fact.value) if more else (fact.value, None)
    return [ValueFilter((fact.variable,), low=low, high=high, strict=True, words=words)]


def of_named(scope: Scope, *, places_too: bool = False) -> list[ValueFilter]:
    """*Cesar Pelli buildings*: names that values of the kind have.

    ``places_too``: those of places as well, where they did not say where to look.
    """
    found, places = [], places_of(scope.catalogue)
    for name in scope.account.free_names():
        if not places_too and place_key(name.surface) in places:
            continue
        wanted = fold(name.surface)
        have: dict[str, None] = {}
        for category in scope.kind.categories if scope.kind and not name.ids else ():
            for one in scope.catalogue.all_landmarks(category=category):
                for fact in scope.catalogue.facts(one.id):
                    if f" {wanted} " in f" {fold(fact.value)} ":
                        have[fact.variable] = None
        if have:
            start = _LEADS.search(scope.account.shape[: name.start])
            scope.account.take(start.start() if start else name.start, name.end)
            found.append(
                ValueFilter(tuple(have), names=(name.surface,), words=name.surface)
            )
    return found


_COUNT = re.compile(
    rf"\b(?:(?:with|ha(?:ve|s|ving|d))\s+(?:exactly\s+|only\s+|just\s+)?"
    rf"(?P<amount>no|zero|{NUMBER})|without(?:\s+(?:any|an?))?(?:\s+single)?)\s+"
    r"(?P<noun>[a-z]+)\b"
)


def counted_things(account: Account, held: Collection[str]) -> list[ValueFilter]:
    """*With 6 runways*, *without a single lock*: numbers of what is counted."""
    found, start = [], 0
    while (match := account.find(_COUNT, start)) is not None:
        counted, start = f"{match['noun'].removesuffix('s')}s", match.end()
        if counted in held:
            said = match["amount"] or "no"
            n = "0" if said in ("no", "zero") else str(WORDED.get(said, said))
            account.take(*match.span())
            found.append(ValueFilter((counted,), n, n, words=f"exactly {n}"))
    return found

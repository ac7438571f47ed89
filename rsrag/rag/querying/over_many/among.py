"""Questions over places that are named: which of them, all of them, what they share."""

import re
from dataclasses import replace

from rsrag.rag.querying.account import Name, Understood
from rsrag.rag.querying.kind_queries import narrowed
from rsrag.rag.querying.scope import Scope
from rsrag.rag.reading.degrees import comparatives, superlatives
from rsrag.rag.reading.kinds import ANY, find_kind
from rsrag.rag.reading.words import word_table

_NAMES = (
    r"(?:the\s+)?◆+(?:(?:\s*,\s*(?:(?:and|or)\s+)?|\s+(?:and|n?or)\s+)(?:the\s+)?◆+)+"
)
_BOTH = r"(?:both|all|either|neither|any|none|each|every)"
_ASKED = re.compile(
    rf"^\W*(?:(?:which|what|how\s+many|any|none|all|both|each)\s+(?:ones?\s+)?of\s+|"
    r"(?:(?:in|through)\s+)?(?:which|what)\s+[a-z]+\s+(?:is|are|do|does|have|has)\s+(?:both\s+)?|"
    r"(?:is|are|was|were|do|does|did|have|has|can)\s+(?:it\s+true\s+that\s+)?"
    rf"(?:{_BOTH}\s+)?(?:of\s+)?)(?P<names>{_NAMES})"
)
_AS_ONE = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did)\s+(?P<names>(?:the\s+)?◆+.*\bthe\s+same\s+"
    r"[a-z]+(?:\s+range)?\s+as\s+(?:the\s+)?◆+)\W*$"
)
_AFTER = re.compile(
    r"^\W*(?:which|what|how\s+many)\s+(?:ones?\s+)?(?:of\s+(?:these|those|them|the\s+following)\b|"
    rf"[a-z]+\b).*?[:,–-]\s*(?P<names>{_NAMES})\s*\??\s*$"
)
_THESE = re.compile(r"\bof\s+(?:these|those|them|the\s+following)(?:\s+[a-z]+s\b)?")
_QUANTITY = re.compile(rf"\b{_BOTH}\b(?:\s+of\b)?")
_COUNT = re.compile(r"\bhow\s+many\b")
_PLACES: list[str] = word_table("place_variables")
_SAME = re.compile(
    r"\b(?:(?:in|on|of|within|to|along|part\s+of)\s+)?the\s+same\s+(?P<what>[a-z]+(?:\s+range)?)\b|"
    r"^\W*(?:in\s+)?(?:which|what)\s+(?P<common>[a-z]+)\b(?=.*\b(?:both|share|in\s+common)\b)"
)
_LIE = re.compile(
    r"\b(?:shared?|in\s+common|flows?|runs?|pass(?:es)?|through|across|crosses|both)\b"
)


def among(scope: Scope) -> Understood | None:
    """*Which of A, B and C opened after 1930*, *are A and B both in Asia*."""
    account = scope.account
    ways = (_ASKED, _AS_ONE, _AFTER)
    match = next((m for one in ways if (m := one.match(account.shape))), None)
    names = account.names_in(*match.span("names")) if match else []
    if match is None or not all(one.ids for one in names):
        return None
    before, aim, kind = account.saved(), scope.aim, scope.kind
    found = _in_the_same(scope, names) or _under_conditions(scope, match, names)
    if found is None or found.query.left_over:
        account.restore(before)
        scope.aim, scope.kind = aim, kind
        return None
    return found


def _under_conditions(
    scope: Scope, match: re.Match[str], names: list[Name]
) -> Understood | None:
    account, aim = scope.account, scope.aim
    counts = account.claim(_COUNT) is not None
    account.claim(_THESE)
    scope.take_own_kind()
    said = account.claim(_QUANTITY)
    word = said.group().split()[0] if said else ""
    entities = _entities(scope, names)
    account.take(*match.span("names"))
    every = find_kind(["landmarks"], scope.catalogue)
    scope.kind = None if every is None else replace(every, count=0)
    if aim.yes:
        factor = 0.0 if word in ("either", "any", "neither", "none") else 1.0
        scope.aim = replace(aim, yes=False, wants="share", factor=factor)
        if re.search(r"\bor\b", match["names"]) and not word:
            # *Is A or B in Asia* is answered by a name.
            scope.aim = replace(aim, yes=False, wants="value")
    found = narrowed(scope, "count" if counts else "list")
    query = found.query
    degrees = {*comparatives(), *superlatives()}
    limits = [one for one in query.filters if one.low or one.high]
    said_of = " ".join(one.words for one in limits).lower().split()
    degrees |= {"first", "last", "earliest", "latest"}
    compares = [w for *_, w in account.words if w in degrees and w not in said_of]
    if compares or not (query.place or query.filters):
        return None
    negated = word in ("neither", "none")
    found.query = replace(query, entities=entities, negated=negated, kind=ANY)
    return found


def _entities(scope: Scope, names: list[Name]) -> tuple[str, ...]:
    """The names of the landmarks; their words are taken."""
    by_name = {id(name): group for name, group in scope.named}
    for one in names:
        scope.account.take(one.start, one.end)
    return tuple(
        group[0].name if (group := by_name.get(id(one))) else one.surface
        for one in names
    )


def _in_the_same(scope: Scope, names: list[Name]) -> Understood | None:
    """*Are A and B in the same country*, *which country do A and B share*."""
    match = scope.account.find(_SAME)
    said = (match["what"] or match["common"]) if match else ""
    variable = said.replace(" ", "_").removesuffix("s")
    variable = {"countrie": "country", "range": "mountain_range"}.get(
        variable, variable
    )
    if match is None or variable not in _PLACES:
        return None
    scope.account.take(*match.span())
    while scope.account.claim(_LIE):
        pass
    kept = {one.start for one in names}
    scope.named = [one for one in scope.named if one[0].start in kept]
    entities = scope.entities(all_of_them=True)
    scope.aim = replace(scope.aim, wants="same" if scope.aim.yes else "value")
    return scope.done("compare", entities=entities, variables=((variable,),))

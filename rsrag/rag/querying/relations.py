"""Values that a kind must have by name: *designed by Foster*, *below sea level*."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache

from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.knowledge.variables import VariableMention
from rsrag.rag.querying.account import Account, is_function, is_hard
from rsrag.rag.querying.scope import Scope
from rsrag.rag.querying.typed_query import ValueFilter
from rsrag.rag.reading.degrees import positives
from rsrag.rag.reading.kinds import Kind, find_kind
from rsrag.rag.reading.words import word_table
from rsrag.rag.saying.sentences import stem

_OPENS = re.compile(r"(?:which|what|who|whom|where|it|them|the\b|a\b|an\b)")
_OBJECT = (
    r"\s+(?:an?\s+|the\s+)?(?:(?:sea|river|lake|people|king|queen|emperor|president|pope|saint|captain|general|sir|architect|city|country)\s+(?:of\s+)?)?"
    r"(?P<object>[◆◇]+(?:(?:\s*,\s*|\s+(?:and|or)\s+)(?:the\s+)?[◆◇]+)*|[a-z'-]+(?:\s+[a-z'-]+){0,3}?(?=\s*[?.!,]?\s*$))"
)

_JOINED = re.compile(r"\s+or\s+")
_SEA = re.compile(r"\b(?P<side>above|below)\s+(?:the\s+)?sea(?:[\s-]+level)?\b")
THAN = re.compile(
    r"\b(?:(?P<no>no|not)\s+)?(?P<degree>[a-z]+)\s+than\s+(?:the\s+)?(?P<name>◆+)"
)
_DENIED = re.compile(
    r"\b(?:not|no|without|never|lack(?:s|ing)?|(?:do|does|are|is|have|has)n't)\s+"
    r"(?:(?:an?|any|the|have|has|been|got|with|on|yet)\s+)*$"
)
_HAVING = re.compile(
    r"\b(?:have|has|having|with)\s+(?:(?:an?|any|some)\s+)?(?P<noun>[a-z]+)\b(?=\W*$)"
)
_STANDS = re.compile(r"\b(?:is|are|does|do|did|was|were|of)$")
_NO_VALUES = {"great"}  # *the Great Lakes* are not those with Great in a name
_SHORT = 8
"""Words of a value at most of which one is a kind."""
_LEVELS = ("elevation", "surface_elevation", "lowest_elevation", "highest_elevation")


def read_relations(account: Account, held: Collection[str]) -> list[ValueFilter]:
    """Each relation to something named; its words and the names are taken."""
    found = []
    for pattern, variables in [*_patterns().items(), *_active().items()]:
        match = account.find(pattern)
        if match is None:
            continue
        names = [one.surface for one in account.names_in(*match.span("object"))]
        if not names and _OPENS.match(account.shape[slice(*match.span("object"))]):
            continue
        said = names or _JOINED.split(account.text[slice(*match.span("object"))])
        have = tuple(one for one in variables if one in held)
        if not have:
            continue
        words = account.take_words(match)
        found.append(ValueFilter(have, names=tuple(said), words=words))
    return found


@cache
def _active() -> Mapping[re.Pattern[str], tuple[str, ...]]:
    """*Did Foster design …*, the name in front of the verb."""
    table: dict[str, list[str]] = word_table("deeds_of")
    named = r"(?P<object>[◆◇]+)\s+(?:first\s+|ever\s+)?"
    lower = (
        r"(?:(?<=\bdid\s)|(?<=\bhas\s)|(?<=\bhave\s))"
        r"(?P<object>[a-z'.-]+(?:\s+[a-z'.-]+){0,3}?)\s+(?:ever\s+)?"
    )
    return {
        re.compile(rf"{who}(?:{words})\b"): tuple(variables)
        for words, variables in table.items()
        for who in (named, lower)
    }


@cache
def _patterns() -> Mapping[re.Pattern[str], tuple[str, ...]]:
    table: dict[str, list[str]] = word_table("relations")
    return {
        re.compile(rf"\b(?:{words}){_OBJECT}"): tuple(variables)
        for words, variables in table.items()
    }


def sea_level(account: Account) -> list[ValueFilter]:
    """*Is it below sea level?*: a limit without a number."""
    match = account.claim(_SEA)
    if match is None:
        return []
    low, high = ("0 m", None) if match["side"] == "above" else (None, "0 m")
    words = " ".join(match.group().split())
    return [ValueFilter(_LEVELS, low=low, high=high, strict=True, words=words)]


def modified_by(scope: Scope) -> list[ValueFilter]:
    """*Diamond mines*: the word before the kind, where values of the kind have it."""
    word = modifier(scope)
    if word is None or scope.kind is None:
        return []
    mentioned = {m.variable for m in scope.spoken if m.start <= word[0] < m.end}
    if mentioned and word[2] not in mentioned:
        return []
    if mentioned:
        # *River deltas*: what each has, and no condition.
        scope.account.take(*word[:2])
        return []
    return of_values(scope, [word])


def of_values(scope: Scope, words: Sequence[tuple[int, int, str]]) -> list[ValueFilter]:
    """Those words that values of the kind have, as conditions; they are taken."""
    if scope.kind is None or not words:
        return []
    words = [word for word in words if not is_hard(word[2])]
    wanted = {stem(word) for *_, word in words} - _NO_VALUES
    names: dict[str, set[str]] = defaultdict(set)
    variables: dict[str, set[str]] = defaultdict(set)
    for category in scope.kind.categories:
        for one in scope.catalogue.all_landmarks(category=category):
            for fact in scope.catalogue.facts(one.id):
                said = fold(fact.value).split() if fact.number is None else []
                for word in said if len(said) <= _SHORT else ():
                    if (same := stem(word)) in wanted:
                        names[same].add(word)
                        variables[same].add(fact.variable)
    found = []
    for start, end, word in words:
        if held := names.get(stem(word)):
            scope.account.take(start, end)
            own = tuple(sorted(variables[stem(word)]))
            found.append(ValueFilter(own, names=tuple(sorted(held)), words=word))
    return found


def is_condition(scope: Scope, word: tuple[int, int, str]) -> bool:
    """Whether landmarks of the kind have a word among their values."""
    kept = scope.account.saved()
    found = bool(of_values(scope, [word]))
    scope.account.restore(kept)
    return found


def modifier(scope: Scope) -> tuple[int, int, str] | None:
    """The word that stands before the kind: *diamond* mines."""
    first = 0 if scope.kind is None or not scope.kind.count else scope.kind.first
    if not first:
        return None
    word, kind = scope.loose[first - 1], scope.loose[first]
    bare = not scope.account.shape[word[1] : kind[0]].strip()
    meant = not is_function(word[2]) and word[2] not in positives()
    return word if bare and meant and scope.account.is_free(*word[:2]) else None


def only_sited(scope: Scope) -> bool:
    """Whether all landmarks named stand where a place or a value may."""
    shape = scope.account.shape
    for name, _ in scope.named:
        before = shape[: name.start].rstrip().removesuffix("the").rstrip()
        if not before or _STANDS.search(before.removesuffix(" of")):
            return False
    return True


def kind_after(scope: Scope, end: int) -> Kind | None:
    """The kind of landmark that is named after a place in the text."""
    after = [i for i, word in enumerate(scope.loose) if word[0] >= end]
    kind = find_kind([scope.loose[i][2] for i in after], scope.catalogue)
    return None if kind is None else replace(kind, first=kind.first + after[0])


def had(
    account: Account, mention: VariableMention, variables: tuple[str, ...]
) -> ValueFilter:
    """*Which rivers have a dam*, *which have none*: that a value is held at all."""
    denied = _DENIED.search(account.shape[: mention.start])
    if denied is not None:
        account.take(*denied.span())
    words = f"{'no ' if denied else ''}{mention.surface}"
    return ValueFilter(variables, negated=denied is not None, words=words)


def having(account: Account, held: Collection[str]) -> list[ValueFilter]:
    """*Which canals have locks*: something that is counted, and is not none."""
    match = account.find(_HAVING)
    counted = f"{match['noun'].removesuffix('s')}s" if match else ""
    if match is None or counted not in held:
        return []
    account.take(*match.span())
    return [ValueFilter((counted,), words=match.group())]

"""Values that a kind must have by name: *designed by Foster*, *below sea level*."""

import re
from collections.abc import Collection, Mapping
from functools import cache

from rsrag.rag.querying.account import Account
from rsrag.rag.querying.typed_query import ValueFilter
from rsrag.rag.reading.words import word_table

_OPENS = re.compile(r"(?:which|what|who|whom|where|it|them|the\b|a\b|an\b)")
_OBJECT = (
    r"\s+(?:an?\s+|the\s+)?(?:(?:sea|river|lake|people|king|emperor|architect|city|country)\s+(?:of\s+)?)?"
    r"(?P<object>[◆◇]+(?:(?:\s*,\s*|\s+(?:and|or)\s+)(?:the\s+)?[◆◇]+)*|[a-z'-]+(?:\s+[a-z'-]+){0,2}?(?=\s*[?.!,]?\s*$))"
)

_SEA = re.compile(r"\b(?P<side>above|below)\s+(?:the\s+)?sea(?:[\s-]+level)?\b")
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
        said = names or [account.text[slice(*match.span("object"))]]
        have = tuple(one for one in variables if one in held)
        if not have:
            continue
        account.take(*match.span())
        words = " ".join(account.text[slice(*match.span())].split())
        found.append(ValueFilter(have, names=tuple(said), words=words))
    return found


@cache
def _active() -> Mapping[re.Pattern[str], tuple[str, ...]]:
    """*Did Foster design …*, the name in front of the verb."""
    table: dict[str, list[str]] = word_table("deeds_of")
    return {
        re.compile(rf"(?P<object>[◆◇]+)\s+(?:first\s+|ever\s+)?(?:{words})\b"): tuple(
            variables
        )
        for words, variables in table.items()
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

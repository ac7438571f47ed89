"""The variables that a question asks of a landmark, among those that it has."""

import re
from collections.abc import Collection, Iterable, Sequence

from rsrag.knowledge.variables import VariableMention
from rsrag.rag.reading.degrees import alike
from rsrag.rag.reading.question import Question
from rsrag.rag.saying.sentences import content_words
from rsrag.records import Fact, Landmark

_COMMON = frozenset({"category", "type", "name", "material", "known_for"})
_MEAN = re.compile(r"\b(?:on\s+average|average|mean|typical(?:ly)?)\b", re.IGNORECASE)
_ONCE = re.compile(
    r"\b(?:once|formerly|previously|originally|in\s+the\s+past|used\s+to|at\s+first)\b",
    re.IGNORECASE,
)
_NOW = re.compile(r"\b(?:now|today|current|currently|nowadays)\b", re.IGNORECASE)
_ONE_THING = re.compile(
    r"\W*(?:(?:and|but|so)\s+)?(?:(?:to|by|from|for|with)\s+)?(?:when|why|who(?:m|se)?(?!\s+(?:is|are|was|were)\s*[◆?]*\W*$)"
    r"(?!(?:'s|\s+is|\s+was)\s+(?:the\s+)?\W*$))\b",
    re.IGNORECASE,
)
_MORE = 2
"""*What type of …* asks for a kind only if not much more is asked besides."""


def wanted(
    question: Question,
    held: Sequence[tuple[Landmark, Sequence[Fact]]],
    masks: Collection[tuple[int, int]] = (),
) -> tuple[tuple[str, ...], ...]:
    """Groups of variables asked for, candidates in order.

    The vocabulary's, and those that only this landmark's source has (``roof_type``),
    which are found by their own words. *The lake* is no variable of a lake. ``masks``
    are spans of names besides those of the question.
    """
    own = sorted({fact.variable for _, facts in held for fact in facts})
    groups = question.groups(own, masks)
    kinds = {w for one, _ in held for w in content_words(one.category or "")}
    others = [g for g in groups if not kinds >= set(content_words(g[0].surface))]
    groups = tuple(others) or groups
    said = {w for g in groups for m in g for w in content_words(m.surface)}
    more = sum(word not in said for word in content_words(question.masked))
    asked = tuple(
        tuple(mention.variable for mention in group)
        for group in groups
        if more <= _MORE or group[0].variable not in _COMMON
    )
    if asks_mean(question):
        asked = tuple(_on_average(group, own) for group in asked)
    if _ONCE.search(question.masked) and not _NOW.search(question.masked):
        asked = tuple(_as_once(group, own) for group in asked)
    return asked


def _as_once(group: Sequence[str], own: Sequence[str]) -> tuple[str, ...]:
    """What something was before, where that is held: *how long was it once*."""
    before = [f"{way}_{one}" for one in group for way in ("former", "original")]
    return tuple([one for one in before if one in own] or group)


def asks_one_thing(text: str) -> bool:
    """Whether it asks *when*, *why* or *who did*, and not *who X is*."""
    return _ONE_THING.match(text) is not None


def asks_mean(question: Question) -> bool:
    """Whether a mean is asked for: then no largest or smallest value answers."""
    return _MEAN.search(question.masked) is not None


def _on_average(group: Sequence[str], own: Sequence[str]) -> tuple[str, ...]:
    """The mean of what is asked for; never its largest or smallest value."""
    bare = [one.removeprefix("maximum_").removeprefix("minimum_") for one in group]
    # *The average height of a plateau* is of its elevation.
    means = [f"{way}_{v}" for v in [*bare, *alike(bare)] for way in ("average", "mean")]
    given = [one for one in group if one.startswith(("average_", "mean_", "annual_"))]
    found = [one for one in [*given, *means] if one in own]
    plain = [one for one in group if not one.startswith(("maximum_", "minimum_"))]
    return tuple(dict.fromkeys(found or given or plain or means))


def grouped(mentions: Iterable[VariableMention]) -> tuple[tuple[str, ...], ...]:
    """Variables in the order of the text, candidates for the same words together."""
    groups: dict[int, list[str]] = {}
    for one in mentions:
        groups.setdefault(one.start, []).append(one.variable)
    return tuple(tuple(groups[start]) for start in sorted(groups))

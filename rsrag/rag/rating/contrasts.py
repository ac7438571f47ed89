"""Words that tell one of its like from the others: *maximum* from *mean*, 3 from 4.

What is said of the mean depth, of the southern tower or of turbine 12 answers no
question about the greatest one, the northern one or turbine 27.
"""

import re
from collections.abc import Iterator

from rsrag.rag.saying.sentences import folded


def _sides(*groups: str) -> dict[str, int]:
    """Each word of a contrast, and on which side of it the word stands."""
    return {word: side for side, words in enumerate(groups) for word in words.split()}


def _each(words: str) -> dict[str, int]:
    """Likewise, where each word is a side of its own."""
    return _sides(*words.split())


_TOLD_APART = (
    _sides(
        "maximum highest greatest deepest largest longest",
        "minimum lowest smallest shortest",
        "mean average",
    ),
    _each("first second third fourth fifth sixth seventh eighth next last"),
    _sides("north northern", "south southern", "east eastern", "west western"),
    _sides("upper top", "lower bottom", "middle"),
)
"""Contrasts that what is meant must be told by."""
_OTHERS = (
    _sides("new", "old"),
    _sides("spring", "summer", "autumn", "winter"),
    _sides("day", "week", "month", "season", "year annual"),
    _sides(
        "begin began start started open opened",
        "end ended stop stopped until close closed",
    ),
    _sides("left", "right"),
    _sides("adult adults", "child children"),
    _sides("inner", "outer"),
    _sides("morning", "evening", "night"),
    _each(
        "january february march april june july august september october november "
        "december"
    ),
)
_WORD = re.compile(r"[a-z]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_BEHIND = re.compile(r"\b(?P<noun>[a-z]{3,})\s+(?:no\.?\s+)?(?P<number>\d{1,3})\b")
_MOST = 2


def contrary(question: str, sentence: str) -> float:
    """Contrasts of which a sentence has another side than the question, up to 2."""
    pairs = _pairs(question, sentence, (*_TOLD_APART, *_OTHERS))
    found = sum(bool(said) and not asked & said for asked, said in pairs)
    asked, told = _numbered(question), _numbered(sentence)
    found += sum(told[noun].isdisjoint(asked[noun]) for noun in asked.keys() & told)
    return float(min(_MOST, found))


def not_told_apart(question: str, text: str) -> float:
    """Contrasts of which a text does not have the question's side, up to 2."""
    pairs = _pairs(question, text, _TOLD_APART)
    return float(min(_MOST, sum(not asked & said for asked, said in pairs)))


def number_unsaid(question: str, text: str) -> float:
    """1 where the question has a number that a text has not, else 0."""
    asked = set(_NUMBER.findall(question))
    return float(not asked <= set(_NUMBER.findall(text)))


def _numbered(text: str) -> dict[str, set[str]]:
    """The numbers that stand behind each noun: *turbine 12*."""
    found: dict[str, set[str]] = {}
    for match in _BEHIND.finditer(folded(text)):
        found.setdefault(match["noun"], set()).add(match["number"])
    return found


def _pairs(
    question: str, text: str, contrasts: tuple[dict[str, int], ...]
) -> Iterator[tuple[set[int], set[int]]]:
    """Sides of each contrast that the question has a word of, and those of a text."""
    asked, said = (set(_WORD.findall(folded(one))) for one in (question, text))
    for sides in contrasts:
        mine = {sides[word] for word in asked & sides.keys()}
        if mine:
            yield mine, {sides[word] for word in said & sides.keys()}

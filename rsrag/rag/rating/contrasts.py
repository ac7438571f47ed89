"""Words that tell one of its like from the others: *maximum* from *mean*, 3 from 4.

What is said of the mean depth, of the southern tower or of turbine 12 answers no
question about the greatest one, the northern one or turbine 27.
"""

import re
from collections.abc import Iterator

from rsrag.rag.saying.sentences import content_tokens, folded, stem


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
    _sides("inside indoor indoors", "outside outdoor outdoors"),
    _sides("upstream", "downstream"),
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
    _sides("air", "water", "soil"),
    _sides("men man male males", "women woman female females"),
    _sides("single", "return"),
    _sides("rise rises rose risen", "fall falls fell fallen drop dropped"),
    _sides("before", "after"),
    _sides("adult adults", "child children"),
    _sides("inner", "outer"),
    _sides("morning", "evening", "night"),
    _each(
        "january february march april june july august september october november "
        "december"
    ),
)
_WORD = re.compile(r"[a-z]+")
_BEHIND = re.compile(r"\b(?P<noun>[a-z]{3,})\s+(?:no\.?\s+)?(?P<number>\d{1,3})\b")
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]")
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


def of_another_kind(question: str, text: str) -> float:
    """1 where a noun of the question stands after another word than there.

    *A day ticket* and *a season ticket*, *air temperature* and *water temperature*.
    """
    asked, told = _led(question), _led(text)
    words = {stem(word) for word in content_tokens(text)}
    return float(
        any(
            told.get(noun) and leads.isdisjoint(words) and noun not in told[noun]
            for noun, leads in asked.items()
        )
    )


def _led(text: str) -> dict[str, set[str]]:
    """For each word that carries meaning those which stand just before it."""
    found: dict[str, set[str]] = {}
    before = ""
    for match in _TOKEN.finditer(folded(text)):
        tokens = content_tokens(match.group())
        word = stem(tokens[0]) if tokens and match.group().isalpha() else ""
        if word and before:
            found.setdefault(word, set()).add(before)
        before = word
    return found


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

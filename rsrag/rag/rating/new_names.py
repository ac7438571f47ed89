"""Names of a sentence that are new: no words of the question or of what stands over it.

A name has a capital, but not because a sentence begins.
"""

import re

from rsrag.rag.rating import answer_patterns as patterns
from rsrag.rag.saying.sentences import folded, stem

NAME = re.compile(r"[^\W\d_][\w'’-]*")
IN_FULL = re.compile(
    r"(?<!^)\b(?:(?:Mr|Mrs|Ms|Miss|Dr|Sir|Lady|Prof|Captain|Capt|Cllr|King|Queen)\b\.?|"
    r"[A-Z][a-z]+(?:\s+(?:van|von|de|der|of|the|and|&))?)\s+[A-Z][a-z]+|"
    r"\b(?:called|named)\b"
)
"""A name of two words, or one behind a title."""
_TIME = re.compile(patterns.TIME, re.I)
_LIES = re.compile(patterns.LIES)
_AT_PLACES = frozenset(
    ("in", "on", "at", "near", "from", "to", "into", "between", "around", "across")
)


def bare(word: str) -> str:
    """A word as names are compared."""
    return stem(folded(word).removesuffix("'s"))


def names_in(text: str) -> frozenset[str]:
    """All words of a text, as names are compared."""
    return frozenset(map(bare, NAME.findall(text)))


def is_new(word: str, known: frozenset[str]) -> bool:
    """Whether a word is a name that is not ``known``."""
    named = word[0].isupper() and word != "I" and not _TIME.fullmatch(word)
    return named and bare(word) not in known


def new_names(sentence: str, known: frozenset[str]) -> list[bool]:
    """For each name that is not ``known`` whether it tells where something is."""
    found: list[bool] = []
    words = [match.group() for match in NAME.finditer(sentence)]
    for place, word in enumerate(words[1:], start=1):
        if not is_new(word, known):
            continue
        first = place
        while first and words[first][0].isupper():
            first -= 1
        leads = words[first].lower()
        if leads == "the" and first:
            leads = words[first - 1].lower()
        run = [one.lower() for one in words[first : place + 3]]
        found.append(leads in _AT_PLACES or any(map(_LIES.fullmatch, run)))
    return found

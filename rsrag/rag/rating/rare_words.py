"""Rare words of a question: likely the name of what it is about."""

import re

from rsrag.knowledge.catalogue.landmark_names import fold, is_common
from rsrag.rag.querying.typed_query import Query
from rsrag.rag.reading.degrees import superlatives
from rsrag.rag.saying.draft import Draft
from rsrag.rag.saying.sentences import stem

SUPERLATIVES = frozenset(superlatives()) | {
    *("first", "last", "only", "top", "closest", "nearest", "furthest", "farthest")
}
_WORD = re.compile(r"[^\W\d_]+")


def of_another(draft: Draft, query: Query) -> bool:
    """Whether what is told of a landmark lacks the rare words of the question.

    Such a word is likely the name of what was asked about: *the depth of Vättern* is
    not that of Vänern. A text of a landmark may say some of them otherwise, if it tells
    of nothing utmost; where an age is asked, any word is such a name.
    """
    pieces = [piece for piece in draft.pieces if piece.landmark_id is not None]
    texts = (
        f"{piece.text} {piece.title or ''} {piece.landmark or ''}" for piece in pieces
    )
    said = {fold(word) for text in texts for word in _WORD.findall(text)}
    words = _WORD.findall(" ".join(query.left_over))
    aged = query.wants == "age"
    rare = [w for w in map(fold, words) if len(w) > 2 and (aged or _is_rare(w))]
    found = [any(_same(one, other) for other in said) for one in rare]
    most = not SUPERLATIVES.isdisjoint(word.lower() for word in words)
    strict = most or aged or any(piece.kind == "fact" for piece in pieces)
    return bool(pieces and rare) and not (all(found) if strict else any(found))


def _is_rare(word: str) -> bool:
    return not (is_common(word) or is_common(stem(word)))


def _same(typed: str, word: str) -> bool:
    """Whether words are one, but for their ending or a slip of a letter."""
    from rapidfuzz.distance import OSA

    return stem(typed) == stem(word) or OSA.distance(typed, word, score_cutoff=1) < 2

"""What tells a sentence that answers a question from one that is about the same.

A sentence is compared with the question by sentence vectors, and word by word by the
vectors of its pieces, each as it is meant where it stands: those of the sentence alone,
and with those of the one before it, since *it was closed in 1977* does not say what
was. The kind of answer that is asked for (:mod:`rsrag.rag.rating.answer_types`) must be
in it, and what tells its like apart (:mod:`rsrag.rag.rating.contrasts`).
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rsrag.rag.rating.answer_types import AnswerType
from rsrag.rag.rating.candidates import Candidate, SentenceReader
from rsrag.rag.rating.contrasts import contrary, not_told_apart, number_unsaid
from rsrag.rag.saying.sentences import content_tokens, content_words, stem

if TYPE_CHECKING:
    from rsrag.types import Vectors

READ_CLOSELY = 8
"""Candidates that are compared word by word."""
FOLLOWED = 4
"""So many of the nearest have the sentence after them compared as well."""
_WORD = re.compile(r"[\w'’-]+")
_NO_WORDS = 0.7
_NO_NOUN = 0.8
_MANY = 8
_SHORT = 4
_RIVAL = 0.15
"""So near, after the very nearest, is a text of no landmark one that may be meant."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A word of the question that carries meaning.

    Attributes:
        stem: of it, folded.
        pieces: numbers of its word pieces.
        named: it is a name.
        weight: larger where few candidates have it.
        noun: what is to be chosen of: *which bird*.
    """

    stem: str
    pieces: list[int]
    named: bool
    weight: float
    noun: bool


def features(
    question: str, candidates: Sequence[Candidate], reader: SentenceReader
) -> tuple[list[Candidate], list[dict[str, float]]]:
    """The nearest candidates, and what tells of each, by name.

    Of a sentence without the kind of answer that must be there nothing is told, and
    it is not read closely; where that is so of all, there are none.
    """
    kind = AnswerType.of(question)
    fits = [kind.fits(one.text, one.heading, one.before) for one in candidates]
    may = [fit > 0 or not kind.strict for fit in fits]
    if not any(may):
        return [], []
    asked, rows = _vectors(question, candidates, reader)
    cosines = (rows @ asked).tolist()
    top = max(cosines)
    chosen = _nearest(candidates, cosines)
    near = [candidates[i] for i in chosen]
    closely = [candidates[i].in_context for i in chosen if may[i]]
    (spans, pieces), *read = reader.encode_pieces([question, *closely])
    words = _asked_words(question, kind, spans, candidates)
    least = top - _RIVAL
    texts = (one.piece.landmark is None for one in candidates)
    rival = any(c >= least for c, own in zip(cosines, texts, strict=True) if own)
    found: list[dict[str, float]] = []
    each = iter(read)
    for i in chosen:
        if not may[i]:
            found.append({})
            continue
        one = candidates[i]
        inside, rows = next(each)
        alike = pieces @ rows.T
        starts = len(one.in_context) - len(one.told)
        own = [place for place, (start, _) in enumerate(inside) if start >= starts]
        # A context so long that it was cut leaves nothing of the sentence itself.
        nears = (alike[:, own] if own else alike).max(axis=1).tolist()
        row = {
            "in_place": cosines[i],
            "gap": cosines[i] - top,
            "pieces": sum(nears) / max(1, len(nears)),
            "contrary": contrary(question, one.told),
            "not_told_apart": not_told_apart(question, one.in_context),
            "number_unsaid": number_unsaid(question, one.in_context),
            "of_another": float(rival and _of_another(one, question)),
            "short": float(len(one.text.split()) < _SHORT),
        }
        row |= _by_word(one, words, nears, alike.max(axis=1).tolist())
        found.append(row | _by_kind(kind, fits[i]))
    return near, found


def _vectors(
    question: str, candidates: Sequence[Candidate], reader: SentenceReader
) -> "tuple[Vectors, Vectors]":
    """Of the question, and a row of each candidate; those kept are not made again."""
    import numpy as np

    new = [one.in_place for one in candidates if one.vector is None]
    asked, *made = reader.encode([question, *new])
    left = iter(made)
    rows = [next(left) if one.vector is None else one.vector for one in candidates]
    return asked, np.stack(rows)


def _of_another(candidate: Candidate, question: str) -> bool:
    """Whether it is of a landmark that the question has no word of."""
    words = set(content_words(candidate.piece.landmark or ""))
    return bool(words) and not words & set(content_words(question))


def _nearest(candidates: Sequence[Candidate], cosines: Sequence[float]) -> list[int]:
    """Numbers of the nearest, and of what is said after the very nearest."""
    order = sorted(range(len(candidates)), key=lambda i: -cosines[i])[:READ_CLOSELY]
    places = {(one.piece.id, one.place): i for i, one in enumerate(candidates)}
    after = [
        places.get((candidates[i].piece.id, candidates[i].place + 1))
        for i in order[:FOLLOWED]
    ]
    return list(dict.fromkeys([*order, *(i for i in after if i is not None)]))


def _asked_words(
    question: str,
    kind: AnswerType,
    spans: Sequence[tuple[int, int]],
    candidates: Sequence[Candidate],
) -> list[_Asked]:
    stems = [set(content_words(one.text)) for one in candidates]
    nouns = (
        {stem(word) for word in kind.counted[-1:]} if kind.kind == "which" else set()
    )
    found = []
    for match in _WORD.finditer(question):
        tokens = content_tokens(match.group())
        inside = [
            number
            for number, (start, end) in enumerate(spans)
            if match.start() <= start and end <= match.end()
        ]
        if not tokens or not inside:
            continue
        word = stem(tokens[0])
        weight = 1 / math.log(2 + sum(word in there for there in stems))
        named = match.group()[0].isupper() and match.start() > 0
        found.append(_Asked(word, inside, named, weight, word in nouns))
    return found


def _by_word(
    candidate: Candidate,
    words: Sequence[_Asked],
    own: Sequence[float],
    both: Sequence[float],
) -> dict[str, float]:
    """How near each word asked for comes to a piece of the sentence, and which it has.

    Words of the heading are left out, and names: both say what it is about.
    """
    title = set(content_words(candidate.heading))
    here = set(content_words(candidate.text))
    around = here | set(content_words(candidate.before))
    text = title | set(content_words(candidate.piece.text))
    left = [word for word in words if word.stem not in title]
    plain = [word for word in left if not word.named]
    all_weights = [word.weight for word in left]
    nears = [max(own[i] for i in word.pieces) for word in plain]
    wide = [max(both[i] for i in word.pieces) for word in plain]
    weights = [word.weight for word in plain]
    noun = [n for n, word in zip(nears, plain, strict=True) if word.noun]
    return {
        "rare": _mean(
            [max(own[i] for i in w.pieces) for w in left], _NO_WORDS, all_weights
        ),
        "rare_around": _mean(
            [max(both[i] for i in w.pieces) for w in left], _NO_WORDS, all_weights
        ),
        "words": _mean(nears, _NO_WORDS),
        "words_around": _mean(wide, _NO_WORDS),
        "least_around": min(wide, default=_NO_WORDS),
        "said": _mean([float(w.stem in here) for w in plain], 0.5, weights),
        "said_around": _mean([float(w.stem in around) for w in plain], 0.5, weights),
        "names": _mean([float(w.stem in text) for w in left if w.named], 1.0),
        "asked": min(len(plain), _MANY) / _MANY,
        "noun": noun[0] if noun else _NO_NOUN,
    }


def _by_kind(kind: AnswerType, fits: float) -> dict[str, float]:
    """Whether a sentence has the kind of answer that is asked for, and which kind."""
    return {
        "fits_not": float(fits == 0),
        "strict": float(kind.strict),
        "fits_strictly": fits * kind.strict,
        "fits_why": fits * (kind.kind == "why"),
        "says_why": float(kind.kind == "why" and fits == 1),
        "fits_which": fits * (kind.kind == "which"),
        "fits_when": fits * (kind.kind in ("when", "where")),
        "why": float(kind.kind == "why"),
        "which": float(kind.kind == "which"),
        "where": float(kind.kind == "where"),
        "other": float(kind.kind == "other"),
    }


def _mean(
    values: Sequence[float], default: float, weights: Sequence[float] | None = None
) -> float:
    if not values:
        return default
    weights = weights or [1.0] * len(values)
    total = sum(v * w for v, w in zip(values, weights, strict=True))
    return total / sum(weights)

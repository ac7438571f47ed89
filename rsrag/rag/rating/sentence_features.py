"""What tells a sentence that answers a question from one that is about the same.

A sentence is compared with the question by sentence vectors, and word by word by the
vectors of its pieces, each as it is meant where it stands
(:mod:`rsrag.rag.rating.word_features`): those of the sentence alone, and with those of
the one before it, since *it was closed in 1977* does not say what was. The kind of
answer that is asked for (:mod:`rsrag.rag.rating.answer_types`) must be in it, and what
tells its like apart (:mod:`rsrag.rag.rating.contrasts`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rsrag.rag.rating import contrasts
from rsrag.rag.rating.answer_types import AnswerType
from rsrag.rag.rating.candidates import Candidate, SentenceReader
from rsrag.rag.rating.told_as import left_open
from rsrag.rag.rating.word_features import InContext, asked_words, by_words
from rsrag.rag.saying.sentences import content_words

if TYPE_CHECKING:
    from rsrag.types import Vectors

READ_CLOSELY = 8
"""Candidates that are compared word by word."""
FOLLOWED = 4
"""So many of the nearest have the sentence after them compared as well."""
AGAINST = "against"
"""Told of a sentence of the other side of a contrast: it has no weight."""
_SHORT = 4
_RIVAL = 0.15
"""So near, after the very nearest, is a text of no landmark one that may be meant."""


def features(
    question: str, candidates: Sequence[Candidate], reader: SentenceReader
) -> tuple[list[Candidate], list[dict[str, float]]]:
    """The nearest candidates, and what tells of each, by name.

    Of a sentence without the kind of answer that must be there nothing is told, and
    it is not read closely; where that is so of all, there are none.
    """
    kind = AnswerType.of(question)
    fits = [kind.fits(one.text, one.heading, one.before) for one in candidates]
    may = list(map(kind.may_be, fits))
    if not any(may):
        return [], []
    asked, rows = _vectors(question, candidates, reader)
    cosines = (rows @ asked).tolist()
    top = max(cosines)
    chosen = _nearest(candidates, cosines)
    near = [candidates[i] for i in chosen]
    closely = [candidates[i].in_context for i in chosen if may[i]]
    (spans, pieces), *read = reader.encode_pieces([question, *closely])
    words = asked_words(question, kind, spans, candidates)
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
        inside, made = next(each)
        row = {
            "gap": cosines[i] - top,
            "of_another": float(rival and _of_another(one, question)),
            "short": float(len(one.text.split()) < _SHORT),
            "another_kind": contrasts.of_another_kind(question, one.told),
        }
        row[AGAINST] = float(_against(question, one))
        there = InContext(inside, made, pieces @ made.T)
        row |= by_words(kind, one, words, pieces, there)
        found.append(row | _by_kind(kind, fits[i], row["beside_answer"]))
    told = [row for row in found if row]
    best = max((row["beside_answer"] for row in told), default=0.0)
    for row in told:
        row["behind_best"] = row["beside_answer"] - best
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


def _against(question: str, one: Candidate) -> bool:
    """Whether a sentence is of the other side of a contrast, or leaves it open."""
    return bool(
        contrasts.contrary(question, one.told)
        or contrasts.not_told_apart(question, one.in_context)
        or left_open(question, one.text)
    )


def _nearest(candidates: Sequence[Candidate], cosines: Sequence[float]) -> list[int]:
    """Numbers of the nearest, and of what is said after the very nearest."""
    order = sorted(range(len(candidates)), key=lambda i: -cosines[i])[:READ_CLOSELY]
    places = {(one.piece.id, one.place): i for i, one in enumerate(candidates)}
    after = [
        places.get((candidates[i].piece.id, candidates[i].place + 1))
        for i in order[:FOLLOWED]
    ]
    return list(dict.fromkeys([*order, *(i for i in after if i is not None)]))


def _by_kind(kind: AnswerType, fits: float, beside: float) -> dict[str, float]:
    """Whether a sentence has the kind of answer that is asked for, and which kind.

    What only says again what a question asks the reason of gives none.
    """
    why, which = kind.kind == "why", kind.kind == "which"
    return {
        "strict": float(kind.strict),
        "fits_strictly": fits * kind.strict,
        "why": float(why),
        "says_why": float(why and fits == 1),
        "only_restates": beside * (why and fits < 1),
        "which": float(which),
        "fits_which": fits * which,
    }

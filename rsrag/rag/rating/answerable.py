"""Which sentence answers a question, and how likely any does.

A logistic model makes a probability of what tells of each candidate
(:mod:`rsrag.rag.rating.sentence_features`); a sentence without the kind of answer that
is asked for has none (:mod:`rsrag.rag.rating.answer_types`).
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from rsrag.rag.rating.candidates import Candidate, SentenceReader
from rsrag.rag.rating.sentence_features import AGAINST, features

WEIGHTS = {
    "gap": 5.615,
    "of_another": -5.132,
    "short": -4.911,
    "another_kind": -1.045,
    "rare_around": 10.162,
    "least_around": -3.103,
    "asked": 1.681,
    "noun": 4.545,
    "noun_count": -1.695,
    "beside_answer": -5.149,
    "least_beside": 5.171,
    "bare": 9.836,
    "bare_around": -9.876,
    "strict": -3.313,
    "fits_strictly": 3.247,
    "why": -1.226,
    "says_why": 1.997,
    "only_restates": 2.264,
    "which": 1.394,
    "fits_which": -2.618,
    "behind_best": 11.506,
}
"""Fitted, as ``BIAS`` is, as ``python -m bench.documents --fit`` prints them."""
BIAS = -4.243
LIKELY = 0.68
"""So probable must the best sentence be, or there is no answer."""
HALF = 0.5
"""So likely as without a contrast is what is of the other side of one."""
_FAR = 50.0


def rated(
    question: str, candidates: Sequence[Candidate], reader: SentenceReader
) -> list[Candidate]:
    """The candidates nearest to a question, the likeliest answer first.

    None is read closely where not one has the kind of answer that is asked for.
    """
    near, rows = features(question, candidates, reader)
    if not rows:
        return list(candidates)
    found = [
        replace(candidate, probability=probability(row))
        for candidate, row in zip(near, rows, strict=True)
    ]
    # Sorting is stable: what is equally likely stays nearest first.
    return sorted(found, key=lambda one: -one.probability)


def probability(row: dict[str, float]) -> float:
    """That a sentence answers, by its features; not where nothing is told of it."""
    if not row:
        return 0.0
    logit = BIAS + sum(weight * row[name] for name, weight in WEIGHTS.items())
    likely = 1 / (1 + math.exp(-max(-_FAR, min(_FAR, logit))))
    return HALF * likely if row[AGAINST] else likely

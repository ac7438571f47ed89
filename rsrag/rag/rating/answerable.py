"""Which sentence answers a question, and how likely any does.

A logistic model makes a probability of what tells of each candidate
(:mod:`rsrag.rag.rating.sentence_features`); a sentence without the kind of answer that
is asked for has none (:mod:`rsrag.rag.rating.answer_types`).
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from rsrag.rag.rating.sentence_features import Candidate, SentenceReader, features

WEIGHTS = {
    "in_place": -6.517,
    "gap": 17.271,
    "pieces": 9.311,
    "words": 2.727,
    "words_around": 4.981,
    "least_around": 1.079,
    "said": -1.475,
    "said_around": 0.019,
    "names": 4.278,
    "asked": 1.795,
    "noun": 0.851,
    "fits_not": -0.783,
    "strict": -3.660,
    "fits_strictly": 3.229,
    "fits_why": 1.595,
    "fits_which": -1.163,
    "fits_when": 0.178,
    "why": -1.268,
    "where": -1.304,
    "other": -0.298,
}
"""Fitted, as ``BIAS`` is, as ``python -m bench.documents --fit`` prints them."""
BIAS = -9.040
LIKELY = 0.7
"""So probable must the best sentence be, or there is no answer."""
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
    return 1 / (1 + math.exp(-max(-_FAR, min(_FAR, logit))))

"""Which sentence answers a question, and how likely any does.

A logistic model makes a probability of what tells of each candidate
(:mod:`rsrag.rag.rating.sentence_features`); a sentence without the kind of answer that
is asked for has none (:mod:`rsrag.rag.rating.answer_types`).
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from rsrag.rag.rating.candidates import Candidate, SentenceReader
from rsrag.rag.rating.sentence_features import features

WEIGHTS = {
    "in_place": -2.501,
    "gap": 14.246,
    "pieces": 3.685,
    "contrary": -1.310,
    "not_told_apart": -0.832,
    "number_unsaid": -0.549,
    "of_another": -3.343,
    "short": -2.179,
    "rare": 4.935,
    "rare_around": 3.084,
    "words": 2.630,
    "words_around": -0.209,
    "least_around": -0.793,
    "said": -0.607,
    "said_around": 0.154,
    "names": 2.783,
    "asked": 1.514,
    "noun": 1.019,
    "fits_not": -0.427,
    "strict": -0.738,
    "fits_strictly": 1.334,
    "fits_why": 0.802,
    "says_why": 1.123,
    "fits_which": -1.133,
    "fits_when": 0.663,
    "why": -0.295,
    "which": 1.029,
    "where": -0.292,
    "other": 0.664,
}
"""Fitted, as ``BIAS`` is, as ``python -m bench.documents --fit`` prints them."""
BIAS = -8.235
LIKELY = 0.65
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

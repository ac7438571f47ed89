"""Which sentence answers a question, and how likely any does.

A logistic model makes a probability of what tells of each candidate
(:mod:`rsrag.rag.rating.sentence_features`); a sentence without the kind of answer that
is asked for has none (:mod:`rsrag.rag.rating.answer_types`).
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from rsrag.rag.rating.answer_types import AnswerType
from rsrag.rag.rating.sentence_features import Candidate, SentenceReader, features

WEIGHTS = {
    "in_place": -5.427,
    "gap": 14.386,
    "pieces": 9.764,
    "words": 3.248,
    "words_around": 5.159,
    "least_around": -0.172,
    "said": -0.664,
    "said_around": -0.218,
    "names": 3.849,
    "asked": 0.945,
    "noun": 3.129,
    "fits_not": 0.660,
    "strict": -5.041,
    "fits_strictly": 5.373,
    "fits_why": 2.091,
    "fits_which": 0.577,
    "fits_when": 0.912,
    "why": -0.356,
    "where": -0.896,
    "other": 0.582,
}
"""Fitted, as ``BIAS`` is, as ``python -m bench.documents --fit`` prints them."""
BIAS = -12.071
LIKELY = 0.6
"""So probable must the best sentence be, or there is no answer."""
_FAR = 50.0


def rated(
    question: str, candidates: Sequence[Candidate], reader: SentenceReader
) -> list[Candidate]:
    """The candidates nearest to a question, the likeliest answer first.

    None is read closely where not one has the kind of answer that is asked for.
    """
    asked = AnswerType.of(question)
    if not candidates:
        return []
    has = (asked.fits(one.text, one.heading, one.before) for one in candidates)
    if asked.strict and not any(has):
        return list(candidates)
    near, rows = features(question, candidates, reader)
    found = [
        replace(candidate, probability=probability(row))
        for candidate, row in zip(near, rows, strict=True)
    ]
    # Sorting is stable: what is equally likely stays nearest first.
    return sorted(found, key=lambda one: -one.probability)


def probability(row: dict[str, float]) -> float:
    """That a sentence answers, by its features."""
    if row["strict"] and row["fits_not"]:
        return 0.0
    logit = BIAS + sum(weight * row[name] for name, weight in WEIGHTS.items())
    return 1 / (1 + math.exp(-max(-_FAR, min(_FAR, logit))))

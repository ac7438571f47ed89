"""BLEU in the two ways that papers print it, and CIDEr-D, the consensus of captions.

Papineni et al., "BLEU: a method for automatic evaluation of machine translation",
ACL 2002; smoothing is method 1 of Chen and Cherry, WMT 2014.

What COCO's scorer and papers call CIDEr is CIDEr-D of Vedantam, Zitnick and Parikh
(CVPR 2015): n-grams up to four, counts clipped, a Gaussian on the length. The idf is
taken from the references that are being evaluated, so figures of two test sets,
or of a part and the whole, do not compare.
"""

import math
from collections.abc import Sequence
from statistics import fmean

from rsrag.metrics.ngrams import (
    ORDER,
    DocumentFrequencies,
    Tokens,
    ngram_counts,
    ngram_similarities,
)

PAPER_WEIGHTS: tuple[tuple[float, ...], ...] = (
    (1.0,),
    (0.5, 0.5),
    (0.33, 0.33, 0.33),
    (0.25, 0.25, 0.25, 0.25),
)
"""RS-RAG's weights; those of BLEU-3 add up to 0.99 there, and so here."""

EPSILON = 0.1


def corpus_bleu(
    predictions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]
) -> tuple[float, ...]:
    """BLEU-1 to 4 over a corpus, 0 to 1, as COCO's caption scorer prints them.

    Matches, lengths and closest reference lengths (the shorter of two that are as
    close) are added up over all sentences before they are divided. No smoothing:
    without a match of length n the score is 0, where pycocoevalcap prints some 1e-4.

    Raises:
        ValueError: lists of different lengths, or a sample without references.
    """
    check_pairs(predictions, references)
    matches, guesses = [0] * ORDER, [0] * ORDER
    length = closest = 0
    for tokens, targets in zip(predictions, references, strict=True):
        length += len(tokens)
        closest += _closest(tokens, targets)
        for n, (matched, guessed) in enumerate(_matches(tokens, targets, ORDER)):
            matches[n] += matched
            guesses[n] += guessed
    penalty = _brevity(length, closest)
    scores, product = [], 1.0
    for n in range(ORDER):
        product *= matches[n] / guesses[n] if guesses[n] else 0.0
        scores.append(float(penalty * product ** (1 / (n + 1))))
    return tuple(scores)


def mean_sentence_bleu(
    predictions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]
) -> tuple[float, float, float, float]:
    """BLEU-1 to 4 as RS-RAG prints them: the mean of the sentences' scores, 0 to 1.

    A sentence is scored as by ``sentence_bleu`` of nltk with method 1: an n-gram length
    without a match counts as ``0.1`` matches; no shared word at all is 0.
    RS-RAG's tokens are what stands between blanks, case kept; it has one reference.

    Raises:
        ValueError: as in :func:`corpus_bleu`.
    """
    check_pairs(predictions, references)
    scores = []
    for tokens, targets in zip(predictions, references, strict=True):
        counted = _matches(tokens, targets, len(PAPER_WEIGHTS))
        penalty = _brevity(len(tokens), _closest(tokens, targets))
        scores.append([_smoothed(counted, w, penalty) for w in PAPER_WEIGHTS])
    one, two, three, four = (fmean(column) for column in zip(*scores, strict=True))
    return one, two, three, four


def check_pairs(predictions: Sequence[object], references: Sequence[object]) -> None:
    """Refuse lists that do not go together.

    Raises:
        ValueError: no sample, unequal lengths, or a sample without references.
    """
    if len(predictions) != len(references):
        raise ValueError(
            f"{len(predictions)} predictions and {len(references)} lists of references"
        )
    if not predictions:
        raise ValueError("there is nothing to score")
    for number, targets in enumerate(references):
        if isinstance(targets, Sequence) and not targets:
            raise ValueError(f"sample {number} has no reference")


def _smoothed(
    counted: Sequence[tuple[int, int]], weights: Sequence[float], penalty: float
) -> float:
    """Weighted geometric mean of the precisions, method 1 where one is 0."""
    if not counted[0][0]:
        return 0.0
    logs = sum(
        weight * math.log((matched or EPSILON) / max(1, guessed))
        for weight, (matched, guessed) in zip(weights, counted, strict=False)
    )
    return penalty * math.exp(logs)


def _matches(
    prediction: Tokens, references: Sequence[Tokens], max_n: int
) -> list[tuple[int, int]]:
    """Clipped matches and n-grams of the prediction, for each n."""
    most: dict[tuple[str, ...], int] = {}
    for tokens in references:
        for gram, count in ngram_counts(tokens, max_n).items():
            most[gram] = max(count, most.get(gram, 0))
    matched = [0] * max_n
    for gram, count in ngram_counts(prediction, max_n).items():
        matched[len(gram) - 1] += min(count, most.get(gram, 0))
    return [(matched[n], max(0, len(prediction) - n)) for n in range(max_n)]


def _closest(prediction: Tokens, references: Sequence[Tokens]) -> int:
    return min((abs(len(r) - len(prediction)), len(r)) for r in references)[1]


def _brevity(length: int, reference: int) -> float:
    if length == 0:
        return 0.0
    return 1.0 if length >= reference else math.exp(1 - reference / length)


SCALE = 10.0


def cider_d(
    predictions: Sequence[Tokens],
    references: Sequence[Sequence[Tokens]],
) -> list[float]:
    """CIDEr-D of each sample, 0 to 10; the mean of them is a test set's figure.

    Papers print the mean times 1 or times 100. One sample alone scores 0: every n-gram
    is in every document, and weighs nothing.

    Args:
        predictions: one sentence per sample, as tokens:
            :func:`~rsrag.metrics.ngrams.coco_tokens` for COCO's figure,
            :func:`~rsrag.metrics.ngrams.blank_tokens` and one reference for RS-RAG's.
        references: for each sample at least one.

    Raises:
        ValueError: lists of different lengths, or a sample without references.
    """
    check_pairs(predictions, references)
    weights = DocumentFrequencies.of(references)
    return [
        SCALE * float(ngram_similarities([tokens], targets, weights).mean())
        for tokens, targets in zip(predictions, references, strict=True)
    ]

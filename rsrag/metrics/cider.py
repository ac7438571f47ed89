"""CIDEr-D, the consensus score of caption benchmarks.

What COCO's scorer and papers call CIDEr is CIDEr-D of Vedantam, Zitnick and Parikh
(CVPR 2015): n-grams up to four, counts clipped, a Gaussian on the length. The idf is
taken from the references that are being evaluated, so figures of two test sets,
or of a part and the whole, do not compare.
"""

from collections.abc import Sequence

from rsrag.metrics.bleu import check_pairs
from rsrag.metrics.ngrams import DocumentFrequencies, Tokens, ngram_similarities

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
            :func:`~rsrag.metrics.tokens.coco_tokens` for COCO's figure,
            :func:`~rsrag.metrics.tokens.blank_tokens` and one reference for RS-RAG's.
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

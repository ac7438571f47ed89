"""Scores of captions in COCO's style and in RS-RAG's.

The two styles share names and differ in every number: COCO adds up n-gram counts over
the corpus, lower-cases and drops punctuation, and has several references; RS-RAG
averages smoothed sentence scores over what stands between blanks, case kept.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import Literal

from rsrag.metrics.bleu import check_pairs, corpus_bleu, mean_sentence_bleu
from rsrag.metrics.cider import cider_d
from rsrag.metrics.rouge import Stem, rouge_l_coco, rouge_l_f1
from rsrag.metrics.tokens import blank_tokens, coco_tokens

Style = Literal["coco", "rs-rag"]


def caption_scores(
    predictions: Sequence[str],
    references: Sequence[Sequence[str]],
    style: Style = "coco",
    *,
    stem: Stem | None = None,
) -> dict[str, float]:
    """BLEU-1 to 4, ROUGE-L and CIDEr-D of a test set.

    There is at least one reference per sample. In RS-RAG's style the protocol has one;
    of several, ROUGE-L takes the best, as ``rouge-score`` does; ``stem`` is for that.

    Returns:
        ``bleu_1`` to ``bleu_4``, ``rouge_l`` (``rouge_l_unstemmed`` in RS-RAG's style
        without ``stem``), all 0 to 1, and ``cider_d``, 0 to 10.

    Raises:
        ValueError: no sample, unequal lengths, or a sample without references.
    """
    check_pairs(predictions, references)
    split = coco_tokens if style == "coco" else blank_tokens
    guesses = [split(text) for text in predictions]
    targets = [[split(text) for text in texts] for texts in references]
    pairs = list(zip(predictions, references, strict=True))
    if style == "coco":
        bleu = corpus_bleu(guesses, targets)
        name = "rouge_l"
        rouge = [
            rouge_l_coco(guess, target)
            for guess, target in zip(guesses, targets, strict=True)
        ]
    else:
        bleu = mean_sentence_bleu(guesses, targets)
        name = "rouge_l" if stem else "rouge_l_unstemmed"
        rouge = [
            max(rouge_l_f1(guess, t, stem) for t in texts) for guess, texts in pairs
        ]
    return {
        **{f"bleu_{n}": score for n, score in enumerate(bleu, 1)},
        name: fmean(rouge),
        "cider_d": fmean(cider_d(guesses, targets)),
    }

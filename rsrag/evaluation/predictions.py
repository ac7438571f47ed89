"""Reports on captions and answers, beside those of always saying the same.

Scores of captions in COCO's style and in RS-RAG's.

The two styles share names and differ in every number: COCO adds up n-gram counts over
the corpus, lower-cases and drops punctuation, and has several references; RS-RAG
averages smoothed sentence scores over what stands between blanks, case kept.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from statistics import fmean
from typing import Any, Literal

from rsrag.evaluation.data.prediction_files import Prediction, Predictions
from rsrag.metrics.bleu import check_pairs, cider_d, corpus_bleu, mean_sentence_bleu
from rsrag.metrics.ngrams import blank_tokens, coco_tokens
from rsrag.metrics.rouge import Stem, exact_match, meteor, rouge_l_coco, rouge_l_f1

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


Synonyms = Literal["with", "without", "none"]
"""METEOR with WordNet's synonyms, without them, or not at all (no nltk)."""

STYLES: tuple[Style, ...] = ("coco", "rs-rag")
COUNTS = ("count", "counting", "quantity", "number")
_MOST_LABELS = 64


def caption_report(
    found: Predictions, *, synonyms: Synonyms, stem: Stem | None
) -> dict[str, Any]:
    """Scores of captions in both styles, and of the commonest reference for all.

    Returns:
        ``coco``, ``rs-rag`` and ``constant``, in which ``answer`` stands.
    """
    said = [one.prediction for one in found.samples]
    right = [one.references for one in found.samples]
    constant = commonest(text for one in right for text in dict.fromkeys(one))
    same = [constant] * len(said)
    score = partial(style_scores, right=right, synonyms=synonyms, stem=stem)
    return {
        **{style: score(style, said) for style in STYLES},
        "constant": {
            "answer": constant,
            **{style: score(style, same) for style in STYLES},
        },
        **_counts(found),
    }


def vqa_report(
    found: Predictions, *, synonyms: Synonyms, stem: Stem | None
) -> dict[str, Any]:
    """Accuracy of answers by type of question, and wording scored in RS-RAG's style.

    Returns:
        ``accuracy`` (over all questions), ``average_accuracy`` (mean of the types),
        ``by_type``; ``constant`` with the same for the commonest answer of each type;
        ``labels``, accuracy by RS-RAG's rule (equal without blanks at the ends and in
        lower case) and by label; ``rs-rag`` with BLEU, METEOR, ROUGE-L, CIDEr-D.
        Accuracies are in percent.
    """
    samples = found.samples
    groups: dict[str, list[Prediction]] = defaultdict(list)
    for one in samples:
        groups[one.kind or "all"].append(one)
    commonest_of = {
        kind: commonest(t for one in group for t in one.references[:1])
        for kind, group in groups.items()
    }
    constant = [
        Prediction(one.id, commonest_of[one.kind or "all"], one.references, one.kind)
        for one in samples
    ]
    texts = [one.prediction for one in samples]
    right = [one.references for one in samples]
    return {
        **_accuracies(samples),
        "constant": {"answers": commonest_of, **_accuracies(constant)},
        "labels": label_accuracy(texts, [one[0] for one in right]),
        "rs-rag": style_scores("rs-rag", texts, right, synonyms, stem),
        **_counts(found),
    }


def label_accuracy(predictions: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    """Accuracy by RS-RAG's rule: equal once stripped and in lower case.

    Returns:
        ``accuracy``, ``constant`` (always the commonest label) and, for up to 64
        labels, ``per_label``; in percent.
    """
    right = [label.strip().lower() for label in labels]
    hits = [
        text.strip().lower() == label
        for text, label in zip(predictions, right, strict=True)
    ]
    counts = Counter(right)
    own = Counter(label for label, hit in zip(right, hits, strict=True) if hit)
    per_label = {
        label: {"n": n, "accuracy": _percent(own[label], n)}
        for label, n in sorted(counts.items())
    }
    return {
        "accuracy": _percent(sum(hits), len(hits)),
        "constant": _percent(max(counts.values()), len(hits)),
        "per_label": per_label if len(per_label) <= _MOST_LABELS else None,
    }


def count_bucket(text: str) -> int | None:
    """RSVQA's classes of counts: 0, to 10, to 100, to 1,000, more; or ``None``."""
    digits = text.strip().replace(",", "")
    if not digits.isdecimal():
        return None
    number = int(digits)
    return sum(number > edge for edge in (0, 10, 100, 1000))


def commonest(texts: Iterable[str]) -> str:
    """The text that occurs most often, whatever its case; the first that came."""
    spelled: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for text in texts:
        key = text.strip().lower()
        spelled.setdefault(key, text)
        counts[key] += 1
    return spelled[counts.most_common(1)[0][0]]


def _accuracies(samples: Sequence[Prediction]) -> dict[str, Any]:
    groups: dict[str, list[bool]] = defaultdict(list)
    buckets: dict[str, list[bool]] = defaultdict(list)
    for one in samples:
        kind = one.kind or "all"
        hit = any(exact_match(one.prediction, target) for target in one.references)
        groups[kind].append(hit)
        if kind.lower() in COUNTS:
            own = count_bucket(one.prediction)
            same = own is not None and own == count_bucket(one.references[0])
            buckets[kind].append(same)
    by_type: dict[str, Any] = {}
    for kind, hits in sorted(groups.items()):
        by_type[kind] = {"n": len(hits), "accuracy": _percent(sum(hits), len(hits))}
        if kind in buckets:
            in_bucket = buckets[kind]
            by_type[kind]["accuracy_in_buckets"] = _percent(
                sum(in_bucket), len(in_bucket)
            )
    every = [hit for hits in groups.values() for hit in hits]
    means = [sum(hits) / len(hits) for hits in groups.values()]
    return {
        "accuracy": _percent(sum(every), len(every)),
        "average_accuracy": round(100 * sum(means) / len(means), 4),
        "by_type": by_type,
    }


def style_scores(
    style: Style,
    said: Sequence[str],
    right: Sequence[Sequence[str]],
    synonyms: Synonyms,
    stem: Stem | None,
) -> dict[str, Any]:
    """:func:`caption_scores`, rounded, with METEOR where there is any."""
    figures: dict[str, Any] = dict(caption_scores(said, right, style, stem=stem))
    if synonyms != "none":
        split = coco_tokens if style == "coco" else blank_tokens
        name, score = meteor(
            [split(text) for text in said],
            [[split(text) for text in texts] for texts in right],
            synonyms=synonyms == "with",
        )
        figures[name] = score
    return {name: round(value, 6) for name, value in figures.items()}


def _counts(found: Predictions) -> dict[str, Any]:
    return {
        "samples": len(found.samples),
        "references": sum(len(one.references) for one in found.samples),
        "left_out": {
            "predictions_without_reference": list(found.without_reference),
            "references_without_prediction": list(found.without_prediction),
        },
        "blank_predictions": sum(not one.prediction for one in found.samples),
        "complete": not (found.without_prediction or found.without_reference),
    }


def _percent(hits: int, of: int) -> float:
    return round(100 * hits / of, 4)

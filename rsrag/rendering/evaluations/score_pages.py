"""Reports of captions, of answers and of a comparison of encoders as pages."""

from collections.abc import Mapping
from typing import Any

from rsrag.rendering.evaluations.charts import Bar
from rsrag.rendering.evaluations.eval_pages import percent, whole_page
from rsrag.rendering.evaluations.report_page import Block, Chart, Page

_STYLES = {"coco": "COCO's style", "rs-rag": "RS-RAG's style"}
_NAMES = {
    **{f"bleu_{n}": f"BLEU-{n}" for n in range(1, 5)},
    "meteor": "METEOR",
    "meteor_without_synonyms": "METEOR w/o synonyms",
    "rouge_l": "ROUGE-L",
    "rouge_l_unstemmed": "ROUGE-L unstemmed",
    "cider_d": "CIDEr-D (0-10)",
}


def caption_page(report: Mapping[str, Any]) -> Page:
    """Scores in both styles, each beside the constant caption's."""
    constant = report["constant"]
    rows = [["", *(f"{s}{c}" for s in _STYLES for c in ("", ", constant"))]]
    for name, words in _NAMES.items():
        cells = [
            _score(source[s].get(name))
            for s in _STYLES
            for source in (report, constant)
        ]
        if any(cell != "-" for cell in cells):
            rows.append([words, *cells])
    charted = [name for name in _NAMES if name in report["coco"] and name != "cider_d"]
    chart = Chart(
        "captions.png",
        "Scores in COCO's style, and those of one constant caption",
        ("model", "constant"),
        [
            (_NAMES[n], [Bar(100 * report["coco"][n]), Bar(100 * constant["coco"][n])])
            for n in charted
        ],
    )
    lines = [
        f"{report['samples']:,} captions against {report['references']:,} references; "
        f"{report['blank_predictions']:,} captions are blank and count as 0.",
        f"constant: always {constant['answer']!r}, the commonest reference.",
        *report["notes"],
    ]
    blocks = [Block("Captions", rows, lines, chart)]
    return whole_page("Captions", blocks, report)


def vqa_page(report: Mapping[str, Any]) -> Page:
    """Accuracy by type beside the commonest answer's, and scores of the wording."""
    constant, labels = report["constant"], report["labels"]
    rows = [["TYPE", "N", "ACCURACY", "CONSTANT", "ANSWER"]]
    for kind, one in report["by_type"].items():
        own = constant["by_type"][kind]["accuracy"]
        answer = constant["answers"][kind]
        shown = answer if len(answer) <= 40 else answer[:39] + "…"
        rows.append(
            [kind, str(one["n"]), percent(one["accuracy"]), percent(own), shown]
        )
        if "accuracy_in_buckets" in one:
            theirs = constant["by_type"][kind]["accuracy_in_buckets"]
            cells = [percent(one["accuracy_in_buckets"]), percent(theirs), ""]
            rows.append(["  in RSVQA's buckets", "", *cells])
    for name, key in (
        ("all questions", "accuracy"),
        ("mean of types", "average_accuracy"),
    ):
        rows.append([name, "", percent(report[key]), percent(constant[key]), ""])
    lines = [
        f"As labels by RS-RAG's rule: {percent(labels['accuracy'])}, the commonest "
        f"label alone {percent(labels['constant'])}.",
        f"{report['blank_predictions']:,} answers are blank and count as wrong.",
        *report["notes"],
    ]
    wording = [["RS-RAG'S STYLE", ""]]
    wording += [
        [words, _score(report["rs-rag"][name])]
        for name, words in _NAMES.items()
        if name in report["rs-rag"]
    ]
    chart = Chart(
        "answers.png",
        "Accuracy by type, and that of the commonest answer",
        ("model", "constant"),
        [
            (kind, [Bar(one["accuracy"]), Bar(constant["by_type"][kind]["accuracy"])])
            for kind, one in report["by_type"].items()
        ],
    )
    blocks = [Block("Answers", rows, lines, chart), Block("Wording", wording)]
    if labels["per_label"] and len(labels["per_label"]) > 1:
        table = [["LABEL", "N", "ACCURACY"]]
        table += [
            [label, str(one["n"]), percent(one["accuracy"])]
            for label, one in labels["per_label"].items()
        ]
        blocks.append(Block("By label", table, brief=False))
    return whole_page("Answers", blocks, report)


def compare_page(report: Mapping[str, Any]) -> Page:
    """Each encoder's figures with intervals, and the differences to the first."""
    encoders: Mapping[str, Any] = report["encoders"]
    metrics = list(next(iter(encoders.values()))["figures"])
    rows = [["", *encoders]]
    rows += [
        [metric, *(_interval(one["figures"][metric]) for one in encoders.values())]
        for metric in metrics
    ]
    lines = [
        f"{report['queries']}; {100 * report['confidence']:.0f} % intervals by "
        f"{report['settings']['resamples']:,} resamples of the pictures."
    ]
    chart = Chart(
        "compare.png",
        "Encoders on the same pictures",
        tuple(encoders),
        [
            (metric, [_bar(one["figures"][metric]) for one in encoders.values()])
            for metric in metrics
        ],
        top=None,
    )
    lines += [
        f"{name}: weights {one['identity']['weights_sha256'][:12]}"
        for name, one in encoders.items()
    ]
    blocks = [Block("Encoders", rows, lines, chart)]
    if report["differences"]:
        others = report["differences"]
        table = [["LESS THE FIRST", *others]]
        table += [
            [metric, *(_interval(one[metric], sign=True) for one in others.values())]
            for metric in metrics
        ]
        note = (
            "Paired. * the interval does not hold 0: the difference is not one of luck."
        )
        blocks.append(Block("Differences", table, [note]))
    return whole_page("Encoders compared", blocks, report)


def _interval(figure: Mapping[str, float], sign: bool = False) -> str:
    value, low, high = figure["value"], figure["low"], figure["high"]
    if not sign:
        return f"{value:.2f} [{low:.2f}, {high:.2f}]"
    mark = " *" if low > 0 or high < 0 else ""
    return f"{value:+.2f} [{low:+.2f}, {high:+.2f}]{mark}"


def _bar(figure: Mapping[str, float]) -> Bar:
    return Bar(figure["value"], figure["low"], figure["high"])


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"

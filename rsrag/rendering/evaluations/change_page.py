"""The reports of changes as pages."""

from collections.abc import Mapping
from typing import Any

from rsrag.rendering.evaluations.eval_pages import left_out, settings_block
from rsrag.rendering.evaluations.report_page import Block, Page

_FIGURES = {
    "ap": "AP",
    "f1": "F1",
    "iou": "IOU",
    "precision": "PREC.",
    "recall": "RECALL",
    "oracle_f1": "ORACLE F1",
    "flag_auc": "FLAG AUC",
    "flag_false_alarms": "ALARMS",
    "cells_f1": "CELLS F1",
}


def _value(one: Mapping[str, float] | None) -> str:
    return "-" if one is None else f"{one['value']:.3f}"


def _ends(one: Mapping[str, float] | None) -> str:
    return "" if one is None else f"{one['low']:.2f}-{one['high']:.2f}"


def change_page(report: Mapping[str, Any]) -> Page:
    """Whichever of the forms below a report has."""
    form = report["settings"]["format"]
    page = {"second": _second, "levir-cc": _levir, "changechat": _answers}
    return page.get(form, _pairs)(report)


def _pairs(report: Mapping[str, Any]) -> Page:
    """Figures of a head beside floors, and under nuisances, with intervals."""
    rows = [["", *_FIGURES.values()]]
    for way, found in report["ways"].items():
        rows.append([way, *(_value(found[name]) for name in _FIGURES)])
        if way == "head":
            rows.append(["", *(_ends(found[name]) for name in _FIGURES)])
    head = report["ways"]["head"]
    count = "; ".join(
        f"{words} {_value(head[name])}"
        for name, words in (
            ("count_mae", "mean error"),
            ("count_rmse", "root of the mean square"),
            ("count_mae_of_median", "always the median"),
        )
    )
    lines = [
        f"{report['pairs']:,} pairs, {report['changed']:.1%} of their pixels changed, "
        f"{report['unknown']:.1%} could not be compared; below the head's figures 95 % "
        "of a bootstrap over pairs.",
        "F1 to recall: of what rsrag change calls changed, at the head's own "
        "threshold. Oracle F1: at the threshold that is best knowing the truth.",
        "Flag: quarters of a pair of which 2 % changed against those where nothing "
        "did; alarms: of the latter, when 90 % of the former are found. Cells: ninths "
        "of which 1 % changed.",
        f"Flagged: {report['changed_pairs_flagged']} of {report['changed_pairs']} "
        f"changed pairs, {report['unchanged_pairs_flagged']} of "
        f"{report['pairs'] - report['changed_pairs']} unchanged ones.",
        f"Number of pieces: {count}.",
    ]
    blocks = [Block(f"Change, {report['settings']['head']}", rows, lines)]
    if report["nuisances"]:
        rows = [["SPOILT BY", "AP", "", "AP LOST", "F1", "FLAGGED WHEN IDENTICAL"]]
        for name, one in report["nuisances"].items():
            still = one["flagged_when_identical"]
            rows.append(
                [
                    name,
                    _value(one["ap"]),
                    _ends(one["ap"]),
                    f"{one['ap_lost']:.1%}",
                    _value(one["f1"]),
                    f"{still['value']:.2%}",
                ]
            )
        blocks.append(Block("Under nuisances", rows))
    rest = [*left_out(report["left_out"]), settings_block(report["settings"])]
    return Page("What changed", [*blocks, *rest])


def _second(report: Mapping[str, Any]) -> Page:
    names = {"miou": "MIOU", "sek": "SEK", "f_scd": "F SCD", "score": "SCORE"}
    figures = report["figures"]
    rows = [
        list(names.values()),
        [_value(figures[name]) for name in names],
        [_ends(figures[name]) for name in names],
    ]
    lines = [
        f"{report['pairs']:,} pairs, {report['changed']:.1%} of the pixels of both "
        "dates changed; below the figures 95 % of a bootstrap over pairs.",
        "mIoU of unchanged and changed; score: 0.3 mIoU + 0.7 SeK.",
    ]
    table = [["FROM", "TO", "PIXELS", "SAID", "F1"]]
    table += [
        [one["from"], one["to"], f"{one['pixels']:,}", f"{one['said']:,}",
         f"{one['f1']:.3f}"]
        for one in report["transitions"]
    ]  # fmt: skip
    mean = report["transition_f1"]
    note = [] if mean is None else [f"Mean F1 of the transitions that are: {mean:.3f}."]
    pieces = report["pieces"]
    note.append(
        f"Pieces with both covers named: {pieces['said']:,}, "
        f"{pieces['on_changed_ground']:,} of them on changed ground; right "
        f"{_value(pieces['right_of_said'])} of the former, "
        f"{_value(pieces['right_of_changed'])} of the latter "
        f"({_ends(pieces['right_of_changed'])})."
    )
    blocks = [Block("Change, in SECOND's form", rows, lines)]
    blocks.append(Block("What became what", table, note))
    return Page("What changed", [*blocks, settings_block(report["settings"])])


def _levir(report: Mapping[str, Any]) -> Page:
    blocks = []
    for part, count in report["pairs"].items():
        scored = {way: one[part] for way, one in report["ways"].items() if part in one}
        if not scored:
            continue
        names = list(next(iter(scored.values())))
        rows = [["", *(name.upper().replace("_", "-") for name in names)]]
        rows += [
            [way, *(f"{one[name]:.3f}" for name in names)]
            for way, one in scored.items()
        ]
        lines = [f"{count:,} pairs, scored as a set of their own."]
        blocks.append(Block(f"Captions, {part}", rows, lines))
    told = list(report["notes"])
    if "flag_accuracy" in report:
        told.append(f"Whether anything changed: {report['flag_accuracy']:.1%} right.")
    if told:
        blocks.append(Block("Notes", (), told))
    return Page("Changes in words", [*blocks, settings_block(report["settings"])])


def _answers(report: Mapping[str, Any]) -> Page:
    blocks = []
    for kind, found in report["kinds"].items():
        rows = [["", "VALUE", "95 %"]]
        for name, one in found.items():
            words = name.replace("_", " ")
            if isinstance(one, Mapping):
                rows.append([words, _value(one), _ends(one)])
            else:
                rows.append([words, f"{one:g}", ""])
        blocks.append(Block(f"Questions: {kind}", rows))
    return Page("Answers on changes", [*blocks, settings_block(report["settings"])])

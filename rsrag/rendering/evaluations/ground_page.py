"""The report of grounding as a page."""

from collections.abc import Mapping
from typing import Any

from rsrag.rendering.evaluations.eval_pages import settings_block
from rsrag.rendering.evaluations.report_page import Block, Page

_NAMES = {
    "acc@0.5": "ACC@0.5",
    "acc@0.7": "ACC@0.7",
    "acc@0.25": "ACC@0.25",
    "mean_iou": "MEAN IOU",
    "cum_iou": "CUM IOU",
    "pointing": "POINTING",
}


def refer_page(report: Mapping[str, Any]) -> Page:
    """The same of masks, whose middles are what points."""
    nothing = "of the things were not found; they count as empty masks."
    return ground_page(report, "Masks of things", nothing)


def ground_page(
    report: Mapping[str, Any],
    title: str = "Grounding",
    nothing: str = "of the things were not found; there the best guess counts.",
) -> Page:
    """Figures of boxes beside those of boxes that know nothing, with intervals."""
    rows = [["", *_NAMES.values()]]
    for way, figures in report["ways"].items():
        rows.append([way, *(f"{figures[name]['value']:.3f}" for name in _NAMES)])
        ends = [f"{figures[n]['low']:.2f}-{figures[n]['high']:.2f}" for n in _NAMES]
        rows.append(["", *ends])
    lines = [
        f"{report['phrases']:,} phrases about {report['images']:,} pictures; under "
        "each figure 95 % of a bootstrap over pictures.",
        f"{report['not_found']:.0%} {nothing}",
    ]
    encoder = report["settings"]["encoder"]["id"]
    blocks = [Block(f"{title}, {encoder}", rows, lines)]
    if len(report["classes"]) > 1:
        table = [["CLASS", "PHRASES", *_NAMES.values()]]
        table += [
            [kind or "-", str(one["phrases"]), *(f"{one[name]:.3f}" for name in _NAMES)]
            for kind, one in report["classes"].items()
        ]
        blocks.append(Block("By class", table))
    return Page(
        f"{title} with {encoder}", [*blocks, settings_block(report["settings"])]
    )

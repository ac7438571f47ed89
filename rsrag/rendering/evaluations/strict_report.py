"""Figures of the strict protocol as tables."""

from typing import Any

from rsrag.rendering.evaluations.qa_report import cell
from rsrag.rendering.text_table import text_table

_WORDING = {"bleu_1": "BLEU-1", "rouge_l_unstemmed": "ROUGE-L", "cider_d": "CIDER"}


def strict_text(report: dict[str, Any]) -> str:
    """Right answers by set and system, then pictures alone, then how answers read."""
    systems = report["systems"]
    first = next(iter(systems))
    rows = []
    for name, own in systems[first].items():
        right = [cell(sets[name]["right"]) for sets in systems.values()]
        rows.append([name, cell(own["n"]), *right, cell(own["refusals"])])
        for part in ("value_right", "direction_right"):
            if part in own:
                cells = [cell(sets[name][part]) for sets in systems.values()]
                rows.append([f"  {part.replace('_', ' ')}", "", *cells, ""])
    headline = [cell(report["headline"][system]) for system in systems]
    rows.append(["headline", "", *headline, ""])
    head = ["RIGHT", "N", *(name.upper() for name in systems), "REFUSED"]
    picture = report["picture"]
    shown = [
        ["landmark " + key.removeprefix("landmark_"), cell(picture[key])]
        for key in picture
        if key.startswith("landmark_")
    ]
    for name in ("all", "given_hit"):
        if picture[name]["n"]:
            words = "right" if name == "all" else "right, given the landmark"
            shown.append([words, cell(picture[name]["right"])])
    reads = [
        [name, *(cell(own.get(key)) for key in _WORDING)]
        for name, own in [*systems[first].items(), ("by picture", picture["all"])]
        if "bleu_1" in own
    ]
    settings = report["settings"]
    return "\n".join(
        [
            text_table(head, rows),
            text_table(
                [f"BY {picture['pictures'].upper()} PICTURES", "SHARE"],
                [*shown, ["candidates", cell(picture["candidates"])]],
            ),
            text_table([f"{first.upper()}'S WORDS", *_WORDING.values()], reads),
            f"{settings['asked']:,} questions in {settings['elapsed_s']:.0f} s; "
            f"language model: {settings['generator'] or 'none'}\n",
        ]
    )

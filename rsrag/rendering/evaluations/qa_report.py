"""Pages of an evaluation of answers, after either protocol."""

from typing import Any

from rsrag.rendering.text_table import text_table

_COLUMNS = {
    "n": "N",
    "exact_match": "EXACT",
    "exact_or_contains": "EXACT|IN",
    "token_f1": "F1",
    "refusals": "REFUSED",
    "landmark_hit@1": "LANDMARK@1",
    "evidence_hit@1": "EVIDENCE@1",
    "unsupported_numbers": "BAD NUMBERS",
    "bleu_4": "BLEU-4",
    "rouge_l_unstemmed": "ROUGE-L",
    "cider_d": "CIDER",
}
_GROUPS = ("world", "world_short", "monthly", "expert", "overall", "unanswerable")
_NAMES = {"world_short": "world ≤ 8 words"}


def qa_text(report: dict[str, Any]) -> str:
    """A table for each condition, and how refusals fell."""
    blocks = []
    for condition, figures in report["conditions"].items():
        rows = []
        for group in _GROUPS:
            own = figures.get(group, {"n": 0})
            if own["n"]:
                cells = [cell(own.get(name)) for name in _COLUMNS]
                rows.append([_NAMES.get(group, group), *cells])
        head = [condition.upper(), *_COLUMNS.values()]
        lines = [text_table(head, rows).rstrip()]
        refusal = figures["refusal"]
        lines.append(
            f"refusals: precision {cell(refusal['precision'])}, recall "
            f"{cell(refusal['recall'])}; answerable questions refused "
            f"{cell(refusal['answerable_refused'])}"
        )
        blocks.append("\n".join(lines))
    settings = report["settings"]
    blocks.append(
        f"{settings['asked']:,} questions and {settings['unanswerable']:,} without "
        f"answer in {settings['elapsed_s']:.0f} s; language model: "
        f"{settings['generator'] or 'none'}"
    )
    return "\n\n".join(blocks) + "\n"


def cell(value: Any) -> str:
    """A count or a share in a table; a dash where nothing was measured."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


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

"""The page on made pairs: what is true, what was found, and why not."""

from collections.abc import Sequence

from rsrag.analysis.change.outcome.changed import Changed
from rsrag.rag.changes.change_sentences import change_words

WHY_NOT = {
    "a lane": "Seen for a part of its length, and not named: a piece is told by the "
    "mean of its cells, and these look out over the fields.",
    "ploughed fields": "Told, and false: what a season does and what people do look "
    "alike.",
    "one hut": "Seen, and not named: its cells look out over the field around it.",
    "a white hall": "Not told: it is as white, smooth and large as a cloud. `--clouds "
    "none` compares it.",
}
"""Of the pairs that it cannot tell, why."""


def page(found: Sequence[tuple[str, str, Changed]], image: str) -> str:
    """The page, in Markdown, of names, what is true, and what was found."""
    head = found[0][2].sheet
    lines = [
        "# Ten made pairs",
        "",
        "Made, not photographed, so that what changed is known: `python -m "
        "bench.change_pairs` draws them, asks `rsrag change --head distance`, writes "
        "this page. Six show what works, the last four what does not. Judged by "
        f"{head.head}, without a word from us.",
        "",
        f"![Each pair before, after, and what was found]({image})",
        "",
    ]
    for number, (name, truth, changed) in enumerate(found, start=1):
        sheet = changed.sheet
        lines += [
            f"## {number}. {name.capitalize()}",
            "",
            " ".join(filter(None, (f"True: {truth}.", WHY_NOT.get(name)))),
            "",
        ]
        at = sheet.registration
        kinds = {
            cover: f"{count.built} came, {count.gone} went"
            for cover, count in sheet.counts.items()
        }
        facts = {
            "changed": f"{sheet.share:.1%} in {len(sheet.components)} pieces",
            "covers": "; ".join(f"{k}: {v}" for k, v in kinds.items()) or "none told",
            "threshold": f"{sheet.threshold:g}, highest {sheet.probability:.2f}",
            "clouds": f"{sheet.clouds:.1%}",
            "moved": f"{at.dx_px:+.1f}, {at.dy_px:+.1f} px, "
            f"{'undone' if at.applied else 'left'}",
        }
        lines += ["| " + " | ".join(facts) + " |", "|---" * len(facts) + "|"]
        lines += ["| " + " | ".join(facts.values()) + " |", ""]
        said = change_words(sheet).sentences
        lines += [f"> {words}.\\" for words in said[:3]]
        lines[-1] = lines[-1].removesuffix("\\")
        about = [note for note in sheet.notes if "place on the Earth" not in note]
        lines += ["", *(f"- {note}" for note in about), *([""] if about else [])]
    return "\n".join(lines).rstrip() + "\n"

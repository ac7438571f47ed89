"""Places through time as tables of plain text."""

from typing import Any

from rsrag.analysis.times.place_dates import Flips, Timeline, TimelineDate
from rsrag.rendering.text_table import text_table
from rsrag.retrieval.wording.english import coordinates


def timeline_text(found: Timeline) -> str:
    """A row for each date: how like the words it is, and what hides it."""
    known = any(chance is not None for one in found.dates for chance in one.chances)
    head = ["DATE"]
    for word in found.words:
        head += [word.upper(), "PROB"] if known else [word.upper()]
    head += ["GSD", "CHIP", "NOTE"]
    rows = []
    for one in found.dates:
        row = [one.day]
        for score, chance in zip(one.scores, one.chances, strict=True):
            row.append(f"{score:.3f}")
            if known:
                row.append("" if chance is None else f"{chance:.2f}")
        gsd = one.chip.gsd_m
        row += ["" if gsd is None else f"{gsd:g} m", one.chip.id, _note(one)]
        rows.append(tuple(row))
    right = [*head[1:-2]]
    lines = [coordinates(*found.point), text_table(head, rows, right=right).rstrip()]
    lines += [f"note: {note}." for note in found.notes]
    return "\n".join(lines) + "\n"


def _note(one: TimelineDate) -> str:
    said = [one.hidden] if one.hidden else []
    if one.shared < 0.9:
        said.append(f"shares {one.shared:.0%} of the ground")
    return "; ".join(said)


def flips_text(found: Flips) -> str:
    """A row for each place that turned, the clearest first."""
    if not found.found:
        lines = [f"None of {found.places:,} places turned so."]
        return "\n".join([*lines, *(f"note: {one}." for one in found.notes)]) + "\n"
    thing, came = found.found[0].words, found.found[0].came
    head = ["RANK", "LAT LON", "SEEN", "NOT YET" if came else "STILL", "RISE"]
    head += ["SCORE", "BEFORE", "CHIP", "CHIP BEFORE"]
    rows = [
        (
            str(number),
            coordinates(*one.point, unit=""),
            one.after.day,
            one.before.day,
            f"{one.rise:.1f}",
            f"{one.after.scores[0]:.3f}",
            f"{one.before.scores[0]:.3f}",
            one.after.chip.id,
            one.before.chip.id,
        )
        for number, one in enumerate(found.found, start=1)
    ]
    way = "came" if came else "went"
    lines = [
        f"{thing} {way} in {len(found.found)} of {found.places:,} places.",
        text_table(head, rows, right=("RANK", "RISE", "SCORE", "BEFORE")).rstrip(),
        *(f"note: {note}." for note in found.notes),
    ]
    return "\n".join(lines) + "\n"


def flips_mapping(found: Flips) -> dict[str, Any]:
    """The same as plain JSON values."""
    return {
        "places": found.places,
        "flips": [one.to_json() for one in found.found],
        "notes": list(found.notes),
    }

"""What changed between two scenes, as a table, as Markdown and as JSON."""

from typing import Any

from rsrag.analysis.change.fact_sheet import FactSheet, sheet_json
from rsrag.analysis.change.outcome.changed import Changed
from rsrag.rendering.places_found import area_words
from rsrag.rendering.text_table import printable, text_table

_SHOWN = 20
_HEAD = ("ID", "WHERE", "FROM", "TO", "PROBABILITY", "PIXELS", "AREA")


def changed_mapping(found: Changed) -> dict[str, Any]:
    """The fact sheet with the two sources, as plain JSON values."""
    return {
        "before": found.before,
        "after": found.after,
        "cell_px": found.cell_px,
        **sheet_json(found.sheet),
    }


def _rows(sheet: FactSheet, most: int | None = None) -> list[tuple[str, ...]]:
    return [
        (
            str(one.id),
            one.cell,
            one.before,
            one.after,
            f"{one.probability:.2f}",
            f"{one.pixels:,}",
            area_words(one.area_m2),
        )
        for one in sheet.components[:most]
    ]


def _summary(sheet: FactSheet) -> str:
    if not sheet.changed:
        return (
            f"Nothing changed that stands out (probability {sheet.probability:.2f}, "
            f"threshold {sheet.threshold:.2f})."
        )
    area = "" if sheet.area_m2 is None else f", {area_words(sheet.area_m2)}"
    count = len(sheet.components)
    places = "place" if count == 1 else "places"
    return f"{sheet.share:.1%} of the ground changed{area}, in {count} {places}."


def changed_text(found: Changed) -> str:
    """A table of the largest components under a summary, and the notes."""
    sheet = found.sheet
    lines = [
        f"{printable(found.before)} -> {printable(found.after)}",
        _summary(sheet),
    ]
    if sheet.components:
        table = text_table(_HEAD, _rows(sheet, _SHOWN), right=_HEAD[4:])
        lines.append(table.rstrip("\n"))
        if len(sheet.components) > _SHOWN:
            lines.append(f"and {len(sheet.components) - _SHOWN} smaller ones")
    lines += [f"note: {note}." for note in sheet.notes]
    by = f" of {sheet.encoder}" if sheet.encoder else ""
    lines.append(f"Judged by {sheet.head}{by}.")
    return "\n".join(lines) + "\n"


def changed_markdown(found: Changed) -> str:
    """The fact sheet for people."""
    sheet, at = found.sheet, found.sheet.registration
    left = "unknown" if at.residual_px is None else f"{at.residual_px:.2f} px"
    moved = "moved by it" if at.applied else "not moved"
    facts = {
        "Before": f"{found.before} ({sheet.dates[0] or 'no date'})",
        "After": f"{found.after} ({sheet.dates[1] or 'no date'})",
        "Common ground": f"{sheet.size_px[0]} x {sheet.size_px[1]} pixels, "
        f"{sheet.overlap:.0%} of the earlier picture",
        "Compared": f"{sheet.compared:.1%}; clouds {sheet.clouds:.1%}",
        "Registration": f"{at.dx_px:+.2f}, {at.dy_px:+.2f} px, peak {at.peak:.1f}, "
        f"{moved}, left {left}",
        "Radiometry": sheet.radiometry,
        "Head": f"{sheet.head}, threshold {sheet.threshold:g}, chosen on "
        f"{sheet.calibrated_on}",
    }
    lines = ["# What changed", "", _summary(sheet), ""]
    lines += [f"- **{name}**: {value}" for name, value in facts.items()]
    if sheet.components:
        lines += ["", "| " + " | ".join(_HEAD) + " |", "|---" * len(_HEAD) + "|"]
        lines += ["| " + " | ".join(row) + " |" for row in _rows(sheet)]
    if sheet.notes:
        lines += ["", *(f"- {note}" for note in sheet.notes)]
    return "\n".join(lines) + "\n"

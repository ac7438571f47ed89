"""What ``rsrag change`` prints and writes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rsrag.analysis.change.outcome.changed import Changed
    from rsrag.desk.imagery.over_time.pairs import Pair
    from rsrag.rag.changes.change_answers import ChangeAnswer


def write_and_show_change(
    pair: "Pair",
    found: "Changed",
    sentences: Sequence[str],
    answers: "Sequence[tuple[str, ChangeAnswer]]",
    out: Path | None,
    polygons: Path | None,
    overlay: Path | None,
    report: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print what changed, write the files that were asked for.

    Args:
        pair: that was compared.
        found: what came of it.
        sentences: on the change, if they were asked for.
        answers: to questions about it.
    """
    from rsrag.analysis.change.outcome.change_files import (
        change_overlay,
        write_change,
        write_change_polygons,
        write_sheet,
    )
    from rsrag.commands.terminal.localized_out import write_picture
    from rsrag.commands.terminal.telling import show, tell
    from rsrag.desk.imagery.over_time.pairs import pictures_of
    from rsrag.rendering.changes_found import (
        changed_mapping,
        changed_markdown,
        changed_text,
    )

    said = {
        **({"sentences": list(sentences)} if sentences else {}),
        **(
            {
                "answers": [
                    {"question": asked, "answer": one.text, "value": one.value}
                    for asked, one in answers
                ]
            }
            if answers
            else {}
        ),
    }
    show(
        as_json,
        lambda: changed_mapping(found) | said,
        lambda: (
            changed_text(found)
            + "".join(f"{one}.\n" for one in sentences)
            + "".join(f"{asked}\n  {one.text}\n" for asked, one in answers)
        ),
    )
    if as_json:
        for note in found.sheet.notes:
            tell(f"note: {note}")
    if out is not None:
        beside = write_change(out, found)
        rows, columns = found.probability.shape
        tell(f"wrote {out}: {columns} x {rows} cells")
        if beside is not None:
            tell(f"wrote {beside}: land cover before and after")
    if polygons is not None:
        tell(f"wrote {polygons}: {write_change_polygons(polygons, found)} changes")
    if overlay is not None:
        write_picture(overlay, change_overlay(*pictures_of(pair, found), found))
        tell(f"wrote {overlay}")
    if report is not None:
        write_sheet(report, found, changed_markdown(found))
        tell(f"wrote {report}")

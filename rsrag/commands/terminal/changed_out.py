"""What ``rsrag change`` prints and writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rsrag.analysis.change.outcome.changed import Changed
    from rsrag.desk.imagery.over_time.pairs import Pair
    from rsrag.rag.changes.change_answers import ChangeAnswer


@dataclass(frozen=True, slots=True)
class ChangeFiles:
    """Files that are asked for.

    Attributes:
        out: of the probability.
        polygons: of the changes.
        overlay: of both pictures and the changes.
        map: to swipe between the dates.
        ground: what lies under the map.
        report: of the fact sheet.
    """

    out: Path | None = None
    polygons: Path | None = None
    overlay: Path | None = None
    map: Path | None = None
    ground: bytes | None = None
    report: Path | None = None

    @property
    def of_one_pair(self) -> bool:
        """Whether any is asked for that a ranking of places has not."""
        return any((self.out, self.polygons, self.overlay, self.report))


def write_and_show_change(
    pair: "Pair",
    found: "Changed",
    sentences: Sequence[str],
    answers: "Sequence[tuple[str, ChangeAnswer]]",
    files: ChangeFiles,
    *,
    as_json: bool,
) -> None:
    """Print what changed, write the files that were asked for.

    Args:
        pair: that was compared.
        found: what came of it.
        sentences: on the change, if they were asked for.
        answers: to questions about it.
        files: to write.
    """
    from rsrag.analysis.change.outcome.change_files import (
        change_overlay,
        write_change,
        write_change_polygons,
        write_sheet,
    )
    from rsrag.commands.terminal.localized_out import write_picture
    from rsrag.commands.terminal.telling import show, tell, tell_drawn
    from rsrag.desk.imagery.over_time.pairs import pictures_of
    from rsrag.rendering.changes_found import (
        changed_mapping,
        changed_markdown,
        changed_text,
    )
    from rsrag.rendering.times.swipe_page import write_swipe

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
    if (out := files.out) is not None:
        beside = write_change(out, found)
        rows, columns = found.probability.shape
        tell(f"wrote {out}: {columns} x {rows} cells")
        for path in beside:
            tell(f"wrote {path}: land cover")
    if (polygons := files.polygons) is not None:
        tell_drawn(polygons, write_change_polygons(polygons, found), "changes")
    if files.overlay or files.map:
        pictures = pictures_of(pair, found)
        if files.overlay is not None:
            write_picture(files.overlay, change_overlay(*pictures, found))
            tell(f"wrote {files.overlay}")
        if files.map is not None:
            write_swipe(files.map, found, *pictures, files.ground)
            tell(f"wrote {files.map}")
    if files.report is not None:
        write_sheet(files.report, found, changed_markdown(found))
        tell(f"wrote {files.report}")

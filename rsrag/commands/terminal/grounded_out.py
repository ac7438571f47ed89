"""What ``rsrag ground`` prints and writes."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rsrag.analysis.grounding.grounded import Grounded


def write_and_show_boxes(
    found: "Grounded", boxes: Path | None, overlay: Path | None, *, as_json: bool
) -> None:
    """Print the boxes, write the files that were asked for."""
    from rsrag.analysis.grounding.ground_files import boxes_drawn, write_boxes
    from rsrag.commands.terminal.localized_out import scene_picture, write_picture
    from rsrag.commands.terminal.telling import show, tell, tell_drawn
    from rsrag.rendering.grounded_text import grounded_mapping, grounded_text

    show(as_json, lambda: grounded_mapping(found), lambda: grounded_text(found))
    for note in found.notes:
        tell(f"{note}.")
    if found.nothing:
        tell(f"{found.source}: not found: {found.nothing}.")
    if boxes is not None:
        tell_drawn(boxes, write_boxes(boxes, found), "boxes")
    if overlay is not None:
        write_picture(overlay, boxes_drawn(scene_picture(found.source), found))
        tell(f"wrote {overlay}")

"""What ``rsrag segment`` prints and writes."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rsrag.analysis.cover.cover_areas import AreaSize
    from rsrag.analysis.cover.cover_map import Segmented


def write_and_show_cover(
    found: "Segmented",
    out: Path | None,
    polygons: Path | None,
    smallest: "AreaSize | None",
    probabilities: Path | None,
    masks: Path | None,
    overlay: Path | None,
    *,
    as_json: bool,
) -> None:
    """Print shares and areas of the classes, write the files that were asked for.

    Where one thing was sought and is not there, no file is written.
    """
    from rsrag.analysis.cover.cover_classes import shared_words
    from rsrag.analysis.cover.cover_files import (
        cover_overlay,
        write_cover,
        write_cover_polygons,
        write_masks,
        write_shares,
    )
    from rsrag.commands.terminal.localized_out import scene_picture, write_picture
    from rsrag.commands.terminal.telling import show, tell, tell_drawn
    from rsrag.rendering.covers_found import segmented_mapping, segmented_text

    show(as_json, lambda: segmented_mapping(found), lambda: segmented_text(found))
    for note in shared_words(found.classes):
        tell(f"note: {note}")
    if found.nothing:
        tell(
            f"{found.source}: nothing stands out: {found.nothing}. No file is written."
        )
        return
    if out is not None:
        write_cover(out, found)
        tell(f"wrote {out}: {found.labels.shape[1]} x {found.labels.shape[0]} cells")
    if polygons is not None:
        count = write_cover_polygons(polygons, found, smallest)
        tell_drawn(polygons, count, "areas as large as --min-area")
    if probabilities is not None:
        if found.shares is None:
            tell(f"{probabilities} is not written: one thing has no probabilities.")
        else:
            write_shares(probabilities, found)
            tell(f"wrote {probabilities}: {len(found.classes)} bands")
    if masks is not None:
        tell(f"wrote {masks}: {write_masks(masks, found)} masks")
    if overlay is not None:
        write_picture(overlay, cover_overlay(scene_picture(found.source), found))
        tell(f"wrote {overlay}")

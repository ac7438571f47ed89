"""What covers a scene, as a table and as JSON."""

from typing import Any

from rsrag.analysis.cover.cover_areas import class_mappings
from rsrag.analysis.cover.cover_map import Segmented
from rsrag.rendering.hits.hit_table import resolution
from rsrag.rendering.places_found import area_words
from rsrag.rendering.text_table import printable, text_table


def segmented_mapping(found: Segmented) -> dict[str, Any]:
    """What was found as plain JSON values; every key is always there."""
    return {
        "source": found.source,
        "encoder": found.identity.id,
        "cell_px": found.cell_px,
        "nothing": found.nothing or None,
        "classes": class_mappings(found),
    }


def segmented_text(found: Segmented) -> str:
    """A table of the classes with share, area and head, under the scene."""
    rows = [
        (
            printable(row["class"]),
            f"{row['share']:.1%}",
            area_words(row["area_m2"]),
            row["head"] or "-",
        )
        for row in class_mappings(found)
    ]
    head = ("CLASS", "SHARE", "AREA", "HEAD")
    side = None if found.gsd_m is None else resolution(found.cell_px * found.gsd_m)
    metres = "" if side is None else f" ({side})"
    return (
        f"{printable(found.source)}\n{text_table(head, rows, right=head[1:3])}"
        f"Seen by {found.identity.id} in cells of {found.cell_px} px{metres}.\n"
    )

"""What changed on the interactive map: both dates under a swipe, and the changes."""

from pathlib import Path
from typing import Any

import numpy as np

from rsrag.analysis.change.outcome.change_files import component_mappings
from rsrag.analysis.change.outcome.changed import Changed
from rsrag.errors import ConfigError
from rsrag.rendering.hits.html_map import map_data, write_page
from rsrag.rendering.map_areas import area_row, cut_out, map_layer
from rsrag.rendering.text_table import printable
from rsrag.types import Pixels

KINDS = 7
"""Transitions with a colour and a switch of their own; the others share one."""
LISTED = 300
"""Changes that are listed; the page must stay light."""


def write_swipe(
    path: Path, found: Changed, before: Pixels, after: Pixels, ground: bytes | None
) -> None:
    """Write both pictures and the changes as an interactive map, one HTML file.

    Args:
        before: the common ground, thinned out as one likes.
        after: the same.
        ground: what lies under it, as ``map_ground`` of ``hits/html_map.py`` gives it.

    Raises:
        ConfigError: the pair has no place, or the file cannot be written.
    """
    place, (_, _, width, height) = found.place, found.window
    if place is None:
        raise ConfigError(
            f"{found.before} has no place on the Earth, so it cannot be put on a map.",
            hint="--overlay draws the change on the pictures",
        )
    size = width, height
    data = map_data(ground)
    data["heading"] = "What changed"
    data["layers"] = [
        {**map_layer(picture, place, size), "side": side, "title": title}
        for picture, side, title in zip(
            (before, after), ("before", "after"), _titles(found), strict=True
        )
    ]
    share = f"{found.sheet.share:.1%} of the ground changed"
    data["about"] = [share, *map(printable, found.sheet.notes)]
    kinds: dict[str, list[dict[str, Any]]] = {}
    for one in component_mappings(found)[:LISTED]:
        kinds.setdefault(f"{one['from']} → {one['to']}", []).append(one)
    order = sorted(kinds, key=lambda kind: -sum(one["pixels"] for one in kinds[kind]))
    if len(order) > KINDS:
        kinds["other changes"] = [one for kind in order[KINDS:] for one in kinds[kind]]
        order = [*order[:KINDS], "other changes"]
    for kind in order:
        rows = [_row(found, one, size, before, after) for one in kinds[kind]]
        data["sections"].append({"title": kind, "hits": rows})
    if not order:
        note = "Nothing changed that stands out."
        data["sections"].append({"title": "changes", "hits": [], "note": note})
    if (more := len(found.geometries) - LISTED) > 0:
        data["about"].append(f"the {LISTED} largest changes; {more:,} smaller ones not")
    write_page(path, data)


def _titles(found: Changed) -> tuple[str, str]:
    """What stands beside the divider: the days, where they are known and two."""
    days = [None if day is None else day[:10] for day in found.sheet.dates]
    if None in days or days[0] == days[1]:
        return "before", "after"
    return str(days[0]), str(days[1])


def _row(
    found: Changed,
    one: dict[str, Any],
    size: tuple[int, int],
    before: Pixels,
    after: Pixels,
) -> dict[str, Any]:
    west, south, east, north = one["bbox"]
    parts = [cut_out(part, one["bbox_px"], size, 0.5) for part in (before, after)]
    gap = np.full(
        (parts[0].shape[0], max(1, parts[0].shape[1] // 24), 3), 255, np.uint8
    )
    row = area_row(
        one["id"],
        one["probability"],
        one["geometry"],
        one["area_m2"],
        found.after,
        ((west + east) / 2, (south + north) / 2),
        np.concatenate([parts[0], gap, parts[1]], axis=1),
    )
    return {**row, "outlined": True, "word": "probability"}

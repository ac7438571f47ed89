"""Places that turned towards some words, on the interactive map."""

from pathlib import Path

import numpy as np

from rsrag.analysis.times.place_dates import Flip, Flips
from rsrag.errors import RsragError
from rsrag.rendering.hits.hit_html import data_uri, jpeg, thumbnail
from rsrag.rendering.hits.html_map import hit_row, map_data, write_page
from rsrag.rendering.text_table import printable

_TILE = 144


def write_flips(path: Path, words: str, found: Flips, ground: bytes | None) -> None:
    """Write the places with both their chips as one HTML file.

    Args:
        words: that they turned towards, for the heading.
        ground: what lies under them, as ``map_ground`` of ``hits/html_map.py`` gives
            it.

    Raises:
        ConfigError: the file cannot be written.
    """
    data = map_data(ground)
    data["heading"] = printable(words)
    data["about"] = [f"{len(found.found)} of {found.places:,} places turned so"]
    data["about"] += [printable(note) for note in found.notes]
    rows = [_row(one, rank) for rank, one in enumerate(found.found, start=1)]
    section = {"title": printable(words), "hits": rows}
    if not rows:
        section["note"] = "No place turned so."
    data["sections"].append(section)
    write_page(path, data)


def _row(one: Flip, rank: int) -> dict[str, object]:
    """The later chip, with a picture of both and the days between which it turned."""
    row = hit_row(one.after.chip, rank)
    if one.came:
        said = f"first seen {one.after.day}, not yet {one.before.day}"
    else:
        said = f"gone by {one.after.day}, still there {one.before.day}"
    row |= {
        "place": said,
        "score": round(one.rise, 4),
        "probability": None,
        "word": "rise",
        "outlined": True,
    }
    try:
        tiles = [
            np.asarray(thumbnail(date.chip.pixels(), _TILE))
            for date in (one.before, one.after)
        ]
    except RsragError as error:
        return {**row, "unread": str(error)}
    tall = min(len(tile) for tile in tiles)
    gap = np.full((tall, 4, 3), 255, np.uint8)
    both = np.concatenate([tiles[0][:tall], gap, tiles[1][:tall]], axis=1)
    return {**row, "thumbnail": data_uri(jpeg(thumbnail(both, both.shape[1]), 82))}

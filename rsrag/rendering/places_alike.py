"""Places that rasters of embeddings find alike, as a table and as features."""

from pathlib import Path
from typing import Any

from rsrag.rendering.text_table import text_table


def alike_text(found: dict[str, Any]) -> str:
    """A table of the places, under what the values were read as.

    Args:
        found: plain JSON values of what was found.
    """
    if not found["places"]:
        return "no place is far enough from the one asked for.\n"
    rows = [
        (
            str(one["rank"]),
            f"{one['score']:.3f}",
            f"{one['lon']:.5f}",
            f"{one['lat']:.5f}",
            Path(one["raster"]).name,
        )
        for one in found["places"]
    ]
    head = ("#", "SCORE", "LON", "LAT", "RASTER")
    right = ("#", "SCORE", "LON", "LAT")
    laws = dict.fromkeys(one["values"] for one in found["rasters"])
    about = f"values: {'; '.join(laws)}. Query: {found['vectors']:,} vectors."
    return f"{about}\n{text_table(head, rows, right=right)}"


def alike_features(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Points with their properties, as files of areas take them."""
    return [
        {
            "rank": one["rank"],
            "score": one["score"],
            "raster": one["raster"],
            "geometry": {"type": "Point", "coordinates": [one["lon"], one["lat"]]},
        }
        for one in found["places"]
    ]

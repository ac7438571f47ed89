"""Hits on a map, in one HTML file that needs no network and no server."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError, RsragError
from rsrag.rendering.hits import hit_fields as fields
from rsrag.rendering.hits.hit_formats import hit_mapping
from rsrag.rendering.hits.hit_pictures import data_uri, jpeg, thumbnail
from rsrag.rendering.hits.map_ground import WORLD
from rsrag.rendering.text_table import printable
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Pixels

_TEMPLATE = Path(__file__).with_name("map_template.html")
_SLOT = "/*DATA*/null"
_THUMBNAIL = 176


def write_map(
    path: Path,
    sections: Sequence[tuple[str, Sequence[ChipHit]]],
    read_pixels: Callable[[ChipHit], Pixels] = ChipHit.pixels,
    ground: bytes | None = None,
) -> int:
    """Write the footprints of one or more queries as an interactive map.

    Args:
        path: the HTML file; it is replaced. It loads nothing from anywhere.
        sections: title and hits, best first, one a query. Hits without a
            footprint are listed beside the map.
        read_pixels: gives the chip of a hit for its thumbnail, or raises an
            :class:`~rsrag.errors.RsragError`; the reason then stands in its place.
        ground: what lies under the footprints, as :func:`map_ground` gives it;
            ``None`` for a bare graticule.

    Returns:
        How many chips could not be read.

    Raises:
        ConfigError: the file cannot be written.
    """
    unread = 0
    data: dict[str, Any] = {"base": None, "sections": []}
    if ground is not None:
        data["base"] = {"url": data_uri(ground), "bbox": list(WORLD)}
    for title, hits in sections:
        rows = []
        for rank, hit in enumerate(hits, start=1):
            row = _row(hit, rank)
            try:
                picture = thumbnail(read_pixels(hit), _THUMBNAIL)
                row["thumbnail"] = data_uri(jpeg(picture, 82))
            except RsragError as exc:
                row["unread"] = str(exc)
                unread += 1
            rows.append(row)
        data["sections"].append({"title": title, "hits": rows})
    page = _TEMPLATE.read_text(encoding="utf-8").replace(_SLOT, script_json(data))
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc}") from exc
    return unread


def script_json(value: Any) -> str:
    """JSON that may stand inside ``<script>``, whatever its strings say.

    ``<``, ``>`` and ``&`` are escaped, so no string can end the script or open a
    comment; all but ASCII is, too, so a stray byte of a file name is no danger.
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _row(hit: ChipHit, rank: int) -> dict[str, Any]:
    """What the page shows of a hit; the page writes it as text, never as HTML."""
    row = hit_mapping(hit, rank)
    gsd_m = row["gsd_m"]
    return {
        "rank": rank,
        "score": row["score"],
        "place": row["place"],
        "coordinates": fields.coordinates_of(hit),
        "source": printable(row["source"]),
        "file": printable(hit.file_name),
        "window": row["window"],
        "date": row["datetime"] and row["datetime"][:10],
        "gsd": gsd_m and fields.resolution(gsd_m),
        "sensor": row["sensor"],
        "bbox": row["bbox"],
        "rings": _rings(row["geometry"]),
    }


def _rings(geometry: dict[str, Any] | None) -> list[list[list[float]]]:
    """Outer rings of a Polygon or a MultiPolygon, degrees."""
    if geometry is None or geometry["type"] not in ("Polygon", "MultiPolygon"):
        return []
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    return [polygon[0] for polygon in polygons if polygon]

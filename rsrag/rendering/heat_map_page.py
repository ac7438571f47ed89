"""Where in a scene a thing lies, on the interactive map: heat, areas and a list."""

import base64
import io
from pathlib import Path
from typing import Any

from rsrag.analysis.heat_files import overlay, peak_mappings
from rsrag.analysis.localization import Localized
from rsrag.errors import ConfigError
from rsrag.imagery.places.lonlat_picture import on_plate_carree
from rsrag.rendering.hits.hit_html import data_uri, jpeg, thumbnail
from rsrag.rendering.hits.html_map import map_data, rings, write_page
from rsrag.rendering.places_found import area_words
from rsrag.rendering.text_table import printable
from rsrag.retrieval.wording.english import coordinates
from rsrag.types import Pixels

LONGEST = 1400
"""Pixels of the layer along its longer side."""
_THUMBNAIL = 176


def write_heat_map(
    path: Path, found: Localized, picture: Pixels, ground: bytes | None
) -> None:
    """Write a scene's heat and areas as an interactive map, one HTML file.

    Args:
        picture: the scene, thinned out as one likes.
        ground: what lies under it, as ``map_ground`` of ``hits/html_map.py`` gives it.

    Raises:
        ConfigError: the scene has no place, or the file cannot be written.
    """
    if found.place is None:
        raise ConfigError(
            f"{found.source} has no place on the Earth, so it cannot be put on a map.",
            hint="--overlay draws the heat on the picture",
        )
    from PIL import Image

    drawn = overlay(picture, found)
    layer, extent = on_plate_carree(drawn, found.place, found.size, LONGEST)
    file = io.BytesIO()
    Image.fromarray(layer).save(file, "WEBP", quality=80)
    address = "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()
    data = map_data(ground)
    data["heading"] = "Where it is"
    data["layers"] = [{"url": address, "bbox": list(extent)}]
    peaks = [] if found.nothing else peak_mappings(found)
    rows = [_row(found, peak, picture) for peak in peaks]
    title = f"{printable(found.query)} in {Path(printable(found.source)).name}"
    section: dict[str, Any] = {"title": title, "hits": rows}
    if found.nothing:
        section["note"] = f"Nothing stands out: {found.nothing}."
    data["sections"].append(section)
    write_page(path, data)


def _row(found: Localized, peak: dict[str, Any], picture: Pixels) -> dict[str, Any]:
    lon, lat = peak["peak"]
    corners = [point for ring in rings(peak["geometry"]) for point in ring]
    lons, lats = [c[0] for c in corners], [c[1] for c in corners]
    across = min(lons) <= -180 and max(lons) >= 180
    return {
        "rank": peak["rank"],
        "score": peak["score"],
        "place": area_words(peak["area_m2"]),
        "coordinates": coordinates(lon, lat, unit=""),
        "source": printable(found.source),
        "file": Path(printable(found.source)).name,
        "window": None,
        "date": None,
        "gsd": None,
        "sensor": None,
        "bbox": [
            min(x for x in lons if not across or x > 0),
            min(lats),
            max(x for x in lons if not across or x <= 0),
            max(lats),
        ],
        "rings": rings(peak["geometry"]),
        "thumbnail": data_uri(
            jpeg(thumbnail(_cut(found, peak, picture), _THUMBNAIL), 82)
        ),
    }


def _cut(found: Localized, peak: dict[str, Any], picture: Pixels) -> Pixels:
    """The scene round an area."""
    height, width = picture.shape[:2]
    left, top, right, bottom = peak["bbox_px"]
    x, y = width / found.size[0], height / found.size[1]
    columns = slice(int(left * x), max(int(left * x) + 1, round(right * x)))
    rows = slice(int(top * y), max(int(top * y) + 1, round(bottom * y)))
    return picture[rows, columns]

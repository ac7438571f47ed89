"""Pictures and areas as the interactive map takes them."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rsrag.imagery.places.georeference import Georeference
from rsrag.imagery.places.lonlat_picture import on_plate_carree
from rsrag.rendering.hits.hit_html import data_uri, jpeg, thumbnail
from rsrag.rendering.hits.html_map import rings
from rsrag.rendering.places_found import area_words
from rsrag.rendering.text_table import printable
from rsrag.retrieval.wording.english import coordinates
from rsrag.types import Pixels

LONGEST = 1400
"""Pixels of a layer along its longer side."""
_THUMBNAIL = 176


def map_layer(
    picture: Pixels, place: Georeference, size: tuple[int, int]
) -> dict[str, Any]:
    """A picture over the ground, where it lies.

    Args:
        picture: of the whole of ``place``, thinned out as one likes.
        size: width and height of ``place``, pixels.
    """
    from PIL import Image

    layer, extent = on_plate_carree(picture, place, size, LONGEST)
    file = io.BytesIO()
    Image.fromarray(layer).save(file, "WEBP", quality=80)
    address = "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()
    return {"url": address, "bbox": list(extent)}


def area_row(
    rank: int,
    score: float,
    geometry: dict[str, Any],
    area_m2: float | None,
    source: str,
    point: Sequence[float],
    picture: Pixels,
) -> dict[str, Any]:
    """An area as the list of the map has it.

    Args:
        geometry: in degrees.
        point: longitude and latitude that stand beside it.
        picture: that is shown of it.
    """
    outer = rings(geometry)
    corners = [corner for ring in outer for corner in ring]
    lons, lats = [c[0] for c in corners], [c[1] for c in corners]
    across = min(lons) <= -180 and max(lons) >= 180
    return {
        "rank": rank,
        "score": score,
        "place": area_words(area_m2),
        "coordinates": coordinates(point[0], point[1], unit=""),
        "source": printable(source),
        "file": Path(printable(source)).name,
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
        "rings": outer,
        "thumbnail": data_uri(jpeg(thumbnail(picture, _THUMBNAIL), 82)),
    }


def cut_out(
    picture: Pixels, bbox_px: Sequence[float], size: tuple[int, int], rim: float = 0.0
) -> Pixels:
    """A picture round an area.

    Args:
        bbox_px: left, top, right and bottom in pixels of the whole.
        size: of the whole, width and height.
        rim: that is added on each side, in parts of the longer one.
    """
    height, width = picture.shape[:2]
    left, top, right, bottom = bbox_px
    more = rim * max(right - left, bottom - top)
    x, y = width / size[0], height / size[1]
    first = int(max(0, left - more) * x), int(max(0, top - more) * y)
    last = round((right + more) * x), round((bottom + more) * y)
    rows = slice(first[1], max(first[1] + 1, last[1]))
    return picture[rows, slice(first[0], max(first[0] + 1, last[0]))]

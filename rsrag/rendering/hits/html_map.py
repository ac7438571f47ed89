"""A map of hits as one HTML file, and the Earth that lies under it."""

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rsrag.errors import ConfigError, RsragError
from rsrag.knowledge.gazetteer import LAND, Gazetteer
from rsrag.rendering.hits import hit_table as fields
from rsrag.rendering.hits.hit_formats import hit_mapping
from rsrag.rendering.hits.hit_html import data_uri, jpeg, thumbnail
from rsrag.rendering.text_table import printable
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Pixels

WORLD = (-180.0, -90.0, 180.0, 90.0)
"""West, south, east, north of what the picture shows, degrees."""

_PACKAGED = Path(__file__).with_name("earth.jpg")
_HINT = "a picture of the whole Earth, plate carrée, or: --base none"


def map_ground(given: str | None, max_width: int = 2700) -> bytes | None:
    """The ground of a map as JPEG: plate carrée, a pixel is as many degrees anywhere.

    Args:
        given: path of a picture of the whole Earth, ``none`` for no ground, and
            ``None`` for the one that comes with rsrag.
        max_width: pixels; a wider picture is shrunk, as it makes a heavier file.

    Raises:
        ConfigError: the file is no picture, not twice as wide as high, or says itself
            that it shows another place.
    """
    if given is None:
        return _PACKAGED.read_bytes()
    if given == "none":
        return None
    from PIL import Image

    path = Path(given)
    try:
        with Image.open(path) as opened:
            size = opened.size
            # JPEG decoders can halve a picture on the way, at a quarter the cost.
            opened.draft("RGB", (max_width, max_width))
            picture = opened.convert("RGB")
    except (OSError, ValueError) as exc:
        raise ConfigError(f"{path} is no picture for a map: {exc}", hint=_HINT) from exc
    _check(path, size)
    if picture.width > max_width:
        shape = (max_width, max_width // 2)
        picture = picture.resize(shape, Image.Resampling.BOX)
    return jpeg(picture, 80)


def _check(path: Path, size: tuple[int, int]) -> None:
    """Refuse what cannot be the whole Earth, or says that it is another place."""
    width, height = size
    if abs(width / height - 2) > 0.01:
        raise ConfigError(
            f"{path} has {width:,} x {height:,} pixels; the whole Earth is twice as "
            "wide as high.",
            hint=_HINT,
        )
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioIOError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            with rasterio.open(path) as dataset:
                crs, bounds = dataset.crs, tuple(dataset.bounds)
                placed = crs is not None or not dataset.transform.is_identity
        except RasterioIOError:  # Pillow could read it; it carries no place
            return
    pixel = 360 / width
    shown = all(abs(a - b) <= pixel for a, b in zip(bounds, WORLD, strict=True))
    if placed and (not shown or (crs is not None and not crs.is_geographic)):
        west, south, east, north = bounds
        raise ConfigError(
            f"{path} shows {west:,.6g} to {east:,.6g}, {south:,.6g} to {north:,.6g}"
            f"{f' in {crs}' if crs else ''}, not the whole Earth in degrees.",
            hint=_HINT,
        )


_TEMPLATE = Path(__file__).with_name("map_template.html")
_SLOT = "/*DATA*/null"
_THUMBNAIL = 176


def write_map(
    path: Path,
    sections: Sequence[tuple[str, Sequence[ChipHit]]],
    read_pixels: Callable[[ChipHit], Pixels] = ChipHit.pixels,
    ground: bytes | None = None,
    about: Mapping[str, Any] | None = None,
    every: Sequence[Sequence[float]] = (),
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
        about: what the hits came from, for the head of the page; see
            :attr:`rsrag.Hits.about`.
        every: longitude and latitude of all chips, which the page can show as dots.

    Returns:
        How many chips could not be read.

    Raises:
        ConfigError: the file cannot be written.
    """
    unread = 0
    data = map_data(ground)
    data["heading"] = " | ".join(title for title, _ in sections) or data["heading"]
    data["about"] = [f"{name}: {value}" for name, value in (about or {}).items()]
    data["every"] = [[round(x, 4), round(y, 4)] for x, y in every]
    for title, hits in sections:
        rows = []
        for rank, hit in enumerate(hits, start=1):
            row = hit_row(hit, rank)
            try:
                picture = thumbnail(read_pixels(hit), _THUMBNAIL)
                row["thumbnail"] = data_uri(jpeg(picture, 82))
            except RsragError as exc:
                row["unread"] = str(exc)
                unread += 1
            rows.append(row)
        data["sections"].append({"title": title, "hits": rows})
    write_page(path, data)
    return unread


def map_data(ground: bytes | None) -> dict[str, Any]:
    """What a page is given: its ground, pictures over it, and no sections yet."""
    base = None if ground is None else {"url": data_uri(ground), "bbox": list(WORLD)}
    lines = [] if ground is None else _outlines()
    return {
        "base": base,
        "heading": "Search results",
        "about": [],
        "outlines": lines,
        "every": [],
        "layers": [],
        "sections": [],
    }


def _outlines() -> list[list[list[float]]]:
    """Coasts and borders, coarse: rings of lon/lat with two decimals."""
    rings = Gazetteer.load().outlines(LAND)
    return [[[round(x, 2), round(y, 2)] for x, y in ring.tolist()] for ring in rings]


def write_page(path: Path, data: dict[str, Any]) -> None:
    """Write the page; it loads nothing from anywhere.

    Raises:
        ConfigError: the file cannot be written.
    """
    page = _TEMPLATE.read_text(encoding="utf-8").replace(_SLOT, script_json(data))
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc}") from exc


def script_json(value: Any) -> str:
    """JSON that may stand inside ``<script>``, whatever its strings say.

    ``<``, ``>`` and ``&`` are escaped, so no string can end the script or open a
    comment; all but ASCII is, too, so a stray byte of a file name is no danger.
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False)
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def hit_row(hit: ChipHit, rank: int) -> dict[str, Any]:
    """What the page shows of a hit; the page writes it as text, never as HTML."""
    row = hit_mapping(hit, rank)
    gsd_m = row["gsd_m"]
    return {
        "rank": rank,
        "score": row["score"],
        "probability": row["probability"],
        "place": row["place"],
        "coordinates": fields.coordinates_of(hit),
        "source": printable(row["source"]),
        "file": printable(hit.file_name),
        "window": row["window"],
        "date": row["datetime"] and row["datetime"][:10],
        "gsd": gsd_m and fields.resolution(gsd_m),
        "sensor": row["sensor"],
        "bbox": row["bbox"],
        "rings": rings(row["geometry"]),
    }


def rings(geometry: dict[str, Any] | None) -> list[list[list[float]]]:
    """Outer rings of a Polygon or a MultiPolygon, degrees."""
    if geometry is None or geometry["type"] not in ("Polygon", "MultiPolygon"):
        return []
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    return [polygon[0] for polygon in polygons if polygon]

"""Tiles of Sentinel-2 as AWS lays them out: bands beside ``tileInfo.json``."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from rsrag.errors import ImageReadError
from rsrag.imagery.catalogues.described import ProductScene
from rsrag.imagery.catalogues.json_fields import is_number
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.metadata.moments import parse_moment
from rsrag.imagery.metadata.names_of_products import sensor_in_name
from rsrag.imagery.products.band_choice import choose_files
from rsrag.imagery.products.product_names import band_files
from rsrag.imagery.products.safe import COLOURS, NATIVE_M, describe_notes
from rsrag.imagery.products.safe_notes import (
    BAND_IDS,
    ProductNotes,
    read_json,
    xml_leaves,
)

_FOLDER = re.compile(r"(?:R(?P<metres>[126]0)m/)?[^/]+")
_BASELINE = re.compile(r"_N(\d\d)(\d\d)_")
_ADDED = -1000.0
"""Added to stored values from processing baseline 04.00 on."""


def tile_scene(
    names: Iterable[str],
    notes: Mapping[str, bytes],
    options: ImageryOptions,
    where: str,
) -> ProductScene:
    """The scene of a tile.

    Args:
        names: files of the tile, relative to it.
        notes: by name.

    Raises:
        ImageReadError: a band that is not there, or damaged notes.
    """
    found: dict[str, tuple[int, str]] = {}
    there = [name for name in names if _FOLDER.fullmatch(name)]
    for prefix, band, metres, name in band_files(there):
        band = band.upper()
        folder = _FOLDER.fullmatch(name)
        size = metres or int(folder["metres"] or 0) if folder else 0
        size = size or NATIVE_M.get(band, 60)
        if not prefix and (band not in found or size < found[band][0]):
            found[band] = size, name
    if not found:
        raise ImageReadError(f"{where} holds no band (B04.jp2, R10m/B04.jp2).")
    known, tile, processed = _read(notes, where)
    files = {band: name for band, (_, name) in sorted(found.items())}
    jp2 = all(name.lower().endswith(".jp2") for name in files.values())
    if not (jp2 and processed):  # Of the copies as TIFF, some have it added already.
        known = replace(known, offsets={})
    told = describe_notes(known, tile)
    return choose_files(files, COLOURS, known.unit, told, options, where)


def _read(
    notes: Mapping[str, bytes], where: str
) -> tuple[ProductNotes, str | None, bool]:
    """Notes, the tile's name, and whether the stored values are those of ESA."""
    start = cloud = product = tile = None
    for name in sorted(notes):
        data, spot = notes[name], f"{where}/{name}"
        if name.lower().endswith(".xml"):
            leaves = {
                leaf: text for _, leaf, text in reversed(list(xml_leaves(data, spot)))
            }
            start = start or leaves.get("SENSING_TIME")
            cloud = cloud or leaves.get("CLOUDY_PIXEL_PERCENTAGE")
        else:
            values = _object(data, spot)
            start = start or values.get("timestamp")
            cloud = cloud or values.get("cloudyPixelPercentage")
            product = product or values.get("productName") or values.get("name")
            parts = [values.get(k) for k in ("utmZone", "latitudeBand", "gridSquare")]
            if all(parts):
                tile = f"T{parts[0]:0>2}{parts[1]}{parts[2]}"
    product = product if isinstance(product, str) else None
    baseline = _BASELINE.search(product or "")
    new = bool(baseline and int(baseline[1]) >= 4)
    try:
        moment = None if start is None else parse_moment(str(start))
        share = None if cloud is None else float(str(cloud))
    except ValueError as exc:
        raise ImageReadError(f"{where}: its notes: {exc}.") from exc
    level = re.search(r"_MSI(L\d\w)_", product or "")
    known = ProductNotes(
        start=moment,
        satellite=sensor_in_name(product or ""),
        level=f"Level-{level[1][1:]}" if level else None,
        baseline=f"{baseline[1]}.{baseline[2]}" if baseline else None,
        cloud=share if share is None or is_number(share) else None,
        product=product,
        offsets=dict.fromkeys(BAND_IDS, _ADDED) if new else {},
    )
    return known, tile, new


def _object(data: bytes, spot: str) -> dict[str, Any]:
    value = read_json(data, spot)
    if not isinstance(value, dict):
        raise ImageReadError(f"{spot} is no object.")
    return value

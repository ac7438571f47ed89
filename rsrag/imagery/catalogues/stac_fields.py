"""Description of a picture by the fields of its STAC item."""

import json
import re
from datetime import datetime
from typing import Any

from rsrag.errors import GeometryError, ImageReadError
from rsrag.geo import parse_bbox
from rsrag.imagery.catalogues.described import BandInfo, Description, PlaceHint
from rsrag.imagery.catalogues.json_fields import Fields, is_number
from rsrag.imagery.metadata.moments import parse_moment
from rsrag.imagery.metadata.sidecar_metadata import SceneMetadata
from rsrag.imagery.places.georeference import Affine
from rsrag.types import BBox

PROPERTIES_LIMIT = 64 * 2**10
"""Properties longer than this, in characters of JSON, are cut down to plain values."""

_READ = frozenset({"datetime", "gsd"})
_TIMES = ("datetime", "start_datetime", "end_datetime")
_METRES = re.compile(r"(\d+(?:\.\d+)?) ?(?:m|metres?|meters?)", re.IGNORECASE)
_PLACE = ("proj:", "projection:")


def describe_item(
    item: Fields, asset: Fields, bands: tuple[BandInfo, ...]
) -> Description:
    """What an item says of the picture that one of its assets is.

    Raises:
        ImageReadError: a field that cannot be, naming it.
    """
    properties = Fields(item.values.get("properties") or {}, f"{item.where}")
    both = Fields({**properties.values, **asset_fields(asset)}, asset.where)
    kept = {
        name: value
        for name, value in both.values.items()
        if value is not None and name not in _READ and not name.startswith(_PLACE)
    }
    kept["stac_id"] = item.values["id"]
    if collection := item.text("collection"):
        kept["collection"] = collection
    when = both.lenient(lambda: _moment(both), None)
    gsd = both.lenient(lambda: _gsd(both), None)
    sensor = both.lenient(lambda: _sensor(both), None)
    place = both.lenient(lambda: _place(both), None)
    bbox = both.lenient(lambda: _bbox(item), None)
    metadata = SceneMetadata(when, gsd, sensor, None, _cut(kept))
    return Description(metadata, place, bands, bbox, tuple(both.doubts))


def _moment(fields: Fields) -> datetime | None:
    name = next((n for n in _TIMES if fields.values.get(n) is not None), None)
    text = None if name is None else fields.text(name)
    try:
        return None if text is None else parse_moment(text)
    except (ValueError, OverflowError) as exc:
        raise fields.wrong("datetime", f"a time ({exc})") from exc


def _gsd(fields: Fields) -> float | None:
    value = fields.values.get("gsd")
    if isinstance(value, str) and (match := _METRES.fullmatch(value.strip())):
        return float(match[1])
    gsd = fields.number("gsd")
    if gsd is not None and gsd <= 0:
        raise fields.wrong("gsd", "a size of a pixel")
    return gsd


def asset_fields(asset: Fields) -> dict[str, Any]:
    """Fields of an asset that say more of the scene than the item's do."""
    own = ("datetime", "start_datetime", "end_datetime", "gsd", "eo:cloud_cover")
    more = ("platform", "constellation", "instruments")
    return {
        name: value
        for name, value in asset.values.items()
        if name in own or name in more or name.startswith(_PLACE)
    }


def _cut(kept: dict[str, Any]) -> dict[str, Any]:
    """Properties that fit into an index: plain values, if all are too long."""
    try:
        if len(json.dumps(kept, allow_nan=False)) <= PROPERTIES_LIMIT:
            return kept
    except (ValueError, RecursionError):
        pass  # Infinities, or nested beyond reason.
    short = {
        name[:200]: value
        for name, value in kept.items()
        if is_number(value)
        or isinstance(value, bool)
        or (isinstance(value, str) and len(value) <= 1000)
    }
    return dict(list(short.items())[:500])


def _sensor(fields: Fields) -> str | None:
    lone = fields.values.get("instruments")
    instruments = (
        lone if isinstance(lone, str) else " ".join(fields.words("instruments"))
    )
    return (
        fields.text("platform") or fields.text("constellation") or instruments or None
    )


def _place(fields: Fields) -> PlaceHint | None:
    crs = fields.text("proj:code") or fields.text("proj:wkt2")
    number = fields.number("proj:epsg")
    if crs is None and number is not None:
        crs = f"EPSG:{number:.0f}"
    if crs is None and isinstance(
        described := fields.values.get("proj:projjson"), dict
    ):
        crs = json.dumps(described)
    if crs is None:
        return None
    values = fields.numbers("proj:transform")
    if values is not None and len(values) not in (6, 9):
        raise fields.wrong("proj:transform", "six or nine numbers")
    shape = fields.numbers("proj:shape")
    if shape is not None and (len(shape) != 2 or min(shape) < 1):
        raise fields.wrong("proj:shape", "rows and columns")
    box = fields.numbers("proj:bbox")
    if box is not None and len(box) == 6:
        box = [*box[:2], *box[3:5]]
    if box is not None and len(box) == 4 and box[1] > box[3]:
        box = [box[0], box[3], box[2], box[1]]  # North before south: some write so.
    if box is not None and (len(box) != 4 or box[1] == box[3] or box[0] == box[2]):
        raise fields.wrong("proj:bbox", "a box")
    return PlaceHint(
        crs,
        None if values is None else _affine(values),
        None if shape is None else (int(shape[0]), int(shape[1])),
        None if box is None else (box[0], box[1], box[2], box[3]),
    )


def _affine(values: list[float]) -> Affine:
    a, b, c, d, e, f = values[:6]
    return a, b, c, d, e, f


def _bbox(item: Fields) -> BBox | None:
    """The item's box in degrees; three-dimensional ones lose their heights."""
    values = item.numbers("bbox")
    if values is None:
        return None
    if len(values) == 6:
        values = [*values[:2], *values[3:5]]
    if len(values) == 4:
        west, south, east, north = values
        if max(abs(west), abs(east)) > 180:  # Counted from 0 to 360.
            west, east = ((lon + 180) % 360 - 180 for lon in (west, east))
        values = [west, min(south, north), east, max(south, north)]
    try:
        return parse_bbox(values)
    except GeometryError as exc:
        raise ImageReadError(f"{item.where}: bbox: {exc}") from exc


def band_facts(asset: Fields) -> tuple[BandInfo, ...]:
    """Bands of an asset, from ``bands`` (STAC 1.1), ``eo:bands`` and ``raster:bands``.

    Raises:
        ImageReadError: a field that cannot be, naming it.
    """
    named = asset.objects("bands")
    if not named and not _are_numbers(asset.values.get("eo:bands")):
        named = asset.objects("eo:bands")
    measured = asset.objects("raster:bands")
    found = []
    for at in range(max(len(named), len(measured), 1)):
        merged: dict[str, Any] = {}
        for source in (measured[at : at + 1], named[at : at + 1]):
            merged |= source[0].values if source else {}
        found.append(_band(Fields(merged, f"{asset.where}: band {at + 1}"), asset))
    return tuple(found) if any(fact != BandInfo() for fact in found) else ()


def _are_numbers(values: Any) -> bool:
    """Whether bands are given as STAC 0.8 did: by their place in the collection."""
    return isinstance(values, list) and bool(values) and all(map(is_number, values))


def _band(band: Fields, asset: Fields) -> BandInfo:
    def number(*names: str) -> float | None:
        for holder in (band, asset):
            for name in names:
                if holder.values.get(name) is not None:
                    return holder.number(name)
        return None

    colour = band.text("eo:common_name") or band.text("common_name")
    nodata: Any = band.values.get("nodata", asset.values.get("nodata"))
    return BandInfo(
        band.text("name"),
        None if colour is None else colour.lower(),
        number("raster:scale", "scale"),
        number("raster:offset", "offset"),
        float(nodata) if is_number(nodata) else None,  # "nan" and "inf" are text.
    )

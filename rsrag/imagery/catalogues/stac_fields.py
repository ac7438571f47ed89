"""Fields of a STAC item, read with suspicion: each has the type that it must have."""

import json
import math
from typing import Any

from rsrag.errors import GeometryError, ImageReadError
from rsrag.geo import parse_bbox
from rsrag.imagery.catalogues.described import BandFacts, Description, PlaceHint
from rsrag.imagery.facts.moments import parse_moment
from rsrag.imagery.facts.sidecar_metadata import SceneMetadata
from rsrag.imagery.places.georeference import Affine
from rsrag.types import BBox

PROPERTIES_LIMIT = 64 * 2**10
"""Properties longer than this, in characters of JSON, are cut down to plain values."""

_READ = frozenset({"datetime", "gsd"})
_PLACE = ("proj:", "projection:")


class Fields:
    """One JSON object, with words for where it stands."""

    def __init__(self, values: Any, where: str) -> None:
        if not isinstance(values, dict):
            raise ImageReadError(f"{where} is not an object.")
        self.values: dict[str, Any] = values
        self.where = where

    def wrong(self, name: str, wanted: str) -> ImageReadError:
        """The error for a field that is not what it must be."""
        found = json.dumps(self.values.get(name), default=str)[:80]
        return ImageReadError(f"{self.where}: {name} is {found}, not {wanted}.")

    def text(self, name: str) -> str | None:
        """A string, or ``None`` if it is not there."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise self.wrong(name, "text")
        return value or None

    def number(self, name: str) -> float | None:
        """A finite number, or ``None`` if it is not there."""
        value = self.values.get(name)
        if value is None:
            return None
        if not is_number(value):
            raise self.wrong(name, "a number")
        return float(value)

    def numbers(self, name: str) -> list[float] | None:
        """A list of finite numbers, or ``None`` if it is not there."""
        values = self.values.get(name)
        if values is None:
            return None
        if not isinstance(values, list) or not all(map(is_number, values)):
            raise self.wrong(name, "a list of numbers")
        return [float(value) for value in values]

    def objects(self, name: str) -> list["Fields"]:
        """A list of objects; empty if it is not there."""
        values = self.values.get(name)
        if values is None:
            return []
        if not isinstance(values, list):
            raise self.wrong(name, "a list")
        return [Fields(v, f"{self.where}: {name}[{i}]") for i, v in enumerate(values)]

    def words(self, name: str) -> list[str]:
        """A list of strings; empty if it is not there."""
        values = self.values.get(name)
        if values is None:
            return []
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise self.wrong(name, "a list of words")
        return values


def is_number(value: Any) -> bool:
    """Whether a JSON value is a finite number that Python can hold as a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e300 and math.isfinite(value)


def describe_item(
    item: Fields, asset: Fields, bands: tuple[BandFacts, ...]
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
    moment = both.text("datetime") or both.text("start_datetime")
    moment = moment or both.text("end_datetime")
    try:
        when = None if moment is None else parse_moment(moment)
    except (ValueError, OverflowError) as exc:
        raise both.wrong("datetime", f"a time ({exc})") from exc
    gsd = both.number("gsd")
    if gsd is not None and gsd <= 0:
        raise both.wrong("gsd", "a size of a pixel")
    facts = SceneMetadata(when, gsd, _sensor(both), None, _cut(kept))
    return Description(facts, _place(both), bands, _bbox(item))


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
    instruments = " ".join(fields.words("instruments"))
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
    if box is not None and (len(box) != 4 or box[1] >= box[3] or box[0] == box[2]):
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
    try:
        return parse_bbox(values)
    except GeometryError as exc:
        raise ImageReadError(f"{item.where}: bbox: {exc}") from exc


def band_facts(asset: Fields) -> tuple[BandFacts, ...]:
    """Bands of an asset, from ``bands`` (STAC 1.1), ``eo:bands`` and ``raster:bands``.

    Raises:
        ImageReadError: a field that cannot be, naming it.
    """
    named = asset.objects("bands") or asset.objects("eo:bands")
    measured = asset.objects("raster:bands")
    found = []
    for at in range(max(len(named), len(measured), 1)):
        merged: dict[str, Any] = {}
        for source in (measured[at : at + 1], named[at : at + 1]):
            merged |= source[0].values if source else {}
        found.append(_band(Fields(merged, f"{asset.where}: band {at + 1}"), asset))
    return tuple(found) if any(fact != BandFacts() for fact in found) else ()


def _band(band: Fields, asset: Fields) -> BandFacts:
    def number(*names: str) -> float | None:
        for holder in (band, asset):
            for name in names:
                if holder.values.get(name) is not None:
                    return holder.number(name)
        return None

    colour = band.text("eo:common_name") or band.text("common_name")
    nodata: Any = band.values.get("nodata", asset.values.get("nodata"))
    return BandFacts(
        band.text("name"),
        None if colour is None else colour.lower(),
        number("raster:scale", "scale"),
        number("raster:offset", "offset"),
        float(nodata) if is_number(nodata) else None,  # "nan" and "inf" are text.
    )

"""Extracts of OpenStreetMap as GeoJSON: features whose properties are tags."""

import json
import re
from collections.abc import Mapping
from typing import Any

from rsrag.knowledge.collection import Records
from rsrag.knowledge.importers.collecting import Collector
from rsrag.knowledge.importers.files import refuse_doubles
from rsrag.knowledge.importers.import_options import ImportOptions
from rsrag.knowledge.shapes import geometry_wkb
from rsrag.types import Skip

NAMESPACE = "osm"
SOURCE = "OpenStreetMap"
LICENCE = "ODbL-1.0"

_KINDS = (
    *("aeroway", "natural", "tourism", "historic", "leisure", "man_made", "waterway"),
    *("amenity", "bridge", "railway", "military", "boundary", "landuse", "place"),
    *("shop", "office", "highway", "building"),
)
"""Tags that say what a thing is, the most telling first."""

_ALIASES = (
    *("alt_name", "name:en", "int_name", "official_name", "short_name", "old_name"),
    *("loc_name", "nat_name", "reg_name"),
)
_SAME = (
    *("height", "length", "width", "start_date", "capacity", "population", "iata"),
    *("icao", "ref", "operator", "owner", "architect", "denomination", "religion"),
    *("sport", "surface", "material", "intermittent", "heritage", "opening_hours"),
    *("website", "wikidata", "wikipedia", "description"),
)
_FACTS = {"ele": "elevation", "building:levels": "floors"} | {t: t for t in _SAME}
"""Tags that are facts, and the variables they are filed under."""

_METRES = {"ele", "height", "length", "width"}
_WORDS = {"iata", "icao", "ref", "start_date", "wikidata", "wikipedia", "website"}
_ADDRESS = ("housenumber", "street", "postcode", "city", "state", "country")
_OSM_ID = re.compile(r"(?:(?:node|way|relation|area)/|[nwra])?\d+")
_BARE_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def is_osm(feature: object) -> bool:
    """Whether a GeoJSON feature carries OSM tags: an OSM id, or tags like OSM's."""
    if not isinstance(feature, Mapping):
        return False
    properties = feature.get("properties")
    if not isinstance(properties, Mapping):
        return False
    if isinstance(_tags(properties), Mapping) and _tags(properties) is not properties:
        return True
    named = any(
        isinstance(value, str) and re.match(r"(?:node|way|relation)/\d", value)
        for value in (feature.get("id"), properties.get("@id"), properties.get("id"))
    )
    if named:
        return True
    about_osm = {"osm_id", "osm_type", "@id", "osm_way_id"} & properties.keys()
    return bool(about_osm) and any(properties.get(kind) for kind in _KINDS)


def read_osm(
    data: Mapping[str, Any], where: str, options: ImportOptions
) -> tuple[Records, list[Skip]]:
    """Read the named features of a FeatureCollection, or one feature."""
    features = data.get("features") if "features" in data else [data]
    collector = Collector(
        options, where, namespace=NAMESPACE, source=SOURCE, licence=LICENCE
    )
    if not isinstance(features, list):
        raise collector.bad("features", features, "is not a list")

    def add(feature: Any) -> None:
        refuse_doubles(feature, collector.at)
        _add(collector, feature)

    named = [
        (f"feature {number}", feature)
        for number, feature in enumerate(features, 1)
        if not _is_unnamed(feature)
    ]
    records, skipped = collector.each(named, add)
    if unnamed := len(features) - len(named):
        reason = f"{unnamed:,} features have no name"
        skipped.append(Skip(where, reason, "unnamed", unnamed))
    return records, skipped


def _is_unnamed(feature: object) -> bool:
    tags = _tags(feature.get("properties")) if isinstance(feature, Mapping) else None
    return isinstance(tags, Mapping) and not tags.get("name")


def _tags(properties: object) -> object:
    """The tags: the properties themselves, or their ``tags``, as JSON maybe."""
    if not isinstance(properties, Mapping):
        return properties
    tags = properties.get("tags")
    if isinstance(tags, str) and tags.startswith("{"):
        try:
            tags = json.loads(tags)
        except (ValueError, RecursionError):
            return properties
    return tags if isinstance(tags, Mapping) else properties


def _add(to: Collector, feature: object) -> None:
    if not isinstance(feature, Mapping):
        raise to.bad("feature", feature, "is not an object")
    tags = _tags(feature.get("properties"))
    if not isinstance(tags, Mapping):
        raise to.bad("properties", tags, "is not an object")
    texts = {str(k): v.strip() for k, v in tags.items() if isinstance(v, str)}
    texts |= {
        str(k): str(v)
        for k, v in tags.items()
        if isinstance(v, int | float) and not isinstance(v, bool)
    }
    name = texts.get("name", "")
    if feature.get("geometry") is None:
        raise to.bad("geometry", None, "is missing")
    geometry = geometry_wkb(feature["geometry"], to.at)
    kind = next((k for k in _KINDS if texts.get(k) not in (None, "", "no")), None)
    landmark = to.landmark(
        name,
        _key(feature, name, geometry),
        aliases=[
            part
            for tag in _ALIASES
            for part in texts.get(tag, "").split(";")
            if part.strip()
        ],
        category=None if kind is None else _category(kind, texts[kind]),
        geometry=geometry,
    )
    for tag, variable in _FACTS.items():
        value = texts.get(tag, "")
        if tag in _METRES and _BARE_NUMBER.fullmatch(value):
            value += " m"  # the unit that OSM means where none is said
        to.fact(landmark, variable, value, measured=tag not in _WORDS)
    address = [texts[f"addr:{part}"] for part in _ADDRESS if texts.get(f"addr:{part}")]
    to.fact(landmark, "address", ", ".join(address), measured=False)
    if texts.get("description"):
        to.text(landmark, "description", texts["description"])


def _category(kind: str, value: str) -> str:
    """``aeroway=aerodrome`` is an aerodrome; ``building=yes`` a building."""
    return (kind if value == "yes" else value.split(";")[0]).replace("_", " ")


def _key(feature: Mapping[str, Any], name: str, geometry: bytes) -> str:
    """``way/123`` however the extract writes it; else the name and the place."""
    properties = feature.get("properties")
    inner = properties if isinstance(properties, Mapping) else {}
    kind = str(inner.get("osm_type") or inner.get("type") or "")
    for value in (
        inner.get("@id"),
        feature.get("id"),
        inner.get("id"),
        inner.get("osm_id"),
    ):
        text = str(value or "")
        if _OSM_ID.fullmatch(text):
            if text.isdecimal() and kind in ("node", "way", "relation"):
                return f"{kind}/{text}"
            return text
    import shapely

    centre = shapely.from_wkb(geometry).centroid
    return f"{name} {centre.x:.4f} {centre.y:.4f}"

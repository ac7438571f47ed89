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
from rsrag.packages import packaged_json
from rsrag.types import Skip

NAMESPACE = "osm"
SOURCE = "OpenStreetMap"
LICENCE = "ODbL-1.0"

_TAGS: dict[str, Any] = packaged_json("knowledge/importers/osm_tags.json")
"""``kinds`` say what a thing is, the most telling first; ``facts`` are variables by
tag; in ``metres`` are those without a unit; ``words`` are no numbers."""
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
    return bool(about_osm) and any(properties.get(kind) for kind in _TAGS["kinds"])


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
    unnamed = 0
    for number, feature in enumerate(features, 1):
        tags = (
            _tags(feature.get("properties")) if isinstance(feature, Mapping) else None
        )
        if isinstance(tags, Mapping) and not tags.get("name"):
            unnamed += 1
            continue
        with collector.attempt(f"feature {number}"):
            refuse_doubles(feature, collector.at)
            _add(collector, feature)
    if unnamed:
        reason = f"{unnamed:,} features have no name"
        collector.skipped.append(Skip(where, reason, "unnamed", unnamed))
    return collector.records(), collector.skipped


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
    kind = next(
        (k for k in _TAGS["kinds"] if texts.get(k) not in (None, "", "no")), None
    )
    landmark = to.landmark(
        name,
        _key(feature, name, geometry),
        aliases=[
            part
            for tag in _TAGS["aliases"]
            for part in texts.get(tag, "").split(";")
            if part.strip()
        ],
        category=None if kind is None else _category(kind, texts[kind]),
        geometry=geometry,
    )
    for tag, variable in _TAGS["facts"].items():
        value = texts.get(tag, "")
        if tag in _TAGS["metres"] and _BARE_NUMBER.fullmatch(value):
            value += " m"  # the unit that OSM means where none is said
        to.fact(landmark, variable, value, measured=tag not in _TAGS["words"])
    address = [
        texts[f"addr:{part}"] for part in _TAGS["address"] if texts.get(f"addr:{part}")
    ]
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
    ids = (inner.get("@id"), feature.get("id"), inner.get("id"), inner.get("osm_id"))
    for text in (str(value or "") for value in ids):
        if _OSM_ID.fullmatch(text):
            if text.isdecimal() and kind in ("node", "way", "relation"):
                return f"{kind}/{text}"
            return text
    import shapely

    centre = shapely.from_wkb(geometry).centroid
    return f"{name} {centre.x:.4f} {centre.y:.4f}"

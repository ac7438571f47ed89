"""Chips as STAC items."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rsrag.columns.outlines import read_outlines
from rsrag.indexing.exports.export_stac_item import item_facts, item_time
from rsrag.serve.guard.discretion import discreet_values, name_within, public_address

if TYPE_CHECKING:
    from rsrag.indexing.format.manifest import Manifest
    from rsrag.retrieval.chip_hit import ChipHit

STAC_VERSION = "1.1.0"
SCORE = "rsrag:score"
PROBABILITY = "rsrag:probability"
GEOJSON = "application/geo+json"
_COLUMNS = ("datetime", "nodata_share", "gsd_m", "sensor", "source_sha256", "crs")


def link(
    rel: str, href: str, kind: str = "application/json", **more: Any
) -> dict[str, Any]:
    """A link of STAC."""
    return {"rel": rel, "href": href, "type": kind, **more}


def stac_items(
    hits: "Sequence[ChipHit]", manifest: "Manifest", base: str
) -> list[dict[str, Any]]:
    """Items of chips of one index, without their scores.

    Args:
        base: address of the service, without a slash at its end.
    """
    import shapely

    shapes = shapely.to_geojson(read_outlines([hit.wkb for hit in hits]))
    return [
        _item(hit, shape, manifest, base)
        for hit, shape in zip(hits, shapes, strict=True)
    ]


def with_score(item: dict[str, Any], hit: "ChipHit") -> dict[str, Any]:
    """The item with how alike and how likely it is."""
    found = {SCORE: round(hit.score, 6)}
    if hit.probability is not None:
        found[PROBABILITY] = round(hit.probability, 4)
    return {**item, "properties": {**item["properties"], **found}}


def _item(
    hit: "ChipHit", shape: str | None, manifest: "Manifest", base: str
) -> dict[str, Any]:
    row: Mapping[str, Any] = dict.fromkeys(_NEEDED) | dict(hit.payload)
    row = {**row, "datetime": hit.datetime, "window": _window(hit)}
    extensions: set[str] = set()
    facts = item_facts(row, extensions)
    source = facts.pop("rsrag:source", None) or hit.source
    properties = {
        **item_time(row, manifest.created),
        **discreet_values(facts),
        "rsrag:source": name_within(source, manifest.imagery.sources),
    }
    if hit.place:
        properties["rsrag:place"] = hit.place
    place = f"{base}/collections/{manifest.name}"
    own = f"{place}/items/{hit.id}"
    item: dict[str, Any] = {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": sorted(extensions),
        "id": hit.id,
        "collection": manifest.name,
        "geometry": json.loads(shape) if shape else None,
        "properties": properties,
        "links": [
            link("self", own, GEOJSON),
            link("parent", place),
            link("collection", place),
            link("root", f"{base}/"),
        ],
        "assets": _assets(hit, own, source),
    }
    if shape and hit.bbox:
        item["bbox"] = list(hit.bbox)
    return item


_NEEDED = (*_COLUMNS, "properties", "placed_by", "dated_by", "bands", "window")


def _window(hit: "ChipHit") -> dict[str, int]:
    names = ("col_off", "row_off", "width", "height")
    return dict(zip(names, hit.window or (0, 0, 0, 0), strict=True))


def _assets(hit: "ChipHit", own: str, source: str) -> dict[str, Any]:
    assets: dict[str, Any] = {}
    if hit.window and hit.window.width and hit.window.height:
        assets["thumbnail"] = {
            "href": f"{own}/thumbnail",
            "type": "image/jpeg",
            "roles": ["thumbnail"],
        }
        assets["chip"] = {
            "href": f"{own}/chip.png",
            "type": "image/png",
            "title": "The chip as it was embedded",
            "roles": ["overview"],
        }
    if address := public_address(source):
        assets["source"] = {"href": address, "roles": ["data"]}
    return assets


def with_fields(
    item: dict[str, Any], include: Sequence[str], exclude: Sequence[str]
) -> dict[str, Any]:
    """The item with what the fields extension leaves of it.

    Fields to have are all that is left; else all is left but the fields not to have.
    """
    found: dict[str, Any] = {}
    for path in include:
        _copy(item, found, path.split("."))
    if not include:
        found = dict(item)
        for path in exclude:
            found = _without(found, path.split("."))
    return found


def _copy(item: Mapping[str, Any], out: dict[str, Any], path: list[str]) -> None:
    name, rest = path[0], path[1:]
    if name not in item:
        # Names of properties may be given without "properties." before them.
        if name in item.get("properties", {}) and not rest:
            _copy(item, out, ["properties", name])
        return
    if not rest or not isinstance(item[name], Mapping):
        out[name] = item[name]
        return
    inner = dict(out.get(name, {}))
    rest = [".".join(rest)] if ".".join(rest) in item[name] else rest
    _copy(item[name], inner, rest)
    out[name] = inner


def _without(item: Mapping[str, Any], path: list[str]) -> dict[str, Any]:
    name, rest = path[0], path[1:]
    if name not in item:
        return dict(item)
    if not rest or not isinstance(item[name], Mapping):
        return {key: value for key, value in item.items() if key != name}
    return {**item, name: _without(item[name], rest)}

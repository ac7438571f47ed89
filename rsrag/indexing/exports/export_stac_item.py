"""One chip as a STAC item, with the fields of the draft ``emb:`` extension."""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath, PureWindowsPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from rsrag.indexing.build.sidecar import rfc3339
from rsrag.indexing.exports.export_run import ExportSpec
from rsrag.indexing.format.chip_schema import BBOX_FIELDS, RULES, WINDOW_FIELDS

if TYPE_CHECKING:
    import pyarrow as pa

STAC_VERSION = "1.0.0"
"""The draft ``emb:`` schema refers to the core schemas of this version."""

EMB = "https://stac-extensions.github.io/embeddings/v0.0.1/schema.json"
EO = "https://stac-extensions.github.io/eo/v1.1.0/schema.json"
PROJ = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"
PARQUET = "application/vnd.apache.parquet"
UNDATED_SINCE = "1900-01-01T00:00:00Z"
"""A chip of unknown time was taken between this and the day it was indexed."""

_CODE = re.compile(r"[A-Z]{2,10}:\w{1,20}")
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def items(
    table: "pa.Table", spec: ExportSpec, root: str, data: str
) -> Iterator[dict[str, Any]]:
    """Items of the rows of a table of chips, without embeddings."""
    import shapely

    shapes = shapely.to_geojson(shapely.from_wkb(table["geometry"].to_numpy()))
    for row, shape in zip(table.to_pylist(), shapes, strict=True):
        yield _item(row, shape, spec, root, data)


def _item(
    row: Mapping[str, Any], shape: str | None, spec: ExportSpec, root: str, data: str
) -> dict[str, Any]:
    extensions: set[str] = set()
    properties = {
        **item_time(row, spec.manifest.created),
        **item_facts(row, extensions),
    }
    role = "data" if spec.embeddings else "metadata"
    asset = {
        "href": f"{root}/{data}",
        "type": PARQUET,
        "title": f"Row with id {row['id']}",
        "roles": [role],
    }
    if spec.embeddings:
        extensions.add(EMB)
        asset["data_type"] = spec.dtype
        properties["emb:runtime_parameters"] = {"encoder": spec.space.encoder.id}
        if spec.float16:
            properties["emb:quantization"] = {
                "method": "cast",
                "original_dtype": "float32",
                "quantized_dtype": "float16",
            }
    json_type = {"type": "application/json"}
    item: dict[str, Any] = {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": sorted(extensions),
        "id": row["id"],
        "collection": spec.manifest.name,
        "geometry": json.loads(shape) if shape else None,
        "properties": properties,
        "links": [
            {"rel": "root", "href": f"{root}/catalog.json", **json_type},
            {"rel": "parent", "href": f"{root}/collection.json", **json_type},
            {"rel": "collection", "href": f"{root}/collection.json", **json_type},
            {"rel": "emb:source-data", "href": source_href(row["source"])},
        ],
        "assets": {"embeddings" if spec.embeddings else "chips": asset},
    }
    if shape and row["bbox"]:
        item["bbox"] = [row["bbox"][name] for name in BBOX_FIELDS]
    return item


def item_time(row: Mapping[str, Any], created: str) -> dict[str, Any]:
    """Times of a chip; one of unknown time has the span up to its indexing."""
    if row["datetime"] is not None:
        return {"datetime": rfc3339(row["datetime"])}
    return {
        "datetime": None,
        "start_datetime": UNDATED_SINCE,
        "end_datetime": created,
    }


def item_facts(row: Mapping[str, Any], extensions: set[str]) -> dict[str, Any]:
    """What is known of the chip besides time and place; notes extensions used."""
    window = [row["window"][name] for name in WINDOW_FIELDS]
    facts: dict[str, Any] = {"rsrag:nodata_share": row["nodata_share"]}
    for name in RULES:
        if row[name]:
            facts[f"rsrag:{name}"] = row[name]
    if row["gsd_m"] is not None and row["gsd_m"] > 0:
        facts["gsd"] = row["gsd_m"]
    if row["sensor"]:
        facts["platform"] = row["sensor"]
    if row["source_sha256"]:
        facts["rsrag:source_sha256"] = row["source_sha256"]
    if row["crs"]:
        extensions.add(PROJ)
        code = bool(_CODE.fullmatch(row["crs"]))
        facts["proj:code" if code else "proj:wkt2"] = row["crs"]
    if window[2] and window[3]:
        facts["rsrag:window"] = window
        if row["crs"]:
            facts["proj:shape"] = [window[3], window[2]]
    said = json.loads(row["properties"]) if row["properties"] else {}
    for name in ("eo:cloud_cover", "cloud_cover"):
        cover = said.get(name)
        if _percentage(cover):
            extensions.add(EO)
            facts["eo:cloud_cover"] = cover
            break
    if said:
        facts["rsrag:properties"] = said
    return facts


def _percentage(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and 0 <= value <= 100


def source_href(source: str) -> str:
    """A source as a URI: URLs stay, absolute paths become ``file:``."""
    drive = PureWindowsPath(source).drive
    if _URI.match(source) and not drive:
        return source
    if source.startswith("/"):
        return "file://" + quote(source, safe="/!")
    if drive:
        return PureWindowsPath(source).as_uri()
    return quote(source, safe="/!") or "urn:rsrag:unknown"


def file_name(id_: str) -> str:
    """Name of an item's file; an id that is no good name is hashed."""
    if _FILE_NAME.fullmatch(id_):
        return f"{id_}.json"
    digest = hashlib.sha256(id_.encode("utf-8", "surrogatepass")).hexdigest()
    return f"x{digest[:32]}.json"


def source_title(source: str) -> str:
    """Last part of a source, for people."""
    return PurePath(source.replace("\\", "/")).name or source

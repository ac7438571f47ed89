"""A static STAC catalog of an index: catalog, collection, items, embeddings.

PATH/
catalog.json, collection.json, model.json
embeddings.parquet       GeoParquet; the asset of every item
items/ID.json            up to FILES_AT_MOST items, or, of more,
items.ndjson             one item a line
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from rsrag.durable import sync_file, write_atomically
from rsrag.indexing.build.sidecar import Extent
from rsrag.indexing.exports.export_parquet import chip_files, shaped
from rsrag.indexing.exports.export_run import ExportSpec
from rsrag.indexing.exports.export_stac_item import (
    EMB,
    PARQUET,
    STAC_VERSION,
    file_name,
    items,
    source_href,
    source_title,
)
from rsrag.indexing.format.chip_schema import EMBEDDING

if TYPE_CHECKING:
    import pyarrow as pa

FILES_AT_MOST = 10_000
"""Above so many items, one file with a line for each takes their place."""

ITEM_ASSETS = "https://stac-extensions.github.io/item-assets/v1.0.0/schema.json"
_JSON = {"type": "application/json"}
_GEOJSON = {"type": "application/geo+json"}


def write_stac(
    path: Path,
    tables: "Iterator[pa.Table]",
    spec: ExportSpec,
    files_at_most: int = FILES_AT_MOST,
) -> Mapping[str, Any]:
    """Write the catalog into a new folder; a few items get a file each."""
    path.mkdir()
    single = spec.chips <= files_at_most
    data = "embeddings.parquet" if spec.embeddings else "chips.parquet"
    rows = chip_files(path / data, spec)
    extent = Extent()
    undated = 0
    with closing(_Items(path, single)) as write:
        for table in tables:
            payload = table
            if EMBEDDING in table.column_names:
                payload = table.drop_columns([EMBEDDING])
            rows.write(shaped(table, spec))
            extent.add(payload)
            undated += payload["datetime"].null_count
            for item in items(payload, spec, ".." if single else ".", data):
                write.add(item)
    rows.close()
    _dump(path / "catalog.json", _catalog(spec))
    _dump(
        path / "collection.json", _collection(spec, extent, write.links, data, single)
    )
    _dump(path / "model.json", _model(spec))
    layout = "items/ID.json" if single else "items.ndjson"
    return {"items": layout, "undated": undated}


class _Items:
    """A file for each item, or a line."""

    def __init__(self, path: Path, single: bool) -> None:
        self.links: list[dict[str, Any]] = []
        self._folder = path / "items"
        self._lines: IO[str] | None = None
        if single:
            self._folder.mkdir()
        else:
            lines = path / "items.ndjson"
            self._lines = lines.open("w", encoding="utf-8", newline="\n")

    def add(self, item: Mapping[str, Any]) -> None:
        text = json.dumps(item, ensure_ascii=False) + "\n"
        if self._lines is not None:
            self._lines.write(text)
            return
        name = file_name(item["id"])
        (self._folder / name).write_text(text, encoding="utf-8")
        self.links.append({"rel": "item", "href": f"./items/{name}", **_GEOJSON})

    def close(self) -> None:
        if self._lines is not None:
            self._lines.close()
            sync_file(self._folder.with_suffix(".ndjson"))


def _dump(path: Path, data: Mapping[str, Any]) -> None:
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, text)


def _catalog(spec: ExportSpec) -> dict[str, Any]:
    manifest = spec.manifest
    return {
        "type": "Catalog",
        "stac_version": STAC_VERSION,
        "id": f"{manifest.name}-catalog",
        "title": f"rsrag index {manifest.name}",
        "description": f"Chips of the index {manifest.name}, generation "
        f"{manifest.generation}, and where their embeddings are.",
        "links": [
            {"rel": "root", "href": "./catalog.json", **_JSON},
            {"rel": "child", "href": "./collection.json", **_JSON},
        ],
    }


def _collection(
    spec: ExportSpec,
    extent: Extent,
    item_links: list[dict[str, Any]],
    data: str,
    single: bool,
) -> dict[str, Any]:
    manifest = spec.manifest
    box = extent.bbox or (-180.0, -90.0, 180.0, 90.0)
    asset = {"type": PARQUET, "roles": ["data"], "title": "Chips of the collection"}
    key = "embeddings" if spec.embeddings else "chips"
    assets: dict[str, Any] = {key: {"href": f"./{data}", **asset}}
    if not single:
        assets["items"] = {
            "href": "./items.ndjson",
            "type": "application/x-ndjson",
            "title": "STAC items, one a line",
            "roles": ["stac-items"],
        }
    sources = [
        {
            "rel": "emb:source-data",
            "href": source_href(source),
            "title": source_title(source),
        }
        for source in manifest.imagery.sources or ("",)
    ]
    collection: dict[str, Any] = {
        "type": "Collection",
        "stac_version": STAC_VERSION,
        "stac_extensions": [ITEM_ASSETS],
        "id": manifest.name,
        "title": f"rsrag index {manifest.name}",
        "description": f"{spec.chips:,} chips embedded with {spec.space.encoder.id}.",
        "license": "other",
        "extent": {
            "spatial": {"bbox": [list(box)]},
            "temporal": {"interval": [list(extent.time or (None, None))]},
        },
        "links": [
            {"rel": "root", "href": "./catalog.json", **_JSON},
            {"rel": "parent", "href": "./catalog.json", **_JSON},
            {"rel": "emb:model", "href": "./model.json", **_JSON},
            *sources,
            *item_links,
        ],
        "assets": assets,
        "item_assets": {key: asset},
    }
    if spec.embeddings:
        collection["stac_extensions"].append(EMB)
        collection |= {
            "emb:type": "chip",
            "emb:dimensions": spec.space.encoder.dim,
            "data_type": spec.dtype,
            "emb:chip_layout": _chip_layout(manifest.imagery.options),
            "emb:fit_for_use": ["retrieval"],
        }
    return collection


def _chip_layout(imagery: Mapping[str, Any]) -> dict[str, Any]:
    """A grid of equal pixels if the index was cut so, else a variable one."""
    size, stride = imagery.get("chip_size"), imagery.get("stride")
    sides = [_pixels(value) for value in (size, stride or size)]
    if sides[0] is None or sides[1] is None:
        return {"layout_type": "variable_grid"}
    return {
        "layout_type": "regular_grid",
        "chip_size": [sides[0]] * 2,
        "stride": [sides[1]] * 2,
    }


def _pixels(size: str | None) -> int | None:
    digits = (size or "").removesuffix("px")
    return int(digits) if digits.isdecimal() and int(digits) else None


def _model(spec: ExportSpec) -> dict[str, Any]:
    encoder = spec.space.encoder
    return {
        "id": encoder.id,
        "weights_sha256": encoder.weights_sha256,
        "preprocessing": encoder.preprocessing,
        "dimensions": encoder.dim,
        "normalised": True,
        "loaded_as": dict(spec.space.encoder_source),
    }

"""Points for Qdrant: as files to upload, or straight to a server.

The payload is plain JSON that any client of Qdrant understands. To serve an index
to rsrag itself from a server, rebuild it with the store ``qdrant`` instead.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.durable import sync_file
from rsrag.geo import bbox_centre
from rsrag.indexing.build.sidecar import rfc3339
from rsrag.indexing.exports.export_arrays import VectorFile, need_vectors
from rsrag.indexing.exports.export_run import ExportSpec
from rsrag.indexing.format.chip_schema import (
    BBOX_FIELDS,
    RULES,
    WINDOW_FIELDS,
    split_embeddings,
)
from rsrag.stores.qdrant.qdrant_payload import point_id
from rsrag.types import BBox

if TYPE_CHECKING:
    import pyarrow as pa
    from qdrant_client import QdrantClient

BATCH = 256
"""Points a request."""

_NO_POINT = "A point of Qdrant needs its vector; --no-embeddings leaves none."

INDEXED = {
    "sensor": "keyword",
    "datetime": "datetime",
    "gsd_m": "float",
    "location": "geo",
}
"""Payload keys worth an index, and of which kind."""


def write_points(
    path: Path, tables: "Iterator[pa.Table]", spec: ExportSpec
) -> Mapping[str, Any]:
    """Write ``points.jsonl``, ``vectors.npy`` and ``collection.json``.

    Line i of the one is the point whose vector is row i of the other;
    ``collection.json`` is the body that makes the collection.

    Raises:
        ConfigError: a point of Qdrant needs its vector.
    """
    need_vectors(spec, _NO_POINT)
    path.mkdir()
    with (
        closing(VectorFile(path / "vectors.npy", spec)) as vectors,
        (path / "points.jsonl").open("w", encoding="utf-8", newline="\n") as lines,
    ):
        for table in tables:
            columns, rows = split_embeddings(table)
            vectors.write(rows)
            for id_, payload in points(columns):
                point = {"id": id_, "payload": payload}
                lines.write(json.dumps(point, ensure_ascii=False) + "\n")
    sync_file(path / "points.jsonl")
    body = {"vectors": {"size": spec.space.encoder.dim, "distance": "Cosine"}}
    (path / "collection.json").write_text(json.dumps(body, indent=2) + "\n")
    return {"payload_indexes": dict(INDEXED)}


def uploader(
    url: str,
    collection: str,
    api_key: str | None = None,
    client: "QdrantClient | None" = None,
) -> Callable[[Path, "Iterator[pa.Table]", ExportSpec], Mapping[str, Any]]:
    """A writer that makes a collection on a server in place of files.

    Args:
        url: of the server.
        collection: its name; it must not be there yet.
        api_key: if the server asks for one.
        client: used in place of a new one.

    Returns:
        A function that raises ``StoreError`` if the server refuses or does not
        answer; the collection is removed again when that happens half way.
    """

    def write(
        path: Path, tables: "Iterator[pa.Table]", spec: ExportSpec
    ) -> Mapping[str, Any]:
        from qdrant_client import models

        from rsrag.stores.qdrant.qdrant_connection import make_collection

        need_vectors(spec, _NO_POINT)
        dims = {"": spec.space.encoder.dim}
        server = make_collection(url, collection, dims, api_key, client)
        try:
            for key, kind in INDEXED.items():
                server.call("create_payload_index", collection, key, kind)
            for table in tables:
                columns, rows = split_embeddings(table)
                batch = [
                    models.PointStruct(id=id_, payload=payload, vector=row.tolist())
                    for (id_, payload), row in zip(points(columns), rows, strict=True)
                ]
                for start in range(0, len(batch), BATCH):
                    server.call("upsert", collection, batch[start : start + BATCH])
        except BaseException:
            server.call("delete_collection", collection)
            raise
        finally:
            server.close()
        return {"collection": collection}

    return write


def points(table: "pa.Table") -> "Iterator[tuple[str, dict[str, Any]]]":
    """Id and payload of each point, from the payload columns of chips."""
    import shapely

    shapes = shapely.to_geojson(shapely.from_wkb(table["geometry"].to_numpy()))
    for row, shape in zip(table.to_pylist(), shapes, strict=True):
        box = row["bbox"]
        payload: dict[str, Any] = {
            "id": row["id"],
            "source": row["source"],
            "window": [row["window"][name] for name in WINDOW_FIELDS],
            "datetime": rfc3339(row["datetime"]) if row["datetime"] else None,
            "gsd_m": row["gsd_m"],
            "sensor": row["sensor"],
            "crs": row["crs"],
            "nodata_share": row["nodata_share"],
            **{name: row[name] for name in (*RULES, "contrast")},
            "properties": json.loads(row["properties"]) if row["properties"] else {},
        }
        if shape is not None and box is not None:
            corners = [box[name] for name in BBOX_FIELDS]
            lon, lat = bbox_centre(BBox(*corners))
            payload["bbox"] = corners
            payload["location"] = {"lon": lon, "lat": lat}
            payload["geometry"] = json.loads(shape)
        yield (point_id(row["id"]), {k: v for k, v in payload.items() if v is not None})

"""Hits as a GeoParquet 1.1 file: one row a hit, best first, without embeddings."""

import json
from collections.abc import Sequence
from typing import Any

from rsrag.indexing.format.chip_schema import (
    BBOX_FIELDS,
    RULES,
    WINDOW_FIELDS,
    geo_metadata,
)
from rsrag.rendering.hits import hit_fields as fields
from rsrag.retrieval.chip_hit import ChipHit


def hits_geoparquet(hits: Sequence[ChipHit], rows: Sequence[dict[str, Any]]) -> bytes:
    """The file as bytes.

    Args:
        hits: best first; their WKB is kept to the byte.
        rows: the same hits as ``hit_formats.hit_mapping`` has them.

    Returns:
        Parquet with the columns of an index's part, less the embedding, and
        ``rank``, ``score`` and ``place``.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "rank": pa.array([row["rank"] for row in rows], pa.int32()),
        "id": pa.array([row["id"] for row in rows], pa.string()),
        "score": pa.array([float(hit.score) for hit in hits], pa.float64()),
        "place": pa.array([row["place"] for row in rows], pa.string()),
        "geometry": pa.array([hit.wkb for hit in hits], pa.binary()),
        "bbox": _structs([row["bbox"] for row in rows], BBOX_FIELDS, pa.float64()),
        "source": pa.array([_utf8(row["source"]) for row in rows], pa.string()),
        "window": _structs([row["window"] for row in rows], WINDOW_FIELDS, pa.int32()),
        "datetime": pa.array(
            [hit.datetime for hit in hits], pa.timestamp("us", tz="UTC")
        ),
        "gsd_m": pa.array([row["gsd_m"] for row in rows], pa.float64()),
        "sensor": pa.array([row["sensor"] for row in rows], pa.string()),
        "crs": pa.array([row["crs"] for row in rows], pa.string()),
        "nodata_share": pa.array([row["nodata_share"] for row in rows], pa.float64()),
        **{name: pa.array([r[name] for r in rows], pa.string()) for name in RULES},
        "properties": pa.array(
            [
                json.dumps(row["properties"]) if row["properties"] else None
                for row in rows
            ],
            pa.string(),
        ),
    }
    if rows and "query" in rows[0]:
        queries = pa.array([row["query"] for row in rows], pa.string())
        columns = {"query": queries, **columns}
    types = {row["geometry"]["type"] for row in rows if row["geometry"]}
    geo = geo_metadata(sorted(types), fields.bounds([hit.bbox for hit in hits]))
    table = pa.table(columns).replace_schema_metadata({"geo": json.dumps(geo)})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())


def _structs(
    values: Sequence[Sequence[float] | None], names: tuple[str, ...], kind: Any
) -> Any:
    """A column of structs from sequences of numbers, null where there is none."""
    import pyarrow as pa

    rows = [v if v is None else dict(zip(names, v, strict=True)) for v in values]
    return pa.array(rows, pa.struct([(name, kind) for name in names]))


def _utf8(text: str) -> str:
    """A path that is no Unicode, with its stray bytes escaped: Parquet takes UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()

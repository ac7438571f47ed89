"""The columns of an index's parts, in Arrow and in GeoParquet 1.1 words.

The format is described for readers in ``docs/index-format.md``; a test holds
that page to this file.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rsrag.types import ChipRecord, Vectors

if TYPE_CHECKING:
    import pyarrow as pa

EMBEDDING = "embedding"

BBOX_FIELDS = ("xmin", "ymin", "xmax", "ymax")
WINDOW_FIELDS = ("col_off", "row_off", "width", "height")


RULES = ("placed_by", "dated_by", "bands")
"""Columns that say who placed and dated a scene, and which bands are its colours."""


UNIFORM = 0.5
"""Grey levels of contrast below which a chip is one colour all over, or nearly so."""


def chip_schema(dim: int | None = None) -> "pa.Schema":
    """Columns of a chip.

    Args:
        dim: with it, the embedding column is included, as float32 lists of
            that length; without, this is the payload that a store keeps.
    """
    import pyarrow as pa

    fields = [
        pa.field("id", pa.string(), nullable=False),
        pa.field("geometry", pa.binary()),
        pa.field("bbox", pa.struct([(name, pa.float64()) for name in BBOX_FIELDS])),
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_sha256", pa.string(), nullable=False),
        pa.field(
            "window",
            pa.struct([(name, pa.int32()) for name in WINDOW_FIELDS]),
            nullable=False,
        ),
        pa.field("datetime", pa.timestamp("us", tz="UTC")),
        pa.field("gsd_m", pa.float64()),
        pa.field("sensor", pa.string()),
        pa.field("crs", pa.string()),
        pa.field("nodata_share", pa.float32(), nullable=False),
        pa.field("properties", pa.string()),
        *(pa.field(name, pa.string()) for name in RULES),
        pa.field("contrast", pa.float32()),
    ]
    if dim is not None:
        fields.append(embedding_field(dim))
    return pa.schema(fields)


def embedding_field(dim: int, kind: "pa.DataType | None" = None) -> "pa.Field":
    """The column of the embeddings: float32 lists of length ``dim``, never null."""
    import pyarrow as pa

    return pa.field(EMBEDDING, pa.list_(kind or pa.float32(), dim), nullable=False)


def chip_table(records: Sequence[ChipRecord], vectors: Vectors) -> "pa.Table":
    """Records and their embeddings, row i with row i, as one Arrow table.

    Args:
        records: ``n`` of them.
        vectors: ``(n, dim)`` float32.
    """
    import pyarrow as pa

    columns: dict[str, list[Any]] = {
        "id": [r.id for r in records],
        "geometry": [r.footprint for r in records],
        "bbox": [
            dict(zip(BBOX_FIELDS, r.bbox, strict=True)) if r.bbox else None
            for r in records
        ],
        "source": [r.source for r in records],
        "source_sha256": [r.source_sha256 for r in records],
        "window": [r.window._asdict() for r in records],
        "datetime": [r.datetime for r in records],
        "gsd_m": [r.gsd_m for r in records],
        "sensor": [r.sensor for r in records],
        "crs": [r.crs for r in records],
        "nodata_share": [r.nodata_share for r in records],
        "properties": [
            json.dumps(dict(r.properties), ensure_ascii=False) if r.properties else None
            for r in records
        ],
        **{name: [getattr(r, name) for r in records] for name in RULES},
        "contrast": [r.contrast for r in records],
    }
    return with_embeddings(pa.table(columns, schema=chip_schema()), vectors)


def with_embeddings(payload: "pa.Table", vectors: Vectors) -> "pa.Table":
    """Payload columns and ``(n, dim)`` embeddings, row i with row i, of their dtype."""
    import pyarrow as pa

    dim, flat = vectors.shape[1], pa.array(vectors.ravel())
    lists = pa.FixedSizeListArray.from_arrays(flat, dim)
    return payload.append_column(embedding_field(dim, flat.type), lists)


def split_embeddings(table: "pa.Table") -> "tuple[pa.Table, Vectors]":
    """A table of chips as its payload columns and its ``(n, dim)`` embeddings."""
    import numpy as np

    column = table[EMBEDDING].combine_chunks()
    dim = column.type.list_size
    flat = column.flatten().to_numpy(zero_copy_only=False)
    vectors = np.ascontiguousarray(flat.reshape(-1, dim), dtype=np.float32)
    return table.drop_columns([EMBEDDING]), vectors


def geo_metadata(
    geometry_types: Sequence[str], bounds: Sequence[float] | None
) -> dict[str, Any]:
    """The ``geo`` entry of a GeoParquet 1.1 footer for these columns.

    The CRS is left out, which the specification reads as OGC:CRS84.

    Args:
        geometry_types: of the geometry column, ``[]`` when not known.
        bounds: west, south, east, north of the file, if any row has a place.
    """
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(geometry_types),
        "orientation": "counterclockwise",
        "edges": "planar",
        "covering": {"bbox": {name: ["bbox", name] for name in BBOX_FIELDS}},
    }
    if bounds is not None:
        column["bbox"] = [float(value) for value in bounds]
    return {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": column},
    }

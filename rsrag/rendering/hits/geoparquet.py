"""Hits and chips as GeoParquet and as a GeoDataFrame."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rsrag.columns.outlines import read_outlines
from rsrag.indexing.format.chip_schema import (
    BBOX_FIELDS,
    RULES,
    WINDOW_FIELDS,
    chip_schema,
    geo_metadata,
)
from rsrag.rendering.hits import hit_table as fields
from rsrag.retrieval.chip_hit import ChipHit

if TYPE_CHECKING:
    import geopandas
    import pyarrow as pa


def hits_geoparquet(
    hits: Sequence[ChipHit],
    rows: Sequence[dict[str, Any]],
    about: Mapping[str, str] | None = None,
) -> bytes:
    """The file as bytes.

    Args:
        hits: best first; their WKB is kept to the byte.
        rows: the same hits as ``hit_formats.hit_mapping`` has them.
        about: what they came from, kept in the footer as ``rsrag``.

    Returns:
        Parquet with the columns of an index's part, less the embedding, and
        ``rank``, ``score``, ``probability`` and ``place``.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "rank": pa.array([row["rank"] for row in rows], pa.int32()),
        "id": pa.array([row["id"] for row in rows], pa.string()),
        "score": pa.array([float(hit.score) for hit in hits], pa.float64()),
        "probability": pa.array([row["probability"] for row in rows], pa.float64()),
        "place": pa.array([row["place"] for row in rows], pa.string()),
        "geometry": pa.array([hit.wkb for hit in hits], pa.binary()),
        "bbox": _structs([row["bbox"] for row in rows], BBOX_FIELDS, pa.float64()),
        "source": pa.array([utf8(row["source"]) for row in rows], pa.string()),
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
    kept = {"geo": json.dumps(geo)} | ({"rsrag": json.dumps(about)} if about else {})
    table = pa.table(columns).replace_schema_metadata(kept)
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


def utf8(text: str) -> str:
    """A path that is no Unicode, with its stray bytes escaped: Parquet takes UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


CRS = "EPSG:4326"


def hits_frame(hits: Sequence[ChipHit]) -> "geopandas.GeoDataFrame":
    """A row for each hit, best first; ``rank`` from 1."""
    from geopandas import GeoDataFrame
    from pandas import DataFrame, to_datetime

    words = ("source", "sensor", "place", "crs", *RULES)
    names = (*words, "gsd_m", "nodata_share", "properties")
    columns: dict[str, list[Any]] = {
        "rank": list(range(1, len(hits) + 1)),
        "id": [hit.id for hit in hits],
        "score": [float(hit.score) for hit in hits],
        "probability": [hit.probability for hit in hits],
        **{name: [getattr(hit, name) for hit in hits] for name in names},
        "source": [utf8(hit.source) for hit in hits],
    }
    for at, name in enumerate(WINDOW_FIELDS):
        columns[name] = [hit.window and hit.window[at] for hit in hits]
    frame = DataFrame(columns)
    frame["datetime"] = to_datetime([hit.datetime for hit in hits], utc=True)
    return GeoDataFrame(frame, geometry=[hit.footprint for hit in hits], crs=CRS)


def chips_frame(tables: "Iterable[pa.Table]") -> "geopandas.GeoDataFrame":
    """A row for each row of tables of chips, without embeddings."""
    import pyarrow as pa
    from geopandas import GeoDataFrame

    schema = chip_schema()
    table = pa.concat_tables(
        [schema.empty_table(), *(table.select(schema.names) for table in tables)],
        promote_options="permissive",
    )
    outlines = read_outlines(table["geometry"].to_pylist())
    windows = table["window"].combine_chunks()
    frame = table.drop_columns(["geometry", "bbox", "window"]).to_pandas()
    for name in WINDOW_FIELDS:
        frame[name] = windows.field(name).to_numpy(zero_copy_only=False)
    frame["properties"] = [
        json.loads(text) if text else {} for text in table["properties"].to_pylist()
    ]
    return GeoDataFrame(frame, geometry=outlines, crs=CRS)

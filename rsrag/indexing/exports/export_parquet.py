"""GeoParquet 1.1 for DuckDB, geopandas and QGIS: one file, or a folder of files."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rsrag.indexing.build.part_files import PART_NAME, PartFiles
from rsrag.indexing.exports.export_run import ExportSpec
from rsrag.indexing.format.chip_schema import (
    EMBEDDING,
    split_embeddings,
    with_embeddings,
)
from rsrag.indexing.format.parts import CHIPS, PartLayout

if TYPE_CHECKING:
    import pyarrow as pa

SUFFIXES = (".parquet", ".geoparquet", ".gpq")
"""A path that ends so becomes one file; any other becomes a folder."""

GROUP_BYTES = 32 * 2**20
MAX_GROUP_ROWS = 65_536
MIN_GROUP_ROWS = 1_024

FILE_ROWS = 1_000_000
"""Rows of a file in a folder: some 2 GB at dim 512."""


def write_geoparquet(
    path: Path, tables: "Iterator[pa.Table]", spec: ExportSpec
) -> Mapping[str, Any]:
    """Write chips as GeoParquet.

    A path that ends like a file becomes one, any other a folder of files.
    """
    if path.name.lower().endswith(SUFFIXES):
        files = chip_files(path, spec)
    else:
        files = chip_files(path / PART_NAME(0), spec, FILE_ROWS)
    for table in tables:
        files.write(shaped(table, spec))
    files.close()
    return {"row_group_rows": group_rows(spec)}


def group_rows(spec: ExportSpec) -> int:
    """Rows of a row group: 32 MB of embeddings, within bounds."""
    if not spec.embeddings:
        return MAX_GROUP_ROWS
    width = spec.space.encoder.dim * (2 if spec.float16 else 4)
    return max(MIN_GROUP_ROWS, min(MAX_GROUP_ROWS, GROUP_BYTES // width))


def chip_files(
    path: Path,
    spec: ExportSpec,
    file_rows: float | None = None,
    embeddings: bool = True,
) -> PartFiles:
    """A writer of one file of chips, or of several.

    Args:
        path: of the file, or of the first of several.
        spec: what is wanted.
        file_rows: of each file; without, there is one.
        embeddings: whether the tables have that column.
    """
    rows = group_rows(spec)
    return PartFiles(
        path.parent,
        spec.space.encoder,
        _layout(spec, rows, embeddings and spec.embeddings),
        name=PART_NAME if file_rows else lambda _: path.name,
        group_rows=rows,
        part_rows=file_rows or math.inf,
    )


def shaped(table: "pa.Table", spec: ExportSpec) -> "pa.Table":
    """The table with its embeddings, if it has any, in the precision that is wanted."""
    if not (spec.float16 and EMBEDDING in table.column_names):
        return table
    payload, vectors = split_embeddings(table)
    return with_embeddings(payload, vectors.astype(np.float16))


def _layout(spec: ExportSpec, rows: int, embeddings: bool) -> PartLayout:
    """The columns as in a part, and a footer that says whence they came."""
    entries = {}
    if embeddings:
        encoder = spec.space.encoder
        entries["emb"] = json.dumps(
            {
                "version": "0.0.1",
                "model": {
                    "id": encoder.id,
                    "source": f"urn:sha256:{encoder.weights_sha256}",
                    "config": encoder.preprocessing,
                },
                "datetime": {"datetime": None, **_span(spec)},
                "source_datasets": [
                    {"id": Path(source).name or source, "source": source}
                    for source in spec.manifest.imagery.sources
                ],
                "embedding": {
                    "embeddings_dim": encoder.dim,
                    "embeddings_quantization": spec.dtype if spec.float16 else "none",
                },
            },
            ensure_ascii=False,
        )
    return PartLayout(
        kind=CHIPS.kind,
        dictionary=CHIPS.dictionary,
        statistics=CHIPS.statistics,
        footer={**CHIPS.footer, "export": spec.provenance()},
        group_rows=rows,
        entries=entries,
    )


def _span(spec: ExportSpec) -> dict[str, str]:
    time = spec.manifest.imagery.time
    return {"start_datetime": time[0], "end_datetime": time[1]} if time else {}

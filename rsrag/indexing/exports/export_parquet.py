"""GeoParquet 1.1 for DuckDB, geopandas and QGIS: one file, or a folder of files."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rsrag.indexing.exports.export_run import ExportSpec
from rsrag.indexing.format.chip_schema import EMBEDDING, split_embeddings
from rsrag.indexing.format.parts import CHIPS, PartLayout, PartWriter

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

    Args:
        path: a file, if it ends like one, else a folder of ``part-00000.parquet``.
        tables: chips.
        spec: what is wanted.
    """
    if path.name.lower().endswith(SUFFIXES):
        writer = ChipFiles(path, spec)
    else:
        path.mkdir()
        writer = ChipFiles(path / "part-{:05d}.parquet", spec, FILE_ROWS)
    for table in tables:
        writer.write(table)
    writer.close()
    return {"row_group_rows": group_rows(spec)}


def group_rows(spec: ExportSpec) -> int:
    """Rows of a row group: 32 MB of embeddings, within bounds."""
    if not spec.embeddings:
        return MAX_GROUP_ROWS
    width = spec.space.encoder.dim * (2 if spec.float16 else 4)
    return max(MIN_GROUP_ROWS, min(MAX_GROUP_ROWS, GROUP_BYTES // width))


class ChipFiles:
    """Gathers chips into row groups, and row groups into files.

    Args:
        path: of the file; with ``file_rows``, a pattern for its number.
        spec: what is wanted.
        file_rows: a file that has so many is closed, and the next one begun.
        embeddings: write the column if the tables have it.
    """

    def __init__(
        self,
        path: Path,
        spec: ExportSpec,
        file_rows: int | None = None,
        embeddings: bool = True,
    ) -> None:
        self._path, self._spec, self._file_rows = path, spec, file_rows
        self._embeddings = embeddings and spec.embeddings
        self._group_rows = group_rows(spec)
        self._layout = _layout(spec, self._group_rows, self._embeddings)
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self._writer: PartWriter | None = None
        self._closed = 0

    def write(self, table: "pa.Table") -> None:
        """Take in the rows of a table of chips."""
        if EMBEDDING in table.column_names:
            if not self._embeddings:
                table = table.drop_columns([EMBEDDING])
            elif self._spec.float16:
                table = halved(table)
        self._waiting.append(table)
        self._rows += len(table)
        while self._rows >= self._group_rows:
            self._write_group(self._group_rows)

    def close(self) -> None:
        """Write what waits, and finish the last file."""
        if self._rows:
            self._write_group(self._rows)
        self._close_file()

    def _write_group(self, rows: int) -> None:
        import pyarrow as pa

        all_rows = pa.concat_tables(self._waiting)
        rest = all_rows.slice(rows)
        self._waiting, self._rows = ([rest] if len(rest) else []), len(rest)
        if self._writer is None:
            path = self._path
            if self._file_rows is not None:
                path = path.with_name(path.name.format(self._closed))
            encoder = self._spec.space.encoder
            self._writer = PartWriter(path, encoder, self._layout)
        self._writer.write(all_rows.slice(0, rows).combine_chunks())
        if self._file_rows is not None and self._writer.rows >= self._file_rows:
            self._close_file()

    def _close_file(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._closed += 1


def halved(table: "pa.Table") -> "pa.Table":
    """The table with its embeddings as float16."""
    import pyarrow as pa

    payload, vectors = split_embeddings(table)
    column = pa.FixedSizeListArray.from_arrays(
        pa.array(vectors.astype(np.float16).ravel()), vectors.shape[1]
    )
    kind = pa.list_(pa.float16(), vectors.shape[1])
    return payload.append_column(pa.field(EMBEDDING, kind, nullable=False), column)


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

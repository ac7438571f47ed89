"""Plain arrays: ``vectors.npy``, ``ids.txt`` and ``payload.parquet``, row by row."""

import struct
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rsrag.durable import sync_file
from rsrag.errors import ConfigError
from rsrag.indexing.exports.export_parquet import chip_files
from rsrag.indexing.exports.export_run import ExportSpec
from rsrag.indexing.format.chip_schema import split_embeddings
from rsrag.types import Vectors

if TYPE_CHECKING:
    import pyarrow as pa

_HEADER = 128


def write_arrays(
    path: Path, tables: "Iterator[pa.Table]", spec: ExportSpec
) -> Mapping[str, Any]:
    """Write a folder of three files; row i of each is the same chip.

    Raises:
        ConfigError: without embeddings there is no array to write.
    """
    need_vectors(
        spec, "--format npy is the embeddings; --no-embeddings leaves nothing of it."
    )
    path.mkdir()
    payload = chip_files(path / "payload.parquet", spec, embeddings=False)
    with (
        closing(VectorFile(path / "vectors.npy", spec)) as vectors,
        (path / "ids.txt").open("w", encoding="utf-8", newline="\n") as ids,
    ):
        for table in tables:
            columns, rows = split_embeddings(table)
            vectors.write(rows)
            payload.write(columns)
            ids.writelines(f"{id_}\n" for id_ in columns["id"].to_pylist())
    sync_file(path / "ids.txt")
    payload.close()
    return {}


def need_vectors(spec: ExportSpec, why: str) -> None:
    """Refuse an export without embeddings.

    Raises:
        ConfigError: with what to type instead.
    """
    if not spec.embeddings:
        raise ConfigError(why, hint="--format geoparquet --no-embeddings")


class VectorFile:
    """An ``.npy`` file of ``(chips, dim)``, written row by row."""

    def __init__(self, path: Path, spec: ExportSpec) -> None:
        self._path = path
        self._dtype = np.dtype(spec.dtype).newbyteorder("<")
        shape = (spec.chips, spec.space.encoder.dim)
        self._file = path.open("wb")
        self._file.write(npy_header(self._dtype, shape))

    def write(self, rows: Vectors) -> None:
        """Append rows."""
        self._file.write(np.ascontiguousarray(rows, dtype=self._dtype).data)

    def close(self) -> None:
        """Close and sync it."""
        self._file.close()
        sync_file(self._path)


def npy_header(dtype: np.dtype[Any], shape: tuple[int, int]) -> bytes:
    """The first 128 bytes of an ``.npy`` file, version 1.0."""
    words = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': {shape}, }}"
    room = _HEADER - 10
    text = words.ljust(room - 1) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", room) + text.encode("latin-1")

"""Files of embeddings made elsewhere: Parquet, ``.npy`` with ids, ``.npz``."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import IndexingError, SourceNotFoundError
from rsrag.indexing.imports.import_raster import CellChoice, RasterTable
from rsrag.indexing.imports.import_table import ROWS, ForeignTable, ParquetTable

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET = (".parquet", ".geoparquet", ".gpq", ".pq")

EMBEDDING = "embedding"
"""Name under which the rows of an ``.npy`` file stand."""


class ArrayTable:
    """Arrays of one length, and a Parquet file beside them, as columns.

    Args:
        path: for messages.
        arrays: by the name of the column that they become.
        payload: further columns of the same rows.
    """

    def __init__(
        self,
        path: Path,
        arrays: Mapping[str, NDArray[Any]],
        payload: ParquetTable | None = None,
    ) -> None:
        import pyarrow as pa

        self.path = path
        lengths = {name: len(array) for name, array in arrays.items()}
        if payload is not None:
            lengths[payload.path.name] = payload.rows
        if len(set(lengths.values())) > 1:
            text = ", ".join(f"{name} {n:,}" for name, n in lengths.items())
            raise IndexingError(
                f"{path}: the rows do not agree: {text}.",
                hint="every array needs one entry a vector",
            )
        self._arrays, self._payload = arrays, payload
        columns = {
            name: self._column(name, array[:1]) for name, array in arrays.items()
        }
        fields = [pa.field(name, column.type) for name, column in columns.items()]
        if payload is not None:
            fields += [f for f in payload.schema if f.name not in arrays]
        self.schema: pa.Schema = pa.schema(fields)
        self.footer: Mapping[bytes, bytes] = payload.footer if payload else {}

    def read(self, columns: Sequence[str]) -> "Iterator[pa.Table]":
        """See :class:`ForeignTable`."""
        import pyarrow as pa

        own = [name for name in columns if name in self._arrays]
        others = [name for name in columns if name not in self._arrays]
        if self._payload is not None and others:
            start = 0
            for table in self._payload.read(others):
                for name in own:
                    rows = self._arrays[name][start : start + len(table)]
                    table = table.append_column(name, self._column(name, rows))
                start += len(table)
                yield table
            return
        for start in range(0, len(next(iter(self._arrays.values()))), ROWS):
            part = slice(start, start + ROWS)
            yield pa.table({n: self._column(n, self._arrays[n][part]) for n in own})

    def _column(self, name: str, array: NDArray[Any]) -> "pa.Array":
        import pyarrow as pa

        try:
            if array.ndim == 2:
                flat = pa.array(np.ascontiguousarray(array).ravel())
                return pa.FixedSizeListArray.from_arrays(flat, array.shape[1])
            if array.dtype.kind == "M":
                array = array.astype("datetime64[us]")
            return pa.array(array.tolist() if array.dtype.kind == "U" else array)
        except (pa.ArrowException, ValueError, TypeError) as exc:
            raise IndexingError(
                f"{self.path}, array {name} ({array.dtype}, {array.ndim} dimensions): "
                f"{exc}",
                hint="vectors are (n, dim), all other arrays (n,) numbers or strings",
            ) from exc


def open_npy(path: Path) -> ArrayTable:
    """The rows of an ``.npy`` file, with what lies beside it.

    Beside ``X.npy``: ``X.ids.txt``, one id a line, and ``X.payload.parquet``; beside
    ``vectors.npy`` also plain ``ids.txt`` and ``payload.parquet``, as an export
    writes them.

    Raises:
        IndexingError: no array of ``(n, dim)``, pickled objects, or lengths that
            differ.
    """
    try:
        array = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except (OSError, ValueError, EOFError) as exc:
        raise _not_numpy(path, exc) from exc
    if array.ndim != 2:
        raise IndexingError(
            f"{path} has shape {array.shape}; vectors are (n, dim).",
            hint="numpy.load it, reshape it, and save it again",
        )
    arrays = {EMBEDDING: array}
    names = [path.with_suffix(".ids.txt")]
    payload = path.with_suffix(".payload.parquet")
    if path.name == "vectors.npy":
        names.append(path.with_name("ids.txt"))
        if not payload.is_file():
            payload = path.with_name("payload.parquet")
    for name in names:
        if name.is_file():
            arrays["id"] = _read_ids(name)
            break
    table = ParquetTable(payload) if payload.is_file() else None
    return ArrayTable(path, arrays, table)


def _read_ids(path: Path) -> NDArray[Any]:
    try:
        # Not splitlines: a form feed in an id is no end of a line.
        text = path.read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise IndexingError(f"{path} cannot be read: {exc}") from exc
    return np.array(text.split("\n") if text else [], dtype=np.str_)


def open_npz(path: Path) -> ArrayTable:
    """The arrays of an ``.npz`` file; each becomes a column under its name.

    Raises:
        IndexingError: no such file, pickled objects, or lengths that differ.
    """
    import zipfile

    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: np.asarray(file[name]) for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError) as exc:
        raise _not_numpy(path, exc) from exc
    for name, array in arrays.items():
        if array.ndim not in (1, 2):
            raise IndexingError(
                f"{path}, array {name} has shape {array.shape}; vectors are (n, dim), "
                "all other arrays (n,)."
            )
    if not arrays:
        raise IndexingError(f"{path} holds no array.")
    return ArrayTable(path, arrays)


def _not_numpy(path: Path, exc: Exception) -> IndexingError:
    return IndexingError(
        f"{path} is not an array file that can be read safely: {exc}",
        hint="numpy.save(FILE, vectors) of numbers; pickled objects are refused",
    )


def open_sources(
    paths: Sequence[Path], cells: CellChoice | None = None
) -> list[ForeignTable]:
    """Open files, and the files in folders, by name.

    A folder with ``vectors.npy`` in it is one source; of any other, all Parquet
    files are taken, those of its folders too.

    Args:
        cells: with it the files are rasters of embeddings.

    Raises:
        SourceNotFoundError: nothing there, or nothing of a kind that is read.
        IndexingError: a file that is not what its name says.
    """
    if cells is not None:
        return [RasterTable(path, cells) for path in paths]
    return [table for path in paths for table in _open(path)]


def _open(path: Path) -> list[ForeignTable]:
    if not path.exists():
        raise SourceNotFoundError(f"There is no {path}.")
    if not path.is_dir():
        return [_open_file(path)]
    if (path / "vectors.npy").is_file():
        return [_open_file(path / "vectors.npy")]
    found = sorted(
        file
        for file in path.rglob("*")
        if file.name.lower().endswith(PARQUET)
        and not file.name.startswith(".")
        and file.is_file()
    )
    if not found:
        raise SourceNotFoundError(
            f"{path} holds no Parquet file and no vectors.npy.",
            hint="give .parquet, .npy or .npz files, or a folder of them",
        )
    return [_open_file(file) for file in found]


def _open_file(path: Path) -> ForeignTable:
    readers = {".npy": open_npy, ".npz": open_npz}
    return readers.get(path.suffix.lower(), ParquetTable)(path)

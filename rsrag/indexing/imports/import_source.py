"""Files of embeddings made elsewhere: Parquet, ``.npy`` with ids, ``.npz``."""

from collections.abc import Sequence
from pathlib import Path

from rsrag.errors import SourceNotFoundError
from rsrag.indexing.imports.import_arrays import open_npy, open_npz
from rsrag.indexing.imports.import_table import ForeignTable, ParquetTable

PARQUET = (".parquet", ".geoparquet", ".gpq", ".pq")


def open_sources(paths: Sequence[Path]) -> list[ForeignTable]:
    """Open files, and the files in folders, by name.

    A folder with ``vectors.npy`` in it is one source; of any other, all Parquet
    files are taken, those of its folders too.

    Raises:
        SourceNotFoundError: nothing there, or nothing of a kind that is read.
        IndexingError: a file that is not what its name says.
    """
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
    suffix = path.suffix.lower()
    if suffix == ".npy":
        return open_npy(path)
    if suffix == ".npz":
        return open_npz(path)
    return ParquetTable(path)

"""A Parquet file of embeddings made elsewhere, as a stream of tables."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rsrag.errors import IndexingError

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 4_096
"""Rows read at a time, whatever the size of a file's row groups."""

_BUFFER = 2**20


class ForeignTable(Protocol):
    """Rows of one file, as a stream of Arrow tables.

    Attributes:
        path: for messages.
        schema: of all columns.
        footer: entries of a Parquet footer; empty for arrays.
    """

    path: Path
    schema: "pa.Schema"
    footer: Mapping[bytes, bytes]

    def read(self, columns: Sequence[str]) -> "Iterator[pa.Table]":
        """Tables of at most :data:`ROWS` rows with the columns, in order.

        Raises:
            IndexingError: naming the file, if it breaks off.
        """
        ...


class ParquetTable:
    """A Parquet file, read page by page: a huge row group costs no memory."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        try:
            with pq.ParquetFile(path) as file:
                self.schema: pa.Schema = file.schema_arrow
                self.footer: Mapping[bytes, bytes] = dict(file.metadata.metadata or {})
                self.rows = int(file.metadata.num_rows)
        except (OSError, pa.ArrowException) as exc:
            raise IndexingError(
                f"{path} is not a Parquet file: {exc}",
                hint="rsrag index import takes .parquet, .npy and .npz files; "
                "--stride 16 reads rasters of embeddings, rsrag index build pictures",
            ) from exc

    def read(self, columns: Sequence[str]) -> "Iterator[pa.Table]":
        """See :class:`ForeignTable`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with pq.ParquetFile(
                self.path, pre_buffer=False, buffer_size=_BUFFER
            ) as file:
                for batch in file.iter_batches(
                    ROWS, columns=list(columns), use_threads=False
                ):
                    yield pa.Table.from_batches([batch])
        except (OSError, pa.ArrowException) as exc:
            raise IndexingError(
                f"{self.path} cannot be read to its end: {exc}",
                hint="copy it again; nothing was imported",
            ) from exc

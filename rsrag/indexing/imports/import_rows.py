"""Rows of a foreign file as rows of an index: unit vectors, and what is known."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import IndexingError
from rsrag.indexing.imports.import_earth import RowPlace
from rsrag.indexing.imports.import_layout import ColumnMap
from rsrag.indexing.imports.import_table import ForeignTable
from rsrag.types import Skip, Vectors
from rsrag.vectors import unit_rows

if TYPE_CHECKING:
    import pyarrow as pa

_UNIT = 1e-6
"""Float32 rows this close to length one are unit rows, and keep their bits."""

REASONS = {
    "null": "no vector",
    "not-finite": "vectors with NaN or infinity",
    "zero": "vectors of zeros, which have no direction",
    "duplicate": "ids that another row has",
}
"""Kinds of rows that are left out."""


@dataclass(slots=True)
class Tally:
    """What is counted while rows are read.

    Attributes:
        skipped: how many rows of a file were left out, by kind.
        first: the first such row of each.
        shortest, longest: lengths of the vectors as they came.
        seen: ids so far, 16 bytes each.
    """

    skipped: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str], int] = field(default_factory=dict)
    shortest: float = np.inf
    longest: float = 0.0
    seen: set[bytes] = field(default_factory=set)

    def skip(self, kind: str, place: RowPlace, rows: NDArray[np.intp]) -> None:
        """Count rows of a table that are left out."""
        if len(rows):
            self.skipped[place.file, kind] += len(rows)
            self.first.setdefault((place.file, kind), place.row + int(rows[0]))

    def skips(self) -> list[Skip]:
        """One entry a file and kind."""
        return [
            Skip(
                file,
                f"{REASONS[kind]}: {n:,}, the first in row {self.first[file, kind]:,}",
                kind,
                n,
            )
            for (file, kind), n in self.skipped.items()
        ]

    def new_ids(self, ids: list[str]) -> NDArray[np.bool_]:
        """Which ids were not seen before; they are from now on."""
        new = np.zeros(len(ids), dtype=bool)
        for row, id_ in enumerate(ids):
            key = bytes.fromhex(id_)
            new[row] = key not in self.seen
            self.seen.add(key)
        return new


def import_rows(
    table: ForeignTable, columns: ColumnMap, dim: int, tally: Tally
) -> "Iterator[pa.Table]":
    """Tables with the columns of an index's parts.

    Raises:
        IndexingError: a value that cannot be what its column is taken for, or a
            vector of another width; naming file, column and row.
    """
    from rsrag.indexing.format.chip_schema import with_embeddings
    from rsrag.indexing.imports.import_payload import payload_of

    start = 0
    for rows in table.read(columns.read):
        place = RowPlace(str(table.path), start)
        start += len(rows)
        name = columns.columns["embedding"]
        vectors, lengths, good = read_vectors(rows[name], name, dim, place, tally)
        if not len(good):
            continue
        rows = rows.drop_columns([name])
        kept = rows.take(good) if len(good) < len(rows) else rows
        payload = payload_of(kept, columns, vectors, lengths, place)
        new = tally.new_ids(payload["id"].to_pylist())
        if not new.all():
            tally.skip("duplicate", place, good[~new])
            payload, vectors = payload.filter(new), vectors[new]
        if len(payload):
            yield with_embeddings(payload, vectors)


def read_vectors(
    column: "pa.ChunkedArray", name: str, dim: int, place: RowPlace, tally: Tally
) -> tuple[Vectors, NDArray[np.float64], NDArray[np.intp]]:
    """Vectors of a column as unit rows.

    Args:
        column: lists of numbers.
        name: of the column.
        dim: width that each must have.
        place: for messages.
        tally: counts rows without a direction.

    Returns:
        ``(m, dim)`` float32 unit rows, their ``(m,)`` lengths before, and the
        ``(m,)`` rows of the column that they stand in.

    Raises:
        IndexingError: a list of another length.
    """
    import pyarrow as pa

    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    there = np.asarray(array.is_valid(), dtype=bool)
    tally.skip("null", place, np.flatnonzero(~there))
    good = np.flatnonzero(there)
    array = array.filter(pa.array(there)) if len(good) < len(array) else array
    _check_widths(array, name, dim, place, good)
    flat = array.flatten().to_numpy(zero_copy_only=False)
    matrix = flat.reshape(-1, dim)
    finite = np.isfinite(matrix).all(axis=1)
    tally.skip("not-finite", place, good[~finite])
    largest = np.abs(np.where(finite[:, None], matrix, 1)).max(axis=1, initial=0.0)
    tally.skip("zero", place, good[finite & (largest == 0)])
    kept = finite & (largest != 0)
    matrix, good = matrix[kept], good[kept]
    scale = largest[kept].astype(np.float64)[:, None]
    lengths = np.linalg.norm(matrix / scale, axis=1) * scale[:, 0]
    if len(lengths):
        tally.shortest = min(tally.shortest, float(lengths.min()))
        tally.longest = max(tally.longest, float(lengths.max()))
    if matrix.dtype == np.float32:
        vectors = np.array(matrix)
        odd = np.abs(lengths - 1) > _UNIT
        vectors[odd] = unit_rows(matrix[odd])
        return vectors, lengths, good
    return unit_rows(matrix), lengths, good


def _check_widths(
    array: "pa.Array", name: str, dim: int, place: RowPlace, rows: NDArray[np.intp]
) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_fixed_size_list(array.type):
        widths = np.full(len(array), array.type.list_size)
    else:
        widths = np.asarray(pc.list_value_length(array))
    wrong = np.flatnonzero(widths != dim)
    if len(wrong):
        row = place.row + int(rows[wrong[0]])
        raise IndexingError(
            f"{place.file}, column {name}, row {row:,}: a vector of "
            f"{widths[wrong[0]]:,} numbers, the ones before have {dim:,}.",
            hint="one index holds vectors of one encoder; import the others under "
            "another --name",
        )

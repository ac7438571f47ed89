"""Rows that an export of rsrag holds: they are chips already."""

from typing import TYPE_CHECKING

from rsrag.errors import IndexingError
from rsrag.indexing.format.chip_schema import RULES, chip_schema
from rsrag.indexing.imports.import_earth import RowPlace
from rsrag.indexing.imports.import_types import foreign_id

if TYPE_CHECKING:
    import pyarrow as pa


def own_payload(table: "pa.Table", place: RowPlace) -> "pa.Table":
    """Columns of an export of our own, as they are.

    Raises:
        IndexingError: they are of other types than chips have.
    """
    import pyarrow as pa

    try:
        for name in (*RULES, "contrast"):  # Exports of older versions lack them.
            if name not in table.column_names:
                table = table.append_column(name, pa.nulls(len(table)))
        chosen = table.select([field.name for field in chip_schema()])
        own = chosen.cast(chip_schema())
        own.validate(full=True)
        ids = own["id"].to_pylist()
    except (pa.ArrowException, ValueError, KeyError) as exc:
        raise IndexingError(
            f"{place.file} has the columns of an rsrag export, but not their types: "
            f"{exc}",
            hint="export it again: rsrag index export NAME --format geoparquet",
        ) from exc
    if all(foreign_id(id_) == id_ for id_ in ids):
        return own
    hashed = pa.array([foreign_id(id_) for id_ in ids], pa.string())
    return own.set_column(0, own.schema.field("id"), hashed)

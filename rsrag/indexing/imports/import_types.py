"""Arrow types that a field may have, asked before anything is read."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rsrag.errors import IndexingError
from rsrag.indexing.format.chip_schema import BBOX_FIELDS
from rsrag.indexing.imports.import_table import ForeignTable

if TYPE_CHECKING:
    import pyarrow as pa

FEW = 16
"""Longer lists do not go into the properties of a chip."""


def storage_type(kind: "pa.DataType") -> "pa.DataType":
    """The type under an extension type or a dictionary."""
    import pyarrow as pa

    while True:
        if isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        elif pa.types.is_dictionary(kind):
            kind = kind.value_type
        else:
            return kind


def check_types(table: ForeignTable, columns: Mapping[str, str]) -> None:
    """Refuse a column that cannot be what it is taken for.

    Raises:
        IndexingError: naming the file, the column, its type, and what to type.
    """
    for field, (good, what) in _EXPECTED.items():
        column = columns.get(field)
        if column is None:
            continue
        kind = storage_type(table.schema.field(column).type)
        if not good(kind):
            hint = f"--map {field}=COLUMN names another column"
            if field != "embedding":
                hint += f", --map {field}= leaves it out"
            raise IndexingError(
                f"{table.path}, column {column} is {kind}; {field} must be {what}.",
                hint=hint,
            )


def is_vectors(kind: "pa.DataType", long: bool = False) -> bool:
    """Whether the type is a list of numbers.

    Args:
        kind: of a column.
        long: leave out lists too short for an embedding (a box, a colour).
    """
    import pyarrow as pa

    kind = storage_type(kind)
    if pa.types.is_fixed_size_list(kind):
        fits = not long or kind.list_size >= FEW
    else:
        fits = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return bool(fits and _is_number(kind.value_type))


def embedding_dim(kind: "pa.DataType") -> int | None:
    """Length of a fixed-size list, ``None`` of another."""
    import pyarrow as pa

    kind = storage_type(kind)
    return int(kind.list_size) if pa.types.is_fixed_size_list(kind) else None


def fits_properties(kind: "pa.DataType") -> bool:
    """Whether values are small enough to be kept with each chip, as JSON."""
    import pyarrow as pa

    kind = storage_type(kind)
    if pa.types.is_fixed_size_list(kind):
        return kind.list_size <= FEW and _is_small(kind.value_type)
    if pa.types.is_list(kind):
        return _is_small(kind.value_type)
    if pa.types.is_struct(kind):
        return kind.num_fields <= FEW and all(_is_small(f.type) for f in kind)
    return _is_small(kind)


def _is_small(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    checks = (_is_number, _is_text, _is_time, pa.types.is_boolean)
    return any(check(kind) for check in checks)


def _is_number(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _is_text(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_time(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    return bool(pa.types.is_timestamp(kind) or pa.types.is_date(kind))


def _is_shape(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or _is_text(kind):
        return True
    while pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = storage_type(kind.value_type)
    return bool(pa.types.is_struct(kind)) or (
        pa.types.is_fixed_size_list(kind) and kind.list_size in (2, 3, 4)
    )


def _is_box(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return set(BBOX_FIELDS) <= {f.name for f in kind}
    if pa.types.is_fixed_size_list(kind):
        return kind.list_size == 4 and _is_number(kind.value_type)
    return bool(pa.types.is_list(kind)) and _is_number(kind.value_type)


def _or_null(*checks: Callable[["pa.DataType"], bool]) -> Callable[[Any], bool]:
    def check(kind: "pa.DataType") -> bool:
        import pyarrow as pa

        return pa.types.is_null(kind) or any(check(kind) for check in checks)

    return check


def _is_name(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    return _is_text(kind) or bool(pa.types.is_integer(kind))


_EXPECTED: Mapping[str, tuple[Callable[["pa.DataType"], bool], str]] = {
    "embedding": (is_vectors, "lists of numbers"),
    "id": (_is_name, "strings or whole numbers"),
    "geometry": (_or_null(_is_shape), "WKB, WKT, GeoJSON or GeoArrow"),
    "bbox": (_or_null(_is_box), "xmin, ymin, xmax, ymax or lists of four numbers"),
    "lon": (_is_number, "numbers"),
    "lat": (_is_number, "numbers"),
    "source": (_or_null(_is_text), "strings"),
    "source_sha256": (_is_text, "strings"),
    "datetime": (_or_null(_is_time, _is_text), "times, dates, or strings in ISO 8601"),
    "gsd_m": (_or_null(_is_number), "numbers"),
    "sensor": (_or_null(_is_text), "strings"),
    "crs": (_or_null(_is_text), "strings"),
    "nodata_share": (_or_null(_is_number), "numbers"),
    "properties": (_or_null(_is_text), "strings of JSON"),
}

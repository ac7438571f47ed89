"""Ids of other systems, and Arrow types that a field may have."""

import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rsrag.errors import IndexingError
from rsrag.indexing.format.chip_schema import BBOX_FIELDS
from rsrag.indexing.imports.import_table import ForeignTable

if TYPE_CHECKING:
    import pyarrow as pa

FEW = 16
"""Longer lists do not go into the properties of a chip."""

_HEX = re.compile(r"[0-9a-f]{32}")
_SMALL = frozenset({"number", "text", "time", "flag"})
_EXPECTED: Mapping[str, tuple[frozenset[str], str]] = {
    "embedding": (frozenset({"numbers"}), "lists of numbers"),
    "id": (frozenset({"text", "whole"}), "strings or whole numbers"),
    "geometry": (frozenset({"null", "shape"}), "WKB, WKT, GeoJSON or GeoArrow"),
    "bbox": (
        frozenset({"null", "box"}),
        "xmin, ymin, xmax, ymax or lists of four numbers",
    ),
    "lon": (frozenset({"number"}), "numbers"),
    "lat": (frozenset({"number"}), "numbers"),
    "source_sha256": (frozenset({"text"}), "strings"),
    "datetime": (
        frozenset({"null", "time", "text"}),
        "times, dates, or strings in ISO 8601",
    ),
    "gsd_m": (frozenset({"null", "number"}), "numbers"),
    "nodata_share": (frozenset({"null", "number"}), "numbers"),
    "properties": (frozenset({"null", "text"}), "strings of JSON"),
    **{
        name: (frozenset({"null", "text"}), "strings")
        for name in ("source", "sensor", "crs")
    },
}
"""What a column of each field may be, by :func:`labels_of`, and in words."""


def foreign_id(text: str) -> str:
    """The id of a chip that another system calls ``text``: 32 hex digits.

    Ids that are such already stay as they are.
    """
    if _HEX.fullmatch(text):
        return text
    return hashlib.sha256(b"id:" + text.encode("utf-8")).hexdigest()[:32]


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


def labels_of(kind: "pa.DataType") -> set[str]:
    """All that a column of a type may be taken for.

    ``null``, ``flag``, ``whole``, ``number``, ``text``, ``time``; ``numbers``: lists of
    them; ``box``: four of them; ``shape``: WKB, text or GeoArrow's nested lists.
    """
    import pyarrow.types as is_

    kind = storage_type(kind)
    found = {
        "null": is_.is_null(kind),
        "flag": is_.is_boolean(kind),
        "whole": is_.is_integer(kind),
        "number": is_.is_integer(kind) or is_.is_floating(kind),
        "text": is_.is_string(kind) or is_.is_large_string(kind),
        "time": is_.is_timestamp(kind) or is_.is_date(kind),
    }
    found["shape"] = is_.is_binary(kind) or is_.is_large_binary(kind) or found["text"]
    if is_.is_struct(kind):
        found |= {"shape": True, "box": set(BBOX_FIELDS) <= {f.name for f in kind}}
    elif is_.is_list(kind) or is_.is_large_list(kind):
        inner = labels_of(kind.value_type)
        nested = storage_type(kind.value_type)
        points = is_.is_struct(nested) or is_.is_fixed_size_list(nested)
        lists = is_.is_list(nested) or is_.is_large_list(nested)
        found["shape"] = (points or lists) and "shape" in inner
        found["numbers"] = found["box"] = "number" in inner
    elif is_.is_fixed_size_list(kind):
        found["numbers"] = "number" in labels_of(kind.value_type)
        found["box"] = found["numbers"] and kind.list_size == 4
        found["shape"] = kind.list_size in (2, 3, 4)
    return {label for label, true in found.items() if true}


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
        if not good & labels_of(kind):
            hint = f"--map {field}=COLUMN names another column"
            if field != "embedding":
                hint += f", --map {field}= leaves it out"
            raise IndexingError(
                f"{table.path}, column {column} is {kind}; {field} must be {what}.",
                hint=hint,
            )


def is_embedding(kind: "pa.DataType") -> bool:
    """Whether the type is a list of numbers, not too short: a box, a colour."""
    dim = embedding_dim(kind)
    return "numbers" in labels_of(kind) and (dim is None or dim >= FEW)


def embedding_dim(kind: "pa.DataType") -> int | None:
    """Length of a fixed-size list, ``None`` of another."""
    import pyarrow as pa

    kind = storage_type(kind)
    return int(kind.list_size) if pa.types.is_fixed_size_list(kind) else None


def fits_properties(kind: "pa.DataType") -> bool:
    """Whether values are small enough to be kept with each chip, as JSON."""
    import pyarrow as pa

    kind = storage_type(kind)
    if pa.types.is_struct(kind):
        inner = [field.type for field in kind]
    elif pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        inner = [kind.value_type]
    else:
        inner = [kind]
    few = len(inner) <= FEW and (embedding_dim(kind) or 0) <= FEW
    return few and all(_SMALL & labels_of(one) for one in inner)

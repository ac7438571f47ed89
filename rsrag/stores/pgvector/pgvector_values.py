"""Rows of an Arrow table as PostgreSQL keeps them, and back to the same values.

Columns are typed, so that other clients of the table read them as they are: texts,
numbers, times, footprints as PostGIS geometries. Lists and structs are JSON, kept as it
was written: PostgreSQL's binary form would lose ``-0.0``, and make ``1e22`` whole.
"""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import StoreError

if TYPE_CHECKING:
    import pyarrow as pa
    from psycopg import Connection

GEOMETRY = "geometry"
TEXT = "text"
NUMBERS = frozenset({"bigint", "double precision"})
TIMES = frozenset({"timestamp with time zone", "timestamp without time zone"})
_COPIED = {
    "bigint": "int8",
    "double precision": "float8",
    "boolean": "bool",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    GEOMETRY: "bytea",
}
_LONGEST_NAME = 63


class Vector(bytes):
    """A vector in pgvector's binary form."""

    __slots__ = ()


def packed(vectors: NDArray[np.float32]) -> list[Vector]:
    """Rows in pgvector's binary form."""
    head = np.array([vectors.shape[1], 0], ">i2").tobytes()
    return [Vector(head + row.tobytes()) for row in vectors.astype(">f4")]


def unpacked(values: Sequence[bytes], dim: int) -> NDArray[np.float32]:
    """``(n, dim)`` vectors out of pgvector's binary form."""
    if not values:
        return np.empty((0, dim), np.float32)
    whole = np.frombuffer(b"".join(values), np.uint8).reshape(len(values), -1)
    rows = np.ascontiguousarray(whole[:, 4:]).view(">f4")
    return rows.astype(np.float32).reshape(len(values), dim)


def register(connection: "Connection") -> None:
    """Have a connection take :class:`Vector` as the extension's type."""
    from psycopg.adapt import Buffer, Dumper
    from psycopg.pq import Format
    from psycopg.types import TypeInfo
    from psycopg.types.json import set_json_dumps

    set_json_dumps(_json, connection)
    known = TypeInfo.fetch(connection, "vector")
    assert known is not None, "the extension was looked for"
    known.register(connection)
    number = known.oid

    class VectorDumper(Dumper):
        format = Format.BINARY
        oid = number

        def dump(self, obj: Vector) -> Buffer:
            return bytes(obj)

    connection.adapters.register_dumper(Vector, VectorDumper)


def column_type(field: "pa.Field") -> str:
    """PostgreSQL's name of the type of a column.

    Raises:
        StoreError: a name that PostgreSQL would cut.
    """
    import pyarrow as pa

    length = len(field.name.encode())
    if not 0 < length <= _LONGEST_NAME or "%" in field.name:
        raise StoreError(
            f"The store pgvector takes column names of 1 to {_LONGEST_NAME} bytes "
            f"without %, not {field.name!r}."
        )
    kind = field.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_timestamp(kind):
        return f"timestamp {'with' if kind.tz else 'without'} time zone"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return GEOMETRY if field.name == "geometry" else "bytea"
    kinds = {
        TEXT: (pa.types.is_string, pa.types.is_large_string, pa.types.is_null),
        "boolean": (pa.types.is_boolean,),
        "bigint": (pa.types.is_integer,),
        "double precision": (pa.types.is_floating,),
    }
    for name, tests in kinds.items():
        if any(test(kind) for test in tests):
            return name
    return "json"


def declared(kind: str) -> str:
    """The type as a table's column is made; texts sort by their code points."""
    return {TEXT: 'text COLLATE "C"', GEOMETRY: "geometry(Geometry, 4326)"}.get(
        kind, kind
    )


def copied(kind: str) -> str:
    """The type in which COPY is given it."""
    return _COPIED.get(kind, kind)


def column_values(column: "pa.ChunkedArray", kind: str) -> list[Any]:
    """Values of a column as COPY takes them.

    Raises:
        StoreError: a value that PostgreSQL cannot keep.
    """
    import pyarrow as pa

    if kind in TIMES:
        unit = pa.timestamp("us", tz="UTC" if kind.endswith("with time zone") else None)
        column = column.cast(unit, safe=False)
    values = list(column.to_pylist())
    if kind == TEXT and any(value is not None and "\0" in value for value in values):
        raise StoreError("The payload holds a text with NUL in it; PostgreSQL cannot.")
    return values


def row_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row that PostgreSQL gave, as plain Python values."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    return bytes(value) if isinstance(value, memoryview) else value


def _json(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as exc:
        raise StoreError(
            f"The payload holds what PostgreSQL's JSON cannot: {exc}.",
            hint="give numbers, strings, or lists and structs of them",
        ) from exc
    return text


def whole(low: float | None, high: float | None) -> tuple[int | None, int | None]:
    """Bounds for whole numbers that hold the same ones."""
    return (
        None if low is None or math.isinf(low) else math.ceil(low),
        None if high is None or math.isinf(high) else math.floor(high),
    )

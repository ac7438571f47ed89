"""Values of a table's columns, and of the properties in its JSON, as arrays."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rsrag.columns.arrow_columns import coded, filled, floats
from rsrag.plain_values import microseconds

if TYPE_CHECKING:
    import pyarrow as pa
    from shapely.geometry.base import BaseGeometry

Bools = NDArray[np.bool_]
Kind = Literal["number", "text", "truth", "time"]


class Truth(NamedTuple):
    """Of each row, whether a condition holds and whether it can be told."""

    holds: Bools
    known: Bools


class Values:
    """Columns of a table, and properties in its JSON, as conditions look at them.

    Args:
        touching: gives the rows whose footprint shares a point with an area.
    """

    def __init__(
        self, table: "pa.Table", touching: "Callable[[BaseGeometry], Bools]"
    ) -> None:
        self._table, self.touching = table, touching
        self._known: dict[str, tuple[NDArray[np.int64], Sequence[Any]]] = {}

    def numbers(self, name: str, kind: Kind) -> NDArray[np.float64]:
        """``(n,)`` numbers, truths or times of a column; NaN where there is none."""
        column = self._column(name)
        if column is not None:
            number = _column_numbers(column, kind)
            if number is not None:
                return number
        codes, values = self.coded(name)
        known = np.array([*(_number(value, kind) for value in values), np.nan])
        return np.asarray(known[codes])

    def told_of_texts(self, name: str, test: Callable[[str], bool]) -> Truth:
        """Rows whose text passes a test; of lists of texts, one that does is enough."""
        codes, values = self.coded(name)
        words = [_words(value) for value in values]
        holds = np.array([*(any(map(test, some)) for some in words), False])
        known = np.array([*map(bool, words), False])
        return Truth(holds[codes], known[codes])

    def filled(self, name: str) -> Bools:
        """Rows that have a value."""
        column = self._column(name)
        if column is not None:
            there = filled(column)
            return there & ~np.isnan(floats(column)) if _numeric(column) else there
        codes, values = self.coded(name)
        return np.array([*(value is not None for value in values), False])[codes]

    def _column(self, name: str) -> "pa.ChunkedArray | None":
        return self._table[name] if name in self._table.column_names else None

    def coded(self, name: str) -> tuple[NDArray[np.int64], Sequence[Any]]:
        """For each row the number of its value, -1 for none, and the values."""
        if name not in self._known:
            column = self._column(name)
            if column is None:
                codes, rows = self._properties
                self._known[name] = codes, [property_of(row, name) for row in rows]
            else:
                self._known[name] = coded(column)
        return self._known[name]

    @cached_property
    def _properties(self) -> tuple[NDArray[np.int64], Sequence[Mapping[str, Any]]]:
        column = self._column("properties")
        if column is None:
            return np.full(len(self._table), -1), []
        codes, texts = coded(column)
        return codes, [read_properties(text) for text in texts]


def read_properties(text: object) -> Mapping[str, Any]:
    """The object that a JSON text holds; nothing of what is none."""
    try:
        found = json.loads(str(text), parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def property_of(properties: Mapping[str, Any], name: str) -> Any:
    """A property by its name; ``a.b`` is ``b`` of the object ``a``."""
    if name in properties or "." not in name:
        return properties.get(name)
    first, _, rest = name.partition(".")
    inner = properties.get(first)
    return property_of(inner, rest) if isinstance(inner, Mapping) else None


def _words(value: Any) -> list[str]:
    some = value if isinstance(value, list) else [value]
    return [word for word in some if isinstance(word, str)]


def _number(value: Any, kind: Kind) -> float:
    """A value as a number, a truth, or a time that is written out; else NaN."""
    if kind == "time":
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return np.nan
        known = microseconds(value) if isinstance(value, datetime) else None
        return np.nan if known is None else known
    wanted = isinstance(value, bool) == (kind == "truth")
    return float(value) if wanted and isinstance(value, int | float) else np.nan


def _numeric(column: "pa.ChunkedArray") -> bool:
    import pyarrow as pa

    kind = column.type
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _column_numbers(
    column: "pa.ChunkedArray", kind: Kind
) -> "NDArray[np.float64] | None":
    """Numbers of a column of that kind; ``None`` of a column of texts."""
    import pyarrow as pa

    type_, none = column.type, np.full(len(column), np.nan)
    if pa.types.is_timestamp(type_):
        if kind != "time":
            return none
        # Microseconds of today are far below 2**53: exact as float64.
        whole = column.cast(pa.timestamp("us", tz="UTC"), safe=False)
        return floats(whole.cast(pa.int64()))
    if _numeric(column):
        return floats(column) if kind == "number" else none
    if pa.types.is_boolean(type_):
        return floats(column.cast(pa.int8())) if kind == "truth" else none
    return None

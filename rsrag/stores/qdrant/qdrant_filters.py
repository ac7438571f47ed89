"""A :class:`rsrag.filters.Filter` in Qdrant's words, for the server and for Edge.

Both dialects have the same conditions under slightly different names; a
:class:`Dialect` holds the constructors. What is asked for is a
little more than the filter: of ``area`` only the bounds, and numbers with a hair's
breadth to spare, since Qdrant may keep them off in the last place.
:class:`CandidateTest` then looks closely at the candidates that come.
"""

import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from typing import TYPE_CHECKING, Any

import numpy as np

from rsrag.columns.expressions import Compare, Expression, Touches, demands, leaves
from rsrag.columns.outlines import read_outlines
from rsrag.filters import Filter, FilterColumns
from rsrag.geo import geometry_bbox, spans
from rsrag.plain_values import microseconds
from rsrag.stores.qdrant.qdrant_payload import (
    APART,
    BOX,
    EXACT,
    column,
    decode_row,
    point_id,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LARGEST = sys.float_info.max
_HAIR = 8 * sys.float_info.epsilon

NARROWING = frozenset({"datetime", "gsd_m", "nodata_share", "contrast"})
"""Columns of numbers and times that a comparison may narrow a search by."""

NOT_INDEXED = frozenset({"text", "properties", "crs", "source_sha256"})
"""String columns that are too long, or too odd, to narrow a search by."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Constructors of conditions.

    Attributes:
        group: all of ``must``, one of ``should`` and none of ``must_not``.
        between: key, lowest and highest number allowed, both included.
        one_of: key and the strings allowed.
        has_id: point ids.
        has_vector: name of a vector that the point must have.
    """

    group: Callable[..., Any]
    between: Callable[[str, float, float], Any]
    one_of: Callable[[str, list[str]], Any]
    has_id: Callable[[list[str]], Any]
    has_vector: Callable[[str], Any]


def translate(where: Filter | None, words: Dialect) -> Any:
    """The filter's conditions, or ``None`` if there are none.

    They match all that the filter does, and of areas and ranges a little more.
    """
    if not where:
        return None
    must: list[Any] = []
    for name, allowed in where.keywords.items():
        must.append(words.one_of(payload_key(name), sorted(allowed)))
    for name, (low, high) in where.ranges.items():
        # A column of times keeps its number one step deeper.
        keys = (payload_key(name), f"{payload_key(name)}.us")
        must.append(words.group(should=[_between(words, k, low, high) for k in keys]))
    if where.datetime:
        start, end = (microseconds(time) for time in where.datetime)
        # Whole numbers are kept exactly.
        low = -_LARGEST if start is None else start
        high = _LARGEST if end is None else end
        must.append(words.between("datetime.us", low, high))
    for area in _areas(where):
        must.extend(_touches(area, words))
    for leaf in demands(where.expression):
        if isinstance(leaf, Compare) and (ends := _ends(leaf)):
            keys = (payload_key(leaf.name), f"{payload_key(leaf.name)}.us")
            must.append(words.group(should=[_between(words, k, *ends) for k in keys]))
    must_not = []
    if where.exclude:
        must_not.append(words.has_id([point_id(id_) for id_ in sorted(where.exclude)]))
    return words.group(must=must, must_not=must_not)


def _areas(where: Filter) -> list["BaseGeometry"]:
    """Areas that all have to be touched."""
    found = [] if where.area is None else [where.area]
    asked = demands(where.expression)
    return found + [leaf.area for leaf in asked if isinstance(leaf, Touches)]


def _ends(leaf: Compare) -> tuple[float | None, float | None] | None:
    """The range that a comparison of a column's numbers or times lies in, if any.

    Properties stand in a text, which Qdrant does not look into.
    """
    if leaf.name not in NARROWING or isinstance(leaf.value, str | bool):
        return None
    value = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,) * 2
    low, high = map(float, value)
    ends: dict[str, tuple[float | None, float | None]] = {
        "=": (low, high),
        "<": (None, low),
        "<=": (None, high),
        ">": (high, None),
        ">=": (low, None),
    }
    return ends.get(leaf.op)


def index_fields(schema: "pa.Schema") -> Iterable[tuple[str, str]]:
    """Payload keys worth an index, with Qdrant's name of their kind."""
    import pyarrow as pa

    yield APART, "keyword"
    for field in schema:
        kind, key = field.type, payload_key(field.name)
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            if field.name not in NOT_INDEXED:
                yield key, "keyword"
        elif pa.types.is_timestamp(kind):
            yield f"{key}.us", "integer"
        elif pa.types.is_integer(kind):
            yield key, "integer"
        elif pa.types.is_floating(kind):
            yield key, "float"
        elif field.name == "bbox":
            for side in ("south", "north", "west", "east", "west2", "east2"):
                yield f"{BOX}.{side}", "float"


class CandidateTest:
    """The exact half of a filter's areas and ranges, on payloads that came back.

    Attributes:
        fields: what Qdrant has to send of a candidate's payload.
    """

    def __init__(self, where: Filter | None) -> None:
        self._area = where.area if where else None
        self._ranges = dict(where.ranges) if where else {}
        self.fields = [EXACT, *map(payload_key, self._ranges)] if self._ranges else []
        if self._area is not None:
            import shapely

            self.fields.append("geometry")
            shapely.prepare(self._area)
        self._expression = where.expression if where else None
        if self._expression is not None:
            named = {leaf.name for leaf in leaves(self._expression)}
            asked = (EXACT, "bbox", "geometry", "properties", *map(payload_key, named))
            self.fields = list(dict.fromkeys((*self.fields, *asked)))

    def passing(self, payloads: Sequence[Mapping[str, Any]]) -> list[bool]:
        """For each payload, as Qdrant keeps it, whether it passes."""
        passed = np.ones(len(payloads), dtype=bool)
        for name, (low, high) in self._ranges.items():
            values = np.array([_number(payload, name) for payload in payloads])
            passed &= ~np.isnan(values)
            passed &= values >= (-np.inf if low is None else low)
            passed &= values <= (np.inf if high is None else high)
        if self._area is not None:
            import shapely

            outlines = [column(payload, "geometry") for payload in payloads]
            shapes = read_outlines(np.array(outlines, dtype=object))
            passed &= shapely.intersects(self._area, shapes)
        if self._expression is not None and len(payloads):
            passed[np.flatnonzero(passed)] = _holding(
                self._expression, list(compress(payloads, passed))
            )
        flags: list[bool] = passed.tolist()
        return flags


def _holding(
    expression: Expression, payloads: Sequence[Mapping[str, Any]]
) -> "NDArray[np.bool_]":
    """For each payload whether the expression is known to hold."""
    import pyarrow as pa

    passed = np.zeros(len(payloads), dtype=bool)
    rows = [decode_row(payload) for payload in payloads]
    if rows:
        names = {name for row in rows for name in row}
        table = pa.table({name: [row.get(name) for row in rows] for name in names})
        passed[FilterColumns(table).rows(Filter(expression=expression))] = True
    return passed


def _number(payload: Mapping[str, Any], name: str) -> float:
    value = column(payload, name)
    if isinstance(value, datetime):
        value = microseconds(value)
    return float(value) if isinstance(value, int | float) else math.nan


def _touches(area: "BaseGeometry", words: Dialect) -> list[Any]:
    box = geometry_bbox(area)
    lon = [
        words.group(
            must=[
                _between(words, f"{BOX}.west{suffix}", None, east),
                _between(words, f"{BOX}.east{suffix}", west, None),
            ]
        )
        for west, east in spans(box)
        for suffix in ("", "2")
    ]
    return [
        _between(words, f"{BOX}.south", None, box.north),
        _between(words, f"{BOX}.north", box.south, None),
        words.group(should=lon),
    ]


def _between(words: Dialect, key: str, low: float | None, high: float | None) -> Any:
    # A range without bounds would match items that have no value.
    return words.between(
        key,
        -_LARGEST if low is None else max(-_LARGEST, low - _HAIR * abs(low)),
        _LARGEST if high is None else min(_LARGEST, high + _HAIR * abs(high)),
    )


def payload_key(name: str) -> str:
    """The key of a column, as conditions write it."""
    return name if _PLAIN.fullmatch(name) else f'"{name}"'

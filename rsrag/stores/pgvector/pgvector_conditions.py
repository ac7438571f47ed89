"""A :class:`rsrag.filters.Filter` in SQL, with the rows of the filter's own evaluation.

What stands in an expression goes by rules of ours (spelling, JSON): of it, SQL only
narrows the rows, and the store looks at those that are left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from rsrag.columns.expressions import Compare, Touches, demands
from rsrag.errors import QueryError
from rsrag.filters import Filter
from rsrag.plain_values import microseconds
from rsrag.stores.pgvector.pgvector_values import GEOMETRY, NUMBERS, TEXT, TIMES, whole

if TYPE_CHECKING:
    from psycopg.sql import Composable
    from shapely.geometry.base import BaseGeometry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_EARLIEST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)


@dataclass(slots=True)
class Conditions:
    """Parts of a WHERE that must all hold, and their parameters.

    Args:
        types: PostgreSQL's type of each column of the table.
        loose: footprints by their boxes alone, to count quickly.
    """

    types: Mapping[str, str]
    loose: bool = False
    parts: "list[Composable]" = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, text: str, *values: Any, column: str | None = None) -> None:
        """One more part; ``{}`` in it is the column."""
        from psycopg.sql import SQL, Identifier

        part: Composable = SQL(text)
        if column is not None:
            part = SQL(text).format(Identifier(column))
        self.parts.append(part)
        self.values += values

    def take(self, where: Filter | None) -> "Conditions":
        """All of a filter but its expression, by which rows are only narrowed.

        Raises:
            QueryError: keywords for a column that holds no text, or a range for one
                that holds no numbers.
        """
        if not where:
            return self
        for name, allowed in where.keywords.items():
            self._one_of(name, sorted(allowed))
        for name, (low, high) in where.ranges.items():
            self._between(name, low, high)
        if where.datetime:
            low, high = (microseconds(time) for time in where.datetime)
            self._between("datetime", low, high)
        if where.exclude:
            out = [id_ for id_ in sorted(where.exclude) if "\0" not in id_]
            self.add("NOT (id = ANY(%s))", out)
        if where.area is not None:
            self._touching(where.area)
        for leaf in demands(where.expression):
            if isinstance(leaf, Touches):
                self._touching(leaf.area)
            elif isinstance(leaf, Compare):
                self._narrow(leaf)
        return self

    @property
    def sql(self) -> "Composable":
        """What stands behind WHERE."""
        from psycopg.sql import SQL

        return SQL(" AND ").join(self.parts) if self.parts else SQL("true")

    def _one_of(self, name: str, allowed: list[str]) -> None:
        kind = self.types.get(name)
        if kind is None:
            self.add("false")
        elif kind != TEXT:
            raise QueryError(f"Column {name} holds {kind}, not words to choose from.")
        else:
            words = [word for word in allowed if "\0" not in word]
            self.add("{} = ANY(%s)", words, column=name)

    def _between(self, name: str, low: float | None, high: float | None) -> None:
        kind = self.types.get(name)
        if kind is None:
            self.add("false")
            return
        ends: tuple[Any, Any] = (low, high)
        if kind in TIMES:
            ends = tuple(_time(one, kind) for one in whole(low, high))  # type: ignore[assignment]
        elif kind not in NUMBERS:
            raise QueryError(f"Column {name} holds {kind}, which has no range.")
        self.add("{} IS NOT NULL", column=name)
        if kind == "double precision":
            # For PostgreSQL, NaN is greater than every number.
            self.add("{} <> 'NaN'", column=name)
        if ends[0] is not None:
            self.add("{} >= %s", ends[0], column=name)
        if ends[1] is not None:
            self.add("{} <= %s", ends[1], column=name)

    def _narrow(self, leaf: Compare) -> None:
        """What a comparison leaves of a column of numbers or times."""
        kind = self.types.get(leaf.name)
        timely = isinstance(leaf.value, tuple)
        if isinstance(leaf.value, str | bool) or leaf.op == "<>":
            return
        if kind not in (TIMES if timely else NUMBERS):
            return
        value = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,) * 2
        low = value[0] if leaf.op in ("=", ">", ">=") else None
        high = value[1] if leaf.op in ("=", "<", "<=") else None
        self._between(leaf.name, low, high)

    def _touching(self, area: "BaseGeometry") -> None:
        if self.types.get("geometry") != GEOMETRY:
            self.add("false")
            return
        self.add("{} && %s::geometry", _hex(area), column="geometry")
        if self.loose:
            return
        # Most rows lie in a box, not across its edge: that is soon seen.
        boxes = [_hex(box) for box in map(_inner, _boxes(area)) if box is not None]
        inside = "{0} @ %s::geometry OR " * len(boxes)
        test = f"({inside}ST_Intersects({{0}}, %s::geometry))"
        self.add(test, *boxes, _hex(area), column="geometry")


def _hex(shape: "BaseGeometry") -> str:
    import shapely

    text: str = shapely.to_wkb(
        shapely.set_srid(shape, 4326), hex=True, include_srid=True
    )
    return text


def _boxes(area: "BaseGeometry") -> "list[BaseGeometry]":
    """Parts of an area that are boxes along the axes."""
    import shapely

    return [one for one in shapely.get_parts(area) if one.equals(one.envelope)]


def _inner(box: "BaseGeometry") -> "BaseGeometry | None":
    """The box in PostGIS's precision of boxes, with no edge outside of it."""
    import shapely

    west, south, east, north = box.bounds
    low = np.nextafter(np.array([west, south], np.float32), np.inf)
    high = np.nextafter(np.array([east, north], np.float32), -np.inf)
    return shapely.box(*low, *high) if (low < high).all() else None


def _time(at: int | None, kind: str) -> datetime | None:
    if at is None:
        return None
    time = _EPOCH + timedelta(microseconds=min(max(at, _EARLIEST), _LATEST))
    return time if kind.endswith("with time zone") else time.replace(tzinfo=None)

"""Filters of a search, and the one evaluation of them that all stores follow.

A store that filters by itself (Qdrant) must give the same rows as
:meth:`FilterColumns.rows`; the contract suite compares them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rsrag.columns.outlines import read_outlines
from rsrag.errors import QueryError
from rsrag.geo import geometry_bbox
from rsrag.plain_values import microseconds
from rsrag.types import Interval

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from rsrag.columns.box_grid import NearBoxes
    from rsrag.columns.column_values import Values
    from rsrag.columns.expressions import Expression

_GEOMETRIES_KEPT = 250_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that must all hold.

    An item that has no value in a column that a condition names does not match.

    Attributes:
        area: lon/lat geometry; a footprint matches if it shares a point with it.
        datetime: acquisition time inside the interval, both ends included.
        keywords: column name to the values allowed (``{"sensor": {"S2A"}}``).
        ranges: column name to lowest and highest value allowed, ``None`` open.
        exclude: ids left out.
        expression: of any depth; rows that it is not known to hold for do not match.
        near: longitude and latitude that was asked for, to sort by the way from it.
        words: all of it as a person wrote it, for what is made of the hits.
    """

    area: "BaseGeometry | None" = None
    datetime: Interval | None = None
    keywords: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float | None, float | None]] = field(
        default_factory=dict
    )
    exclude: frozenset[str] = frozenset()
    expression: "Expression | None" = None
    near: tuple[float, float] | None = field(default=None, compare=False)
    words: str = field(default="", compare=False)

    def __bool__(self) -> bool:
        return bool(
            self.area is not None
            or self.datetime
            or self.keywords
            or self.ranges
            or self.exclude
            or self.expression
        )


class FilterColumns:
    """The columns of a table that filters look at, as arrays, made when needed.

    Args:
        table: with an ``id`` column and any of ``geometry`` (WKB), ``bbox``
            (struct of xmin, ymin, xmax, ymax), ``datetime`` (timestamp), and
            whatever columns ``keywords`` and ``ranges`` name.
    """

    def __init__(self, table: "pa.Table") -> None:
        self._table = table
        self._arrays: dict[str, NDArray[Any]] = {}
        self._kept = 0

    def rows(self, where: Filter | None) -> "NDArray[np.intp] | None":
        """Row numbers that match, ascending; ``None`` when all do by right.

        A column that the table does not have matches nothing.

        Raises:
            QueryError: keywords for a column that holds no strings, or a range for
                one that holds no numbers.
        """
        import numpy as np

        if not where:
            return None
        mask = np.ones(len(self._table), dtype=bool)
        for name, allowed in where.keywords.items():
            mask &= self._keyword(name, allowed)
        for name, (low, high) in where.ranges.items():
            mask &= self._between(name, low, high)
        if where.datetime:
            start, end = (microseconds(t) for t in where.datetime)
            mask &= self._between("datetime", start, end)
        if where.exclude:
            mask &= ~self._keyword("id", where.exclude)
        if where.area is not None:
            mask = self._intersecting(where.area, mask)
        if where.expression is not None:
            mask &= where.expression.truth(self.values).holds
        return np.flatnonzero(mask)

    @cached_property
    def values(self) -> "Values":
        """The columns as conditions of an expression look at them."""
        import numpy as np

        from rsrag.columns.column_values import Values

        every = np.ones(len(self._table), dtype=bool)
        return Values(self._table, lambda area: self._intersecting(area, every))

    def _keyword(self, name: str, allowed: frozenset[str]) -> "NDArray[np.bool_]":
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        from rsrag.columns.arrow_columns import texts, truths

        if name not in self._table.column_names:
            return np.zeros(len(self._table), dtype=bool)
        column = self._table[name]
        kind = column.type
        if pa.types.is_null(kind):
            return np.zeros(len(self._table), dtype=bool)
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
            column = column.cast(kind)
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            raise QueryError(f"Column {name} holds {kind}, not words to choose from.")
        return truths(pc.is_in(column, value_set=texts(sorted(allowed), kind)))

    def _between(
        self, name: str, low: float | None, high: float | None
    ) -> "NDArray[np.bool_]":
        import numpy as np

        if name not in self._table.column_names:
            return np.zeros(len(self._table), dtype=bool)
        values = self._number(name)
        # NaN and NaT stand for missing and compare false with everything.
        mask: NDArray[np.bool_] = ~np.isnan(values)
        if low is not None:
            mask &= values >= low
        if high is not None:
            mask &= values <= high
        return mask

    def _number(self, name: str) -> "NDArray[np.float64]":
        from rsrag.columns.arrow_columns import floats

        if name not in self._arrays:
            import pyarrow as pa

            column = self._table[name]
            if pa.types.is_timestamp(column.type):
                # Microseconds of today are far below 2**53: exact as float64.
                # Finer times lose what is below them.
                column = column.cast(pa.timestamp("us", tz="UTC"), safe=False)
                column = column.cast(pa.int64())
            kind = column.type
            numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind)
            if not (numeric or pa.types.is_null(kind)):
                raise QueryError(f"Column {name} holds {kind}, which has no range.")
            self._arrays[name] = floats(column)
        return self._arrays[name]

    @cached_property
    def boxes(self) -> "NDArray[np.float64]":
        """``(n, 4)`` west, south, east, north; NaN without footprint."""
        import numpy as np

        from rsrag.columns.arrow_columns import boxes

        if "bbox" not in self._table.column_names:
            return np.full((len(self._table), 4), np.nan)
        return boxes(self._table["bbox"])

    @cached_property
    def _near(self) -> "NearBoxes":
        from rsrag.columns.box_grid import NearBoxes

        return NearBoxes(self.boxes)

    @cached_property
    def _placed(self) -> "NDArray[np.bool_]":
        """Which rows have a footprint at all."""
        import numpy as np

        from rsrag.columns.arrow_columns import filled

        if "geometry" not in self._table.column_names:
            return np.zeros(len(self._table), dtype=bool)
        return filled(self._table["geometry"])

    @cached_property
    def _geometries(self) -> "NDArray[np.object_]":
        """Footprints as shapely objects, parsed when first needed."""
        import numpy as np

        return np.full(len(self._table), None, dtype=object)

    def _intersecting(
        self, area: "BaseGeometry", mask: "NDArray[np.bool_]"
    ) -> "NDArray[np.bool_]":
        import numpy as np
        import shapely

        near, boxes = self._near.touching(geometry_bbox(area))
        kept = mask[near] & self._placed[near]
        near = near[kept]
        touch = np.zeros(len(mask), dtype=bool)
        touch[near] = True
        x0, y0, x1, y1 = boxes[kept].T
        # A box that lies inside a rectangle needs no look at its outline.
        sure = np.zeros(len(near), dtype=bool)
        for part in getattr(area, "geoms", [area]):
            if shapely.get_num_coordinates(part) == 5 and part.equals(part.envelope):
                west, south, east, north = part.bounds
                inside = (x0 >= west) & (x1 <= east) & (x0 <= x1)
                sure |= inside & (y0 >= south) & (y1 <= north)
        unsure = near[~sure]
        shapely.prepare(area)
        for start in range(0, len(unsure), _GEOMETRIES_KEPT):
            rows = unsure[start : start + _GEOMETRIES_KEPT]
            touch[rows] = shapely.intersects(area, self._outlines(rows))
        return touch

    def _outlines(self, rows: "NDArray[np.intp]") -> "NDArray[np.object_]":
        from rsrag.columns.arrow_columns import few_of

        known = self._geometries
        new = rows[[geometry is None for geometry in known[rows]]]
        self._kept += len(new)
        if self._kept > _GEOMETRIES_KEPT:
            # Some 300 bytes each: memory must not follow the size of the archive.
            known[:], new, self._kept = None, rows, len(rows)
        if len(new):
            known[new] = read_outlines(few_of(self._table["geometry"], new))
        return known[rows]

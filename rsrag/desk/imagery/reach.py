"""Reach of an index: its sensors, times and places, for filters that miss them."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rsrag.columns.arrow_columns import boxes, word_counts
from rsrag.columns.expressions import Compare, Fits, leaves
from rsrag.desk.imagery.columns_there import (
    Columns,
    chips_in,
    columns_there,
    own_column,
    resolved,
)
from rsrag.filters import Filter, FilterColumns
from rsrag.geo import boxes_touch, geometry_bbox

if TYPE_CHECKING:
    import pyarrow as pa

_NAMES = {
    "sensor": "sensors",
    "placed_by": "ways of placing",
    "dated_by": "ways of dating",
    "datetime": "times",
    "gsd_m": "metres a pixel",
    "nodata_share": "shares without data",
}
_MOST = 12


def as_spelled(
    where: Filter | None,
    sensors: Callable[[], Mapping[str, int]],
    columns: Callable[[], Columns],
) -> Filter | None:
    """A filter whose sensors and columns are spelled as an index spells them.

    Args:
        sensors: gives those of the index, when a filter names any.
        columns: gives its properties, when a filter names any.

    Raises:
        QueryError: a column that is not there, or that holds no such values.
    """
    if where is None:
        return None
    if asked := where.keywords.get("sensor"):
        from rsrag.imagery.metadata.satellite_names import named_satellites

        there = sensors()
        meant = asked.union(*(named_satellites(word, there) for word in asked))
        words = {**where.keywords, "sensor": meant}
        where = dataclasses.replace(where, keywords=words)
    if where.expression is not None:
        known = resolved(where.expression, columns, sensors)
        where = dataclasses.replace(where, expression=known)
    return where


def spelled_in(parts: Sequence[Path], where: Filter | None) -> Filter | None:
    """The same, by the parts of an index."""
    return as_spelled(
        where,
        lambda: word_counts(chips_in(parts, ["sensor"])["sensor"]),
        lambda: columns_there(iter([chips_in(parts, ["properties"])])),
    )


def why_none(parts: Iterable[Path], where: Filter) -> list[str]:
    """What an index holds of all that a filter asks for and no chip has.

    Returns:
        A sentence for each condition that no chip meets; none if each is met by some,
        but by none together.
    """
    alone = {name: Filter(ranges={name: ends}) for name, ends in where.ranges.items()}
    if where.datetime:
        alone["datetime"] = Filter(datetime=where.datetime)
    for name, words in where.keywords.items():
        alone[name] = Filter(keywords={name: words})
    columns = [name for name in _NAMES if name in alone]
    conditions = list(leaves(where.expression)) if where.expression else []
    needed = [own_column(leaf.name) for leaf in conditions] + columns
    needed += ["bbox", "geometry"] if where.area or conditions else []
    table = chips_in(parts, list(dict.fromkeys(needed)))
    lines, known = [], FilterColumns(table)
    for name in columns:
        rows = known.rows(alone[name])
        if rows is None or len(rows):
            continue
        column = table[name]
        if name in where.keywords:
            counts = word_counts(column).most_common(_MOST)
            there = ", ".join(f"{word} ({count:,})" for word, count in counts)
        else:
            there = _ends(column)
        unknown = f"; {column.null_count:,} have none" if column.null_count else ""
        lines.append(f"{_NAMES[name]} there: {there or 'none'}{unknown}")
    for leaf in conditions:
        rows = known.rows(Filter(expression=leaf))
        if isinstance(leaf, Compare | Fits) and rows is not None and not len(rows):
            from rsrag.desk.imagery.facets import facet
            from rsrag.rendering.reports.facet_pages import values_text

            held = values_text(facet(known.values, leaf.name).to_json())
            lines.append(f"{leaf.name} there: {held}")
    if where.area is not None:
        box = geometry_bbox(where.area)
        found = boxes(table["bbox"])
        if not boxes_touch(found, box).any():
            placed = found[~np.isnan(found[:, 0])]
            west, south = placed[:, :2].min(axis=0, initial=np.inf)
            east, north = placed[:, 2:].max(axis=0, initial=-np.inf)
            lines.append(
                f"footprints there: {west:g} {south:g} {east:g} {north:g}"
                if len(placed)
                else "footprints there: none"
            )
    return lines


def _ends(column: "pa.ChunkedArray") -> str:
    """The lowest and the highest value."""
    import pyarrow.compute as pc

    low, high = pc.min_max(column).as_py().values()
    if low is None:
        return ""
    if isinstance(low, dt.datetime):
        low, high = low.date(), high.date()
        return f"{low}" if low == high else f"{low} to {high}"
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"

"""Reach of an index: its sensors, times and places, for filters that miss them."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rsrag.columns import boxes, word_counts
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


def with_sensors(
    where: Filter | None, words: Callable[[], Mapping[str, int]]
) -> Filter | None:
    """A filter whose sensors are spelled as an index spells them.

    Args:
        words: gives the sensors of the index, when a filter names any.
    """
    asked = where.keywords.get("sensor") if where else None
    if not where or not asked:
        return where
    from rsrag.imagery.metadata.satellite_names import named_satellites

    there = words()
    meant = asked.union(*(named_satellites(word, there) for word in asked))
    return dataclasses.replace(where, keywords={**where.keywords, "sensor": meant})


def sensors_in(parts: Iterable[Path]) -> dict[str, int]:
    """How many chips each sensor has."""
    return word_counts(_table(parts, ["sensor"])["sensor"])


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
    table = _table(parts, [*columns, *(["bbox"] if where.area else [])])
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


def _table(parts: Iterable[Path], columns: Sequence[str]) -> "pa.Table":
    import pyarrow as pa

    from rsrag.indexing.format.parts import read_parts

    return pa.concat_tables(read_parts(parts, columns, 1 << 17))

"""Chips in the order of a column, page by page."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rsrag.columns.expressions import leaves
from rsrag.desk.imagery.columns_there import Columns, chips_in, named_column, own_column
from rsrag.errors import QueryError
from rsrag.filters import Filter, FilterColumns
from rsrag.stores.files.demands import check_limit
from rsrag.types import Hit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rsrag.columns.column_values import Kind, Values
    from rsrag.desk.imagery.generation import Generation

DISTANCE = "distance"
"""Word that sorts by the way from the point of ``near``."""


def page_of(
    generation: "Generation",
    where: Filter | None,
    after: str | None,
    limit: int,
    sort: str | None,
    offset: int,
) -> list[Hit]:
    """A page of the chips that pass a filter; see :meth:`rsrag.Index.browse`.

    Raises:
        QueryError: a column that is not there, or a page that cannot be.
    """
    if offset < 0:
        raise QueryError(f"offset is {offset}; it must be 0 or more.")
    if after is not None and (sort or offset):
        raise QueryError("after goes on by id: neither sort nor offset goes with it.")
    if not sort and not offset:
        return generation.store.browse(where, after, limit)
    check_limit(limit)
    page, near = slice(offset, offset + limit), where.near if where else None
    ids = ids_in_order(
        generation.parts, where, sort or "id", page, generation.columns, near
    )
    payloads = generation.store.payloads(ids)
    return [Hit(id_, 0.0, payload) for id_, payload in zip(ids, payloads, strict=True)]


def ids_in_order(
    parts: Sequence[Path],
    where: Filter | None,
    sort: str,
    page: slice,
    columns: Columns,
    near: tuple[float, float] | None = None,
) -> list[str]:
    """Ids of a page of the chips that pass a filter.

    Those without a value come last, whichever way the others are sorted; equal ones
    are sorted by id.

    Args:
        where: with names as the index spells them.
        sort: a column or a property, ``-`` before it for the highest first, or
            :data:`DISTANCE`.
        page: which of them.
        columns: the properties that there are.
        near: longitude and latitude, for :data:`DISTANCE`.

    Raises:
        QueryError: a column that is not there, or a distance from nowhere.
    """
    down, name = sort.startswith("-"), sort.removeprefix("-")
    if name == DISTANCE and near is None:
        raise QueryError("The distance is from no point.", hint="--near LON,LAT")
    if name != DISTANCE:
        name, kinds = named_column(name, lambda: columns)
    table = chips_in(parts, _needed(where, name))
    known = FilterColumns(table)
    rows = known.rows(where)
    if rows is None:
        rows = np.arange(len(table))
    if name == DISTANCE and near is not None:
        keys = _ways(known.boxes, *near)
    else:
        keys = _keys(known.values, name, kinds)
    ids = np.array(table["id"].to_pylist(), dtype=np.str_)[rows]
    keys = -keys[rows] if down else keys[rows]
    order = np.lexsort((ids, keys, np.isnan(keys)))
    return [str(id_) for id_ in ids[order[page]]]


def _needed(where: Filter | None, sort: str) -> list[str]:
    named = {"id", "bbox" if sort == DISTANCE else own_column(sort)}
    if where:
        named |= {own_column(n) for n in (*where.keywords, *where.ranges)}
        named |= {"datetime"} if where.datetime else set()
        conditions = list(leaves(where.expression)) if where.expression else []
        named |= {own_column(leaf.name) for leaf in conditions}
        named |= {"bbox", "geometry"} if where.area or conditions else set()
    return sorted(named)


def _keys(values: "Values", name: str, kinds: "set[Kind]") -> "NDArray[np.float64]":
    """Numbers in the order of a column's values; NaN where there is none."""
    in_numbers: list[Kind] = ["time", "number", "truth"]
    for kind in in_numbers:
        if kind in kinds:
            return values.numbers(name, kind)
    codes, there = values.coded(name)
    words = [str(value) for value in there]
    ranks = np.empty(len(words) + 1)
    ranks[np.argsort(np.array([w.casefold() for w in words], dtype=np.str_))] = (
        np.arange(len(words))
    )
    ranks[[*(i for i, value in enumerate(there) if value is None), -1]] = np.nan
    return ranks[codes]


def _ways(
    boxes: "NDArray[np.float64]", lon: float, lat: float
) -> "NDArray[np.float64]":
    """Metres from a point to the middle of each box, on the mean sphere."""
    from rsrag.geo import EARTH_RADIUS_M

    west, south, east, north = boxes.T
    middle = np.radians(west + ((east - west) % 360) / 2)
    phi, here = np.radians((south + north) / 2), np.radians(lat)
    half = np.sin((phi - here) / 2) ** 2
    half += np.cos(phi) * np.cos(here) * np.sin((middle - np.radians(lon)) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, half))))

"""Columns of an index, its properties among them, and what a filter means by a name."""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rsrag.columns.arrow_columns import boxes, coded
from rsrag.columns.column_values import Kind, read_properties
from rsrag.columns.expressions import (
    Compare,
    Expression,
    Fits,
    Joined,
    Leaf,
    Missing,
    Not,
    folded,
    kind_of,
    replaced,
)
from rsrag.errors import QueryError

if TYPE_CHECKING:
    import pyarrow as pa

    from rsrag.filters import Filter

MOST_COLUMNS = 256
"""Properties that count as columns, those first that most chips have."""

OWN: Mapping[str, Kind] = {
    **dict.fromkeys(("id", "source", "source_sha256", "sensor", "crs"), "text"),
    **dict.fromkeys(("placed_by", "dated_by", "bands"), "text"),
    **dict.fromkeys(("gsd_m", "nodata_share", "contrast"), "number"),
    "datetime": "time",
    "geometry": "text",
}
"""Columns that every index of imagery has; of geometry only that it is there."""

_ALSO = {"gsd": "gsd_m", "geom": "geometry", "footprint": "geometry"}
_SAID = {
    "number": "numbers",
    "text": "texts",
    "truth": "true or false",
    "time": "times",
}
Columns = Mapping[str, Counter[Kind]]
"""Of each column how many chips have a value of each kind."""


def columns_there(tables: "Iterable[pa.Table]") -> dict[str, Counter[Kind]]:
    """The properties of an index, those first that most chips have.

    Args:
        tables: of its chips, with the column ``properties``.
    """
    found: dict[str, Counter[Kind]] = {}
    for table in tables:
        codes, texts = coded(table["properties"])
        counts = Counter(codes.tolist())
        for code, text in enumerate(texts):
            for name, value in _flat(read_properties(text)):
                for kind in _kinds(value):
                    found.setdefault(name, Counter())[kind] += counts[code]
    most = sorted(found.items(), key=lambda one: (-one[1].total(), one[0]))
    return dict(most[:MOST_COLUMNS])


def _flat(properties: Mapping[str, Any], under: str = "") -> Iterable[tuple[str, Any]]:
    for name, value in properties.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{under}{name}.")
        else:
            yield f"{under}{name}", value


def _kinds(value: Any) -> set[Kind]:
    if isinstance(value, list):
        return {"text"} if any(isinstance(one, str) for one in value) else set()
    if isinstance(value, bool | str):
        return {kind_of(value)}
    return {"number"} if isinstance(value, int | float) else set()


def resolved(
    expression: Expression,
    columns: Callable[[], Columns],
    sensors: Callable[[], Mapping[str, int]],
) -> Expression:
    """The expression with names and sensors as an index spells them.

    Args:
        columns: gives the properties of the index, if a name is none of its own.
        sensors: gives its sensors, if some are named.

    Raises:
        QueryError: a column that is not there, or that never holds such a value.
    """

    def one(leaf: Leaf) -> Expression:
        if isinstance(leaf, Compare) and leaf.name == "cloud_cover":
            return _cloud(leaf, columns())
        name, kinds = named_column(leaf.name, columns)
        leaf = replace(leaf, name=name)
        if isinstance(leaf, Missing):
            return leaf
        if isinstance(leaf, Compare) and name == "sensor" and leaf.op in ("=", "<>"):
            return _sensor(leaf, sensors())
        if isinstance(leaf, Compare | Fits):
            wanted = kind_of(leaf.value) if isinstance(leaf, Compare) else "text"
            if wanted == "text" and set(kinds) == {"time"}:
                return _as_time(leaf)
            if wanted not in kinds and not (wanted == "time" and "text" in kinds):
                there = " and ".join(_SAID[kind] for kind in kinds)
                given = leaf.value if isinstance(leaf, Compare) else leaf.pattern
                raise QueryError(
                    f"The column {name} holds {there}; {given!r} is none.",
                    hint="rsrag index facets NAME shows what its columns hold",
                )
        return leaf

    return replaced(expression, one)


def _as_time(leaf: Compare | Fits) -> Expression:
    """A comparison of a time with a text that is one."""
    from rsrag.desk.filter_values import moments_of

    if isinstance(leaf, Fits):
        raise QueryError(f"{leaf.name} holds times, which fit no pattern.")
    return replace(leaf, value=moments_of(str(leaf.value)))


def named_column(name: str, columns: Callable[[], Columns]) -> tuple[str, set[Kind]]:
    """The column that a name means, and the kinds of its values.

    Raises:
        QueryError: none, or several.
    """
    if name in OWN:
        return name, {OWN[name]}
    there = columns()
    if name in there:
        return name, set(there[name])
    if name.casefold() in _ALSO:
        return named_column(_ALSO[name.casefold()], columns)
    wanted = folded(name.removeprefix("properties."))
    alike = [
        one
        for one in (*OWN, *there)
        if wanted in (folded(one), folded(one.rpartition(":")[2]))
    ]
    if len(alike) == 1:
        return named_column(alike[0], columns)
    if alike:
        raise QueryError(
            f"The column {name!r} may be {' or '.join(alike)}.",
            hint="write it as the index does",
        )
    near = difflib.get_close_matches(name, [*OWN, *there], 1, 0.7)
    known = ", ".join([*OWN, *list(there)[:40]])
    raise QueryError(
        f"There is no column {name!r} here. There are: {known}.",
        hint=f"did you mean {near[0]}?" if near else "rsrag index facets NAME",
    )


def cloud_columns(columns: Columns) -> list[str]:
    """Those columns that tell how much cloud there is, percent, best first."""
    from rsrag.imagery.sources.selection import CLOUD_KEYS

    lower = {name.lower(): name for name in columns if "number" in columns[name]}
    return [lower[key] for key in CLOUD_KEYS if key in lower]


def _cloud(leaf: Compare, columns: Columns) -> Expression:
    """The same of the first column of clouds that a chip has."""
    names = cloud_columns(columns)
    if not names:
        from rsrag.imagery.sources.selection import CLOUD_KEYS

        raise QueryError(
            "Nothing in this index tells how much cloud there is.",
            hint=f"a scene's properties or its sidecar would, as {CLOUD_KEYS[0]}",
        )
    *others, last = names
    found: Expression = replace(leaf, name=last)
    for name in reversed(others):
        rest = Joined("and", (Missing(name), found))
        found = Joined("or", (replace(leaf, name=name), rest))
    return found


def _sensor(leaf: Compare, sensors: Mapping[str, int]) -> Expression:
    """A sensor by any of its spellings."""
    from rsrag.imagery.metadata.satellite_names import named_satellites

    meant = sorted(named_satellites(str(leaf.value), sensors)) or [str(leaf.value)]
    equal: Expression = Joined(
        "or", tuple(replace(leaf, op="=", value=m) for m in meant)
    )
    return equal if leaf.op == "=" else Not(equal)


def chips_in(parts: Iterable[Path], columns: Sequence[str]) -> "pa.Table":
    """Some columns of all chips."""
    import pyarrow as pa

    from rsrag.indexing.format.parts import read_parts

    return pa.concat_tables(read_parts(parts, columns, 1 << 17))


def chips_passing(
    parts: Iterable[Path], where: "Filter | None", columns: Sequence[str] | None = None
) -> "pa.Table":
    """Some columns, or all, of the chips that pass a filter; all where there is one.

    ``where`` names columns as the index spells them.
    """
    from rsrag.filters import FilterColumns
    from rsrag.indexing.format.chip_schema import chip_schema

    whole = columns is None or bool(where)
    table = chips_in(parts, chip_schema().names if whole else columns or ())
    rows = FilterColumns(table).rows(where)
    return table if rows is None else table.take(rows)


def centres_in(parts: Iterable[Path], most: int) -> list[tuple[float, float]]:
    """Longitude and latitude of the middle of chips, at most so many, evenly chosen."""
    from rsrag.geo import bbox_centre
    from rsrag.types import BBox

    found = boxes(chips_in(parts, ["bbox"])["bbox"])
    found = found[~np.isnan(found[:, 0])]
    step = max(1, -(-len(found) // most))
    return [bbox_centre(BBox(*box)) for box in found[::step].tolist()]


def own_column(name: str) -> str:
    """The column of a part that holds what a condition names."""
    from rsrag.indexing.format.chip_schema import chip_schema

    return name if name in chip_schema().names else "properties"

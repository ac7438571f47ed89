"""What the chips of an index hold, column by column, with counts."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rsrag.columns.column_values import Kind, Values
from rsrag.desk.imagery.columns_there import OWN, chips_passing, columns_there
from rsrag.filters import Filter, FilterColumns

if TYPE_CHECKING:
    pass

MOST_WORDS = 12
"""Values of a column that are told; what is left of them is counted."""

_SKIPPED = frozenset({"id", "source", "source_sha256", "geometry", "properties", "crs"})


@dataclass(frozen=True, slots=True)
class Facet:
    """One column of some chips.

    Attributes:
        column: its name, as a filter takes it.
        kind: of most of its values.
        chips: how many chips have a value.
        values: how many chips each value has, most first; years of times, and nothing
            of numbers of which there are many.
        distinct: how many values there are.
        low, median, high: of numbers.
    """

    column: str
    kind: Kind
    chips: int
    values: Mapping[str, int] = field(default_factory=dict)
    distinct: int = 0
    low: float | None = None
    median: float | None = None
    high: float | None = None

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)


def facets_of(parts: Sequence[Path], where: Filter | None) -> tuple[int, list[Facet]]:
    """How many chips pass a filter, and all columns that some of them have values in.

    Args:
        where: with names as the index spells them.
    """
    chosen = chips_passing(parts, where)
    values = FilterColumns(chosen).values
    own = [name for name in OWN if name not in _SKIPPED]
    found = [facet(values, name) for name in [*own, *columns_there(iter([chosen]))]]
    return len(chosen), [one for one in found if one.chips]


def facet(values: Values, name: str) -> Facet:
    """What a column holds."""
    kinds: list[Literal["number", "time"]] = ["time", "number"]
    if name in OWN and OWN[name] in ("text", "number"):
        kinds = ["number"] if OWN[name] == "number" else []
    for kind in kinds:
        numbers = values.numbers(name, kind)
        known = numbers[~np.isnan(numbers)]
        if len(known) and (kind == "number" or name == "datetime"):
            return _of_numbers(name, kind, known)
    codes, there = values.coded(name)
    counts = np.bincount(codes[codes >= 0], minlength=len(there))
    words: Counter[str] = Counter()
    chips = 0
    for value, count in zip(there, counts.tolist(), strict=True):
        some = value if isinstance(value, list) else [value]
        said = {str(one) for one in some if isinstance(one, str | bool)}
        chips += count if said else 0
        words.update(dict.fromkeys(said, count))
    truth = bool(words) and set(words) <= {"True", "False"}
    kept = dict(words.most_common(MOST_WORDS))
    return Facet(name, "truth" if truth else "text", chips, kept, len(words))


def _of_numbers(name: str, kind: Kind, known: "np.ndarray[Any, Any]") -> Facet:
    if kind == "time":
        epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        days, counts = np.unique(known // 86_400e6, return_counts=True)
        years: Counter[str] = Counter()
        for day, count in zip(days.tolist(), counts.tolist(), strict=True):
            years[str((epoch + dt.timedelta(days=day)).year)] += count
        return Facet(name, kind, len(known), dict(sorted(years.items())), len(years))
    different, counts = np.unique(known, return_counts=True)
    values = {}
    if len(different) <= MOST_WORDS:
        pairs = zip(different.tolist(), counts.tolist(), strict=True)
        values = {f"{value:g}": count for value, count in pairs}
    low, middle, high = np.percentile(known, [0, 50, 100]).tolist()
    return Facet(name, kind, len(known), values, len(different), low, middle, high)

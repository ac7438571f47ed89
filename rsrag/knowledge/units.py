"""Units: what they measure, how they are written, and how they convert.

One table (``units.json``) for reading, comparing and converting. A unit that is not in
it is comparable with itself alone; it never counts as some other.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from rsrag.packages import packaged_json
from rsrag.records import Fact

_SIMPLE = str.maketrans({"²": "2", "³": "3", "^": "", "·": " "})
_IN_COLUMNS = (
    *("length", "area", "volume", "speed", "flow", "power", "energy", "mass"),
    *("pressure", "temperature", "voltage", "share"),
)
"""What a column's own name may give the unit of: ``opened_year`` has no unit."""
_UNSURE = frozenset({"in", "nm", "ms", "mt", "kt", "gal", "share", "percent"})
"""Endings of columns that are words or codes as well."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a dimension (``length``): base = number x ``factor`` + ``offset``."""

    name: str
    dimension: str
    factor: float
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that can be put in order among those of one ``kind``.

    Attributes:
        kind: a dimension, the name of a unit that no table has, or empty for a bare
            number.
        value: in the dimension's base unit, where there is one.
    """

    kind: str
    value: float


@cache
def _table() -> tuple[dict[str, Unit], dict[str, Unit]]:
    """Units by each way to write them: letter for letter, and in lower case."""
    exact: dict[str, Unit] = {}
    for dimension, units in packaged_json("knowledge/units.json").items():
        for name, entry in units.items():
            scale: Any = entry[0]
            factor, offset = scale if isinstance(scale, list) else (scale, 0.0)
            unit = Unit(name, dimension, factor, offset)
            exact |= dict.fromkeys([name, *entry[1:]], unit)
    lower: dict[str, Unit | None] = {}
    for way, unit in exact.items():
        key = way.lower()
        same = lower.get(key, unit)
        # "mW" is no "MW", and what only its case tells apart is not guessed.
        lower[key] = unit if same is not None and same.name == unit.name else None
    return exact, {way: unit for way, unit in lower.items() if unit is not None}


_POWERED = re.compile(
    r"(?P<power>square|sq\.?|cubic|cu\.?)\s*(?P<side>[^\W\d]+)", re.IGNORECASE
)


def unit_named(text: str) -> Unit | None:
    """The unit that a text writes (``km²``, ``square miles``, ``mw``), if one does."""
    exact, lower = _table()
    way = " ".join(text.translate(_SIMPLE).split()).strip(".")
    found = exact.get(way) or lower.get(way.lower())
    powered = _POWERED.fullmatch(way) if found is None else None
    side = unit_named(powered["side"]) if powered else None
    if powered is None or side is None or side.dimension != "length":
        return found
    # *Cubic km*, *sq. miles*: of a side that is written in any way.
    return exact.get(f"{side.name}{2 if powered['power'][0] in 'sS' else 3}")


def unit_names() -> dict[str, str]:
    """Short forms of units by each way to write them, letter for letter."""
    return {way: unit.name for way, unit in _table()[0].items()}


def measure(number: float, unit: str | None) -> Measure:
    """A number with its unit, to be put in order among those of its kind."""
    if unit is None or not unit.strip():
        return Measure("", number)
    known = unit_named(unit)
    if known is None:
        return Measure(f"{unit.strip()} (a unit that is not known)", number)
    return Measure(known.dimension, number * known.factor + known.offset)


def convert(number: float, unit: str | None, to: str) -> float | None:
    """A number in another unit; ``None`` if one of them is no unit, or they differ.

    Args:
        unit: that the number has; ``None`` for none.
        to: as a person writes it (``feet``).
    """
    old, new = unit_named(unit or ""), unit_named(to)
    if old is None or new is None or old.dimension != new.dimension:
        return None
    return (number * old.factor + old.offset - new.offset) / new.factor


def measure_of(fact: Fact) -> Measure | None:
    """A fact's number with its unit; ``None`` if its value is no number."""
    return None if fact.number is None else measure(fact.number, fact.unit)


def comparable(pairs: Sequence[tuple[_T, Measure]]) -> tuple[list[_T], list[_T]]:
    """Part what can be compared: the largest group of one kind, and all others.

    Of groups as large as another, the one that comes first.
    """
    sizes: dict[str, int] = {}
    for _, one in pairs:
        sizes[one.kind] = sizes.get(one.kind, 0) + 1
    kind = max(sizes, key=lambda key: sizes[key], default="")
    same = [item for item, one in pairs if one.kind == kind]
    return same, [item for item, one in pairs if one.kind != kind]


def split_column(name: str) -> tuple[str, str | None]:
    """The words and the unit of a column's name in snake case.

    ``height_m`` is ``("height", "m")``; so is ``Height (m)``, made snake case. A name
    that is a unit and no more, or ends in none, comes back as it is.
    """
    parts = name.split("_")
    for size in (3, 2, 1):
        ending = "_".join(parts[-size:])
        unit = _endings().get(ending)
        if unit is not None and len(parts) > size:
            return "_".join(parts[:-size]), unit
    return name, None


@cache
def _endings() -> dict[str, str]:
    ways: dict[str, str] = {}
    for way, unit in _table()[0].items():
        ending = way.lower().replace("/", "_").replace("-", "_").replace(" ", "_")
        fits = unit.dimension in _IN_COLUMNS and ending.replace("_", "").isalnum()
        if fits and ending not in _UNSURE and (len(ending) > 1 or ending == "m"):
            ways.setdefault(ending, unit.name)
    return ways

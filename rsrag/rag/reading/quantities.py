"""Values that can be put in order: lengths, areas, years, whatever their unit."""

import re

from rsrag.records import Fact

_TO_BASE = {
    "m": 1.0, "km": 1e3, "cm": 1e-2, "mm": 1e-3, "ft": 0.3048, "mi": 1609.344,
    "m2": 1.0, "km2": 1e6, "ha": 1e4, "m3": 1.0, "km3": 1e9,
    "w": 1.0, "kw": 1e3, "mw": 1e6, "gw": 1e9,
}  # fmt: skip
YEARS = frozenset(
    {
        "opened",
        "completed",
        "established",
        "founded",
        "closed",
        "construction_period",
        "construction_started",
        "last_eruption",
        "major_eruption",
        "first_ascent",
        "unesco_since",
        "protected_since",
        "discovered",
    }
)
"""Variables whose value is a time."""
_YEAR = re.compile(r"(?<![\d.,])(\d{3,4})(?![\d.,]\d)(?:\s*-\s*\d{3,4})?(\s*BCE?)?")


def sort_value(fact: Fact) -> float | None:
    """A fact's value in metres, square metres, watts …, or as a year.

    Returns:
        ``None`` for what cannot be put in order. A year before Christ is negative.
    """
    if fact.variable in YEARS:
        match = _YEAR.search(fact.value)
        if match is None:
            return None
        return -float(match[1]) if match[2] else float(match[1])
    if fact.number is None:
        return None
    return in_base(fact.number, fact.unit)


def in_base(number: float, unit: str | None) -> float:
    """A number in the base unit of its kind; one of an unknown unit as it is."""
    return number * _TO_BASE.get((unit or "").lower(), 1.0)

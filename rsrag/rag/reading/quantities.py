"""Values that can be put in order: lengths, areas, years, whatever their unit."""

import re

from rsrag.rag.reading.words import word_list, word_table
from rsrag.records import Fact

YEARS = word_list("years")
"""Variables whose value is a time."""
_YEAR = re.compile(r"(?<![\d.,])(\d{3,4})(?![\d.,]\d)(?:\s*-\s*\d{3,4})?(\s*BCE?)?")


def sort_value(fact: Fact) -> float | None:
    """A fact's value in metres, square metres, watts …, or as a year.

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
    factor: float = word_table("base_units").get((unit or "").lower(), 1.0)
    return number * factor

"""Values that can be put in order: lengths, areas, years, whatever their unit."""

import re

from rsrag.knowledge.units import Measure, measure_of
from rsrag.rag.reading.words import word_list
from rsrag.records import Fact

YEARS = word_list("years")
"""Variables whose value is a time."""
YEAR = "year"
"""The kind of a :class:`rsrag.knowledge.units.Measure` that is a time."""
_YEAR = re.compile(r"(?<![\d.,])(\d{3,4})(?![\d.,]\d)(?:\s*-\s*\d{3,4})?(\s*BCE?)?")


def order_of(fact: Fact) -> Measure | None:
    """A fact's value in the base unit of its kind, or as a year.

    ``None`` for what cannot be put in order. A year before Christ is negative.
    """
    if fact.variable not in YEARS:
        return measure_of(fact)
    match = _YEAR.search(fact.value)
    if match is None:
        return None
    return Measure(YEAR, -float(match[1]) if match[2] else float(match[1]))

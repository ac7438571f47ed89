"""Whether a value meets a condition: a number, a time, or a name in it."""

import re
from collections.abc import Sequence
from itertools import chain

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.knowledge.periods import periods_in
from rsrag.knowledge.units import Measure, measure
from rsrag.knowledge.values import parse_value
from rsrag.rag.querying.typed_query import ValueFilter
from rsrag.rag.reading.place_names import parts_of_list, place_key
from rsrag.rag.reading.quantities import YEARS, order_of, year_span
from rsrag.rag.reading.words import word_table
from rsrag.records import Fact

_METRES = frozenset(
    {"elevation", "height", "maximum_depth", "depth", "average_depth", "prominence"}
)
"""What people give in metres where they give no unit."""
_YEAR_LONG = len("1974")
_ALIKE = 0.01
"""A value claimed may be off by this share: it may be rounded."""


def spellings(names: Sequence[str], catalogue: Catalogue) -> list[str]:
    """Names folded, and the other names of the landmarks that carry them."""
    ways = {way for name in names for way in (fold(name), place_key(name))}
    for landmark in chain.from_iterable(map(catalogue.named, names)):
        ways |= {fold(one) for one in (landmark.name, *landmark.aliases)}
    return sorted(ways - {""})


def meets(fact: Fact, wanted: ValueFilter, names: Sequence[str] = ()) -> bool | None:
    """Whether a value meets a condition; ``None`` if the two cannot be compared."""
    if wanted.names:
        said = f" {fold(fact.value)} "
        return any(f" {name} " in said for name in names) != wanted.negated
    if wanted.low is None and wanted.high is None:
        denied = fold(fact.value) in ("no", "none", "never", "0", "false")
        return denied == wanted.negated
    if fact.variable in YEARS:
        span = year_span(fact.value)
        if span is not None and fact.variable == "construction_period":
            span = span[1], span[1]
        within = None if span is None else _in_years(span, wanted, fact.value)
    else:
        value = order_of(fact) or how_many(fact)
        within = None if value is None else _in_numbers(value, wanted, fact)
    return None if within is None else within != wanted.negated


def how_many(fact: Fact) -> Measure | None:
    """Of a place that lies in several countries: in how many."""
    listed = fact.variable in word_table("place_variables")
    return Measure("", float(len(parts_of_list(fact.value)))) if listed else None


def _period(text: str | None) -> str:
    """The first time that a text names, as ``1974-03-04``."""
    found = periods_in(text or "")
    return found[0].period if found and "/" not in found[0].period else ""


def _in_years(span: tuple[float, float], wanted: ValueFilter, said: str) -> bool | None:
    low, high = year_span(wanted.low or ""), year_span(wanted.high or "")
    day = _period(wanted.low) if wanted.low == wanted.high else ""
    if len(day) > _YEAR_LONG and low is not None and span[0] == low[0]:
        # *On 4 March 1974*: what is held to the year only may be of that day.
        mine = _period(said)
        return mine.startswith(day) if len(mine) >= len(day) else None
    if (wanted.low is not None and low is None) or (
        wanted.high is not None and high is None
    ):
        return None
    if wanted.strict:
        above = low is None or span[0] > low[1]
        return above and (high is None or span[1] < high[0])
    above = low is None or span[0] >= low[0]
    return above and (high is None or span[1] <= high[1])


def _in_numbers(value: Measure, wanted: ValueFilter, fact: Fact) -> bool | None:
    same = wanted.low is not None and wanted.low == wanted.high
    rounded = same and "exactly" not in wanted.words
    slack = _ALIKE * abs(value.value) if rounded else 0.0
    for text, sign in ((wanted.low, 1), (wanted.high, -1)):
        if text is None:
            continue
        limit = limit_of(text, fact)
        if limit is None or limit.kind != value.kind:
            return None
        apart_by = sign * (value.value - limit.value)
        if apart_by < -slack or (wanted.strict and apart_by == 0):
            return False
    return True


def limit_of(text: str, fact: Fact) -> Measure | None:
    """A limit as a number; metres where a height or a depth has none."""
    number, unit = parse_value(re.sub(r"\s+", " ", text))
    if number is None:
        return None
    if unit is None and fact.unit and fact.variable in _METRES:
        unit = "m"
    return measure(number, unit)

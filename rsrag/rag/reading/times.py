"""Facts that hold at the time that a question names."""

import re
from collections.abc import Sequence

from rsrag.knowledge.periods import period_bounds, period_words
from rsrag.knowledge.units import measure_of
from rsrag.rag.saying.sentences import sentences
from rsrag.records import Fact

_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_SAME = 0.005
"""Share by which numbers of two sources may differ and say the same: rounding."""


def in_period(
    facts: Sequence[Fact], periods: Sequence[str]
) -> tuple[list[Fact], dict[str, str]]:
    """Facts that hold for the periods asked, and what to quote of undated prose."""
    if not periods:
        # Where some values have a date and one has none, that is the general one.
        undated = [fact for fact in facts if fact.period is None]
        return undated or sorted(facts, key=lambda fact: fact.period or ""), {}
    chosen = []
    quotes = {}
    for fact in facts:
        if any(covers(period, fact.period) for period in periods):
            chosen.append(fact)
        elif fact.period is None:
            told = [
                part
                for part in sentences(fact.value)
                if any(_speaks_of(part, period) for period in periods)
            ]
            if told:
                chosen.append(fact)
            if 0 < len(told) < len(sentences(fact.value)):
                quotes[fact.id] = " ".join(told)
    return chosen, quotes


def of_sources(facts: Sequence[Fact]) -> list[Fact]:
    """What each of several sources holds, newest first, where their numbers differ.

    Of a source its undated value counts, else its newest. A value is as old as its
    period, or as the year in its source's name.

    Returns:
        Nothing where one source speaks, or all say the same.
    """
    by_source: dict[str, list[Fact]] = {}
    for fact in facts:
        by_source.setdefault(fact.source, []).append(fact)
    held = []
    for own in by_source.values():
        undated = [fact for fact in own if fact.period is None]
        held += undated or [max(own, key=_age)]
    measures = [measure_of(fact) for fact in held]
    if len(by_source) < 2 or None in measures:
        return []
    sizes = [one.value for one in measures if one is not None]
    kinds = {one.kind for one in measures if one is not None}
    if len(kinds) == 1 and max(sizes) - min(sizes) <= _SAME * max(map(abs, sizes)):
        return []
    return sorted(held, key=_age, reverse=True)


def _age(fact: Fact) -> str:
    year = _YEAR.search(fact.source)
    return fact.period or (year.group() if year else "")


def covers(asked: str, held: str | None) -> bool:
    """Whether a value for the time ``held`` answers a question about ``asked``.

    A month answers for its year, a day for its month; an interval for what lies in
    it. A year does not answer for one of its months.
    """
    if held is None:
        return False
    (asked_first, asked_last), (first, last) = period_bounds(asked), period_bounds(held)
    if asked_first <= first and last <= asked_last:
        return True
    return "/" in held and first <= asked_first and asked_last <= last


def _speaks_of(text: str, period: str) -> bool:
    year = re.escape(period[:4])
    if not re.search(rf"(?<!\d){year}(?!\d)", text):
        return False
    return len(period) == 4 or period_words(period).split()[-2] in text

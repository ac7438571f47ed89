"""Values reckoned from values: in another unit, as an age, as a span of time."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import chain

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.units import convert, unit_named
from rsrag.knowledge.variables import label_of
from rsrag.rag.executing.sites import middle_of
from rsrag.rag.reading.quantities import YEARS, year_span
from rsrag.rag.saying.draft import Draft
from rsrag.records import Fact, Landmark
from rsrag.retrieval.wording.english import capital, with_article
from rsrag.retrieval.wording.evidence import fact_evidence, landmark_evidence

_AGES = ("age", "geological_age")
_MADE = ("completed", "opened", "construction_period", "established", "founded")
_BEGUN, _DONE = ("construction_started",), ("completed", "opened")
_DIGITS = 4


def number_words(number: float, digits: int = _DIGITS) -> str:
    """A number to so many digits that count: ``31,699``, ``0.4512``."""
    if number == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(number)))
    rounded = round(number, places)
    return (
        f"{rounded:,.{max(0, places)}f}".rstrip("0").rstrip(".")
        if places > 0
        else f"{rounded:,.0f}"
    )


def _digits(fact: Fact, number: float) -> int:
    """Of a value in another unit: as fine as the value is held, to 3 or 4 at least."""
    said = fact.value.split(" ")[0].replace(",", "")
    held = len(re.sub(r"\D", "", said).strip("0"))
    least = max(_DIGITS if held > 2 else 3, held)
    whole, _, part = said.partition(".")
    if not fact.number or held < _DIGITS or abs(number) < 10**_DIGITS:
        return least
    zeros = len(whole) - len(whole.rstrip("0"))
    step = abs(number / fact.number) * 10.0 ** (-len(part) if part else zeros)
    places = math.floor(math.log10(abs(number))) - math.floor(math.log10(step))
    return max(least, min(places, math.floor(math.log10(abs(number)))) + 1)


def some_values(facts: Sequence[Fact]) -> str:
    """The values of the first three, each once: ``1.5 km, 12 acres``."""
    return ", ".join(dict.fromkeys(fact.value for fact in facts[:3]))


def in_unit(draft: Draft, unit: str) -> None:
    """Say the values that were told in another unit, or why that cannot be."""
    said = []
    for fact, landmark in draft.told:
        if fact.number is None:
            continue
        number = convert(fact.number, fact.unit, unit)
        if number is None:
            have = f"in {fact.unit}" if fact.unit else "a number without a unit"
            draft.notes.append(
                f"{fact.value!r} is {have}: it cannot be given in {unit}"
            )
            continue
        words = f"{number_words(number, _digits(fact, number))} {unit}"
        if unit_named(fact.unit or "") != unit_named(unit):
            draft.say(f"That is {words}", fact_evidence(fact, landmark))
            draft.rewordable = False
        said.append(words)
    if said:
        draft.value = "; ".join(said)


def tell_age(
    draft: Draft,
    groups: Sequence[Sequence[Landmark]],
    catalogue: Catalogue,
    exclude: frozenset[str],
    dates: Sequence[Sequence[str]] = (),
) -> None:
    """How old each landmark is, from what is held of its making.

    Args:
        dates: what else was asked how long ago it was (*how long ago did it erupt*).
    """
    named = [one for group in dates for one in group if one in YEARS]
    if named and set(named) <= {*_MADE}:
        named = list(dict.fromkeys([*named[: len(named) == 1], *_MADE]))
    said = f"{label_of(named[0])} with a year" if named else "age"
    missing = []
    ages = []
    for landmark in chain.from_iterable(groups):
        held = catalogue.facts(landmark.id, exclude=exclude)
        facts = {fact.variable: fact for fact in held if fact.period is None}
        given = None if named else _first(facts, _AGES)
        if given is not None:
            _tell(draft, given, landmark)
            ages.append(given.value)
            continue
        made = _first(facts, named or _MADE)
        span = None if made is None else year_span(made.value)
        if made is None or span is None:
            missing.append(landmark)
            continue
        _tell(draft, made, landmark)
        years = years_between(span[1], date.today().year)
        about = "about " if span[0] != span[1] else ""
        ages.append(f"{about}{years:,} years")
        draft.say(
            f"That was {ages[-1]} before {date.today().year}",
            fact_evidence(made, landmark),
        )
    _close(draft, missing, said, ages)


def tell_hemisphere(draft: Draft, groups: Sequence[Sequence[Landmark]]) -> None:
    """On which side of the equator and of Greenwich the middle of each lies."""
    missing = []
    sides = []
    for landmark in chain.from_iterable(groups):
        at = middle_of(landmark)
        if at is None:
            missing.append(landmark)
            continue
        halves = (
            "northern" if at[1] > 0 else "southern",
            "eastern" if at[0] > 0 else "western",
        )
        sides.append(" and ".join(halves))
        name = capital(with_article(landmark))
        said = f"{name} lies in the {halves[0]} and the {halves[1]} hemisphere"
        draft.say(said, landmark_evidence(landmark))
    _close(draft, missing, "place", sides)


def tell_duration(
    draft: Draft,
    groups: Sequence[Sequence[Landmark]],
    catalogue: Catalogue,
    exclude: frozenset[str],
) -> None:
    """How long the building of each landmark took."""
    missing = []
    took = []
    for landmark in chain.from_iterable(groups):
        held = catalogue.facts(landmark.id, exclude=exclude)
        facts = {fact.variable: fact for fact in held}
        period = facts.get("construction_period")
        told = period.value if period else ""
        span = year_span(told)
        grounds: list[Fact] = [period] if period else []
        if span is None or span[0] == span[1] or "century" in told:
            begun, done = _first(facts, _BEGUN), _first(facts, _DONE)
            ends = [year_span(one.value) for one in (begun, done) if one is not None]
            if begun is None or done is None or None in ends:
                missing.append(landmark)
                continue
            grounds = [begun, done]
            span = ends[0][0], ends[1][1]  # type: ignore[index]
        for fact in grounds:
            _tell(draft, fact, landmark)
        took.append(years_words(years_between(*span)))
        draft.say(
            f"That took {took[-1]}", *(fact_evidence(f, landmark) for f in grounds)
        )
    _close(draft, missing, "time of construction", took)


def _first(facts: Mapping[str, Fact], variables: Sequence[str]) -> Fact | None:
    """The fact of the first variable that is held."""
    return next((facts[one] for one in variables if one in facts), None)


def years_between(first: float, last: float) -> int:
    """From one year to a later one; there was no year 0."""
    return int(last - first) - (1 if first < 0 < last else 0)


def years_words(years: int) -> str:
    """``1 year``, ``2,000 years``."""
    return f"{years:,} years" if years != 1 else "1 year"


def _tell(draft: Draft, fact: Fact, landmark: Landmark) -> None:
    draft.told.append((fact, landmark))
    draft.quote(fact_evidence(fact, landmark))


def _close(
    draft: Draft, missing: Sequence[Landmark], what: str, values: Sequence[str]
) -> None:
    lacking = [f"it holds no {what} of {one.name}" for one in missing]
    draft.value = "; ".join(values) or None
    if not draft.lines:
        draft.refusal = "; ".join(lacking)
        draft.nearest = [landmark_evidence(one) for one in missing[:3]]
    else:
        draft.notes += [f"not in the knowledge base: {one}" for one in lacking]

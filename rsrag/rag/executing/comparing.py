"""Landmarks held against each other by one value of each."""

import re
from collections.abc import Sequence
from typing import get_args

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.units import Measure, unit_named
from rsrag.knowledge.variables import label_of
from rsrag.rag.answering.fact_answers import lacking
from rsrag.rag.executing.reckoning import number_words, years_between, years_words
from rsrag.rag.executing.shares import in_common
from rsrag.rag.executing.sites import AXES, middle_of
from rsrag.rag.executing.summaries import summarized
from rsrag.rag.querying.typed_query import Query, Summary
from rsrag.rag.reading.quantities import YEARS, order_of
from rsrag.rag.reading.words import word_table
from rsrag.rag.saying.draft import Draft
from rsrag.records import Fact, Landmark
from rsrag.retrieval.wording.english import capital, with_article
from rsrag.retrieval.wording.evidence import fact_evidence, landmark_evidence

_PERIOD = "construction_period"
_PLAIN = re.compile(r"\d+(?:\.\d+)?")
_ALIKE = 0.1
"""Values that differ by no more than this share are about the same."""


def compare(
    query: Query,
    groups: Sequence[Sequence[Landmark]],
    catalogue: Catalogue,
    exclude: frozenset[str],
) -> Draft:
    """Tell the value of each, and how they compare."""
    draft = Draft("fact")
    if query.variables and query.variables[0][0] in AXES:
        return _by_position(query, groups)
    candidates = query.variables[0] if query.variables else ()
    if set(candidates[:1]) & set(word_table("place_variables")):
        return in_common(draft, query, groups, catalogue, exclude)
    told = _told(candidates, groups, catalogue, exclude)
    missing = [
        lacking(candidates, group[0])
        for group, one in zip(groups, told, strict=True)
        if one is None
    ]
    pairs = [one for one in told if one is not None]
    if query.top > 1:
        # *Put them in order of age*
        sign = 1 if query.order == "least" else -1
        pairs.sort(key=lambda one: sign * (m.value if (m := order_of(one[0])) else 0.0))
    for fact, landmark in pairs:
        draft.told.append((fact, landmark))
        draft.quote(fact_evidence(fact, landmark))
    draft.value = "; ".join(fact.value for fact, _ in pairs) or None
    if not pairs:
        draft.refusal = "; ".join(missing)
        draft.nearest = [landmark_evidence(group[0]) for group in groups[:3]]
        return draft
    draft.notes += [f"not in the knowledge base: {one}" for one in missing]
    orders = [order_of(fact) for fact, _ in pairs]
    if missing or len(pairs) < 2:
        draft.notes.append("nothing is compared, as a value is missing")
        draft.certainty = 0.6
        return draft
    measures = [one for one in orders if one is not None]
    if len(measures) < len(pairs) or len({one.kind for one in measures}) > 1:
        units = " and ".join(fact.unit or "no unit" for fact, _ in pairs)
        draft.notes.append(f"they cannot be compared: they have {units}")
        draft.certainty = 0.6
        return draft
    if len({fact.variable for fact, _ in pairs}) > 1:
        labels = " and ".join(dict.fromkeys(label_of(f.variable) for f, _ in pairs))
        draft.notes.append(f"the values are of two kinds: {labels}")
    verdict = _verdict(query, pairs, measures)
    if verdict is None:
        draft.notes.append(f"no {query.wants} is made of such values")
        draft.certainty = 0.6
        return draft
    evidence = [fact_evidence(fact, landmark) for fact, landmark in pairs]
    if query.wants in ("yes", "same", "ratio", "share"):
        draft.lines.insert(0, (verdict, tuple(evidence)))
    else:
        draft.say(verdict, *evidence)
    if query.wants == "difference":
        draft.value = _difference(pairs, measures, query.unit)
    if query.wants in get_args(Summary):
        draft.value = verdict.removeprefix(f"The {query.wants} is ")
    return draft


def _by_position(query: Query, groups: Sequence[Sequence[Landmark]]) -> Draft:
    """Which lies furthest north, south, east or west, by the middle of each."""
    axis = AXES[query.variables[0][0]]
    draft = Draft("place")
    placed = [(at, one) for one, *_ in groups if (at := middle_of(one)) is not None]
    for _, landmark in placed:
        draft.quote(landmark_evidence(landmark))
    if len(placed) < len(groups):
        draft.refusal = "it does not know where all of them lie"
        return draft
    more = query.order != "least"
    side = (("north", "south"), ("east", "west"))[axis == 0][not more]
    first = (max if more else min)(placed, key=lambda one: one[0][axis])[1]
    degree = "furthest" if len(placed) > 2 else "further"
    said = f"{capital(with_article(first))} lies {degree} {side}"
    holds = first is placed[0][1]
    if query.wants == "yes":
        answer = "Yes" if holds != query.negated else "No"
        said = f"{answer}: {with_article(first)} lies {degree} {side}"
    draft.lines.insert(0, (said, draft.pieces))
    draft.value = first.name
    return draft


def _told(
    candidates: Sequence[str],
    groups: Sequence[Sequence[Landmark]],
    catalogue: Catalogue,
    exclude: frozenset[str],
) -> list[tuple[Fact, Landmark] | None]:
    """A value of each: of the first variable that all have, else the first of each."""
    held = []
    for group in groups:
        mine: dict[str, tuple[Fact, Landmark]] = {}
        for landmark in group:
            for fact in catalogue.facts(landmark.id, exclude=exclude):
                if order_of(fact) is not None:
                    mine.setdefault(fact.variable, (fact, landmark))
        held.append(mine)
    common = next((v for v in candidates if all(v in mine for mine in held)), None)
    first = [next((v for v in candidates if v in mine), None) for mine in held]
    if common == _PERIOD and _PERIOD not in first:
        # A year of opening says more than the years of building.
        common = None
    order = [common] if common is not None else candidates
    return [next((mine[v] for v in order if v in mine), None) for mine in held]


def _verdict(
    query: Query,
    pairs: Sequence[tuple[Fact, Landmark]],
    measures: Sequence[Measure],
) -> str | None:
    """What the values say together; ``None`` where they are not added up."""
    values = [one.value for one in measures]
    variable = pairs[0][0].variable
    timed = variable in YEARS
    noun = "date" if timed else label_of(variable)
    if query.wants in get_args(Summary):
        facts = [fact for fact, _ in pairs]
        against = query.wants == "total" and query.order is not None and len(facts) > 2
        rest = facts[1:] if against else facts
        said = summarized(rest, measures[-len(rest) :], query.wants, query.unit)
        if said is None or not against:
            return None if said is None else f"The {query.wants} is {said}"
        # *Is X longer than Y and Z together*
        more = values[0] - sum(values[1:])
        holds = more > 0 if query.order == "most" else more < 0
        answer = "Yes" if holds != query.negated else "No"
        return f"{answer}: together the others have {said}"
    if query.wants in ("ratio", "share"):
        if timed:
            return None
        ratio = values[0] / values[1] if values[1] else 0.0
        part, whole = (with_article(one) for _, one in pairs[:2])
        said = f"{number_words(100 * ratio, 3)} %"
        if query.wants == "ratio":
            said = f"{number_words(ratio, 3)} times"
        said = f"the {noun} of {part} is {said} that of {whole}"
        if query.factor is None:
            return capital(said.replace("% that", "% of that"))
        fits = abs(ratio - query.factor) <= _ALIKE * query.factor
        return f"{'Yes, about' if fits else 'No'}: {said}"
    if query.wants == "same":
        close = abs(values[0] - values[1]) <= _ALIKE * max(map(abs, values))
        answer = "Yes, about" if close else "No"
        return f"{answer}: they differ by {_difference(pairs, measures, query.unit)}"
    least = query.order == "least"
    best = min(values) if least else max(values)
    first = [
        one for (_, one), value in zip(pairs, values, strict=True) if value == best
    ]
    word = (
        ("earlier" if least else "later")
        if timed
        else ("smaller" if least else "larger")
    )
    of = "Of the two" if len(pairs) == 2 else f"Of the {len(pairs)}"
    holds = values[0] == best and len(first) == 1
    if query.wants == "yes":
        of = f"{'Yes' if holds != query.negated else 'No'}: {of.lower()}"
    if len(first) > 1:
        return f"{of}, neither has the {word} {noun}"
    if len(pairs) > 2:
        word = {"earlier": "earliest", "later": "latest"}.get(word, word[:-1] + "st")
    if query.wants == "difference":
        by = _difference(pairs, measures, query.unit)
        return f"They differ by {by}: {with_article(first[0])} has the {word} {noun}"
    said = f"{of}, {with_article(first[0])} has the {word} {noun}"
    if len(pairs) == 2:
        return said
    order = sorted(range(len(values)), key=lambda i: values[i] * (1 if least else -1))
    names = ", ".join(with_article(pairs[i][1]) for i in order)
    return f"{said}; in order: {names}"


def _difference(
    pairs: Sequence[tuple[Fact, Landmark]],
    measures: Sequence[Measure],
    unit: str | None,
) -> str:
    first, last = sorted(one.value for one in measures[:2])
    apart = last - first
    fact = pairs[0][0]
    if fact.variable in YEARS:
        return years_words(years_between(first, last))
    given = unit_named(unit or "") or unit_named(fact.unit or "")
    name = "" if given is None else f" {given.name}"
    apart /= 1 if given is None else given.factor
    said = [fact.value.split(" ")[0].replace(",", "") for fact, _ in pairs[:2]]
    same = all(unit_named(f.unit or "") in (given, None) for f, _ in pairs[:2])
    if same and all(_PLAIN.fullmatch(one) for one in said):
        # To the last digit that is held: 107,601 less 90,000 seats.
        places = max(len(one.partition(".")[2]) for one in said)
        return f"{apart:,.{places}f}{name}"
    return f"{number_words(apart)}{name}"

"""Sums, means and medians of values, given as one number."""

import math
import statistics
from collections import Counter
from collections.abc import Collection, Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.units import Measure, Unit, unit_named
from rsrag.knowledge.variables import label_of
from rsrag.rag.executing.ranking import candidates_of, certainty_of, measured
from rsrag.rag.executing.reckoning import number_words, some_values
from rsrag.rag.executing.sites import Pool
from rsrag.rag.querying.typed_query import Query, Wants
from rsrag.rag.reading.kinds import plural_of
from rsrag.rag.reading.place_names import parts_of_list
from rsrag.rag.reading.quantities import YEARS, order_of
from rsrag.rag.saying.draft import Draft
from rsrag.records import Fact
from rsrag.retrieval.wording.evidence import fact_evidence

SHOWN = 10
_NAMED = 30
_PART = 0.85
"""Of the confidence, where some of a kind lack the value."""


def summarized(
    facts: Sequence[Fact], measures: Sequence[Measure], wants: Wants, unit: str | None
) -> str | None:
    """The total, mean or median of values of one kind, with its unit.

    ``None`` for dates, and for a total of temperatures: these are not added up.

    Args:
        unit: to give it in; else the one that most of the values have.
    """
    if facts[0].variable in YEARS:
        return None
    values = [one.value for one in measures]
    usual = Counter(fact.unit or "" for fact in facts).most_common(1)[0][0]
    given = unit_named(unit or "")
    if given is None or given.dimension != measures[0].kind:
        given = unit_named(usual) or Unit(usual, "", 1.0)
    if wants == "total":
        if given.offset or given.dimension == "temperature":
            return None
        number = math.fsum(values)
    else:
        number = (statistics.fmean if wants == "mean" else statistics.median)(values)
    number = (number - given.offset) / given.factor
    whole = len(str(int(abs(number))))
    return f"{number_words(number, max(4, whole))} {given.name}".rstrip()


def summarize(
    draft: Draft,
    query: Query,
    pool: Pool,
    catalogue: Catalogue,
    exclude: Collection[str],
) -> Draft:
    """One number for the landmarks of a pool; how many lack the value is said."""
    mine, candidates = pool.by_id, candidates_of(query)
    variable, facts, others = measured(candidates, mine, catalogue, exclude)
    kind = plural_of(query.kind or "landmark")
    if variable is None:
        labels = " or ".join(label_of(one) for one in candidates)
        draft.refusal = f"it holds no {labels} of any of the {kind}{pool.words}"
        return draft
    measures = [one for fact in facts if (one := order_of(fact)) is not None]
    said = summarized(facts, measures, query.wants, query.unit)
    if said is None:
        draft.refusal = f"no {query.wants} is made of {label_of(variable)}"
        return draft
    facts = sorted(facts, key=lambda fact: mine[fact.landmark_id].name)
    evidence = [fact_evidence(fact, mine[fact.landmark_id]) for fact in facts[:SHOWN]]
    every, known = len(mine), len(facts)
    number = f"{known:,}" if known == every else f"{known:,} of the {every:,}"
    whose = f"{number} {kind}{pool.words} that the knowledge base holds"
    what = f"The {query.wants} {label_of(variable)}"
    draft.say(f"{what} of {whose} is {said}", *evidence)
    for piece in evidence:
        draft.quote(piece)
    draft.value = said
    draft.told = [(fact, mine[fact.landmark_id]) for fact in facts]
    if known < every:
        draft.certainty = _PART * (0.5 + 0.5 * known / every)
        draft.notes.append(
            f"{every - known:,} of the {kind}{pool.words} have no such value here"
        )
    if len(facts) > SHOWN:
        draft.notes.append(f"{SHOWN} of {known:,} are cited")
    if others:
        shown = some_values(others)
        draft.notes.append(f"left out, as the units differ: {shown}")
    return draft


def tally(
    draft: Draft,
    query: Query,
    pool: Pool,
    catalogue: Catalogue,
    exclude: Collection[str],
) -> Draft:
    """How many of a pool lie in each country, and so on: all of these, or the most."""
    mine, variable = pool.by_id, candidates_of(query)[0]
    label, kinds = label_of(variable), plural_of(query.kind or "landmark")
    held: dict[str, list[Fact]] = {}
    for fact in catalogue.facts_of(variable):
        if fact.landmark_id in mine and fact.id not in exclude:
            for name in dict.fromkeys(parts_of_list(fact.value)):
                held.setdefault(name, []).append(fact)
    if not held:
        draft.refusal = f"it holds no {label} of any of the {kinds}{pool.words}"
        return draft
    known = {fact.landmark_id for facts in held.values() for fact in facts}
    if query.order is None:
        names = sorted(held)
        draft.value = str(len(names))
        word = label if len(names) == 1 else plural_of(label)
        said = f"The {kinds}{pool.words} lie in {len(names):,} {word}"
        if len(names) <= _NAMED:
            said += f": {', '.join(f'{one} {len(held[one]):,}' for one in names)}"
    else:
        best = (max if query.order == "most" else min)(map(len, held.values()))
        names = sorted(name for name, facts in held.items() if len(facts) == best)
        draft.value = ", ".join(names)
        how = "most" if query.order == "most" else "fewest"
        each = f"{best:,} each" if len(names) > 1 else f"{best:,}"
        said = (
            f"The {how} {kinds}{pool.words} ({each}) lie in {', '.join(names[:SHOWN])}"
        )
    cited = dict.fromkeys(fact for name in names for fact in held[name])
    draft.say(
        said,
        *(fact_evidence(f, mine[f.landmark_id]) for f in list(cited)[:SHOWN]),
    )
    every = len(mine)
    draft.notes.append(f"{len(known):,} of these {every:,} {kinds} have a {label} here")
    draft.certainty = certainty_of(len(known), every)
    return draft

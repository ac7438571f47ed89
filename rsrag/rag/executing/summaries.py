"""Sums, means and medians of values, given as one number."""

import math
import statistics
from collections import Counter
from collections.abc import Collection, Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.units import Measure, Unit, unit_named
from rsrag.knowledge.variables import label_of
from rsrag.rag.executing.ranking import candidates_of, measured
from rsrag.rag.executing.reckoning import number_words, some_values
from rsrag.rag.executing.sites import Pool
from rsrag.rag.querying.typed_query import Query, Wants
from rsrag.rag.reading.kinds import plural_of
from rsrag.rag.reading.quantities import YEARS, order_of
from rsrag.rag.saying.draft import Draft
from rsrag.records import Fact
from rsrag.retrieval.wording.evidence import fact_evidence

SHOWN = 10
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

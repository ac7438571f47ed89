"""Answers over many landmarks at once: the highest, the oldest, how many."""

from collections.abc import Collection

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.units import comparable
from rsrag.knowledge.variables import label_of
from rsrag.rag.answering.places import RADIUS_M, Whereabouts
from rsrag.rag.executing.pools import pool_of
from rsrag.rag.executing.reckoning import in_unit
from rsrag.rag.executing.sites import Pool
from rsrag.rag.querying.typed_query import Query
from rsrag.rag.reading.kinds import plural_of
from rsrag.rag.reading.quantities import order_of
from rsrag.rag.saying.draft import Draft
from rsrag.records import Fact
from rsrag.retrieval.wording.evidence import fact_evidence, landmark_evidence

SHOWN = 10


def answer_listing(
    query: Query,
    catalogue: Catalogue,
    exclude: Collection[str] = frozenset(),
    area: Whereabouts | None = None,
    radius_m: float = RADIUS_M,
) -> Draft:
    """Sort, list or count the landmarks of a kind that meet all conditions."""
    draft = Draft("list")
    kind = query.kind or "landmark"
    pool = pool_of(query, catalogue, exclude, area, radius_m)
    draft.notes += pool.notes
    if pool.refusal is not None:
        draft.refusal = pool.refusal
        draft.notes = []
        return draft
    if not pool.landmarks:
        draft.refusal = f"it knows of no {kind}{pool.words}"
        return draft
    if query.op == "rank":
        return _ranked(draft, query, pool, catalogue, exclude)
    shown = pool.landmarks[:SHOWN]
    if query.op == "count":
        draft.value = str(len(pool.landmarks))
        word = kind if len(pool.landmarks) == 1 else plural_of(kind)
        draft.say(
            f"The knowledge base holds {len(pool.landmarks):,} {word}{pool.words}",
            *(landmark_evidence(landmark) for landmark in shown),
        )
    else:
        if query.wants == "yes":
            draft.say("Yes", *(landmark_evidence(landmark) for landmark in shown))
        for landmark in shown:
            facts = pool.facts.get(landmark.id)
            for fact in facts or ():
                draft.quote(fact_evidence(fact, landmark))
            if not facts:
                draft.quote(landmark_evidence(landmark))
        draft.value = "; ".join(landmark.name for landmark in shown)
    if len(pool.landmarks) > len(shown):
        draft.notes.append(f"{len(shown)} of {len(pool.landmarks):,} are cited")
    return draft


def _ranked(
    draft: Draft,
    query: Query,
    pool: Pool,
    catalogue: Catalogue,
    exclude: Collection[str],
) -> Draft:
    mine = {landmark.id: landmark for landmark in pool.landmarks}
    candidates = tuple(dict.fromkeys(v for group in query.variables for v in group))
    variable, facts, others = _measured(candidates, mine, catalogue, exclude)
    kind = query.kind or "landmark"
    if variable is None:
        labels = " or ".join(label_of(one) for one in candidates)
        draft.refusal = f"it holds no {labels} of any {kind}{pool.words}"
        return draft
    sign = -1 if query.order != "least" else 1
    best: dict[str, tuple[tuple[float, str], Fact]] = {}
    for fact in facts:
        value = order_of(fact)
        assert value is not None
        rank = (sign * value.value, fact.id)
        if fact.landmark_id not in best or rank < best[fact.landmark_id][0]:
            best[fact.landmark_id] = rank, fact
    ranked = [fact for _, fact in sorted(best.values(), key=lambda pair: pair[0])]
    chosen = ranked[query.nth - 1 : query.nth - 1 + query.top]
    if not chosen:
        draft.refusal = f"it holds a {label_of(variable)} of {len(ranked)} only"
        return draft
    # Who shares the last place is told as well.
    last = order_of(chosen[-1])
    chosen += [
        fact
        for fact in ranked[query.nth - 1 + query.top :][: SHOWN - len(chosen)]
        if order_of(fact) == last
    ]
    for fact in chosen:
        draft.quote(fact_evidence(fact, mine[fact.landmark_id]))
    draft.value = "; ".join(mine[fact.landmark_id].name for fact in chosen)
    draft.told = [(fact, mine[fact.landmark_id]) for fact in chosen]
    if query.unit is not None:
        in_unit(draft, query.unit)
    if others:
        shown = ", ".join(dict.fromkeys(fact.value for fact in others[:3]))
        draft.notes.append(f"not compared, as the units differ: {shown}")
    how = "the most" if query.order != "least" else "the least"
    place = "" if query.nth == 1 else f"number {query.nth}, "
    draft.notes.append(
        f"{place}{how} by {label_of(variable)} among the {len(ranked):,} of "
        f"{len(mine):,} {plural_of(kind)}{pool.words} that have it here"
    )
    draft.certainty = round(0.5 + 0.5 * len(ranked) / len(mine), 3)
    return draft


def _measured(
    candidates: Collection[str],
    mine: Collection[str],
    catalogue: Catalogue,
    exclude: Collection[str],
) -> tuple[str | None, list[Fact], list[Fact]]:
    """The candidate that most landmarks have, its comparable values, and the others.

    A later candidate must be held by more than twice as many.
    """
    best: tuple[str | None, list[Fact]] = None, []
    for variable in candidates:
        facts = [
            fact
            for fact in catalogue.facts_of(variable)
            if fact.landmark_id in mine
            and fact.id not in exclude
            and fact.period is None
            if order_of(fact) is not None
        ]
        if facts and (best[0] is None or len(facts) > 2 * len(best[1])):
            best = variable, facts
    pairs = [(fact, one) for fact in best[1] if (one := order_of(fact)) is not None]
    return best[0], *comparable(pairs)

"""Answers over many landmarks at once: the highest, the oldest, how many."""

from collections.abc import Collection
from dataclasses import replace
from typing import get_args

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.answering.places import RADIUS_M, Whereabouts
from rsrag.rag.executing.pools import pool_of
from rsrag.rag.executing.ranking import rank, tell_besides
from rsrag.rag.executing.summaries import SHOWN, summarize, tally
from rsrag.rag.querying.typed_query import Query, Summary
from rsrag.rag.reading.kinds import plural_of
from rsrag.rag.saying.draft import Draft
from rsrag.retrieval.wording.evidence import fact_evidence, landmark_evidence


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
    if query.wants in get_args(Summary):
        return summarize(draft, query, pool, catalogue, exclude)
    if query.op == "rank":
        return rank(draft, query, pool, catalogue, exclude)
    if query.op == "count" and query.variables:
        return tally(draft, query, pool, catalogue, exclude)
    shown = pool.landmarks[:SHOWN]
    if query.wants == "share":
        whole = replace(query, place=(), filters=())
        every = pool_of(whole, catalogue, exclude, None, radius_m)
        many, all_of_kind = len(pool.landmarks), len(every.landmarks)
        kinds = plural_of(kind)
        draft.value = f"{many / all_of_kind:.0%}"
        draft.say(
            f"{many:,} of the {all_of_kind:,} {kinds} that the knowledge base holds "
            f"({many / all_of_kind:.0%}) are {kinds}{pool.words}",
            *(landmark_evidence(landmark) for landmark in shown),
        )
    elif query.op == "count":
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
            if not facts and not query.variables:
                draft.quote(landmark_evidence(landmark))
        tell_besides(draft, query.variables, shown, catalogue, exclude)
        draft.value = "; ".join(landmark.name for landmark in shown)
    if len(pool.landmarks) > len(shown):
        draft.notes.append(f"{len(shown)} of {len(pool.landmarks):,} are cited")
    return draft

"""Answers over many landmarks at once: the highest, the oldest, how many."""

from collections.abc import Collection
from dataclasses import replace
from typing import Literal, get_args

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.answering.places import RADIUS_M, Whereabouts
from rsrag.rag.executing.pools import pool_of
from rsrag.rag.executing.ranking import rank, tell_besides
from rsrag.rag.executing.shares import outnumber, share
from rsrag.rag.executing.summaries import SHOWN, summarize, tally
from rsrag.rag.querying.typed_query import Query, Summary, ValueFilter
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
    if query.op == "count" and query.order and not query.variables:
        return outnumber(draft, query, catalogue, exclude, area, radius_m)
    pool = pool_of(query, catalogue, exclude, area, radius_m)
    draft.notes += pool.notes
    draft.certainty *= pool.certainty
    if pool.refusal is not None:
        draft.refusal = pool.refusal
        draft.notes = []
        return draft
    if query.wants == "share":
        return share(draft, query, pool, catalogue, exclude, radius_m)
    if not pool.landmarks:
        limit = _one_limit(query)
        if limit is not None:
            # *Is any lake deeper than 2,000 m*: the deepest is told.
            order: Literal["most", "least"] = "most" if limit.low else "least"
            best = replace(query, op="rank", filters=(), variables=(limit.variables,))
            best = replace(best, order=order, wants="value")
            told = answer_listing(best, catalogue, exclude, area, radius_m)
            if told.refusal is None:
                told.lines.insert(0, ("No", told.pieces))
                return told
        draft.refusal = f"it knows of no {kind}{pool.words}"
        return draft
    if query.wants in get_args(Summary):
        return summarize(draft, query, pool, catalogue, exclude)
    if query.op == "rank":
        return rank(draft, query, pool, catalogue, exclude)
    if query.op == "count" and query.variables:
        return tally(draft, query, pool, catalogue, exclude)
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
            for fact in pool.facts.get(landmark.id) or ():
                draft.quote(fact_evidence(fact, landmark))
        tell_besides(draft, query.variables, shown, catalogue, exclude)
        said_of = {piece.landmark for piece in draft.pieces}
        for landmark in shown:
            if landmark.name not in said_of:
                draft.quote(landmark_evidence(landmark))
        draft.value = "; ".join(landmark.name for landmark in shown)
    if len(pool.landmarks) > len(shown):
        draft.notes.append(f"{len(shown)} of {len(pool.landmarks):,} are cited")
    return draft


def _one_limit(query: Query) -> ValueFilter | None:
    """The only condition of a question of yes or no, if it is one of numbers."""
    one = query.filters[0] if len(query.filters) == 1 else None
    open_ended = one is not None and (one.low is None) != (one.high is None)
    return one if open_ended and query.wants == "yes" else None

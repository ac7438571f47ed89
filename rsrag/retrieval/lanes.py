"""The lanes of retrieval: ways of looking that know nothing of one another.

A lane gives what it found, best first, or says why it did not run. An error in a
lane is an error of the whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rsrag.answers import EvidenceKind
from rsrag.knowledge.periods import periods_in
from rsrag.knowledge.variables import variables_in
from rsrag.retrieval.admission import (
    Admission,
    best_of_each,
    enough,
    landmark_found,
    ordered,
    records_of,
    with_scores,
)
from rsrag.retrieval.knowledge_query import KnowledgeQuery
from rsrag.retrieval.localise import near_landmarks
from rsrag.retrieval.spaces import Idle, LaneHit, QueryVectors, Sources, TextSpace
from rsrag.types import Vectors

_PIECES = 3
"""Passages are fetched by pieces; so many a passage are asked for at first."""


@dataclass(frozen=True, slots=True)
class Search:
    """What a lane is given; ``limit`` is the most that it should find."""

    query: KnowledgeQuery
    sources: Sources
    vectors: QueryVectors
    admission: Admission
    limit: int


Lane = Callable[[Search], "list[LaneHit] | Idle"]


def named_lane(search: Search) -> list[LaneHit] | Idle:
    """Landmarks that the words name, as the caller linked them, in that order."""
    ids = list(dict.fromkeys(search.query.landmark_ids))
    if not ids:
        return Idle("no landmark is named")
    marks = search.sources.catalogue.landmarks(ids)
    found = [landmark_found(mark, 1 / place) for place, mark in enumerate(marks, 1)]
    return search.admission.admit(found)[: search.limit]


def image_lane(search: Search) -> list[LaneHit] | Idle:
    """The picture against reference pictures of landmarks: a landmark's best counts."""
    space = search.sources.images
    if search.query.image is None:
        return Idle("no picture is given")
    if space is None:
        return Idle("no landmark has a reference picture in the index")
    return _pieces(search, space, search.vectors.image(space.encoder), "landmark")


def image_text_lane(search: Search) -> list[LaneHit] | Idle:
    """The picture, or else the words, against texts in the space of pictures."""
    space = search.sources.image_texts
    if search.query.image is None and search.query.text is None:
        return Idle("neither words nor a picture are given")
    if space is None:
        return Idle("there are no texts in the space of pictures")
    return _pieces(
        search, space, search.vectors.picture_or_words(space.encoder), "passage"
    )


def text_lane(search: Search) -> list[LaneHit] | Idle:
    """The words against the pieces of passages; a passage's best piece counts."""
    space = search.sources.texts
    if search.query.text is None:
        return Idle("no words are given")
    if space is None:
        return Idle("there is no text index of this knowledge")
    return _pieces(search, space, search.vectors.text(space.encoder), "passage")


def bm25_lane(search: Search) -> list[LaneHit] | Idle:
    """The words against passages, by Okapi BM25; those of named landmarks always."""
    text = search.query.text
    if text is None:
        return Idle("no words are given")
    catalogue = search.sources.catalogue

    def best(landmark_id: str | None) -> Callable[[int], list[LaneHit]]:
        return lambda limit: with_scores(
            catalogue, "passage", catalogue.bm25(text, limit, landmark_id)
        )

    return _also_of_named(search, best)


def bm25_facts_lane(search: Search) -> list[LaneHit] | Idle:
    """The words against facts written as short texts, by Okapi BM25.

    A lane of its own: scores from two collections of texts do not compare.
    """
    text = search.query.text
    if text is None:
        return Idle("no words are given")
    catalogue = search.sources.catalogue

    def best(limit: int) -> list[LaneHit]:
        return with_scores(catalogue, "fact", catalogue.bm25_facts(text, limit))

    return enough(best, search.admission, search.limit)


def geometry_lane(search: Search) -> list[LaneHit] | Idle:
    """Landmarks around a point, a picture's footprint or a box, then those near."""
    query = search.query
    if query.at is None and query.image_footprint is None and query.bbox is None:
        return Idle("no place is given")
    scored = near_landmarks(query, search.sources.catalogue, search.limit)
    found = [landmark_found(mark, score) for mark, score in scored]
    return search.admission.admit(ordered(found))[: search.limit]


def facts_lane(search: Search) -> list[LaneHit] | Idle:
    """Facts of the named landmarks whose variable is asked for.

    Those of the period asked for come first, then those that always hold.
    """
    query, catalogue = search.query, search.sources.catalogue
    if not query.landmark_ids:
        return Idle("no landmark is named")
    marks = dict.fromkeys(query.landmark_ids)
    held = {mark: catalogue.facts(mark) for mark in marks}
    own = {fact.variable for facts in held.values() for fact in facts}
    variables, period = asked_variables(query, sorted(own)), asked_period(query)
    if not variables:
        return Idle("the words ask for no variable that is known")
    found = []
    for place, mark in enumerate(marks):
        for fact in held[mark]:
            if fact.variable in variables:
                held_then = fact.period or ""
                score = 0.5 if fact.period is None else 0.0
                if period is None or held_then.startswith(period):
                    score = 1.0
                score += 1 / (1 + place) + 0.1 / (1 + variables.index(fact.variable))
                found.append(LaneHit("fact", fact.id, score, fact, fact.landmark_id))
    return search.admission.admit(ordered(found))[: search.limit]


def chips_lane(search: Search) -> list[LaneHit] | Idle:
    """Chips of an imagery index, by the picture, or else by the words."""
    space = search.sources.chips
    if search.query.image is None and search.query.text is None:
        return Idle("neither words nor a picture are given")
    if space is None:
        return Idle("no imagery index is given")
    vector = search.vectors.picture_or_words(space.encoder)
    hits = space.store.search(vector, search.limit, search.admission.chips())[0]
    return [LaneHit("chip", hit.id, hit.score, hit) for hit in hits]


LANES: dict[str, Lane] = {
    "named": named_lane,
    "image": image_lane,
    "image_text": image_text_lane,
    "text": text_lane,
    "bm25": bm25_lane,
    "bm25_facts": bm25_facts_lane,
    "geometry": geometry_lane,
    "facts": facts_lane,
    "chips": chips_lane,
}
"""Every lane by its name, in the order that ``--explain`` prints them."""


def asked_variables(query: KnowledgeQuery, own: Sequence[str] = ()) -> tuple[str, ...]:
    """Variables that the caller named, or else that the words ask for, best first.

    ``own``: of the landmarks named, which the vocabulary need not hold.
    """
    if query.variables is not None:
        return query.variables
    if query.text is None:
        return ()
    return tuple(mention.variable for mention in variables_in(query.text, others=own))


def asked_period(query: KnowledgeQuery) -> str | None:
    """The period that the caller named, or else the first that the words do."""
    if query.period is not None or query.text is None:
        return query.period
    mentions = periods_in(query.text)
    return mentions[0].period if mentions else None


def _pieces(
    search: Search, space: TextSpace, vector: Vectors, kind: EvidenceKind
) -> list[LaneHit]:
    """Nearest records of a space; pieces of one record count once."""

    def nearest(landmark_id: str | None) -> Callable[[int], list[LaneHit]]:
        where = search.admission.knowledge(landmark_id)
        return lambda limit: records_of(
            search.sources.catalogue, space.store.search(vector, limit, where)[0], kind
        )

    return _also_of_named(search, nearest, first=search.limit * _PIECES, by_store=True)


def _also_of_named(
    search: Search,
    best: Callable[[str | None], Callable[[int], list[LaneHit]]],
    **how: Any,
) -> list[LaneHit]:
    """The best of all, and of each landmark named; ``how`` as for :func:`enough`."""
    found: list[LaneHit] = []
    for mark in (None, *search.query.landmark_ids):
        found += enough(best(mark), search.admission, search.limit, **how)
    return best_of_each(found)[: search.limit]

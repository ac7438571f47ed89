"""The vector of a query whose terms may be marks and concepts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rsrag.config import Settings
from rsrag.desk.imagery.finding.pictures import pixels_of
from rsrag.retrieval.query import Term, query_sum, query_vector

if TYPE_CHECKING:
    from rsrag.desk.imagery.generation import Generation
    from rsrag.retrieval.marks.marking import Direction, Learnt, Marks
    from rsrag.types import Vectors


def asked_vector(
    generation: "Generation", terms: Sequence[Term], settings: Settings
) -> tuple["Vectors", str | None]:
    """A query as ``(1, dim)`` float32 unit row, and what was learnt of its marks.

    Raises:
        QueryError: as :func:`rsrag.retrieval.query.query_vector`; a concept or a chip
            that is not there.
        IndexMismatchError: a concept of another encoder.
    """
    known = [_resolved(generation, term, settings) for term in terms]
    plain = [term for term in known if term.kind != "marks"]
    marked = [term.value for term in known if term.kind == "marks"]
    parts = (generation.joined_encoder, pixels_of, generation.fetch)
    if not marked:
        return query_vector(plain, *parts), None
    query = query_sum(plain, *parts) if plain else None
    learnt = [learn_marks(generation, one, query) for one in marked]
    total = np.sum([one.vector for one in learnt], axis=0)
    if query is not None:
        total = total + query
    whole = Term("vector", total.astype(np.float32))
    return query_vector([whole], *parts), "; ".join(map(str, learnt))


def learn_marks(
    generation: "Generation", marks: "Marks", query: "Direction | None" = None
) -> "Learnt":
    """What marks of an index say, beside a query or alone."""
    from rsrag.retrieval.marks.marking import learn
    from rsrag.retrieval.query import stored

    every = stored(generation.fetch, [*marks.like, *marks.unlike])
    right, wrong = every[: len(marks.like)], every[len(marks.like) :]
    if query is None:
        query = np.zeros(every.shape[1])
    return learn(right, wrong, query, lambda: generation.background)


def _resolved(generation: "Generation", term: Term, settings: Settings) -> Term:
    if term.kind != "concept":
        return term
    from rsrag.desk.imagery.finding.concepts import kept_concept

    concept = kept_concept(settings, term.value)
    manifest = generation.manifest
    vector = concept.among(manifest.image.encoder, manifest.name)
    return Term("vector", vector, term.weight)

"""Concepts made of marked chips."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rsrag.desk.imagery.finding.asked import learn_marks
from rsrag.desk.imagery.finding.concepts import concept_path
from rsrag.desk.imagery.finding.pictures import pixels_of
from rsrag.desk.imagery.open_imagery import OpenImagery
from rsrag.errors import QueryError
from rsrag.retrieval.marks.concept_file import Concept, concept_of, write_concept
from rsrag.retrieval.query import Term, marks, query_sum

if TYPE_CHECKING:
    from rsrag.desk.imagery.generation import Generation
    from rsrag.retrieval.marks.marking import Direction


def train_concept(
    index: OpenImagery,
    name: str,
    like: Sequence[str],
    unlike: Sequence[str],
    *,
    words: str = "",
    force: bool = False,
) -> Concept:
    """Learn a concept from marked chips of an index, and keep it.

    ``words`` count beside the marks as they do in a search, half as much as right ones.

    Raises:
        QueryError: no chip is marked as right, one is marked as both or is not in the
            index, or the concept is there already.
    """
    file = concept_path(index.settings, name)
    if file.exists() and not force:
        raise QueryError(
            f"There is a concept {name!r} already.", hint="--force replaces it"
        )
    terms = marks(like, unlike)
    if not terms or terms[0].kind != "marks":
        raise QueryError(
            "A concept needs at least one chip that is right.",
            hint=f"rsrag concept train {name} --like ID --unlike ID",
        )
    marked = terms[0].value
    with index.use() as generation:
        query = _said(generation, words) if words else None
        learnt = learn_marks(generation, marked, query)
        if query is not None:
            learnt = replace(learnt, vector=learnt.vector + query)
        encoder = generation.manifest.image.encoder
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    pair = (marked.like, marked.unlike)
    concept = concept_of(name, encoder, index.name, pair, learnt, made, words)
    write_concept(concept, file, force=force)
    return concept


def _said(generation: "Generation", words: str) -> "Direction":
    """The vector of words, ``(dim,)``."""
    terms = [Term("text", words)]
    return query_sum(terms, generation.joined_encoder, pixels_of, generation.fetch)

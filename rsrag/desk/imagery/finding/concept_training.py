"""Concepts made of marked chips."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rsrag.desk.imagery.finding.asked import learn_marks
from rsrag.desk.imagery.finding.concepts import concept_path
from rsrag.desk.imagery.open_imagery import OpenImagery
from rsrag.errors import QueryError
from rsrag.retrieval.marks.concept_file import Concept, concept_of, write_concept
from rsrag.retrieval.query import marks


def train_concept(
    index: OpenImagery,
    name: str,
    like: Sequence[str],
    unlike: Sequence[str],
    *,
    force: bool = False,
) -> Concept:
    """Learn a concept from marked chips of an index, and keep it.

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
        learnt = learn_marks(generation, marked)
        encoder = generation.manifest.image.encoder
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    pair = (marked.like, marked.unlike)
    concept = concept_of(name, encoder, index.name, pair, learnt, made)
    write_concept(concept, file, force=force)
    return concept

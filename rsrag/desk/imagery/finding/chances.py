"""How likely hits show what was asked for, and what is left of them by that."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rsrag.desk.imagery.hits import Hits
from rsrag.errors import QueryError
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Hit

if TYPE_CHECKING:
    from rsrag.desk.imagery.generation import Generation
    from rsrag.retrieval.query import Term
    from rsrag.retrieval.store_search import SearchOptions
    from rsrag.types import Vectors

MOST = 1_000
"""Hits whose probabilities are told without asking: their vectors are fetched."""


def chances_of(
    generation: "Generation",
    terms: "Sequence[Term]",
    vector: "Vectors",
    hits: Sequence[Hit],
    least: float | None,
) -> list[float | None]:
    """The probability of each hit; ``None`` of all where it cannot be told.

    Args:
        vector: ``(1, dim)`` of the query.
        least: what is asked of it; ``None`` if nothing is.

    Raises:
        QueryError: it is asked for and cannot be told.
    """
    from rsrag.retrieval.query import is_text

    fit = generation.relevance if is_text(terms) else None
    if fit is None and least is not None:
        name = generation.manifest.image.encoder.id
        raise QueryError(
            f"No probability is known of hits of {name}: nothing was fitted for it."
            if is_text(terms)
            else "Probabilities are of words alone, none of them taken away.",
            hint="--min-score takes a cosine",
        )
    if fit is None or not hits or (least is None and len(hits) > MOST):
        return [None] * len(hits)
    chips = generation.store.fetch([hit.id for hit in hits])
    found: list[float | None] = [*fit.probabilities(vector, chips).tolist()]
    return found


def likely(
    about: dict[str, str], chips: Sequence[ChipHit], options: "SearchOptions"
) -> Hits:
    """Hits that are likely enough; where none is, the nearest is kept beside them.

    Args:
        about: what the hits say of themselves: query, index, encoder, marks.
    """
    least, title, index = options.min_prob, about["query"], about["index"]
    if options.where and options.where.words:
        about["filter"] = options.where.words
    if least is None:
        return Hits(title, index, chips, None, about)
    kept = [chip for chip in chips if (chip.probability or 0.0) >= least]
    nearest = max(chips, key=lambda c: c.probability or 0.0, default=None)
    return Hits(title, index, kept, None if kept else nearest, about)

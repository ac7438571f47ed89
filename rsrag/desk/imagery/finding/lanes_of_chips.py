"""Hits of several ways of looking in one order: the picture, and words about it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rsrag.errors import QueryError
from rsrag.retrieval.store_search import (
    SearchOptions,
    nested,
    overlap,
    search_store,
    without_overlap,
)
from rsrag.types import Hit

if TYPE_CHECKING:
    from rsrag.config import Settings
    from rsrag.desk.imagery.generation import Generation
    from rsrag.interfaces import VectorStore
    from rsrag.retrieval.query import Term
    from rsrag.types import Vectors

LANES = ("picture", "words", "meaning")
"""``words`` and ``meaning`` look at the captions that came with pictures."""

CAPTIONS_WEIGH = 0.25
"""Weight of all lanes of captions together beside the picture's, which is 1: pictures
without a caption would else come behind those that have one (bench.caption_lanes)."""

_LEAST = 200
_MOST_CAPTIONS = 50_000


def lanes_of(given: str | Sequence[str]) -> tuple[str, ...]:
    """Lanes by name, with commas between or as a list; ``all`` is every one.

    Raises:
        QueryError: none, or one that there is not.
    """
    names = given.split(",") if isinstance(given, str) else list(given)
    names = [name.strip() for name in names]
    if names == ["all"]:
        return LANES
    strange = [name for name in names if name not in LANES]
    if strange or not names:
        raise QueryError(
            f"There is no lane {strange[0]!r}." if strange else "No lane is named.",
            hint=f"--lanes {','.join(LANES)}, or all",
        )
    return tuple(dict.fromkeys(names))


def found_by_lanes(
    generation: "Generation",
    store: "VectorStore",
    terms: "Sequence[Term]",
    vector: "Vectors",
    options: SearchOptions,
    settings: "Settings",
) -> list[Hit]:
    """The best hits of one query, as its options ask for.

    With several lanes hits come by reciprocal rank fusion, and their payload says
    under ``lanes`` where each lane has them; their score is the cosine of the picture
    as ever.

    Args:
        store: that pictures are searched in.
        vector: ``(1, dim)`` of the query.

    Raises:
        QueryError: captions are asked for, and no chip has one; or the query is not
            of words alone.
    """
    if options.lanes == ("picture",):
        return search_store(store, vector, options)
    from rsrag.retrieval.fusion import rrf
    from rsrag.retrieval.query import is_text

    if not is_text(terms):
        raise QueryError(
            "Captions are searched by words alone, none of them taken away.",
            hint="leave --lanes out, or pictures and what is subtracted",
        )
    text = " ".join(term.value for term in terms)
    ranks: dict[str, dict[str, int]] = {}
    wanted = max(_LEAST, 10 * options.top_k)
    if "picture" in options.lanes:
        plain = replace(options, top_k=wanted, dedupe=False, across=False)
        found = search_store(store, vector, replace(plain, min_score=None))
        ranks["picture"] = {hit.id: rank for rank, hit in enumerate(found, start=1)}
    for lane in options.lanes:
        if lane != "picture":
            ranked = _captions(generation, lane, text, options, settings)[:wanted]
            ranks[lane] = {id_: rank for rank, (id_, _) in enumerate(ranked, start=1)}
    told = [lane for lane in ranks if lane != "picture"]
    share = CAPTIONS_WEIGH if "picture" in ranks else 1.0
    weights = dict.fromkeys(told, share / max(len(told), 1))
    order = [id_ for id_, _ in rrf(ranks, weights=weights)]
    hits = _hits(generation, order, vector, ranks)
    if options.min_score is not None:
        hits = [hit for hit in hits if hit.score >= options.min_score]
    if options.dedupe or options.across:
        covers = overlap if options.dedupe else nested
        return without_overlap(hits, options.top_k, covers)
    return hits[: options.top_k]


def _captions(
    generation: "Generation",
    lane: str,
    text: str,
    options: SearchOptions,
    settings: "Settings",
) -> list[tuple[str, float]]:
    captions = generation.captions
    if not captions.texts:
        raise QueryError(
            f"No chip of {generation.manifest.name!r} has a caption to be searched.",
            hint="rsrag index build … --metadata FILE, with captions by file name, or "
            f"rsrag caption --fill {generation.manifest.name}",
        )
    from rsrag.desk.imagery.finding.captions_there import ids_allowed

    varied = generation.has_uniform and not options.uniform
    allowed = ids_allowed(generation.parts, options.where, varied=varied)
    if lane == "words":
        return captions.by_words(text, allowed)
    if len(captions.texts) > _MOST_CAPTIONS:
        raise QueryError(
            f"{len(captions.texts):,} captions are too many to compare by meaning; "
            f"at most {_MOST_CAPTIONS:,}.",
            hint="--lanes picture,words",
        )
    from rsrag.desk.asking.meaning import sentence_vectors

    encode = sentence_vectors(settings.text_encoder)
    return captions.by_meaning(text, encode, allowed)


def _hits(
    generation: "Generation",
    order: Sequence[str],
    vector: "Vectors",
    ranks: dict[str, dict[str, int]],
) -> list[Hit]:
    if not order:
        return []
    cosines = np.asarray(generation.store.fetch(order) @ vector[0]).tolist()
    payloads = generation.store.payloads(order)
    return [
        Hit(
            id_,
            score,
            {**payload, "lanes": {n: r[id_] for n, r in ranks.items() if id_ in r}},
        )
        for id_, score, payload in zip(order, cosines, payloads, strict=True)
    ]

"""Views into knowledge: one landmark with all that is known, and search by words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from rsrag.errors import KnowledgeError, QueryError
from rsrag.geo import boxes_intersect
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.records import Fact, Landmark, Passage
from rsrag.types import BBox

_ID = re.compile(r"[0-9a-f]{16}")
_POOL = 200
"""Candidates of each kind, before a category or a box leaves some out."""
_RRF_K = 60
_CLOSE = 0.75
"""Similarity from which on a name counts as one that was meant."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """A landmark and all that is known of it."""

    landmark: Landmark
    facts: tuple[Fact, ...]
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class KnowledgeMatch:
    """A landmark, or a text about none, that fits words.

    ``match`` is ``name``, ``fact`` or ``passage``, and empty without words; ``text``
    the name, the fact in words, or the passage.
    """

    landmark: Landmark | None
    match: str
    text: str


def dossiers(catalogue: Catalogue, name: str) -> list[Dossier]:
    """Every landmark of a name, an alias or an id.

    Raises:
        KnowledgeError: there is none; the hint has the nearest names.
    """
    if _ID.fullmatch(name):
        landmarks = catalogue.landmarks([name])
    else:
        landmarks = catalogue.named(name)
    if not landmarks:
        near = [landmark.name for landmark, _ in catalogue.similar(name, 5)]
        names = ", ".join(dict.fromkeys(near))
        raise KnowledgeError(
            f"No landmark is named {name!r}.",
            hint=f"nearest names: {names}" if names else "rsrag knowledge search WORDS",
        )
    return [
        Dossier(
            landmark,
            tuple(catalogue.facts(landmark.id)),
            tuple(catalogue.passages_of(landmark.id)),
        )
        for landmark in landmarks
    ]


def search(
    catalogue: Catalogue,
    words: str,
    *,
    category: str | None = None,
    bbox: BBox | None = None,
    limit: int = 10,
) -> list[KnowledgeMatch]:
    """Find at most ``limit`` landmarks by name, fact or text, and texts about none.

    Rankings by name (which counts most), fact and passage are fused by their ranks
    (reciprocal rank fusion, k = 60). Without words, for a category or a box alone, the
    order is the catalogue's.

    Raises:
        QueryError: neither words nor a category nor a box.
    """
    kind = None if category is None else category.strip().lower()

    def fits(landmark: Landmark | None) -> bool:
        if landmark is None:
            return kind is None and bbox is None
        if kind not in (None, landmark.category):
            return False
        if bbox is None:
            return True
        own = landmark.bbox
        return own is not None and boxes_intersect(own, bbox)

    if not words.strip():
        if kind is None and bbox is None:
            raise QueryError(
                "There is nothing to search for.",
                hint="rsrag knowledge search WORDS, or --category, or --bbox",
            )
        if bbox is None:
            some = catalogue.all_landmarks(category=kind, limit=limit)
        else:
            some = (one for one in catalogue.inside(bbox) if fits(one))
        return [KnowledgeMatch(landmark, "", "") for landmark in islice(some, limit)]
    found = _by_words(catalogue, words)
    return [one for one in found if fits(one.landmark)][:limit]


def _by_words(catalogue: Catalogue, words: str) -> list[KnowledgeMatch]:
    exact = catalogue.named(words)
    similar = catalogue.similar(words, 20)
    close = [landmark for landmark, score in similar if score >= _CLOSE]
    names = [
        KnowledgeMatch(one, "name", one.name) for one in dict.fromkeys([*exact, *close])
    ]
    facts = _facts(catalogue, [key for key, _ in catalogue.bm25_facts(words, _POOL)])
    keys = [key for key, _ in catalogue.bm25(words, _POOL)]
    passages = _passages(catalogue, keys)
    scores: dict[str, float] = {}
    best: dict[str, KnowledgeMatch] = {}
    for weight, ranking in ((2.0, names), (1.0, facts), (1.5, passages)):
        seen: set[str] = set()
        for rank, one in enumerate(ranking, 1):
            key = one.text if one.landmark is None else one.landmark.id
            if key in seen:
                continue
            seen.add(key)
            scores[key] = scores.get(key, 0.0) + weight / (_RRF_K + rank)
            best.setdefault(key, one)
    order = sorted(scores, key=lambda key: (-scores[key], key))
    if not order:  # nothing fits; a misspelt name is the next best guess
        return [KnowledgeMatch(one, "name", one.name) for one, _ in similar]
    first = [one.id for one in exact]
    return [best[key] for key in dict.fromkeys([*first, *order])]


def _facts(catalogue: Catalogue, ids: Sequence[str]) -> list[KnowledgeMatch]:
    from rsrag.knowledge.periods import period_words
    from rsrag.knowledge.variables import label_of

    facts = catalogue.facts_by_id(ids)
    landmarks = _landmarks(catalogue, [fact.landmark_id for fact in facts])
    found = []
    for fact in facts:
        if fact.variable == "name":
            continue  # names have a ranking of their own
        when = f" in {period_words(fact.period)}" if fact.period else ""
        text = f"{label_of(fact.variable)}{when}: {fact.value}"
        found.append(KnowledgeMatch(landmarks[fact.landmark_id], "fact", text))
    return found


def _passages(catalogue: Catalogue, ids: Sequence[str]) -> list[KnowledgeMatch]:
    passages = catalogue.passages(ids)
    about = [p.landmark_id for p in passages if p.landmark_id]
    landmarks = _landmarks(catalogue, about)
    return [
        KnowledgeMatch(landmarks.get(p.landmark_id or ""), "passage", p.text)
        for p in passages
    ]


def _landmarks(catalogue: Catalogue, ids: Sequence[str]) -> dict[str, Landmark]:
    unique = list(dict.fromkeys(ids))
    return dict(zip(unique, catalogue.landmarks(unique), strict=True))

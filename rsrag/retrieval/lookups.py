"""Records that ids and hits of vectors stand for."""

from collections.abc import Sequence
from typing import cast

from rsrag.answers import EvidenceKind
from rsrag.records import Fact, Landmark, Passage
from rsrag.retrieval.admission import ordered
from rsrag.retrieval.spaces import KnowledgeReader, LaneHit
from rsrag.types import Hit

_SHOWN: dict[str, EvidenceKind] = {"image": "landmark"}
"""Kinds of vectors that stand for a record of another kind."""


def records_of(
    catalogue: KnowledgeReader, hits: Sequence[Hit], kind: EvidenceKind
) -> list[LaneHit]:
    """The records that vectors are pieces of, with the vectors' scores, best first.

    ``kind`` is that of records whose vectors do not say theirs, see
    :class:`rsrag.retrieval.spaces.TextSpace`.
    """
    scores: dict[EvidenceKind, list[tuple[str, float]]] = {}
    for hit in hits:
        of = cast("EvidenceKind", hit.payload.get("kind") or kind)
        of = _SHOWN.get(of, of)
        record = str(hit.payload.get("record_id") or hit.id)
        scores.setdefault(of, []).append((record, hit.score))
    found = [i for of, some in scores.items() for i in with_scores(catalogue, of, some)]
    return ordered(found)


def with_scores(
    catalogue: KnowledgeReader, kind: EvidenceKind, scores: Sequence[tuple[str, float]]
) -> list[LaneHit]:
    """Records of one kind by id, with the scores that ids came with, in order."""
    ids = [record_id for record_id, _ in scores]
    if kind == "landmark":
        return [
            landmark_found(mark, score)
            for mark, (_, score) in zip(catalogue.landmarks(ids), scores, strict=True)
        ]
    records: Sequence[Fact | Passage] = (
        catalogue.facts_by_id(ids) if kind == "fact" else catalogue.passages(ids)
    )
    return [
        LaneHit(kind, record.id, score, record, record.landmark_id)
        for record, (_, score) in zip(records, scores, strict=True)
    ]


def landmark_found(mark: Landmark, score: float) -> LaneHit:
    """A landmark as a lane gives it."""
    return LaneHit("landmark", mark.id, score, mark, mark.id)

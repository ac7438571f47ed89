"""Records that hits stand for: none that is excluded, none outside the query's box."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, cast

from rsrag.answers import EvidenceKind
from rsrag.filters import Filter, FilterColumns
from rsrag.geo import bbox_geometry
from rsrag.records import Fact, Landmark, Passage
from rsrag.retrieval.knowledge_query import KnowledgeQuery
from rsrag.retrieval.spaces import KnowledgeReader, LaneHit
from rsrag.types import Hit

NO_LIMIT = 1_000_000
_GROWTH = 4
_BBOX = ("xmin", "ymin", "xmax", "ymax")


class Admission:
    """The conditions of one query, for stores that filter and lanes that cannot."""

    def __init__(self, query: KnowledgeQuery, catalogue: KnowledgeReader) -> None:
        self._query = query
        self._catalogue = catalogue

    @cached_property
    def landmark_ids(self) -> frozenset[str] | None:
        """Landmarks in the box; ``None`` without a box, when all may come."""
        if self._query.bbox is None:
            return None
        inside = self._catalogue.inside(self._query.bbox, NO_LIMIT)
        return frozenset(landmark.id for landmark in inside)

    def knowledge(self, landmark_id: str | None = None) -> Filter:
        """Conditions on the vectors of knowledge, of one landmark if it is given."""
        where, allowed = self._query.where, self.landmark_ids
        if landmark_id is not None:
            only = frozenset({landmark_id})
            allowed = only if allowed is None else only & allowed
        keywords = dict(where.keywords)
        if allowed is not None:
            keywords["landmark_id"] = allowed & keywords.get("landmark_id", allowed)
        exclude = where.exclude | self._query.exclude
        return Filter(where.area, where.datetime, keywords, where.ranges, exclude)

    def chips(self) -> Filter:
        """Conditions on the chips of an imagery index; the box is one of them."""
        where, area = self._query.chips_where, self._query.chips_where.area
        if self._query.bbox is not None:
            box = bbox_geometry(self._query.bbox)
            area = box if area is None else area.intersection(box)
        exclude = where.exclude | self._query.exclude
        return Filter(area, where.datetime, where.keywords, where.ranges, exclude)

    def admit(
        self, found: Sequence[LaneHit], *, by_store: bool = False
    ) -> list[LaneHit]:
        """Those that meet the conditions, in order.

        Args:
            found: records and chips; chips are a store's.
            by_store: a store has seen to :meth:`knowledge` already.
        """
        exclude, allowed = self._query.exclude, self.landmark_ids
        kept = [
            item
            for item in found
            if item.id not in exclude
            and item.landmark_id not in exclude
            and (allowed is None or item.kind == "chip" or item.landmark_id in allowed)
        ]
        if by_store or not self._query.where:
            return kept
        records = [item for item in kept if item.kind != "chip"]
        rows = FilterColumns(self._table(records)).rows(self._query.where)
        keys = None if rows is None else {records[row].key for row in rows}
        return [i for i in kept if keys is None or i.kind == "chip" or i.key in keys]

    def _table(self, found: Sequence[LaneHit]) -> Any:
        import pyarrow as pa

        ids = sorted({i.landmark_id for i in found if i.landmark_id is not None})
        landmarks = {mark.id: mark for mark in self._catalogue.landmarks(ids)}
        rows = [_row(item, landmarks.get(item.landmark_id or "")) for item in found]
        kinds = dict.fromkeys(_WORDS, pa.string()) | {
            "number": pa.float64(),
            "geometry": pa.binary(),
            "bbox": pa.struct(dict.fromkeys(_BBOX, pa.float64())),
        }
        return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


_WORDS = (
    *("id", "kind", "landmark_id", "landmark", "category", "chunk_type"),
    *("variable", "period", "source", "licence"),
)


def _row(item: LaneHit, landmark: Landmark | None) -> dict[str, Any]:
    record = item.record
    row: dict[str, Any] = {
        name: getattr(record, name)
        for name in ("chunk_type", "variable", "period", "source", "licence", "number")
        if not isinstance(record, Hit) and hasattr(record, name)
    }
    row |= {"id": item.id, "kind": item.kind, "landmark_id": item.landmark_id}
    if landmark is not None:
        box = landmark.bbox
        row |= {
            "landmark": landmark.name,
            "category": landmark.category,
            "geometry": landmark.geometry,
            "bbox": None if box is None else dict(zip(_BBOX, box, strict=True)),
        }
    return row


def enough(
    fetch: Callable[[int], list[LaneHit]],
    admission: Admission,
    limit: int,
    *,
    first: int | None = None,
    by_store: bool = False,
) -> list[LaneHit]:
    """Fetch more and more until ``limit`` records are let in, or there are no more.

    Args:
        fetch: the best so many, best first; a record may come several times. A list
            shorter than asked for is all there is.
        first: how many to ask for at first.
        by_store: see :meth:`Admission.admit`.

    Returns:
        At most ``limit``, each record once, with its best score.
    """
    wanted = first or limit
    while True:
        found = fetch(wanted)
        kept = admission.admit(best_of_each(found), by_store=by_store)
        if len(kept) >= limit or len(found) < wanted:
            return kept[:limit]
        wanted *= _GROWTH


def best_of_each(found: Sequence[LaneHit]) -> list[LaneHit]:
    """Each record once, with its best score, best first."""
    best = {item.key: item for item in reversed(ordered(found))}
    return ordered(list(best.values()))


def ordered(found: Sequence[LaneHit]) -> list[LaneHit]:
    """Best first, ties by key."""
    return sorted(found, key=lambda item: (-item.score, item.key))


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

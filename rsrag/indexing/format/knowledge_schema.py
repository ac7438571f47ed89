"""The columns of a knowledge index's parts: one row a vector."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rsrag.geo import geometry_bbox
from rsrag.indexing.format.chip_schema import BBOX_FIELDS, with_embeddings
from rsrag.indexing.format.index_kinds import KNOWLEDGE
from rsrag.indexing.format.parts import PartLayout
from rsrag.records import Landmark, Passage
from rsrag.types import Vectors

if TYPE_CHECKING:
    import pyarrow as pa

RECORDS = PartLayout(
    kind=KNOWLEDGE,
    dictionary=(
        "kind",
        "record_id",
        "passage_id",
        "landmark_id",
        "landmark",
        "category",
        "chunk_type",
        "collection",
        "title",
        "source",
        "licence",
    ),
    statistics=(
        "id",
        "landmark_id",
        "collection",
        *(f"bbox.{name}" for name in BBOX_FIELDS),
    ),
)


_COLUMNS = (
    *("id", "kind", "record_id", "passage_id", "landmark_id", "landmark", "collection"),
    *("category", "chunk_type", "title", "source", "licence", "ordinal", "text"),
    *("geometry", "bbox"),
)
_NEEDED = frozenset({"id", "kind", "record_id", "collection", "ordinal", "text"})


@dataclass(frozen=True, slots=True)
class KnowledgeRow:
    """What is kept beside one vector.

    Attributes:
        id: 32 hex digits from the record's id and what was embedded.
        kind: ``passage`` (a piece of one), ``landmark`` (its name) or ``image``
            (a reference picture of a landmark).
        collection: that the record is in.
        text: the piece, the name with its category, or the picture's path in the
            collection's folder.
        ordinal: number of the piece in its passage, from 0.
        passage: for a piece.
        landmark: that it is about, if known.
    """

    id: str
    kind: str
    collection: str
    text: str
    ordinal: int = 0
    passage: Passage | None = None
    landmark: Landmark | None = None


def row_id(*parts: str) -> str:
    """Id of a row from what it was made of; equal in every build."""
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:32]


def knowledge_schema() -> "pa.Schema":
    """Columns of a row without its embedding: the payload that a store keeps."""
    import pyarrow as pa

    types = {
        "ordinal": pa.int32(),
        "geometry": pa.binary(),
        "bbox": pa.struct([(name, pa.float64()) for name in BBOX_FIELDS]),
    }
    return pa.schema(
        [
            pa.field(name, types.get(name, pa.string()), nullable=name not in _NEEDED)
            for name in _COLUMNS
        ]
    )


def knowledge_table(rows: Sequence[KnowledgeRow], vectors: Vectors) -> "pa.Table":
    """Rows and their embeddings, row i with row i, as one Arrow table.

    Args:
        rows: ``n`` of them.
        vectors: ``(n, dim)`` float32.
    """
    import pyarrow as pa

    places: dict[bytes, dict[str, float]] = {}
    payload = pa.Table.from_pylist(
        [_columns(row, places) for row in rows], schema=knowledge_schema()
    )
    return with_embeddings(payload, vectors)


def _columns(
    row: KnowledgeRow, places: dict[bytes, dict[str, float]]
) -> dict[str, Any]:
    passage, landmark = row.passage, row.landmark
    record = passage or landmark
    assert record is not None, "a row is of a passage or a landmark"
    geometry = landmark.geometry if landmark else None
    if geometry is not None and geometry not in places:
        places[geometry] = _bounds(geometry)
    return {
        "id": row.id,
        "kind": row.kind,
        "record_id": record.id,
        "passage_id": passage.id if passage else None,
        "landmark_id": landmark.id if landmark else passage and passage.landmark_id,
        "landmark": landmark.name if landmark else None,
        "category": landmark.category if landmark else None,
        "collection": row.collection,
        "chunk_type": passage.chunk_type if passage else None,
        "title": passage.title if passage else None,
        "source": record.source,
        "licence": record.licence,
        "ordinal": row.ordinal,
        "text": row.text,
        "geometry": geometry,
        "bbox": places[geometry] if geometry is not None else None,
    }


def _bounds(geometry: bytes) -> dict[str, float]:
    import shapely

    box = geometry_bbox(shapely.from_wkb(geometry))
    return dict(zip(BBOX_FIELDS, map(float, box), strict=True))

"""Sources that retrieval looks in, and the results of its lanes."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rsrag.answers import EvidenceKind
from rsrag.errors import QueryError
from rsrag.interfaces import Encoder, TextEncoder, VectorStore
from rsrag.records import Fact, Landmark, Passage
from rsrag.retrieval.knowledge_query import KnowledgeQuery
from rsrag.types import BBox, EncoderIdentity, Hit, Vectors

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


class KnowledgeReader(Protocol):
    """What lanes ask of the catalogue (``Catalogue``).

    Everything may be called from several threads at once.
    """

    def landmarks(self, ids: Sequence[str]) -> list[Landmark]:
        """Landmarks of ids, in order; ``KnowledgeError`` on one that is not there."""

    def facts(
        self, landmark_id: str, variable: str | None = None, period: str | None = None
    ) -> list[Fact]:
        """Facts of one landmark, of one variable, of one period."""

    def facts_by_id(self, ids: Sequence[str]) -> list[Fact]:
        """Facts of ids, in order; ``KnowledgeError`` on one that is not there."""

    def passages(self, ids: Sequence[str]) -> list[Passage]:
        """Passages of ids, in order; ``KnowledgeError`` on one that is not there."""

    def bm25(
        self, text: str, limit: int, landmark_id: str | None = None
    ) -> list[tuple[str, float]]:
        """Passage ids and scores, larger is better."""

    def bm25_facts(self, text: str, limit: int) -> list[tuple[str, float]]:
        """Fact ids and scores, larger is better."""

    def inside(self, area: "BBox | BaseGeometry", limit: int) -> list[Landmark]:
        """Landmarks that share a point with the area."""

    def near(
        self, lon: float, lat: float, radius_m: float, limit: int
    ) -> list[tuple[Landmark, float]]:
        """Landmarks with the metres to their outline, 0 inside, nearest first."""


@dataclass(frozen=True, slots=True)
class TextSpace:
    """Vectors of texts, and what embeds a question among them.

    Attributes:
        store: its payload says ``record_id``: of the passage (or landmark) that a
            vector is a piece of, and ``kind``: ``passage``, ``landmark``, or ``image``
            for a picture of a landmark. Without them a vector's id is its record's.
    """

    store: VectorStore
    encoder: TextEncoder


@dataclass(frozen=True, slots=True)
class ImageSpace(TextSpace):
    """Vectors in the space of pictures."""

    encoder: Encoder


@dataclass(frozen=True, slots=True)
class Sources:
    """All that there is to look in; ``None`` for what there is not.

    Attributes:
        texts: pieces of passages under a text encoder.
        image_texts: pieces of passages under the image encoder's text side.
        images: reference pictures of landmarks.
        chips: an imagery index; its payload is that of chips.
    """

    catalogue: KnowledgeReader
    texts: TextSpace | None = None
    image_texts: ImageSpace | None = None
    images: ImageSpace | None = None
    chips: ImageSpace | None = None


@dataclass(frozen=True, slots=True)
class LaneHit:
    """A record that a lane found.

    Attributes:
        score: the lane's own; larger is better, no two lanes compare.
        record: itself; for a chip the store's hit.
        landmark_id: whose it is, if anyone's.
    """

    kind: EvidenceKind
    id: str
    score: float
    record: Landmark | Fact | Passage | Hit
    landmark_id: str | None = None

    @property
    def key(self) -> str:
        """What fusion calls it."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Idle:
    """Why a lane did not run: something it needs was not asked or is not there."""

    reason: str


@dataclass(frozen=True, slots=True)
class LaneResult:
    """What one lane brought.

    Attributes:
        found: best first, each record once; ties by key.
        idle: why it did not run, ``None`` if it ran.
        seconds: how long it took, the query's embedding included for the lane that
            needed it first.
    """

    lane: str
    found: tuple[LaneHit, ...] = ()
    idle: str | None = None
    seconds: float = 0.0


class QueryVectors:
    """Embeds the parts of a query once for all lanes. Thread-safe."""

    def __init__(self, query: KnowledgeQuery) -> None:
        self._query = query
        self._lock = threading.Lock()
        self._vectors: dict[tuple[str, EncoderIdentity], Vectors] = {}

    def text(self, encoder: TextEncoder) -> Vectors:
        """``(1, dim)`` float32 unit row of the question."""
        text = self._query.text
        if text is None:
            raise QueryError("The query has no words to embed.")
        return self._once("text", encoder, lambda: encoder.encode_texts([text]))

    def image(self, encoder: Encoder) -> Vectors:
        """``(1, dim)`` float32 unit row of the picture."""
        image = self._query.image
        if image is None:
            raise QueryError("The query has no picture to embed.")
        return self._once("image", encoder, lambda: encoder.encode_images([image]))

    def picture_or_words(self, encoder: Encoder) -> Vectors:
        """The vector of the picture, or of the question where there is none."""
        with_picture = self._query.image is not None
        return self.image(encoder) if with_picture else self.text(encoder)

    def _once(
        self, part: str, encoder: TextEncoder, embed: Callable[[], Vectors]
    ) -> Vectors:
        # One lock for all: encoders use every processor by themselves.
        with self._lock:
            key = part, encoder.identity
            if key not in self._vectors:
                self._vectors[key] = embed()
            return self._vectors[key]

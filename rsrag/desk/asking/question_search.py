"""The retrieval for one question: by words, or by a picture, in open vectors."""

import dataclasses
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rsrag.answers import Evidence
from rsrag.config import Settings
from rsrag.desk.watch import Watched
from rsrag.interfaces import Encoder, Reranker
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.answering.ask_request import AskRequest, Seen
from rsrag.rag.reading.question import Question
from rsrag.types import Hit

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.factory import OpenIndex
    from rsrag.rag.looking.looks import Looks
    from rsrag.retrieval.knowledge_query import KnowledgeQuery
    from rsrag.retrieval.retrieve import Retrieved, RetrieveOptions, Retriever

CAPTIONS = 20
"""How many like pictures' captions are listened to."""


class KnowledgeVectors:
    """Vectors of knowledge; there may be none.

    Args:
        name: of the index; ``None`` takes the only one.
    """

    def __init__(self, name: str | None, settings: Settings) -> None:
        from rsrag.factory import open_index
        from rsrag.indexing.format.index_kinds import KNOWLEDGE

        there = name is not None or bool(knowledge_indexes(settings))
        self._index: OpenIndex | None = (
            open_index(name, settings, KNOWLEDGE) if there else None
        )

    def stale(self, fingerprint: str) -> str | None:
        """What is to be said if records changed since it was built.

        Args:
            fingerprint: of the catalogue.
        """
        if self._index is None or not self._index.is_stale(fingerprint):
            return None
        name = self._index.manifest.name
        return (
            f"The knowledge changed since index {name!r} was built, so its vectors are "
            f"left out. Bring it up to date: rsrag index build-knowledge --name {name}"
        )

    @cached_property
    def spaces(self) -> dict[str, Any]:
        """Its spaces, as :class:`rsrag.retrieval.spaces.Sources` calls them."""
        from rsrag.retrieval.spaces import ImageSpace, TextSpace

        if self._index is None:
            return {}
        found: dict[str, Any] = {}
        stores = self._index.stores
        if "text" in stores:
            encoder = self._index.load_text_encoder()
            found["texts"] = TextSpace(stores["text"], encoder)
        seen = {"image_text": "image_texts", "image": "images"}
        if there := [space for space in seen if space in stores]:
            pictures = self._index.load_encoder()
            found |= {seen[one]: ImageSpace(stores[one], pictures) for one in there}
        return found

    def close(self) -> None:
        """Close all stores."""
        if self._index is not None:
            self._index.close()


def knowledge_indexes(settings: Settings) -> list[str]:
    """Names of the indexes of knowledge."""
    from rsrag.indexing.format.index_kinds import KNOWLEDGE
    from rsrag.indexing.generations.index_directory import list_indexes

    return list_indexes(settings.indexes, KNOWLEDGE)


class QuestionSearch:
    """The retrieval for one question; nothing of it outlives the question.

    Args:
        stack: what is opened is let go of with it.
        vectors: of the knowledge.
        imagery: the index to look in for a question with or without a picture.
        reranker: rereads evidence, if that is asked for.
        threads: in which lanes run.
        looks: what pictures look like to an encoder; to the default one for ``None``.

    Attributes:
        retrieved: what was found last, if anything was searched.
        notes: what a person should know of what was opened.
    """

    def __init__(
        self,
        stack: ExitStack,
        catalogue: Catalogue,
        options: "RetrieveOptions | None",
        vectors: Watched[KnowledgeVectors],
        imagery: "Callable[[bool], Index | None]",
        reranker: Reranker | None,
        threads: "Callable[[], Executor]",
        looks: "Callable[[Encoder | None], Looks]",
    ) -> None:
        self._stack, self._catalogue, self._options = stack, catalogue, options
        self._vectors, self._imagery = vectors, imagery
        self._reranker, self._threads = reranker, threads
        self._looks = looks
        self._encoder: Encoder | None = None
        self._retrievers: dict[bool, Retriever] = {}
        self.retrieved: Retrieved | None = None
        self.notes: list[str] = []

    def retrieve(self, request: AskRequest, question: Question) -> Sequence[Evidence]:
        """Evidence for a question, best first."""
        found = self._retriever(request).retrieve(
            _query(request, question), self._options
        )
        self.retrieved = found
        return found.evidence

    def look(self, request: AskRequest) -> Seen:
        """What a picture is like, and the place that it shows."""
        from rsrag.retrieval.localise import localise, places_of
        from rsrag.retrieval.retrieve import RetrieveOptions
        from rsrag.retrieval.spaces import QueryVectors

        query = dataclasses.replace(_query(request, None), text=None)
        options = dataclasses.replace(
            self._options or RetrieveOptions(), lanes=("image", "chips")
        )
        vectors = QueryVectors(query)
        found = self._retriever(request).retrieve(query, options, vectors)
        self.retrieved = found
        candidates = localise(found.lanes, places_of(self._catalogue))
        best = candidates[0] if candidates and candidates[0].clear else None
        looks = self._looks(self._encoder)
        vector = vectors.image(looks.encoder)
        floor = looks.floor(vector)
        chips = [
            one.record
            for lane in found.lanes
            for one in lane.found
            if isinstance(one.record, Hit)
        ]
        said, notes = looks.of("the picture", vector, chips[:CAPTIONS])
        return Seen(
            best.landmark_id if best else None,
            candidates[0].confidence if candidates else 0.0,
            [one for one in found.evidence if _likeness(one) >= floor],
            said,
            notes,
        )

    def _retriever(self, request: AskRequest) -> "Retriever":
        from rsrag.retrieval.retrieve import Retriever
        from rsrag.retrieval.spaces import ImageSpace, Sources

        sees = request.image is not None
        if sees not in self._retrievers:
            vectors = self._stack.enter_context(self._vectors.use())
            note = vectors.stale(self._catalogue.fingerprint)
            self.notes += [note] if note else []
            spaces = {} if note else dict(vectors.spaces)
            if sees and "images" in spaces:
                self._encoder = spaces["images"].encoder
            imagery = self._imagery(sees)
            if imagery is not None:
                current = self._stack.enter_context(imagery.use())
                spaces["chips"] = ImageSpace(current.store, current.encoder)
                self._encoder = current.encoder if sees else None
            self._retrievers[sees] = Retriever(
                Sources(self._catalogue, **spaces),
                self._reranker,
                self._threads(),
            )
        return self._retrievers[sees]


def _likeness(piece: Evidence) -> float:
    """Cosine of a reference picture or a chip to the picture."""
    return max(piece.scores.get(lane, 0.0) for lane in ("image", "chips"))


def _query(request: AskRequest, question: Question | None) -> "KnowledgeQuery":
    from rsrag.retrieval.knowledge_query import KnowledgeQuery

    named = question.places if question else ()
    periods = question.periods if question else ()
    return KnowledgeQuery(
        text=request.question,
        image=request.image,
        image_footprint=request.footprint,
        at=request.at,
        bbox=request.bbox,
        landmark_ids=request.landmark_ids
        or tuple(dict.fromkeys(one for ids in named for one in ids)),
        period=periods[0] if len(periods) == 1 else None,
        exclude=request.exclude,
        radius_m=request.radius_m,
    )

"""What ``rsrag ask`` answers with: knowledge, its vectors, imagery, a reranker.

Only the catalogue is opened at once. A question about a fact needs nothing else, so
vectors, encoders and imagery wait until a question asks for them.
"""

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.answers import Evidence
from rsrag.config import Settings
from rsrag.desk.opening import Opening
from rsrag.desk.retrieval_choice import RetrievalChoice
from rsrag.errors import QueryError
from rsrag.interfaces import Encoder, Generator, Reranker
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.answering.ask_request import AskRequest, Tools
from rsrag.rag.answering.picture_answers import Seen
from rsrag.rag.reading.question import Question

if TYPE_CHECKING:
    from rsrag.factory import OpenIndex
    from rsrag.imagery.picture import OpenedPicture
    from rsrag.knowledge.collection import Roots
    from rsrag.retrieval.knowledge_query import KnowledgeQuery
    from rsrag.retrieval.retrieve import Retrieved, Retriever


class Answering(Opening):
    """Opens what questions need, when they need it, and closes it.

    Args:
        settings: folders, threads, keys.
        generator: words the answers, if there is one; closed at the end.
        wishes: how to retrieve.

    Attributes:
        notes: what a person should know of what was opened.
    """

    def __init__(
        self, settings: Settings, generator: Generator | None, wishes: RetrievalChoice
    ) -> None:
        super().__init__()
        self._settings = settings
        self._generator = generator
        self._wishes = wishes
        self._options = wishes.options()
        self.notes: list[str] = []
        self._retrieved: Retrieved | None = None
        self._sees = wishes.index is not None
        self.catalogue = Catalogue.open(settings.knowledge)
        self._open.callback(self.catalogue.close)
        if generator is not None:
            self._open.callback(generator.close)

    @property
    def tools(self) -> Tools:
        """For :func:`rsrag.rag.answering.answer.ask`."""
        return Tools(self.catalogue, self._retrieve, self._look, self._generator)

    def picture(
        self, path: Path | None, exclude_self: bool
    ) -> "tuple[OpenedPicture | None, frozenset[str]]":
        """The picture of a question, and what is itself among the evidence."""
        if path is None:
            return None, frozenset()
        from rsrag.imagery.picture import chip_ids, open_picture

        picture = open_picture(path)
        self._sees = True
        if not exclude_self or self._imagery is None:
            return picture, frozenset()
        return picture, chip_ids(path, self._imagery.imagery_options())

    def explained_text(self, width: int | None) -> str:
        """``--explain`` as a table; how it was, if nothing was retrieved."""
        from rsrag.rendering.answers.lane_table import explain_table

        if self._retrieved is None:
            return "No lane ran: the answer was looked up.\n"
        return explain_table(self._retrieved, width=width)

    def explained_mapping(self) -> list[dict[str, Any]]:
        """``--explain`` as JSON values; empty if nothing was retrieved."""
        from rsrag.retrieval.lane_rows import explain_rows

        if self._retrieved is None:
            return []
        return [dataclasses.asdict(row) for row in explain_rows(self._retrieved)]

    def _retrieve(self, request: AskRequest, question: Question) -> Sequence[Evidence]:
        self._retrieved = self._retriever.retrieve(
            _query(request, question), self._options
        )
        return self._retrieved.evidence

    def _look(self, request: AskRequest) -> Seen:
        from rsrag.retrieval.localise import localise, places_of

        query = dataclasses.replace(_query(request, None), text=None)
        options = dataclasses.replace(self._options, lanes=("image", "chips"))
        found = self._retriever.retrieve(query, options)
        self._retrieved = found
        candidates = localise(found.lanes, places_of(self.catalogue))
        best = candidates[0] if candidates and candidates[0].clear else None
        return Seen(
            best.landmark_id if best else None,
            candidates[0].confidence if candidates else 0.0,
            found.evidence,
        )

    @cached_property
    def _retriever(self) -> "Retriever":
        from rsrag.retrieval.retrieve import Retriever
        from rsrag.retrieval.spaces import ImageSpace, Sources, TextSpace

        spaces: dict[str, Any] = {}
        index = self._knowledge_index
        if index is not None:
            if "text" in index.stores:
                spaces["texts"] = TextSpace(
                    index.stores["text"], index.load_text_encoder()
                )
            seen = {"image_text": "image_texts", "image": "images"}
            there = [space for space in seen if space in index.stores]
            if there:
                encoder = index.load_encoder()
                for space in there:
                    spaces[seen[space]] = ImageSpace(index.stores[space], encoder)
        if self._sees and self._imagery is not None:
            spaces["chips"] = ImageSpace(self._imagery.store, self._imagery_encoder)
        retriever = Retriever(Sources(self.catalogue, **spaces), self._reranker)
        self._open.callback(retriever.close)
        return retriever

    @cached_property
    def _reranker(self) -> Reranker | None:
        wish = self._wishes.reranker
        if wish is None:
            return None
        if wish == "llm":
            if self._generator is None:
                raise QueryError(
                    "--reranker llm needs a language model.", hint="leave out --no-llm"
                )
            from rsrag.rerankers.likelihood_reranker import LikelihoodReranker

            return LikelihoodReranker(self._generator)
        from rsrag.rerankers.cross_encoder import CrossEncoderReranker

        return CrossEncoderReranker(wish)

    @cached_property
    def _knowledge_index(self) -> "OpenIndex | None":
        from rsrag.factory import open_index
        from rsrag.indexing.format.index_kinds import KNOWLEDGE
        from rsrag.indexing.generations.index_directory import list_indexes

        name = self._wishes.knowledge_index
        if name is None and not list_indexes(self._settings.indexes, KNOWLEDGE):
            return None
        index = open_index(name, self._settings, KNOWLEDGE)
        self._open.callback(index.close)
        if index.is_stale(self.catalogue.fingerprint):
            self.notes.append(
                f"The knowledge changed since index {index.manifest.name!r} was built, "
                "so its vectors are left out. Bring it up to date: rsrag index "
                f"build-knowledge --name {index.manifest.name}"
            )
            return None
        return index

    @cached_property
    def _imagery(self) -> "OpenIndex | None":
        from rsrag.factory import open_index
        from rsrag.indexing.format.index_kinds import IMAGERY
        from rsrag.indexing.generations.index_directory import list_indexes

        name = self._wishes.index
        if name is None and len(list_indexes(self._settings.indexes, IMAGERY)) != 1:
            return None
        index = open_index(name, self._settings)
        self._open.callback(index.close)
        return index

    @cached_property
    def _imagery_encoder(self) -> Encoder:
        assert self._imagery is not None
        return self._imagery.load_encoder()


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


def has_knowledge(roots: "Roots") -> bool:
    """Whether some folder is there and holds a collection, or is one."""
    from rsrag.knowledge.collection import as_roots, is_collection, list_collections

    return any(is_collection(r) or list_collections(r) for r in as_roots(roots))

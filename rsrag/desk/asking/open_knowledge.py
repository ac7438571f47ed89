"""Knowledge that stays open: records, vectors, imagery, a language model."""

import dataclasses
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from rsrag.answers import Answer
from rsrag.config.settings import TEXT_ENCODER
from rsrag.desk.asking.meaning import entailment, linking
from rsrag.desk.asking.question_search import (
    KnowledgeVectors,
    QuestionSearch,
    knowledge_indexes,
)
from rsrag.desk.entrance import Desk
from rsrag.desk.watch import Watched
from rsrag.errors import QueryError
from rsrag.interfaces import Generator, Reranker
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.catalogue_files import (
    collections_by_name,
    collections_of,
    files_of,
    stamp_of,
)
from rsrag.rag.answering.ask_request import AskRequest, Tools

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from rsrag.desk.asking.sentence_rows import SentenceSearch
    from rsrag.desk.imagery.imagery_index import Index
    from rsrag.encoders.text_towers.minilm_memory import RememberingMiniLM
    from rsrag.interfaces import Encoder
    from rsrag.rag.looking.looks import Looks
    from rsrag.retrieval.retrieve import Retrieved, RetrieveOptions


@dataclasses.dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and what retrieval found for it, if it was asked."""

    answer: Answer
    retrieved: "Retrieved | None"


class OpenKnowledge:
    """Opens what questions need, when they need it. Threads may share it.

    Only the records are opened for a question about a fact. Whatever changes meanwhile
    (records, an index) is seen by questions that begin a second later.

    Args:
        desk: opens indexes of imagery; the caller's to close.
        generator: words the answers, if there is one; the caller's to close.
        knowledge_index: name; ``None`` takes the only one, if there is one.
        index: name of the imagery; ``None`` takes the only one, for pictures.
        reranker: ``llm``, or a CrossEncoder; ``None`` for none.
    """

    def __init__(
        self,
        desk: Desk,
        generator: Generator | None = None,
        *,
        knowledge_index: str | None = None,
        index: str | None = None,
        reranker: str | None = None,
    ) -> None:
        self.desk, self.generator = desk, generator
        self.settings = desk.settings
        self._names = knowledge_index, index
        self._wanted_reranker = reranker
        roots = self.settings.knowledge
        self._records = Watched(
            "The knowledge",
            lambda: stamp_of(files_of(collections_of(roots))),
            lambda: Catalogue.open(roots),
        )
        self._vectors = Watched(
            "The knowledge",
            self._vectors_version,
            lambda: KnowledgeVectors(knowledge_index, self.settings),
        )
        self._lock = threading.Lock()
        self._threads: Executor | None = None
        self._kept_sentences: tuple[str, SentenceSearch | None] = ("", None)
        self._kept_looks: dict[object, Looks] = {}

    def answer(
        self,
        request: AskRequest,
        options: "RetrieveOptions | None" = None,
        index: "Index | str | None" = None,
    ) -> Answered:
        """Answer a question; nothing of it stays here."""
        from rsrag.rag.answering.answer import ask

        with self._searching(options, index) as (search, tools):
            if request.plain:
                tools = dataclasses.replace(tools, generator=None)
            answer = ask(request, tools)
            notes = (*search.notes, *answer.notes)
            return Answered(dataclasses.replace(answer, notes=notes), search.retrieved)

    @contextmanager
    def tools(self) -> Iterator[Tools]:
        """What many questions are answered with, one after the other."""
        with self._searching(None, None) as (_, tools):
            yield tools

    @contextmanager
    def _searching(
        self, options: "RetrieveOptions | None", index: "Index | str | None"
    ) -> Iterator[tuple[QuestionSearch, Tools]]:
        def imagery(sees: bool) -> "Index | None":
            named = index is not None or self._names[1] is not None
            return self.imagery(index) if sees or named else None

        with ExitStack() as stack:
            catalogue = stack.enter_context(self._records.use())
            search = QuestionSearch(
                stack,
                catalogue,
                options,
                self._vectors,
                imagery,
                self.reranker,
                self.threads,
                lambda encoder: self._looks(encoder or self.desk.encoder),
            )
            yield (
                search,
                Tools(
                    catalogue,
                    search.retrieve,
                    _reader,
                    lambda v, n: self._sentences(catalogue).nearest(v, n),
                    search.look,
                    self.generator,
                    linking(self.settings.text_encoder),
                    entailment(self.settings.nli),
                    kept=lambda *of: self._sentences(catalogue).of(*of),
                    any_language=self.settings.text_encoder != TEXT_ENCODER,
                ),
            )

    @contextmanager
    def catalogue(self) -> Iterator[Catalogue | None]:
        """The records, to the end of the block; ``None`` if there are none."""
        if not collections_by_name(self.settings.knowledge):
            yield None
            return
        with self._records.use() as catalogue:
            yield catalogue

    def imagery(self, index: "Index | str | None" = None) -> "Index | None":
        """The index of imagery: as given, as named, or the only one if there is one."""
        from rsrag.indexing.format.index_kinds import IMAGERY
        from rsrag.indexing.generations.index_directory import list_indexes

        wanted = index if index is not None else self._names[1]
        if wanted is None:
            there = list_indexes(self.settings.indexes, IMAGERY)
            return self.desk.index(there[0]) if len(there) == 1 else None
        return self.desk.index(wanted) if isinstance(wanted, str) else wanted

    @cached_property
    def reranker(self) -> Reranker | None:
        """Rereads evidence, if that is asked for.

        Raises:
            QueryError: it takes a language model, and there is none.
            ModelNotFoundError: there is no such CrossEncoder.
        """
        wanted = self._wanted_reranker
        if wanted is None:
            return None
        if wanted == "llm":
            if self.generator is None:
                raise QueryError(
                    "--reranker llm needs a language model.",
                    hint="--llm, alone or with a GGUF file",
                )
            from rsrag.retrieval.likelihood_reranker import LikelihoodReranker

            return LikelihoodReranker(self.generator)
        from rsrag.retrieval.likelihood_reranker import CrossEncoderReranker

        made = CrossEncoderReranker(wanted)
        _ = made.folder  # Refused if it is nowhere, also where nothing is reread.
        return made

    def _looks(self, encoder: "Encoder") -> "Looks":
        from rsrag.rag.looking.looks import Looks

        with self._lock:
            return self._kept_looks.setdefault(encoder.identity, Looks(encoder))

    def threads(self) -> "Executor":
        """Those in which the lanes of all questions run."""
        from rsrag.retrieval.retrieve import lane_threads

        with self._lock:
            if self._threads is None:
                self._threads = lane_threads()
            return self._threads

    def _sentences(self, catalogue: Catalogue) -> "SentenceSearch":
        from rsrag.desk.asking.sentence_rows import SentenceSearch

        with self._lock:
            if self._kept_sentences[0] != catalogue.fingerprint:
                made = SentenceSearch(catalogue.collections)
                self._kept_sentences = catalogue.fingerprint, made
            assert self._kept_sentences[1] is not None
            return self._kept_sentences[1]

    def look_again(self) -> None:
        """See what has changed at the next question, however short ago it did."""
        self._records.look_again()
        self._vectors.look_again()

    def close(self) -> None:
        """Close records and vectors; nothing more may be asked."""
        self._records.close()
        self._vectors.close()
        with self._lock:
            if self._threads is not None:
                self._threads.shutdown()

    def _vectors_version(self) -> object:
        from rsrag.indexing.generations.index_directory import IndexDirectory

        name = self._names[0]
        names = [name] if name else knowledge_indexes(self.settings)
        directories = [IndexDirectory(self.settings.indexes, one) for one in names]
        return [(one.name, one.current() if one.exists() else 0) for one in directories]


def _reader() -> "RememberingMiniLM":
    from rsrag.encoders.text_towers.minilm_memory import shared_minilm

    return shared_minilm()

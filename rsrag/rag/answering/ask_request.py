"""Requests to answer a question, and the tools that an answer may be made with."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rsrag.answers import Evidence
from rsrag.interfaces import Generator
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.answering.following import Context
from rsrag.rag.answering.places import RADIUS_M
from rsrag.rag.querying.by_meaning import Linking
from rsrag.rag.querying.typed_query import Query
from rsrag.rag.rating.candidates import SentenceReader
from rsrag.rag.reading.question import Question
from rsrag.rag.saying.draft import Told
from rsrag.rag.saying.talk_history import Exchange
from rsrag.retrieval.entailment import Entailment
from rsrag.types import BBox, Pixels, Vectors


@dataclass(frozen=True, slots=True)
class AskRequest:
    """A question and what comes with it.

    Attributes:
        at: ``(lon, lat)`` that it is about.
        image: a picture that it is about, ``(height, width, 3)`` uint8 RGB.
        footprint: where that picture lies, lon/lat WKB, if it says so.
        radius_m: how far from the place a landmark may lie to be told of.
        queries: what the question asks, where the caller knows; it is then not read.
        landmark_ids: landmarks that it is about, where the caller knows them; names in
            the question are then not looked for.
        exclude: ids of landmarks, facts, passages or chips that must not be evidence.
        template: of the prompt: one that ships, or a file.
        budget: tokens of the prompt at most.
        after: what the answer before was about.
        history: turns before it, oldest first, for the language model.
        objects: looks for objects in the image, and gives those surely seen.
        on_text: called with each piece of the model's text, before it is checked.
        plain: the language model is left out.
    """

    question: str
    at: tuple[float, float] | None = None
    bbox: BBox | None = None
    image: Pixels | None = None
    footprint: bytes | None = None
    radius_m: float = RADIUS_M
    queries: tuple[Query, ...] = ()
    landmark_ids: tuple[str, ...] = ()
    exclude: frozenset[str] = frozenset()
    template: str = "answer"
    budget: int = 1500
    max_tokens: int = 160
    after: Context | None = None
    history: Sequence[Exchange] = ()
    objects: Callable[[], Sequence[Evidence]] = tuple
    on_text: Callable[[str], None] | None = None
    plain: bool = False


def _none_near(vector: Vectors, limit: int) -> Sequence[str]:
    return ()


def _none_kept(passage: str, heading: str, text: str) -> Vectors | None:
    return None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a picture is like, and the place that it most likely shows, if any.

    Attributes:
        landmark_id: with ``confidence``, 0 to 1.
        alike: reference pictures and chips that are like it, best first; none that is
            less similar than the encoder's floor.
        looks: kind of scene, what captions of like pictures agree on, attributes.
        notes: on these.
    """

    landmark_id: str | None
    confidence: float
    alike: Sequence[Evidence]
    looks: Sequence[Evidence] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Tools:
    """Knowledge, retrieval and models that an answer may be made with.

    Attributes:
        retrieve: evidence for an open question, best first.
        reader: embeds sentences; called for an open question only.
        nearest: ids of passages with the sentences nearest to a vector, best first;
            some may not be there any more.
        link: the variable that a question asks for by its meaning, of a landmark's
            variables and values; told whether it names a time. ``None`` reads words.
        nli: judges what a model says by its evidence, besides the check; or ``None``.
        any_language: it reads other languages than English.
        kept: ``(n, dim)`` unit rows of the sentences of a passage, told its id, heading
            and text; ``None`` where there are none.
        look: what a picture is like, and where that may be.
        generator: words the answer; ``None`` quotes and gives plain sentences.
    """

    catalogue: Catalogue
    retrieve: Callable[[AskRequest, Question], Sequence[Evidence]]
    reader: Callable[[], SentenceReader]
    nearest: Callable[[Vectors, int], Sequence[str]] = _none_near
    look: Callable[[AskRequest], Seen] | None = None
    generator: Generator | None = None
    link: Linking | None = None
    nli: Entailment | None = None
    any_language: bool = False
    kept: Callable[[str, str, str], Vectors | None] = _none_kept


@dataclass(slots=True)
class Run:
    """One question on its way; ``seen`` once the picture was looked at."""

    request: AskRequest
    tools: Tools
    seconds: dict[str, float] = field(default_factory=dict)
    told: Told | None = None
    seen: Seen | None = None
    _found: tuple[Question, Sequence[Evidence]] | None = None

    def retrieved(self, question: Question) -> Sequence[Evidence]:
        """Evidence for a question; looked for once, whichever ways ask for it."""
        if self._found is None or self._found[0] is not question:
            self._found = question, self.tools.retrieve(self.request, question)
        return self._found[1]

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        started = time.perf_counter()
        try:
            yield
        finally:
            took = time.perf_counter() - started
            self.seconds[stage] = self.seconds.get(stage, 0.0) + took

"""How retrieval and the lookup of a fact grow with the knowledge."""

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.answers.drawn import name_of, questions, records, value_of, vectors_of
from bench.timing import seconds
from rsrag.config import Settings
from rsrag.encoders.sentence import MiniLMEncoder
from rsrag.encoders.text_towers.minilm_memory import shared_minilm
from rsrag.interfaces import VectorStore
from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.collection import write_collection
from rsrag.rag.answering.answer import ask
from rsrag.rag.answering.ask_request import AskRequest, Tools
from rsrag.retrieval.knowledge_query import KnowledgeQuery
from rsrag.retrieval.retrieve import RetrieveOptions, Retriever
from rsrag.retrieval.spaces import Sources, TextSpace
from rsrag.store_factory import store_creator

LANES: dict[str, tuple[str, ...]] = {
    "BM25": ("bm25",),
    "vectors": ("text",),
    "fused": ("text", "bm25", "bm25_facts"),
}
TOP_K, LANDMARKS = 10, 5_000


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Retrieval at one size.

    Attributes:
        passages: how many.
        median_ms, p95_ms: of a question, by lane, the embedding of its words included.
        embedding_ms: of a question's words, median.
        store: kind of the store of vectors, with the index inside it.
        recall: of the ten nearest passages, against those of an exact scan.
        catalogue_s: to build the catalogue.
        open_ms: to open it again.
        store_s: to fill the store.
    """

    passages: int
    median_ms: dict[str, float]
    p95_ms: dict[str, float]
    embedding_ms: float
    store: str
    recall: float
    catalogue_s: float
    open_ms: float
    store_s: float


def retrieval(root: Path, passages: int, asked: int, embedded: int) -> Retrieval:
    """Measure at one size.

    Args:
        root: an empty folder.
        passages: how many.
        asked: questions a lane; none is asked twice.
        embedded: passages that MiniLM embeds.
    """
    known = records(passages, min(passages, LANDMARKS))
    encoder = MiniLMEncoder()
    settings = Settings.from_environment({})
    base = encoder.encode_texts([p.text for p in known.passages[:embedded]])
    write_collection(root / "knowledge", known)
    catalogue_s = seconds(lambda: Catalogue.open(root / "knowledge").close())
    started = time.perf_counter()
    catalogue = Catalogue.open(root / "knowledge")
    open_ms = 1000 * (time.perf_counter() - started)
    stores: list[VectorStore] = []
    store_s, kind = 0.0, ""
    for name in ("faiss", "exact"):
        create = store_creator(name, "auto", "bench", settings)
        size = encoder.identity.dim, passages
        store, info = create(root / name, {"text": size}, 1)["text"]
        started = time.perf_counter()
        for vectors, payload in vectors_of(known.passages, base):
            store.upsert(vectors, payload)
        store.flush()
        store_s = store_s or time.perf_counter() - started
        kind = kind or f"{info.kind} {info.ann or ''}".strip()
        stores.append(store)
    own, exact = (Retriever(Sources(catalogue, TextSpace(s, encoder))) for s in stores)
    texts = questions(known.passages, asked * (len(LANES) + 2) + 1)
    medians, slow = {}, {}
    for number, (name, lanes) in enumerate(LANES.items()):
        options = RetrieveOptions(top_k=TOP_K, lanes=lanes)

        def one(text: str, options: RetrieveOptions = options) -> object:
            return own.retrieve(KnowledgeQuery(text=text), options)

        one(texts[-1])
        waits = _waits(one, texts[number * asked : (number + 1) * asked])
        medians[name] = statistics.median(waits)
        slow[name] = statistics.quantiles(waits, n=20, method="inclusive")[-1]
    part = texts[len(LANES) * asked : (len(LANES) + 1) * asked]
    embedding = _waits(lambda text: encoder.encode_texts([text]), part)
    part = texts[(len(LANES) + 1) * asked : -1]
    recall = statistics.mean(_shared(own, exact, text) for text in part)
    for retriever in (own, exact):
        retriever.close()
    for store in stores:
        store.close()
    catalogue.close()
    return Retrieval(
        passages,
        medians,
        slow,
        statistics.median(embedding),
        kind,
        recall,
        catalogue_s,
        open_ms,
        store_s,
    )


def fact_ms(root: Path, landmarks: int, asked: int) -> float:
    """Median milliseconds of a question about a fact among so many landmarks.

    Raises:
        RuntimeError: an answer is not the value that was written.
    """
    write_collection(root / "knowledge", records(0, landmarks))
    waits = []
    with closing(Catalogue.open(root / "knowledge")) as catalogue:
        tools = Tools(catalogue, lambda request, question: (), shared_minilm)
        for turn in range(asked + 1):
            number = turn * 7919 % landmarks
            request = AskRequest(f"What is the elevation of {name_of(number)}?")
            started = time.perf_counter()
            answer = ask(request, tools)
            if turn:
                waits.append(1000 * (time.perf_counter() - started))
            if answer.value != value_of(number):
                raise RuntimeError(f"{request.question} gave {answer.text!r}")
    return statistics.median(waits)


def _waits(work: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    waits = []
    for text in texts:
        started = time.perf_counter()
        work(text)
        waits.append(1000 * (time.perf_counter() - started))
    return waits


def _shared(own: Retriever, exact: Retriever, text: str) -> float:
    options = RetrieveOptions(top_k=TOP_K, lanes=("text",))
    query = KnowledgeQuery(text=text)
    found, true = (
        {piece.id for piece in one.retrieve(query, options).evidence}
        for one in (own, exact)
    )
    return len(found & true) / len(true)

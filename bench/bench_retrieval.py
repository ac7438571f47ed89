"""Time of one warm question over many passages, by lane and fused, and its recall.

    python bench/bench_retrieval.py [--passages 100000] [--store faiss] [--ann hnsw]

The texts are drawn: whole English words from MiniLM's own vocabulary by Zipf's law, no
two passages alike. Their vectors are not those of the texts: MiniLM embeds 2,000 of
them, and every passage gets one of these 2,000 vectors with noise of its own (cosine of
about 0.8 to where it came from), which lie as real ones do, in a narrow cone with many
near neighbours. Questions are eight words of a passage each, embedded by MiniLM when
asked, none asked twice.

Recall is of the text lane's ten passages against those of the exact store.
"""

import argparse
import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from rsrag.config import Settings
from rsrag.encoders.minilm import TOKENIZER
from rsrag.encoders.sentence import MiniLMEncoder
from rsrag.factory import STORES, store_creator
from rsrag.interfaces import VectorStore
from rsrag.knowledge.catalogue import Catalogue
from rsrag.knowledge.collection import Records, write_collection
from rsrag.records import (
    Fact,
    Landmark,
    Passage,
    fact_id,
    landmark_id,
    passage_id,
)
from rsrag.retrieval.knowledge_query import KnowledgeQuery
from rsrag.retrieval.retrieve import RetrieveOptions, Retriever
from rsrag.retrieval.sources import Sources, TextSpace
from rsrag.types import Vectors
from rsrag.vectors import unit_rows

EMBEDDED = 2_000
LANDMARKS = 5_000
WORDS = 40
BATCH = 5_000
TOP_K = 10
SOURCE, LICENCE = "bench", "CC0-1.0"


def vocabulary() -> list[str]:
    """Whole words of MiniLM's vocabulary, in its order: frequent ones come first."""
    tokens = json.loads(TOKENIZER.verified().read_text())["model"]["vocab"]
    return [t for t in tokens if t.isascii() and t.isalpha() and len(t) > 1]


def zipf_texts(count: int, rng: np.random.Generator) -> list[str]:
    words = np.array(vocabulary())
    weights = 1 / np.arange(1, len(words) + 1)
    drawn = rng.choice(words, (count, WORDS), p=weights / weights.sum())
    return [" ".join(row) + "." for row in drawn]


def records(texts: list[str]) -> Records:
    marks = [
        Landmark(landmark_id("bench", str(i)), f"Place {i}", SOURCE, LICENCE)
        for i in range(LANDMARKS)
    ]
    facts = [
        Fact(
            fact_id(mark.id, "elevation", None, f"{i} m"),
            mark.id,
            "elevation",
            f"{i} m",
            SOURCE,
            LICENCE,
        )
        for i, mark in enumerate(marks)
    ]
    passages = [
        Passage(
            passage_id(marks[i % LANDMARKS].id, "description", text),
            text,
            "description",
            SOURCE,
            LICENCE,
            marks[i % LANDMARKS].id,
        )
        for i, text in enumerate(texts)
    ]
    return Records(tuple(marks), tuple(facts), tuple(passages))


def vectors_of(
    passages: tuple[Passage, ...], base: Vectors
) -> Iterator[tuple[Vectors, pa.Table]]:
    """The same vectors in every call: those given, over and over, with noise."""
    rng = np.random.default_rng(6)
    for first in range(0, len(passages), BATCH):
        part = passages[first : first + BATCH]
        rows = base[np.arange(first, first + len(part)) % len(base)]
        noise = rng.standard_normal(rows.shape) * (0.75 / np.sqrt(rows.shape[1]))
        table = pa.table(
            {
                "id": [f"{p.id}{p.id}" for p in part],
                "kind": ["passage"] * len(part),
                "record_id": [p.id for p in part],
                "landmark_id": [p.landmark_id for p in part],
            }
        )
        yield unit_rows(rows + noise), table


def milliseconds(
    ask: Callable[[str], object], questions: list[str]
) -> list[tuple[float, float]]:
    """For each question, how long one waits, and the processor time of all threads."""
    times = []
    for question in questions:
        start, worked = time.perf_counter(), time.process_time()
        ask(question)
        waited = time.perf_counter() - start
        times.append((1000 * waited, 1000 * (time.process_time() - worked)))
    return times


FIGURES = ("median", "p95", "fastest", "cpu")


def figures(pairs: list[tuple[float, float]]) -> dict[str, float]:
    """The waits' median, 95th percentile and minimum; the median processor time."""
    waits, worked = zip(*pairs, strict=True)
    slow = statistics.quantiles(waits, n=20)[-1]
    values = (statistics.median(waits), slow, min(waits), statistics.median(worked))
    return dict(zip(FIGURES, values, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=50)
    parser.add_argument("--embedded", type=int, default=EMBEDDED)
    parser.add_argument("--store", choices=STORES, default="faiss")
    parser.add_argument("--ann", default="auto", help="index type inside FAISS")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rng = np.random.default_rng(5)
    encoder = MiniLMEncoder()
    known = records(zipf_texts(args.passages, rng))
    settings = Settings.from_environment()
    base = encoder.encode_texts([p.text for p in known.passages[: args.embedded]])
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        os.environ["XDG_CACHE_HOME"] = str(root / "cache")
        write_collection(root / "bench", known)
        start = time.perf_counter()
        Catalogue.open(root / "bench").close()
        catalogue_s = time.perf_counter() - start
        start = time.perf_counter()
        catalogue = Catalogue.open(root / "bench")
        open_ms = 1000 * (time.perf_counter() - start)

        stores: dict[str, VectorStore] = {}
        build_s: dict[str, float] = {}
        chosen: dict[str, str] = {}
        for kind in dict.fromkeys((args.store, "exact")):
            ann = args.ann if kind == "faiss" else "auto"
            create = store_creator(kind, ann, "bench", settings)
            store, info = create(root / kind, encoder.identity.dim, args.passages, 1)
            stores[kind] = store
            chosen.setdefault(kind, info.ann or info.kind)
            start = time.perf_counter()
            for vectors, payload in vectors_of(known.passages, base):
                store.upsert(vectors, payload)
            store.flush()
            build_s[kind] = time.perf_counter() - start

        asked = rng.integers(0, args.passages, 5 * args.questions + 1)
        texts = [
            " ".join(rng.choice(known.passages[i].text[:-1].split(), 8, replace=False))
            for i in asked
        ]
        retrievers = {
            kind: Retriever(Sources(catalogue, TextSpace(store, encoder)))
            for kind, store in stores.items()
        }
        runs: dict[str, tuple[str, ...]] = {
            "bm25": ("bm25",),
            "text": ("text",),
            "fused": ("text", "bm25", "bm25_facts"),
        }
        times: dict[str, list[tuple[float, float]]] = {}
        retriever = retrievers[args.store]
        for number, (name, lanes) in enumerate(runs.items()):
            options = RetrieveOptions(top_k=TOP_K, lanes=lanes)

            def ask(text: str, options: RetrieveOptions = options) -> object:
                return retriever.retrieve(KnowledgeQuery(text=text), options)

            ask(texts[-1])
            part = texts[number * args.questions : (number + 1) * args.questions]
            times[name] = milliseconds(ask, part)
        times["embedding"] = milliseconds(
            lambda text: encoder.encode_texts([text]),
            texts[3 * args.questions : 4 * args.questions],
        )
        options = RetrieveOptions(top_k=TOP_K, lanes=("text",))
        shares = []
        for text in texts[4 * args.questions : 5 * args.questions]:
            query = KnowledgeQuery(text=text)
            found, true = (
                {p.id for p in retrievers[kind].retrieve(query, options).evidence}
                for kind in (args.store, "exact")
            )
            shares.append(len(found & true) / len(true))
        for one in retrievers.values():
            one.close()
        for store in stores.values():
            store.close()
        catalogue.close()

    result = {
        "passages": args.passages,
        "store": args.store,
        "ann": chosen[args.store],
        "questions": args.questions,
        "catalogue_build_s": catalogue_s,
        "catalogue_open_ms": open_ms,
        "store_build_s": build_s[args.store],
        **{
            f"{name}_{figure}_ms": value
            for name, pairs in times.items()
            for figure, value in figures(pairs).items()
        },
        "recall_at_10": statistics.mean(shares),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if args.json:
        print(json.dumps(result))
        return
    kind = f"{args.store} ({chosen[args.store]})"
    print(f"{args.passages:,} passages, {kind}, {args.questions} questions each")
    print(f"{'ms':<12}" + "".join(f"{figure:>10}" for figure in FIGURES))
    for name in times:
        cells = (f"{result[f'{name}_{figure}_ms']:>10.1f}" for figure in FIGURES)
        print(f"{name:<12}{''.join(cells)}")
    print(f"recall@10 of the text lane against exact: {result['recall_at_10']:.3f}")
    print(
        f"catalogue built in {catalogue_s:.1f} s, opened in {open_ms:.0f} ms; "
        f"{args.store} store built in {result['store_build_s']:.1f} s"
    )


if __name__ == "__main__":
    main()

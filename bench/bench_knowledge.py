"""Build rate of a knowledge index, and recall and time of a search in it.

    python bench/bench_knowledge.py make FOLDER --passages 100000
    rsrag index build-knowledge --knowledge FOLDER/knowledge --indexes FOLDER/indexes \
        --encoder none
    python bench/bench_knowledge.py search FOLDER

The passages are Zipf words from MiniLM's own vocabulary, some 40 in each; queries
are six words of a passage in another order.
"""

import argparse
import dataclasses
import json
import resource
import time
from pathlib import Path

import numpy as np

from rsrag.config import Settings
from rsrag.encoders.minilm import TOKENIZER
from rsrag.indexing.knowledge_manifest import part_paths
from rsrag.indexing.parts import read_parts
from rsrag.indexing.schema import split_embeddings
from rsrag.knowledge.collection import Records, write_collection
from rsrag.knowledge_factory import open_knowledge_index
from rsrag.records import Landmark, Passage, landmark_id, passage_id

PASSAGES_A_LANDMARK = 5
WORDS = 40
QUERIES = 200
TOP_K = 10


def make(folder: Path, count: int) -> None:
    """Write a collection of ``count`` passages about landmarks by fives."""
    import shapely

    rng = np.random.default_rng(0)
    vocabulary = json.loads(TOKENIZER.verified().read_text())["model"]["vocab"]
    words = np.array([w for w in vocabulary if w.isalpha() and len(w) > 2][:20_000])
    weights = 1 / np.arange(1, len(words) + 1)
    weights /= weights.sum()
    landmarks, passages = [], []
    for number in range(count):
        if number % PASSAGES_A_LANDMARK == 0:
            name = " ".join(rng.choice(words, 2)).title() + f" {number}"
            about = landmark_id("bench", name)
            place = shapely.Point(rng.uniform(-180, 180), rng.uniform(-85, 85))
            landmarks.append(
                Landmark(
                    about,
                    name,
                    "bench",
                    "CC0-1.0",
                    category="place",
                    geometry=shapely.to_wkb(place),
                )
            )
        text = " ".join(rng.choice(words, WORDS, p=weights)).capitalize() + "."
        id_ = passage_id(about, "description", text)
        passages.append(Passage(id_, text, "description", "bench", "CC0-1.0", about))
    records = Records(tuple(landmarks), (), tuple(passages))
    write_collection(folder / "knowledge" / "bench", records)


def search(folder: Path) -> dict[str, float | str]:
    """Recall against a scan of the parts, and milliseconds a query, warm."""
    settings = dataclasses.replace(
        Settings.from_environment(), indexes=folder / "indexes"
    )
    opened = open_knowledge_index(None, settings)
    space = opened.manifest.spaces["text"]
    store, encoder = opened.stores["text"], opened.load_text_encoder()
    texts, ids, blocks = [], [], []
    for table in read_parts(part_paths(opened.folder, "text", space)):
        payload, vectors = split_embeddings(table)
        ids += payload["id"].to_pylist()
        texts += payload["text"].to_pylist()
        blocks.append(vectors)
    rows = np.concatenate(blocks)
    rng = np.random.default_rng(1)
    queries = [
        " ".join(rng.permutation(texts[i].split())[:6])
        for i in rng.choice(len(texts), QUERIES, replace=False)
    ]
    started = time.perf_counter()
    asked = np.concatenate([encoder.encode_texts([query]) for query in queries])
    encode_ms = (time.perf_counter() - started) / QUERIES * 1000
    for query in asked[:5]:
        store.search(query[None], TOP_K)
    times, found = [], []
    for query in asked:
        started = time.perf_counter()
        found.append([hit.id for hit in store.search(query[None], TOP_K)[0]])
        times.append((time.perf_counter() - started) * 1000)
    shared = 0
    for query, hits in zip(asked, found, strict=True):
        best = np.argpartition(-(rows @ query), TOP_K)[:TOP_K]
        shared += len({ids[i] for i in best} & set(hits))
    opened.close()
    return {
        "vectors": len(rows),
        "store": f"{space.store.kind} {space.store.ann}",
        "recall_at_10": shared / (TOP_K * QUERIES),
        "search_ms_median": float(np.median(times)),
        "search_ms_p95": float(np.percentile(times, 95)),
        "encode_ms_mean": encode_ms,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["make", "search"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--passages", type=int, default=100_000)
    given = parser.parse_args()
    if given.what == "make":
        make(given.folder, given.passages)
    else:
        print(json.dumps(search(given.folder), indent=2))


if __name__ == "__main__":
    main()

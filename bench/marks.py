"""What a few marks are worth: precision of hits with and without them.

    python -m bench.marks RSICD/valid.jsonl [UCM/train.jsonl ...] [--encoder mini]

Each class is asked for in words; of its 100 best hits right and wrong ones are drawn
(five seeds) and marked. Printed is the mean precision of the 20 best hits, the marked
ones left out, over classes and seeds: of the words alone; of Rocchio's sum, of the
probe, and of whichever of the two orders held back marks better, beside the words; and
of that alone, as a concept has it, without words.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from recipes.mini.relevance import class_queries, read_source
from rsrag.encoders.encoder_registry import load_encoder
from rsrag.evaluation.data.labelled import Labelled
from rsrag.retrieval.marks.marking import learn, probe, rocchio
from rsrag.types import Vectors

HITS, POOL, SEEDS = 20, 100, 5
WAYS = ("words", "rocchio", "probe", "chosen", "concept")


def precisions(source: Labelled, queries: Vectors, count: int) -> dict[str, float]:
    """Mean precision at 20 from so many right and wrong marks, by way."""
    found = defaultdict(list)
    step = -(-len(source.vectors) // 200)
    others = source.vectors[::step]
    for number, query in enumerate(queries.astype(np.float64)):
        right = source.labels == number
        best = np.argsort(-(source.vectors @ query), kind="stable")[:POOL]
        good, bad = best[right[best]], best[~right[best]]
        if min(len(good), len(bad)) < 2:
            continue
        for seed in range(SEEDS):
            rng = np.random.default_rng(seed)
            like, unlike = rng.permutation(good)[:count], rng.permutation(bad)[:count]
            marked = source.vectors[like], source.vectors[unlike]
            none = np.zeros_like(query)
            vectors = {
                "words": query,
                "rocchio": query + rocchio(*marked),
                "probe": query + probe(*marked, others),
                "chosen": query + learn(*marked, query, lambda: others).vector,
                "concept": learn(*marked, none, lambda: others).vector,
            }
            for way, vector in vectors.items():
                scores = source.vectors @ vector
                scores[np.concatenate([like, unlike])] = -np.inf
                top = np.argsort(-scores, kind="stable")[:HITS]
                found[way].append(right[top].mean())
    return {way: float(np.mean(found[way])) for way in WAYS}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--encoder", default="mini")
    parser.add_argument("--most", type=int, default=1_100)
    args = parser.parse_args()
    encoder = load_encoder(args.encoder)
    print(f"| pictures | marks | {' | '.join(WAYS)} |")
    print("|---" * (len(WAYS) + 2) + "|")
    for path in args.sources:
        source = read_source(path, encoder, args.most)
        queries = class_queries(source, encoder)
        name = f"{path.parent.name}/{path.stem}, {len(source.vectors):,}"
        for count in (5, 15):
            shown = precisions(source, queries, count)
            cells = " | ".join(f"{shown[way]:.3f}" for way in WAYS)
            print(f"| {name} | {count} + {count} | {cells} |", flush=True)


if __name__ == "__main__":
    main()

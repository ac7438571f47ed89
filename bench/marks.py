"""What a few marks are worth: precision of hits with and without them.

    python -m bench.marks RSICD/valid.jsonl [UCM/train.jsonl ...] [--encoder mini]

Each class is asked for in words; of its 100 best hits five right and five wrong are
drawn (five seeds) and marked. Printed is the mean precision of the 20 best hits, the
marked ones left out, over classes and seeds, by the weights of right and wrong marks.
"""

import argparse
from pathlib import Path

import numpy as np

from recipes.mini.relevance import class_queries, read_source
from rsrag.encoders.encoder_registry import load_encoder
from rsrag.evaluation.data.labelled import Labelled
from rsrag.retrieval.query import LIKED, UNLIKED
from rsrag.types import Vectors

WEIGHTS = ((0.0, 0.0), (0.75, 0.25), (1.0, 0.5), (LIKED, UNLIKED), (5.0, 3.0))
MARKS, HITS, POOL, SEEDS = 5, 20, 100, 5


def precision(
    source: Labelled, queries: Vectors, weights: tuple[float, float]
) -> float:
    """Mean precision at 20 with marks of these weights."""
    found = []
    for number, query in enumerate(queries):
        right = source.labels == number
        best = np.argsort(-(source.vectors @ query), kind="stable")[:POOL]
        for seed in range(SEEDS):
            rng = np.random.default_rng(seed)
            good, bad = best[right[best]], best[~right[best]]
            like = rng.permutation(good)[:MARKS]
            unlike = rng.permutation(bad)[:MARKS]
            vector = query.astype(np.float64)
            if len(like):
                vector = vector + weights[0] * source.vectors[like].mean(axis=0)
            if len(unlike):
                vector = vector - weights[1] * source.vectors[unlike].mean(axis=0)
            scores = source.vectors @ vector
            scores[np.concatenate([like, unlike])] = -np.inf
            found.append(right[np.argsort(-scores, kind="stable")[:HITS]].mean())
    return float(np.mean(found))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--encoder", default="mini")
    parser.add_argument("--most", type=int, default=1_100)
    args = parser.parse_args()
    encoder = load_encoder(args.encoder)
    print("| pictures | " + " | ".join(f"{a:g}, {b:g}" for a, b in WEIGHTS) + " |")
    print("|---" * (len(WEIGHTS) + 1) + "|")
    for path in args.sources:
        source = read_source(path, encoder, args.most)
        queries = class_queries(source, encoder)
        cells = [f"{precision(source, queries, one):.3f}" for one in WEIGHTS]
        name = f"{path.parent.name}/{path.stem}"
        print(f"| {name}, {len(source.vectors):,} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

"""Classes by a few example pictures: how often they are told, and how surely.

    python -m bench.bench_examples SOURCE [SOURCE ...]

SOURCE is a file of labels beside its pictures, as in ``bench.bench_none_of_these``. Of
each class some pictures are drawn as examples (``DRAWS`` times); the rest is asked.
*right* is the accuracy where one of the classes is right, *ECE* the calibration error
of that. Then half of the classes are left out: *told* is the share of pictures of the
other half that are told rightly with at least one half, *refused* the share of
pictures of the left out classes that are not told as anything.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from bench.bench_none_of_these import read
from rsrag.encoders.mini.mini import HEADS, MiniEncoder
from rsrag.rag.looking.calibration import calibration_error
from rsrag.rag.looking.examples import Prototypes, prototypes
from rsrag.rag.looking.scene import label_vectors, likeness_floor, temperature_of

if TYPE_CHECKING:
    from rsrag.evaluation.data.labelled import Labelled
    from rsrag.interfaces import Encoder
    from rsrag.types import Vectors

COUNTS, DRAWS, SURE = (1, 2, 4, 8, 16), 5, 0.5


def draws(
    found: "Labelled", texts: "Vectors", encoder: "Encoder", count: int
) -> Iterator[dict[str, float]]:
    """Figures of each draw."""
    for seed in range(DRAWS):
        rng = np.random.default_rng(seed)
        classes = range(len(found.classes))
        shown = [
            rng.choice(np.flatnonzero(found.labels == at), count, replace=False)
            for at in classes
        ]
        rest = np.setdiff1d(np.arange(len(found.labels)), np.concatenate(shown))
        truth, vectors = found.labels[rest], found.vectors[rest]

        def made(chosen: "list[int]", shown: "list[np.ndarray]" = shown) -> Prototypes:
            return prototypes(
                [found.classes[at] for at in chosen],
                texts[chosen],
                [found.vectors[shown[at]] for at in chosen],
                temperature_of(encoder),
                likeness_floor(encoder),
            )

        shares, _ = made(list(classes)).shares(vectors, closed=True)
        half = sorted(rng.permutation(len(classes))[: len(classes) // 2].tolist())
        some, _ = made(half).shares(vectors)
        known = np.isin(truth, half)
        told = some.max(axis=1) >= SURE
        right = np.array(half)[some.argmax(axis=1)] == truth
        yield {
            "right": 100 * float((shares.argmax(axis=1) == truth).mean()),
            "ECE": 100 * calibration_error(shares, truth),
            "told": 100 * float((told & right)[known].mean()),
            "refused": 100 * float((~told)[~known].mean()),
        }


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sources", type=Path, nargs="+")
    parser.add_argument("--heads", type=Path, default=HEADS, help="other weights")
    given = parser.parse_args()
    encoder = MiniEncoder(given.heads)
    print("| source | examples | right | ECE | told | refused |")
    print("|---|---:|---:|---:|---:|---:|")
    for path in given.sources:
        found = read(path, encoder)
        texts = label_vectors(found.classes, encoder)
        for count in COUNTS:
            if np.bincount(found.labels).min() <= count:
                continue
            each = list(draws(found, texts, encoder, count))
            row = [f"{fmean(one[name] for one in each):.1f}" for name in each[0]]
            name = f"{path.parent.name}/{path.stem}"
            print(f"| {name} | {count} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()

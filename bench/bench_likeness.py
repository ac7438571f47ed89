"""What the nearest picture is worth, by how similar it is: the floor of likeness.

    python -m bench.bench_likeness SOURCE [SOURCE ...]

SOURCE is as for ``bench.bench_none_of_these``, or an ``.npz`` of ``image_vectors`` and
``labels``. Of each picture the nearest other one of the source is taken: *told* is the
share of those at least so similar, *same class* how many of them are of its class.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

FLOORS = (0.0, 0.6, 0.7, 0.8, 0.85, 0.9)


def worth(vectors: Any, labels: Any) -> list[tuple[float, float, float]]:
    """Floor, share told, share of these that are of the same class (nan for none)."""
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    nearest, best = cosines.argmax(axis=1), cosines.max(axis=1)
    same = labels == labels[nearest]
    rows = []
    for floor in FLOORS:
        told = best >= floor
        right = float(same[told].mean()) if told.any() else float("nan")
        rows.append((floor, float(told.mean()), right))
    return rows


def main() -> None:
    """Print a table."""
    from bench.bench_none_of_these import read
    from rsrag.encoders.encoder_registry import load_encoder
    from rsrag.vectors import unit_rows

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sources", type=Path, nargs="+")
    encoder = load_encoder("mini")
    print("| source | floor | told | same class |\n|---|---:|---:|---:|")
    for path in parser.parse_args().sources:
        if path.suffix == ".npz":
            with np.load(path) as held:
                vectors, labels = unit_rows(held["image_vectors"]), held["labels"]
        else:
            source = read(path, encoder)
            vectors, labels = source.vectors, source.labels
        for floor, told, right in worth(vectors, labels):
            name = f"{path.parent.name}/{path.stem}"
            print(f"| {name} | {floor:g} | {told:.2f} | {right:.3f} |", flush=True)


if __name__ == "__main__":
    main()

"""How long all pairs of an index take, beside comparing them in full.

    python -m bench.similar [--count 100000] [--dim 512]

Vectors are made: a mixture of 500 scenes with a spectrum that falls as those of image
encoders do, a thousand of them copied with a little noise. Printed are processor
seconds of the comparison, of the products in full alone (of a tenth of the rows, times
ten, halved for symmetry), and how many of the copies were found.
"""

import argparse
import time

import numpy as np

from rsrag.retrieval.near_pairs import near_pairs
from rsrag.vectors import unit_rows


def main() -> None:
    """Print a line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=512)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    spectrum = (1 + np.arange(args.dim, dtype=np.float32)) ** -0.7
    scenes = rng.normal(size=(500, args.dim)).astype(np.float32)
    rows = rng.normal(size=(args.count, args.dim)).astype(np.float32) * 0.7
    rows = unit_rows((rows + scenes[rng.integers(0, 500, args.count)]) * spectrum)
    pairs = rng.permutation(args.count)[:2_000].reshape(-1, 2)
    noise = rng.normal(size=(len(pairs), args.dim)) * 0.1 / args.dim**0.5
    rows[pairs[:, 1]] = unit_rows(rows[pairs[:, 0]] + noise)
    started, wall = time.process_time(), time.perf_counter()
    found = near_pairs(
        rows, 0.97, 1_000, lambda one, _: np.ones(len(one), bool), lambda *_: None
    )
    took, wall = time.process_time() - started, time.perf_counter() - wall
    started = time.process_time()
    for at in range(0, args.count // 10, 2_048):
        for other in range(0, args.count, 8_192):
            (rows[at : at + 2_048] @ rows[other : other + 8_192].T).max()
    full = (time.process_time() - started) * 5
    wanted = {tuple(sorted(pair)) for pair in pairs.tolist()}
    got = set(zip(found.first.tolist(), found.second.tolist(), strict=True))
    print(
        f"{args.count:,} x {args.dim}: {took:.1f} s of processor ({wall:.1f} s), "
        f"in full {full:.1f} s; {len(wanted & got):,} of {len(wanted):,} copies found"
    )


if __name__ == "__main__":
    main()

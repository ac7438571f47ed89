"""What captions bring to a search: precision of hits by lanes.

    python -m bench.caption_lanes RSICD_PICTURES RSICD/valid.jsonl [--share 1.0]

An index of the pictures is built with their captions (of a share of them, the others
have none), and each class of the table is asked for by its name. Printed is the mean
precision of the 20 best hits over classes, by lanes.
"""

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

import rsrag
from rsrag.rag.looking.scene import readable, with_article

TOP = 20
WAYS = ("picture", "words", "meaning", "picture,words", "picture,meaning", "all")


def main() -> None:
    """Print a line for each lane."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("pictures", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--share", type=float, default=1.0)
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.table.read_text().splitlines()]
    rng = np.random.default_rng(0)
    for row in rows:
        row["captions"] = row["captions"] if rng.random() < args.share else None
    counts = Counter(row["label"] for row in rows)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.jsonl"
        kept = ("file", "label", "captions")
        table.write_text(
            "\n".join(
                json.dumps({n: row[n] for n in kept if row[n] is not None})
                for row in rows
            )
        )
        index = rsrag.build(
            args.pictures, name="told", metadata=table, indexes=Path(folder) / "i"
        )
        with index:
            for lanes in WAYS:
                shares = []
                for label in sorted(counts):
                    hits = index.search(
                        with_article(readable(label)), top_k=TOP, lanes=lanes
                    )
                    right = [hit.properties["label"] == label for hit in hits]
                    shares.append(sum(right) / TOP)
                print(f"{lanes}: {np.mean(shares):.3f}", flush=True)


if __name__ == "__main__":
    main()

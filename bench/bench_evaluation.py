"""How long evaluation takes: labels for a whole archive, and hit rates of captions.

    python bench/bench_evaluation.py [DATA] [--n 10000] [--json]

Transduction runs over drawn vectors of 512 numbers in 30 classes. With DATA, which has
valid-*.tar and valid.jsonl of RSICD, ``rsrag eval retrieval`` runs over them with
``mini``, in a process of its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

DIM, CLASSES = 512, 30
# Per number; with the mean of a class of length one, cosines within it are about 0.5.
NOISE = DIM**-0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?", help="folder with RSICD valid")
    parser.add_argument("--n", type=int, default=10_000, help="vectors")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, Any] = {"transduction": transduction(options.n)}
    if options.data:
        found["retrieval"] = retrieval(options.data)
    if options.json:
        print(json.dumps(found, indent=1))
        return
    for name, figures in found.items():
        print(name, ", ".join(f"{key} {value}" for key, value in figures.items()))


def transduction(n: int) -> dict[str, Any]:
    """Seconds, peak memory of the process, and what it did to the accuracy."""
    from rsrag.rag.looking.transduction import transduce
    from rsrag.vectors import unit_rows

    rng = np.random.default_rng(0)
    centres = unit_rows(rng.normal(size=(CLASSES, DIM)))
    labels = rng.integers(0, CLASSES, n)
    images = unit_rows(centres[labels] + NOISE * rng.normal(size=(n, DIM)))
    texts = unit_rows(centres + 4 * NOISE * rng.normal(size=(CLASSES, DIM)))
    logits = 100 * (images @ texts.T)
    started, used = time.perf_counter(), time.process_time()
    together = transduce(images, logits)
    return {
        "vectors": n,
        "classes": CLASSES,
        "seconds": round(time.perf_counter() - started, 1),
        "processor_seconds": round(time.process_time() - used, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "top1_alone": round(100 * float((logits.argmax(1) == labels).mean()), 2),
        "top1_together": round(100 * float((together.argmax(1) == labels).mean()), 2),
    }


def retrieval(data: Path) -> dict[str, Any]:
    """Seconds of the whole command, the start of Python included."""
    words = [sys.executable, "-m", "rsrag", "eval", "retrieval", "--encoder", "mini"]
    for tar in sorted(data.glob("valid-*.tar")):
        words += ["--images", str(tar)]
    words += ["--captions", str(data / "valid.jsonl"), "--json"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads(done.stdout)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "images": report["images"],
        "captions": report["captions"],
        "seconds": round(seconds, 1),
        "processor_seconds": round(used, 1),
        "peak_mb": after.ru_maxrss // 1024,
        "mR": report["mR"],
    }


if __name__ == "__main__":
    main()

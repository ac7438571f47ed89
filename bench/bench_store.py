"""Time of one warm query, by store and by how much of the archive a bbox leaves.

    python bench/bench_store.py --count 100000 --dim 512

Vectors lie in clusters; footprints are boxes of two degrees thrown evenly over the
map. Besides the times it prints how many of the ten nearest the store found, how long
building and opening took, and how much memory the process held that no file backs.
"""

import argparse
import gc
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from rsrag.filters import Filter
from rsrag.interfaces import VectorStore
from rsrag.stores.exact import ExactStore
from rsrag.stores.faiss_store import FaissStore
from rsrag.stores.qdrant_edge_store import QdrantEdgeStore
from rsrag.types import Vectors
from rsrag.vectors import unit_rows

STORES = ("exact", "faiss-flat", "faiss-hnsw", "qdrant-edge")
EXTRA = ("faiss-ivf-sq8", "faiss-ivf-pq")
BATCH = 512
SIZE_DEG = 2.0

# Shares of the archive that each filter leaves, footprints even over the map.
FILTERS = {
    "none": None,
    "5 %": Filter(area=shapely.box(-20, -20, 50, 26)),
    "50 %": Filter(area=shapely.box(-180, -90, -1, 90)),
}


def vectors_of(
    count: int, dim: int, seed: int, centres: NDArray[np.float64]
) -> Vectors:
    rng = np.random.default_rng(seed)
    chosen = centres[rng.integers(0, len(centres), count)]
    return unit_rows(chosen + 0.8 * rng.standard_normal((count, dim)))


def batches(
    count: int, dim: int, centres: NDArray[np.float64]
) -> Iterator[tuple[Vectors, pa.Table]]:
    """All chips, drawn a batch at a time, the same for every store."""
    for first in range(0, count, BATCH):
        n = min(BATCH, count - first)
        rng = np.random.default_rng(first)
        west = rng.uniform(-180, 180 - SIZE_DEG, n)
        south = rng.uniform(-90, 90 - SIZE_DEG, n)
        east, north = west + SIZE_DEG, south + SIZE_DEG
        sides = [pa.array(side) for side in (west, south, east, north)]
        table = pa.table(
            {
                "id": [
                    f"{i * 0x9E3779B97F4A7C15 % 2**128:032x}"
                    for i in range(first, first + n)
                ],
                "source": [
                    f"archive.tar!/scene-{i // 100}.tif"
                    for i in range(first, first + n)
                ],
                "geometry": shapely.to_wkb(shapely.box(west, south, east, north)),
                "bbox": pa.StructArray.from_arrays(
                    sides, names=["xmin", "ymin", "xmax", "ymax"]
                ),
                "sensor": ["S2A"] * n,
                "gsd_m": np.full(n, 10.0),
            }
        )
        yield vectors_of(n, dim, first + 1, centres), table


def create(name: str, path: Path, dim: int) -> VectorStore:
    if name == "exact":
        return ExactStore.create(path, dim)
    if name == "qdrant-edge":
        return QdrantEdgeStore.create(path, dim)
    return FaissStore.create(path, dim, name.removeprefix("faiss-"))


def reopen(name: str, path: Path) -> VectorStore:
    if name == "exact":
        return ExactStore.open(path)
    return (
        QdrantEdgeStore.open(path) if name == "qdrant-edge" else FaissStore.open(path)
    )


def anonymous_mb() -> float:
    """Memory that is not the page cache of some file; NaN where none tells."""
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def timed(store: VectorStore, queries: Vectors, where: Filter | None) -> list[float]:
    store.search(queries[:1], 10, where)
    times = []
    for query in queries:
        start = time.perf_counter()
        store.search(query[None], 10, where)
        times.append(1000 * (time.perf_counter() - start))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--queries", type=int, default=30)
    parser.add_argument("--stores", nargs="+", choices=STORES + EXTRA, default=STORES)
    args = parser.parse_args()
    centres = np.random.default_rng(7).standard_normal((200, args.dim))
    queries = vectors_of(args.queries, args.dim, 2**31, centres)
    truth: dict[str, list[set[str]]] = {}
    print(
        f"{args.count:,} x {args.dim}, top 10, median of {args.queries} single queries"
    )
    head = "".join(f"{f'bbox {name}':>12}" for name in FILTERS)
    print(f"{'store':<14}{head}{'recall':>8}{'open':>8}{'build':>9}{'memory':>11}")
    with tempfile.TemporaryDirectory() as folder:
        for name in args.stores:
            path = Path(folder) / name
            gc.collect()
            memory = anonymous_mb()
            start = time.perf_counter()
            store = create(name, path, args.dim)
            for vectors, table in batches(args.count, args.dim, centres):
                store.upsert(vectors, table)
            store.flush()
            build_s = time.perf_counter() - start
            memory = anonymous_mb() - memory
            store.close()
            start = time.perf_counter()
            store = reopen(name, path)
            open_ms = 1000 * (time.perf_counter() - start)
            cells, recalls = "", []
            for label, where in FILTERS.items():
                cells += f"{median(timed(store, queries, where)):>9.1f} ms"
                hits = store.search(queries, 10, where)
                ids = [{hit.id for hit in found} for found in hits]
                wanted = truth.setdefault(label, ids)
                recalls += [len(a & b) / 10 for a, b in zip(ids, wanted, strict=True)]
            store.close()
            print(
                f"{name:<14}{cells}{np.mean(recalls):>8.3f}{open_ms:>5.0f} ms"
                f"{build_s:>7.1f} s{memory:>8.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()

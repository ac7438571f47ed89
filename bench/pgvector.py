"""PostgreSQL with pgvector beside rsrag's own store: recall, and time a query.

    python -m bench.pgvector [--count 100000] [--dim 512] [--queries 50]

A server of its own is started, and filled with the cloud of ``bench search``. Recall@10
is against all rows that match, compared in full; times are of single queries, both
stores asked by turns, the medians as a ratio. Processor time is this process's and the
server's: a busy machine lets an answer between two processes wait, and a call not.
Printed beside it: rows a second of the upserts, and seconds of the graph.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import shapely

from bench.clouds import Array, Clustered, blocks
from bench.search.places import REGIONS, Alike, Places, ids, payload, place
from bench.services.postgres import Postgres
from rsrag.filters import Filter
from rsrag.interfaces import VectorStore
from rsrag.stores.faiss.faiss_store import FaissStore
from rsrag.stores.pgvector.pgvector_store import PgVectorStore

K = 10
_ROWS = 16_384


def main() -> None:
    """Print a line a filter and kind of query."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--queries", type=int, default=50)
    args = parser.parse_args()
    cloud = Clustered(args.count, args.dim)
    vectors = np.concatenate(list(blocks(cloud)))
    places = place(vectors, Alike.learn(vectors[:_ROWS]), 0)
    with tempfile.TemporaryDirectory(prefix="rsrag-pgvector-") as name:
        Path(name).chmod(0o755)
        server = Postgres(Path(name) / "postgres")
        server.start()
        try:
            own = FaissStore.create(
                Path(name) / "own", args.dim, ann="auto", expected=args.count
            )
            there = PgVectorStore.create(server.url, "bench", args.dim)
            for store in (own, there):
                fill(store, vectors, places)
            for kind in ("image", "text"):
                queries = cloud.queries(kind, args.queries)
                compare(own, there, queries, vectors, places, server)
        finally:
            server.stop()


def fill(store: VectorStore, vectors: Array, places: Places) -> None:
    """Put all rows in, and make the graph."""
    started = time.perf_counter()
    for first in range(0, len(vectors), _ROWS):
        some = slice(first, first + _ROWS)
        store.upsert(vectors[some], payload(first, places[some]))
    put = time.perf_counter() - started
    store.flush()
    made = time.perf_counter() - started - put
    name = type(store).__name__
    print(f"{name:14} {len(vectors) / put:9,.0f} rows/s, then {made:.1f} s")


def compare(
    own: VectorStore,
    there: VectorStore,
    queries: Array,
    vectors: Array,
    places: Places,
    server: Postgres,
) -> None:
    """Ask both the same, by turns."""
    names = np.array(ids(0, len(vectors)))
    for what, where, mask in filters(places):
        scores = queries @ vectors.T
        scores[:, ~mask] = -2
        best = np.argsort(-scores, axis=1, kind="stable")[:, :K]
        right, times, spent = 0, [], np.zeros(2)
        for query, rows in zip(queries, best, strict=True):
            wanted = {names[row] for row in rows if mask[row]}
            took = []
            for number, store in enumerate((own, there)):
                started, before = time.perf_counter(), processor(server)
                hits = store.search(query[None], K, where)[0]
                took.append(time.perf_counter() - started)
                spent[number] += processor(server) - before
            right += len(wanted & {hit.id for hit in hits})
            times.append(took)
        mine, theirs = np.median(np.array(times), axis=0) * 1_000
        recall = right / (min(K, int(mask.sum())) * len(queries))
        print(
            f"{what:14} {int(mask.sum()):8,} rows  recall@{K} {recall:.3f}  "
            f"{theirs:6.1f} ms, own {mine:6.1f} ms: {theirs / mine:.1f} times; "
            f"by processor time {spent[1] / spent[0]:.1f} times"
        )


def processor(server: Postgres) -> float:
    """Processor seconds of this process and of the server's connections so far."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
    spent = 0
    for pid in children.split():
        with suppress(OSError):
            spent += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    return time.process_time() + spent / 1e9


def filters(places: Places) -> Iterator[tuple[str, Filter | None, np.ndarray]]:
    """None, and the areas of ``bench search``."""
    yield "no filter", None, np.ones(len(places), bool)
    for region in REGIONS:
        box = shapely.box(region.west, region.south, region.east, region.north)
        yield region.name, Filter(area=box), region.holds(places)


if __name__ == "__main__":
    main()

"""What a large archive takes: the commit of many parts, and arithmetic from measures.

    python -m bench.scale commit [--parts 1000] [--rows 1000] [--scenes 10]
    python -m bench.scale search [--parts 1000] [--rows 1000] [--queries 50]
    python -m bench.scale plan [--chips 30000000] [--dim 512] [--rate 90]

``commit`` makes parts and reports as shards leave them (vectors of width 8: what is
measured is everything but their bytes), commits them as ``rsrag index commit`` does,
with an exact store, and prints seconds and the most memory. ``search`` opens that index
in a process of its own, and asks it with and without filters. ``plan`` prints what so
many chips take: hours of embedding at a rate (chips a second of a core, as ``python -m
bench.shards`` prints it), bytes of parts and of each kind of store, parts and shards.
"""

import argparse
import dataclasses
import hashlib
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import shapely

from rsrag.config import Settings
from rsrag.filters import Filter
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.indexing.build.build_request import BuildRequest
from rsrag.indexing.format.chip_schema import chip_table
from rsrag.indexing.format.ledger import Entry
from rsrag.indexing.format.parts import PART_ROWS, PartWriter
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.shards.committing import commit_shards
from rsrag.indexing.shards.shard_place import ShardPlace, shard_report
from rsrag.indexing.shards.shard_plan import ShardPlan, Unit
from rsrag.objects.folder_objects import FolderObjects
from rsrag.store_factory import store_creator
from rsrag.types import BBox, ChipRecord, EncoderIdentity, Window
from rsrag.vectors import unit_rows

_DIM = 8
_BESIDE = 92
"""Bytes of a row beside its vector, as ``commit`` prints it."""
_BOXES = (
    ("a half", (-179.0, -80.0, 0.0, 80.0)),
    ("a country", (0.0, 40.0, 10.0, 50.0)),
    ("a town", (2.0, 48.0, 2.5, 48.5)),
)
_IDENTITY = EncoderIdentity("made", "ab" * 32, "none", _DIM)


class _Made:
    """Says who made the vectors, and makes none."""

    identity = _IDENTITY


def main() -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", choices=("commit", "search", "plan"))
    parser.add_argument("--queries", type=int, default=50)
    parser.add_argument("--parts", type=int, default=1_000)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--scenes", type=int, default=10)
    parser.add_argument("--chips", type=int, default=30_000_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--rate", type=float, default=90.0)
    args = parser.parse_args()
    if args.what == "plan":
        print("\n".join(arithmetic(args.chips, args.dim, args.rate)))
        return
    with tempfile.TemporaryDirectory(prefix="rsrag-scale-") as name:
        commit(Path(name), args.parts, args.rows, args.scenes)
        if args.what == "search":
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, context) as pool:
                print("\n".join(pool.submit(search, Path(name), args.queries).result()))


def commit(folder: Path, parts: int, rows: int, scenes: int) -> None:
    """Make shards that are done, and commit them."""
    options = ImageryOptions()
    units = tuple((Unit(f"/{n}.tar", f"/{n}.tar", (1, 1, "")),) for n in range(parts))
    plan = ShardPlan(
        index="made",
        sources=("/archive",),
        options=options.to_json(),
        metadata_sha256=None,
        encoder=_IDENTITY,
        encoder_source={"name": "made"},
        batch_size=64,
        strict=False,
        shards=units,
    )
    place = ShardPlace(FolderObjects(folder / "work"))
    for number in range(parts):
        part = folder / "part.parquet"
        entries = write_part(part, number, rows, scenes)
        report = shard_report(part, rows, entries, [], [], encoded=rows)
        place.put(plan.key(number), report, part)
        part.unlink()
    size = sum(info.size for info in place.objects.below("parts"))
    print(f"{size / parts / rows - _DIM * 4:.0f} bytes a row beside its vector")
    request = BuildRequest(
        directory=IndexDirectory(folder / "indexes", "made"),
        create_stores=store_creator(
            "exact", "auto", "made", Settings.from_environment({})
        ),
        drop_store=lambda info: None,
        sources=(Path("/archive"),),
        options=options,
        metadata=None,
        encoder=_Made(),  # type: ignore[arg-type]
        encoder_source={"name": "made"},
        threads=1,
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    since, spent = time.perf_counter(), time.process_time()
    made = commit_shards(request, plan, place, lambda *_: None)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    took = time.perf_counter() - since
    print(
        f"{parts:,} parts of {rows:,} rows, {parts * scenes:,} scenes: {took:.1f} s "
        f"({time.process_time() - spent:.1f} s of processor, of it the store "
        f"{made.seconds['store']:.1f} s), {most / 1e6:.2f} GB at most, "
        f"{before / 1e6:.2f} GB before"
    )


def search(folder: Path, queries: int) -> list[str]:
    """Open the index and ask it; lines of what it took."""
    from rsrag.store_factory import open_stores

    since = time.perf_counter()
    directory = IndexDirectory(folder / "indexes", "made")
    manifest, where = directory.read_manifest(), directory.current_path()
    settings = Settings.from_environment({})
    (store,) = open_stores(manifest, where, settings).values()
    lines = [f"opened in {time.perf_counter() - since:.2f} s, {len(store):,} rows"]
    vectors = unit_rows(np.random.default_rng(1).normal(size=(queries + 1, _DIM)))
    for what, box in (("no filter", None), *_BOXES):
        where_ = None if box is None else Filter(area=shapely.box(*box))
        since = time.perf_counter()
        store.search(vectors[-1:], 10, where_)
        first, took = time.perf_counter() - since, []
        for query in vectors[:queries]:
            since = time.perf_counter()
            store.search(query[None], 10, where_)
            took.append(time.perf_counter() - since)
        half, most_of = np.quantile(took, (0.5, 0.95)) * 1e3
        lines.append(
            f"{what:10} {store.count(where_):9,} rows: first {first * 1e3:.0f} ms, "
            f"then {half:.1f} ms, p95 {most_of:.1f} ms"
        )
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return [*lines, f"{most / 1e6:.2f} GB at most"]


def write_part(path: Path, number: int, rows: int, scenes: int) -> list[Entry]:
    """A part as a shard leaves it; gives its sources."""
    rng = np.random.default_rng(number)
    records = []
    for row in range(rows):
        west, south = rng.uniform(-179, 178), rng.uniform(-80, 79)
        name = f"{number}-{row}".encode()
        records.append(
            ChipRecord(
                id=hashlib.sha256(name).hexdigest()[:32],
                source=f"/{number}.tar!/{row * scenes // rows}.tif",
                source_sha256=f"{number:064x}",
                window=Window(row * 224, 0, 224, 224),
                footprint=shapely.to_wkb(
                    shapely.box(west, south, west + 0.02, south + 0.02)
                ),
                bbox=BBox(west, south, west + 0.02, south + 0.02),
                crs="EPSG:32631",
            )
        )
    writer = PartWriter(path, _IDENTITY)
    vectors = unit_rows(rng.normal(size=(rows, _DIM)))
    writer.write(chip_table(records, vectors))
    writer.close()
    entry = Entry(f"/{number}.tar", f"/{number}.tar", 1, 1, status="ok")
    return [
        dataclasses.replace(
            entry, source=f"/{number}.tar!/{one}.tif", chips=rows // scenes
        )
        for one in range(scenes)
    ]


def arithmetic(chips: int, dim: int, rate: float) -> Iterator[str]:
    """Lines of what so many chips take."""
    vectors = chips * dim * 4
    rest = chips * _BESIDE
    yield f"{chips:,} chips of width {dim}"
    for name, speed in (("one core", rate), ("32 cores", rate * 32)):
        yield f"  embedding on {name}: {chips / speed / 3600:,.0f} hours"
    files = -(-chips // PART_ROWS)
    yield f"  parts: {(vectors + rest) / 1e9:,.0f} GB in {files:,} files"
    yield f"  shards of 4,096 chips: {-(-chips // 4096):,}"
    yield f"  store flat, in memory: {vectors / 1e9:,.0f} GB"
    yield f"  store hnsw, M 32: {(vectors + chips * 32 * 2 * 4 * 1.1) / 1e9:,.0f} GB"
    yield f"  store ivf, 8 bits: {chips * (dim + 8) / 1e9:,.0f} GB"
    graph = chips * (dim * 2 + 24 * 2 * 6 * 1.1)
    table = (vectors + rest) / 1e9
    yield f"  pgvector: table {table:,.0f} GB, graph {graph / 1e9:,.0f} GB"


if __name__ == "__main__":
    main()

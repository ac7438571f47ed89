"""How long a person waits: ``rsrag --help``, a cold search, a warm search.

The cold search is compared with a plain script that loads sentence-transformers, embeds
the same text and multiplies it with the same vectors. The warm one runs over 100,000
chips with a bbox.

    python bench/bench_search.py [--index NAME --indexes DIR] [--chips 100000]
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
QUERY = "an airport with many parked planes"
PLAIN = """
import sys, numpy as np
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1])
query = model.encode([sys.argv[3]], normalize_embeddings=True)
vectors = np.load(sys.argv[2])
print(np.argsort(-(vectors @ query[0]))[:10])
"""


def wall(command: list[str], runs: int) -> float:
    """Median seconds of a command, from start to exit."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def synthetic(root: Path, chips: int) -> None:
    """An index of random vectors under the encoder ``mini``, spread over the Earth."""
    import shapely

    from rsrag.config import Settings
    from rsrag.factory import EncoderChoice, store_creator
    from rsrag.imagery.options import ImageryOptions
    from rsrag.indexing.generations import IndexDirectory
    from rsrag.indexing.manifest import Manifest, write_manifest
    from rsrag.indexing.sidecar import fill_store
    from rsrag.indexing.staging import Staging
    from rsrag.types import BBox, ChipRecord, Window
    from rsrag.vectors import unit_rows

    settings = Settings.from_environment()
    choice = EncoderChoice("mini")
    identity = choice.load(settings).identity
    directory = IndexDirectory(root, "bench")
    rng = np.random.default_rng(3)
    staging = Staging(directory.building, {}, identity)
    for start in range(0, chips, 10_000):
        count = min(10_000, chips - start)
        west = rng.uniform(-180, 179, count)
        south = rng.uniform(-80, 79, count)
        records = [
            ChipRecord(
                f"{start + i:032x}",
                f"/archive/{start + i}.tif",
                "0" * 64,
                Window(0, 0, 256, 256),
                shapely.to_wkb(shapely.box(w, s, w + 0.5, s + 0.5)),
                BBox(w, s, w + 0.5, s + 0.5),
            )
            for i, (w, s) in enumerate(zip(west.tolist(), south.tolist(), strict=True))
        ]
        staging.add(records, unit_rows(rng.normal(size=(count, identity.dim))))
    parts = staging.merge()
    create = store_creator("faiss", "auto", "bench", settings)
    store, info = create(directory.building / "store", identity.dim, chips, 1)
    files = [directory.building / "parts" / part.file for part in parts]
    extent = fill_store(store, files)
    store.close()
    manifest = Manifest(
        name="bench",
        generation=1,
        created="2026-01-01T00:00:00Z",
        rsrag_version="bench",
        encoder=identity,
        encoder_source=choice.to_json(),
        imagery=ImageryOptions().to_json(),
        sources=(),
        chips=extent.chips,
        scenes=extent.scenes,
        skipped=0,
        bbox=extent.bbox,
        time=None,
        parts=tuple(parts),
        store=info,
    )
    write_manifest(manifest, directory.building)
    directory.publish(1)


def warm(root: Path, runs: int = 60) -> tuple[float, float, float]:
    """Median ms of a warm text query: with a bbox, embedding alone, without bbox."""
    import dataclasses

    from rsrag.config import Settings
    from rsrag.factory import open_index
    from rsrag.filters import Filter
    from rsrag.geo import bbox_geometry
    from rsrag.retrieval.search import SearchOptions, search_store
    from rsrag.types import BBox

    settings = dataclasses.replace(Settings.from_environment(), indexes=root)
    opened = open_index("bench", settings)
    encoder = opened.load_encoder(settings)
    where = Filter(area=bbox_geometry(BBox(-10, 36, 30, 60)))
    filtered, embedding, free = [], [], []
    for _ in range(runs):
        t0 = time.perf_counter()
        vector = encoder.encode_texts([QUERY])
        t1 = time.perf_counter()
        search_store(opened.store, vector, SearchOptions(where=where))
        t2 = time.perf_counter()
        search_store(opened.store, vector, SearchOptions())
        t3 = time.perf_counter()
        embedding.append(t1 - t0)
        filtered.append(t2 - t0)
        free.append(t1 - t0 + t3 - t2)
    return (milliseconds(filtered), milliseconds(embedding), milliseconds(free))


def milliseconds(seconds: list[float]) -> float:
    """Median, the first five left out: they load what later ones share."""
    return 1000 * statistics.median(seconds[5:])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chips", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    from rsrag.encoders.minilm import WEIGHTS

    cli = [sys.executable, str(ROOT / "cli.py")]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        synthetic(root, arguments.chips)
        print(f"rsrag --help: {wall([*cli, '--help'], arguments.runs):.3f} s")
        command = [*cli, "search", QUERY, "--indexes", str(root)]
        cold = wall(command, arguments.runs)
        box = wall([*command, "--bbox", "-10", "36", "30", "60"], arguments.runs)
        print(
            f"cold search, {arguments.chips:,} chips: {cold:.2f} s, with bbox {box:.2f}"
        )
        vectors = root / "vectors.npy"
        rng = np.random.default_rng(0)
        np.save(vectors, rng.normal(size=(arguments.chips, 384)).astype(np.float32))
        script = root / "plain.py"
        script.write_text(PLAIN)
        plain = wall(
            [
                sys.executable,
                str(script),
                str(WEIGHTS.locate().parent),
                str(vectors),
                QUERY,
            ],
            3,
        )
        print(f"plain sentence-transformers: {plain:.2f} s, ratio {plain / cold:.1f}")
        filtered, embedding, free = warm(root)
        print(
            f"warm text query, {arguments.chips:,} chips: {filtered:.1f} ms with bbox "
            f"({free:.1f} ms without; {embedding:.1f} ms of it embeds the text)"
        )


if __name__ == "__main__":
    main()

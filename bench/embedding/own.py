"""rsrag itself, from pictures to a published index. A script of ``workers``.

Also its forward pass alone, on pictures that are decoded and resized already: what no
pipeline can be faster than.

    python own.py MODEL WEIGHTS PRECISION SCRATCH
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from rsrag.config import Settings
from rsrag.factory import EncoderChoice
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.indexing.build.build import build_index
from rsrag.indexing.build.build_request import BuildRequest
from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.interfaces import Encoder
from rsrag.store_factory import drop_store, store_creator


def build(
    choice: EncoderChoice, encoder: Encoder, root: Path, sources: list[str]
) -> tuple[float, BuildReport]:
    """Seconds of a whole build into an empty folder, and its report."""
    shutil.rmtree(root, ignore_errors=True)
    settings = Settings.from_environment()
    request = BuildRequest(
        directory=IndexDirectory(root, "bench"),
        sources=tuple(map(Path, sources)),
        options=ImageryOptions(),
        metadata=None,
        encoder=encoder,
        encoder_source=choice.to_json(),
        create_stores=store_creator("faiss", "auto", "bench", settings),
        drop_store=lambda info: drop_store(info, settings),
        threads=settings.threads,
    )
    started = time.perf_counter()
    report = build_index(request, lambda stage, done, skipped: None)
    return time.perf_counter() - started, report


def save_vectors(root: Path, out: str) -> None:
    """The index's embeddings by the names that the peers give."""
    import pyarrow.dataset as ds

    parts = IndexDirectory(root, "bench").current_path() / "parts" / "image"
    table = ds.dataset(parts, format="parquet").to_table()
    rows = table["embedding"].combine_chunks().flatten().to_numpy()
    names = []
    for row in table.select(["source", "window"]).to_pylist():
        window = row["window"]
        left, top = (
            window[:2] if isinstance(window, list) else list(window.values())[:2]
        )
        is_member = "!/" in row["source"]
        names.append(row["source"].rsplit("!/", 1)[1] if is_member else f"{left} {top}")
    np.savez(out, names=names, rows=rows.reshape(len(table), -1))


def floor(encoder: Encoder, count: int, batch: int = 64) -> float:
    """Seconds of the forward pass over ``count`` ready pictures."""
    side = encoder.prepare_image(np.zeros((256, 256, 3), np.uint8)).shape[0]
    rng = np.random.default_rng(3)
    ready = rng.integers(0, 256, (batch, side, side, 3), np.uint8)
    started = time.perf_counter()
    for start in range(0, count, batch):
        encoder.encode_prepared(ready[: min(batch, count - start)])
    return time.perf_counter() - started


def main(model: str, weights: str, precision: str, scratch: str) -> None:
    """Load, then answer jobs."""
    # As the command line does, before torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    choice = EncoderChoice(model, Path(weights) if weights else None, None, precision)
    encoder = choice.load(Settings.from_environment())
    root = Path(scratch, "index")
    for line in sys.stdin:
        job = json.loads(line)
        said: dict[str, Any] = {}
        if "floor" in job:
            said["seconds"] = floor(encoder, job["floor"])
        elif "warm" in job:
            encoder.encode_images([np.zeros((256, 256, 3), np.uint8)] * 64)
        else:
            sources = job.get("tars") or [job["geotiff"]]
            said["seconds"], report = build(choice, encoder, root, sources)
            said["stages"], said["chips"] = report.seconds, report.rows
            save_vectors(root, job["out"])
        print(json.dumps(said), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""clip-retrieval's own inference. A script of :mod:`bench.embedding.workers`.

Its ``clip_inference`` over webdataset shards: a ``DataLoader`` with two workers decodes
and transforms, batches of 32 go through the model, float16 rows to ``.npy`` files. Its
model is loaded before the clock starts, as its own cache does from the second run on.

    PYTHON retrieval_peer.py ARCHITECTURE WEIGHTS SCRATCH WORKERS
"""

import importlib.metadata
import json
import os
import shutil
import sys
import time
from pathlib import Path

BATCH = 32
"""Its default of 256 is for a GPU; on a processor small batches are faster."""


def main(architecture: str, weights: str, scratch: str, workers: str) -> None:
    """Load, then answer jobs."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import numpy as np
    from all_clip import load_clip  # type: ignore[import-not-found]
    from clip_retrieval.clip_inference.worker import (  # type: ignore[import-not-found]
        worker,
    )

    # As clip-retrieval names a model of open_clip whose weights are a local file.
    name = f"open_clip:{architecture}/{weights}"
    load_clip(
        clip_model=name, use_jit=False, warmup_batch_size=BATCH, clip_cache_path=None
    )
    version = importlib.metadata.version("clip-retrieval")
    for line in sys.stdin:
        job = json.loads(line)
        seconds = 0.0
        if "tars" in job:
            folder = Path(scratch, "clip-retrieval")
            shutil.rmtree(folder, ignore_errors=True)
            started = time.perf_counter()
            worker(
                tasks=[0],
                input_dataset=job["tars"],
                output_folder=str(folder),
                output_partition_count=1,
                input_format="webdataset",
                batch_size=BATCH,
                num_prepro_workers=int(workers),
                enable_text=False,
                enable_metadata=False,
                clip_model=name,
                use_jit=False,
            )
            seconds = time.perf_counter() - started
            import pyarrow.parquet as pq

            rows = [np.load(path) for path in sorted(folder.glob("img_emb/*.npy"))]
            tables = [
                pq.read_table(path)
                for path in sorted(folder.glob("metadata/*.parquet"))
            ]
            names = [n for t in tables for n in t["image_path"].to_pylist()]
            names = [f"{name}.jpg" for name in names]
            np.savez(job["out"], names=names, rows=np.concatenate(rows))
        said = {"seconds": seconds, "version": version}
        print(json.dumps(said), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

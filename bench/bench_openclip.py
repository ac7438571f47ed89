"""Speed of the open_clip adapter against a plain loop, in memory.

    python bench/bench_openclip.py [--images 256] [--rounds 3]

Both embed the same JPEG files, held in memory, with the same random ViT-B/32
weights. The plain loop is what one writes first: Pillow decodes, open_clip's own
preprocessing makes a tensor, ``encode_image`` in float32, batches of 32. The adapter
decodes and resizes on worker threads while the last batch is in the model. The two
take turns, so that a busy machine slows both.
"""

import argparse
import io
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rsrag.config import available_processors
from rsrag.encoders.openclip import OpenClipEncoder

BATCH = 64


def jpegs(count: int, seed: int = 0) -> list[bytes]:
    """Smooth random pictures of 256 x 256 pixels, each another."""
    rng = np.random.default_rng(seed)
    files = []
    for _ in range(count):
        cells = int(rng.integers(3, 48))
        coarse = rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8)
        image = Image.fromarray(coarse).resize((256, 256), Image.Resampling.BICUBIC)
        with io.BytesIO() as stream:
            image.save(stream, "JPEG", quality=90)
            files.append(stream.getvalue())
    return files


def plain_loop(model: Any, preprocess: Any, files: list[bytes]) -> NDArray[np.float32]:
    """Decode, preprocess, encode; one after the other."""
    import torch

    rows = []
    with torch.inference_mode():
        for start in range(0, len(files), 32):
            images = [Image.open(io.BytesIO(f)) for f in files[start : start + 32]]
            batch = torch.stack([preprocess(image) for image in images])
            features = model.encode_image(batch)
            rows.append(features / features.norm(dim=-1, keepdim=True))
    return np.asarray(torch.cat(rows).numpy())


def adapter(
    encoder: OpenClipEncoder, files: list[bytes], threads: int
) -> NDArray[np.float32]:
    """Decode and resize on threads, one batch ahead of the model."""

    def prepared(file: bytes) -> NDArray[np.uint8]:
        image = Image.open(io.BytesIO(file)).convert("RGB")
        return encoder.prepare_image(np.asarray(image))

    rows = []
    with ThreadPoolExecutor(threads) as pool:
        ready = pool.map(prepared, files)
        for start in range(0, len(files), BATCH):
            count = min(BATCH, len(files) - start)
            batch = np.stack([next(ready) for _ in range(count)])
            rows.append(encoder.encode_prepared(batch))
    return np.concatenate(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="open_clip adapter against a loop")
    parser.add_argument("--architecture", default="ViT-B-32-quickgelu")
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--threads", type=int, default=available_processors())
    options = parser.parse_args()

    import open_clip
    import torch

    torch.manual_seed(0)
    model, _, preprocess = open_clip.create_model_and_transforms(options.architecture)
    model.eval()
    files = jpegs(options.images)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder, "random.pt")
        torch.save(model.state_dict(), checkpoint)
        encoder = OpenClipEncoder(
            options.architecture,
            checkpoint,
            id="bench",
            precision=options.precision,
            threads=options.threads,
        )
        ways: dict[str, Callable[[list[bytes]], NDArray[np.float32]]] = {
            "plain loop": lambda some: plain_loop(model, preprocess, some),
            "adapter": lambda some: adapter(encoder, some, options.threads),
        }
        elapsed: dict[str, list[float]] = {name: [] for name in ways}
        rows = {name: way(files[:BATCH]) for name, way in ways.items()}
        for _ in range(options.rounds):
            for name, way in ways.items():
                since = time.perf_counter()
                rows[name] = way(files)
                elapsed[name].append(time.perf_counter() - since)
    cosines = (rows["plain loop"] * rows["adapter"]).sum(axis=1)
    for name, times in elapsed.items():
        print(
            f"{name:>10}: {options.images / median(times):6.1f} images/s median, "
            f"{options.images / min(times):6.1f} best of {len(times)}"
        )
    slow, fast = elapsed["plain loop"], elapsed["adapter"]
    print(
        f"     ratio: {median(slow) / median(fast):6.2f} median, "
        f"{min(slow) / min(fast):.2f} best"
    )
    print(f"    cosine: {cosines.min():.6f} least, {cosines.mean():.6f} mean")


if __name__ == "__main__":
    main()

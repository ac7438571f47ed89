"""Archive to index: rsrag against a plain open_clip loop, in one run.

The plain loop is what a script does: PIL decode, open_clip's own transform, fp32
``encode_image`` in batches of 32. Both read the same tar of JPEGs with the same random
ViT-B/32 weights; rsrag writes a whole index besides. Also ``mini`` over the same one.

The two take turns, models are loaded before the clock starts, and a build is timed to
the published index.

    python bench/bench_build.py [--images 512] [--rounds 3]
"""

import argparse
import io
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from rsrag.config import Settings
from rsrag.factory import EncoderChoice, drop_store, store_creator
from rsrag.imagery.options import ImageryOptions
from rsrag.indexing.build import build_index
from rsrag.indexing.encode import BuildRequest
from rsrag.indexing.generations import IndexDirectory

ROOT = Path(__file__).resolve().parent.parent


def noise_tar(path: Path, count: int, side: int = 256) -> None:
    """A tar of JPEGs with structure at many scales, as heavy as real ones."""
    from PIL import Image

    rng = np.random.default_rng(1)
    with tarfile.open(path, "w") as tar:
        for number in range(count):
            picture = np.zeros((side, side, 3))
            for scale in (8, 32, 128, 256):
                grain = rng.normal(size=(scale, scale, 3)) * 255 / scale**0.5
                small = Image.fromarray(
                    np.clip(grain + 128, 0, 255).astype(np.uint8)
                ).resize((side, side), Image.Resampling.BICUBIC)
                picture += np.asarray(small, dtype=float) - 128
            buffer = io.BytesIO()
            pixels = np.clip(picture + 128, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(buffer, "JPEG", quality=90)
            member = tarfile.TarInfo(f"{number:05d}.jpg")
            member.size = buffer.tell()
            buffer.seek(0)
            tar.addfile(member, buffer)


def checkpoint(path: Path) -> None:
    """Random ViT-B/32 weights, in OpenAI's activation."""
    import open_clip
    import torch

    torch.manual_seed(0)
    model = open_clip.create_model("ViT-B-32-quickgelu", pretrained=None)
    torch.save(model.state_dict(), path)


PLAIN = """
import sys, tarfile, time
import numpy as np, open_clip, torch
from PIL import Image
weights, archive, out = sys.argv[1:]
model, _, preprocess = open_clip.create_model_and_transforms(
    "ViT-B-32-quickgelu", pretrained=weights
)
model.eval()
names, tensors, rows = [], [], []
model.encode_image(torch.zeros(32, 3, 224, 224))
started = time.perf_counter()
with tarfile.open(archive) as tar, torch.no_grad():
    for member in tar:
        names.append(member.name)
        tensors.append(preprocess(Image.open(tar.extractfile(member)).convert("RGB")))
        if len(tensors) == 32:
            features = model.encode_image(torch.stack(tensors))
            rows.append((features / features.norm(dim=-1, keepdim=True)).numpy())
            tensors.clear()
print(time.perf_counter() - started)
np.savez(out, names=names, rows=np.concatenate(rows))
"""
"""The plain loop, in a process of its own, so that nothing of rsrag's touches it."""


def plain_loop(
    weights: Path, archive: Path, out: Path
) -> tuple[float, dict[str, np.ndarray]]:
    """Seconds of the loop over a tar, the model loaded before, and its vectors."""
    command = [sys.executable, "-c", PLAIN, str(weights), str(archive), str(out)]
    env = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    saved = np.load(out)
    return float(done.stdout), dict(zip(saved["names"], saved["rows"], strict=True))


def builder(choice: EncoderChoice) -> Callable[[Path, Path], float]:
    """A function that gives the seconds of a whole build, the model loaded before."""
    settings = Settings.from_environment()
    encoder = choice.load(settings)
    side = 256
    encoder.encode_images([np.zeros((side, side, 3), np.uint8)] * 64)

    def run(archive: Path, root: Path) -> float:
        request = BuildRequest(
            directory=IndexDirectory(root, "bench"),
            sources=(archive,),
            options=ImageryOptions(),
            metadata=None,
            encoder=encoder,
            encoder_source=choice.to_json(),
            create_store=store_creator("faiss", "auto", "bench", settings),
            drop_store=lambda info: drop_store(info, settings),
            threads=settings.threads,
        )
        started = time.perf_counter()
        build_index(request, lambda stage, done, skipped: None)
        return time.perf_counter() - started

    return run


def agreement(root: Path, vectors: dict[str, np.ndarray]) -> tuple[float, float]:
    """Mean and lowest cosine between the index's embeddings and the loop's."""
    import pyarrow.dataset as ds

    parts = IndexDirectory(root, "bench").current_path() / "parts"
    table = ds.dataset(parts, format="parquet").to_table()
    rows = table["embedding"].combine_chunks().flatten().to_numpy()
    rows = rows.reshape(len(table), -1)
    names = [source.rsplit("!/", 1)[1] for source in table["source"].to_pylist()]
    cosines = [float(row @ vectors[n]) for n, row in zip(names, rows, strict=True)]
    return statistics.mean(cosines), min(cosines)


def main() -> None:
    """Measure and print."""
    # As the command line does, before torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--images",
        type=int,
        default=512,
        help="for ViT-B/32, a round; a multiple of 32",
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mini-images", type=int, default=4000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        many, few = scratch / "many.tar", scratch / "few.tar"
        noise_tar(many, arguments.mini_images)
        noise_tar(few, arguments.images)

        build = builder(EncoderChoice("mini"))
        rates = [
            arguments.mini_images / build(many, scratch / "mini")
            for _ in range(arguments.rounds)
        ]
        print(f"mini, JPEG tar to written index: {shown(rates)} images/s", flush=True)

        weights = scratch / "vit-b-32.pt"
        checkpoint(weights)
        build = builder(EncoderChoice("open_clip:ViT-B-32-quickgelu", weights))
        plain, ours = [], []
        vectors: dict[str, np.ndarray] = {}
        for _ in range(arguments.rounds):
            seconds, vectors = plain_loop(weights, few, scratch / "plain.npz")
            plain.append(arguments.images / seconds)
            ours.append(arguments.images / build(few, scratch / "clip"))
        ratios = [b / a for a, b in zip(plain, ours, strict=True)]
        mean, least = agreement(scratch / "clip", vectors)
        print(f"ViT-B/32, plain loop:              {shown(plain)} images/s")
        print(f"ViT-B/32, rsrag to written index:  {shown(ours)} images/s")
        print(f"ratio:                             {shown(ratios)}")
        print(f"cosine to the loop's vectors: mean {mean:.5f}, lowest {least:.5f}")


def shown(values: list[float]) -> str:
    """Median, and the range."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()

"""Archive to index: rsrag against a plain open_clip loop, in one run.

The plain loop is what a script does: PIL decode, open_clip's own transform, fp32
``encode_image`` in batches of 32. Both read the same tar of JPEGs with the same random
ViT-B/32 weights; rsrag writes a whole index besides. Also ``mini`` over the same one.

    python bench/bench_build.py [--images 1024] [--source FILE.tar] [--skip-clip]
"""

import argparse
import io
import json
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import numpy as np

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


def plain_loop(tar_path: Path, weights: Path) -> tuple[float, dict[str, np.ndarray]]:
    """Seconds for the loop alone (model already loaded), and a vector a member."""
    import open_clip
    import torch
    from PIL import Image

    model, _, preprocess = open_clip.create_model_and_transforms(
        "ViT-B-32-quickgelu", pretrained=str(weights)
    )
    model.eval()
    vectors: dict[str, np.ndarray] = {}
    started = time.perf_counter()
    with tarfile.open(tar_path) as tar, torch.no_grad():
        names: list[str] = []
        tensors: list[torch.Tensor] = []

        def flush() -> None:
            if tensors:
                features = model.encode_image(torch.stack(tensors))
                features /= features.norm(dim=-1, keepdim=True)
                vectors.update(zip(names, features.numpy(), strict=True))
                names.clear()
                tensors.clear()

        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            names.append(member.name)
            tensors.append(preprocess(Image.open(file).convert("RGB")))
            if len(tensors) == 32:
                flush()
        flush()
    return time.perf_counter() - started, vectors


def build(tar_path: Path, root: Path, *options: str) -> dict[str, float]:
    """``rsrag index build`` in a process of its own; its report."""
    command = [sys.executable, str(ROOT / "cli.py"), "index", "build", str(tar_path)]
    command += ["--name", "bench", "--indexes", str(root), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def agreement(root: Path, vectors: dict[str, np.ndarray]) -> tuple[float, float]:
    """Mean and lowest cosine between the index's embeddings and the loop's."""
    import pyarrow.dataset as ds

    parts = next(root.glob("bench/generations/*/parts"))
    table = ds.dataset(parts, format="parquet").to_table()
    rows = table["embedding"].combine_chunks().flatten().to_numpy()
    rows = rows.reshape(len(table), -1)
    names = [source.rsplit("!/", 1)[1] for source in table["source"].to_pylist()]
    cosines = [float(row @ vectors[n]) for n, row in zip(names, rows, strict=True)]
    return statistics.mean(cosines), min(cosines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1024)
    parser.add_argument("--source", type=Path, help="a tar of JPEGs instead of noise")
    parser.add_argument("--skip-clip", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        archive = arguments.source or scratch / "images.tar"
        if not arguments.source:
            noise_tar(archive, arguments.images)
        report = build(archive, scratch / "mini")
        print(
            f"mini: {report['chips']} chips, {report['chips_per_s']:.0f} chips/s "
            f"(archive to staged index, start of the model included)"
        )
        if arguments.skip_clip:
            return
        weights = scratch / "vit-b-32.pt"
        checkpoint(weights)
        plain_s, vectors = plain_loop(archive, weights)
        options = ("--encoder", "open_clip:ViT-B-32-quickgelu")
        report = build(
            archive, scratch / "clip", *options, "--checkpoint", str(weights)
        )
        plain = len(vectors) / plain_s
        mean, least = agreement(scratch / "clip", vectors)
        print(
            f"plain loop:  {plain:.1f} images/s (model loaded before the clock starts)"
        )
        print(
            f"rsrag:       {report['chips_per_s']:.1f} images/s (model load included)"
        )
        print(f"ratio:       {report['chips_per_s'] / plain:.2f}")
        print(f"cosine:      mean {mean:.5f}, lowest {least:.5f}")


if __name__ == "__main__":
    main()

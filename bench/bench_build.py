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
import statistics
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


def plain_loop(weights: Path) -> Callable[[Path], tuple[float, dict[str, np.ndarray]]]:
    """A function that gives the seconds of the loop over a tar, and its vectors."""
    import open_clip
    import torch
    from PIL import Image

    model, _, preprocess = open_clip.create_model_and_transforms(
        "ViT-B-32-quickgelu", pretrained=str(weights)
    )
    model.eval()

    def run(tar_path: Path) -> tuple[float, dict[str, np.ndarray]]:
        vectors: dict[str, np.ndarray] = {}
        names: list[str] = []
        tensors: list[torch.Tensor] = []
        started = time.perf_counter()

        def flush() -> None:
            if tensors:
                features = model.encode_image(torch.stack(tensors))
                features /= features.norm(dim=-1, keepdim=True)
                vectors.update(zip(names, features.numpy(), strict=True))
                names.clear()
                tensors.clear()

        with tarfile.open(tar_path) as tar, torch.no_grad():
            for member in tar:
                file = tar.extractfile(member)
                assert file is not None
                names.append(member.name)
                tensors.append(preprocess(Image.open(file).convert("RGB")))
                if len(tensors) == 32:
                    flush()
            flush()
        return time.perf_counter() - started, vectors

    return run


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=512, help="for ViT-B/32, a round")
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
        loop = plain_loop(weights)
        build = builder(EncoderChoice("open_clip:ViT-B-32-quickgelu", weights))
        plain, ours = [], []
        vectors: dict[str, np.ndarray] = {}
        for _ in range(arguments.rounds):
            seconds, vectors = loop(few)
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

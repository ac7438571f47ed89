"""A text query against the index of a CLIP, with torch and with an exported text tower.

    python bench/bench_text_query.py [--architecture ViT-B-32-quickgelu] [--runs 5]

Random weights are written to a checkpoint and eight pictures indexed with it. Then
``rsrag search`` runs cold, each time a new process: with a text tower in fp32, with
one in fp16, and without, where torch and open_clip are loaded as before; they take
turns, so that a busy machine slows all alike. The checkpoint's digest is remembered
by then, as after any build. At the end, in one process, the cosine between the
vectors of each tower and of open_clip in fp32, and what one query costs warm.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

QUERY = "an airport with many parked planes"
TEXTS = [QUERY, "a river", "storage tanks beside a harbour, seen from above", "sand"]


def checkpoint(architecture: str, path: Path) -> None:
    """Random weights of a whole model, with attention and activations at work."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    model = open_clip.create_model(architecture)
    with torch.no_grad():
        for block in getattr(model, "text", model).transformer.resblocks:
            block.mlp.c_fc.weight.mul_(4)
            block.attn.in_proj_weight.mul_(3)
    save_file(model.state_dict(), path)


def rsrag(*arguments: object) -> float:
    """Seconds that a command takes in a process of its own."""
    command = [sys.executable, "-m", "rsrag", *map(str, arguments)]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def build(folder: Path, architecture: str, weights: Path) -> list[object]:
    """An index of eight pictures; gives the arguments that search it."""
    from PIL import Image

    pictures = folder / "pictures"
    pictures.mkdir()
    rng = np.random.default_rng(0)
    for number in range(8):
        pixels = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(pictures / f"{number}.png")
    encoder = ["--encoder", f"open_clip:{architecture}", "--checkpoint", weights]
    index = ["--indexes", folder / "indexes"]
    rsrag("index", "build", pictures, "--name", "bench", *encoder, *index)
    return ["search", QUERY, "--index", "bench", "--checkpoint", weights, *index]


def main() -> None:
    parser = argparse.ArgumentParser(description="text query with and without torch")
    parser.add_argument("--architecture", default="ViT-B-32-quickgelu")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        measure(folder, given.architecture, given.runs)


def measure(folder: Path, architecture: str, runs: int) -> None:
    """Build, export, and print the figures."""
    from rsrag.encoders.openclip import OpenClipEncoder
    from rsrag.encoders.text_towers import find_tower, tower_folder, towers_folder
    from rsrag.vectors import unit_rows

    weights = folder / "weights.safetensors"
    checkpoint(architecture, weights)
    query = build(folder, architecture, weights)
    print(f"first query, which exports the tower: {rsrag(*query):.2f} s")
    encoder = OpenClipEncoder(architecture, weights, id="bench", precision="fp32")
    sha256 = encoder.identity.weights_sha256
    kept = {"fp32": folder / "fp32", "fp16": folder / "fp16"}
    shutil.copytree(towers_folder(), kept["fp32"])
    encoder.export_text_tower(root=kept["fp16"], storage="fp16")
    for storage, root in kept.items():
        size = sum(
            f.stat().st_size for f in tower_folder(architecture, sha256, root).iterdir()
        )
        print(f"{storage} tower: {size / 1e6:.0f} MB")
    times: dict[str, list[float]] = {"fp32": [], "fp16": [], "torch": []}
    shutil.rmtree(towers_folder())
    for _ in range(runs + 1):
        for storage, seconds in times.items():
            if storage == "torch":
                # Where no tower can be written none is: torch each time.
                towers_folder().write_text("")
            else:
                towers_folder().symlink_to(kept[storage])
            seconds.append(rsrag(*query))
            towers_folder().unlink()
    for storage, seconds in times.items():
        print(
            f"cold search, {storage}: median {median(seconds[1:]):.2f} s "
            f"({min(seconds[1:]):.2f} to {max(seconds[1:]):.2f})"
        )
    rows = unit_rows(encoder._model.encode_texts(TEXTS))
    for storage, root in kept.items():
        tower = find_tower(architecture, sha256, root)
        if tower is None:
            raise SystemExit(f"no {storage} tower")
        gap = 1 - (unit_rows(tower.encode(TEXTS)) * rows).sum(axis=1).min()
        started = time.perf_counter()
        for _ in range(5):
            tower.encode([QUERY])
        warm = (time.perf_counter() - started) / 5
        print(f"{storage}: 1 - cosine {gap:.1e}, a warm query {1e3 * warm:.0f} ms")


if __name__ == "__main__":
    main()

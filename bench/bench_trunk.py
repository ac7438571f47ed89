"""mini's picture trunk: ONNX Runtime beside the same network in torch, in turns.

    python bench/bench_trunk.py TAR [TAR ...] [--count 600] [--rounds 7]

TAR holds pictures. Printed are pictures a second, from prepared pixels to pooled
features, and the cosine of mini's vectors to those that torch gives in float32. Torch
runs as many passes side by side as there are processors, as for every CLIP.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch reads it when imported

import argparse
import io
import statistics
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from recipes.mini.lite0 import TAIL_FROM, Block, imagenet
from rsrag.encoders.clip.streams import streams_for
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.encoders.mini.mini_trunk import Trunk

Batch = NDArray[np.uint8]
Rows = NDArray[np.float32]


class InTorch:
    """The trunk in torch, channels last, passes side by side."""

    def __init__(self, encoder: MiniEncoder, dtype: torch.dtype) -> None:
        """Place ImageNet's weights, and mini's in the tail."""
        stem, blocks = imagenet()
        tail = iter(encoder._heads.tail)
        blocks[TAIL_FROM:] = [
            Block(
                [
                    step._replace(
                        weight=torch.from_numpy(np.array(weight)),
                        bias=torch.from_numpy(np.array(bias)),
                    )
                    for step, (weight, bias) in zip(block.steps, tail, strict=False)
                ],
                block.residual,
            )
            for block in blocks[TAIL_FROM:]
        ]
        self._blocks = [
            Block(
                [
                    step._replace(
                        weight=step.weight.to(dtype).contiguous(
                            memory_format=torch.channels_last
                        ),
                        bias=step.bias.to(dtype),
                    )
                    for step in block.steps
                ],
                block.residual,
            )
            for block in [Block([stem], False), *blocks]
        ]
        self._dtype = dtype
        self._streams = streams_for(torch.device("cpu"))

    def __call__(self, batch: Batch) -> Rows:
        """Pooled features, ``(n, features)``."""
        return torch.cat(self._streams.run(self._pass, batch)).numpy()

    @torch.inference_mode()
    def _pass(self, batch: Batch) -> Tensor:
        x = (torch.from_numpy(batch).permute(0, 3, 1, 2).to(self._dtype) - 127) / 128
        pooled = _pooled(x)
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number in (3, 5, 11):  # the stem is the first
                pooled += _pooled(x)
        return torch.cat([*pooled, x.float().mean(dim=(2, 3))], dim=1)


def _pooled(x: Tensor) -> list[Tensor]:
    flat = x.permute(0, 2, 3, 1).flatten(1, 2).float()
    mean = flat.mean(dim=1, keepdim=True)
    return [mean[:, 0], (flat - mean).square_().mean(dim=1).sqrt_()]


def pictures(tars: list[Path]) -> Iterator[Batch]:
    """Every picture of the tars, ``(height, width, 3)``."""
    for path in tars:
        with tarfile.open(path) as tar:
            for member in tar:
                if file := tar.extractfile(member):
                    yield np.asarray(Image.open(io.BytesIO(file.read())).convert("RGB"))


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tars", type=Path, nargs="+")
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    encoder = MiniEncoder()
    every = list(pictures(options.tars))
    chosen = np.linspace(0, len(every) - 1, options.count).astype(int)
    batch = np.stack([encoder.prepare_image(every[i]) for i in chosen])
    heads = encoder._heads
    ways: dict[str, Callable[[Batch], Rows]] = {
        "ONNX Runtime": Trunk(heads.tail).features,
        "torch, float32": InTorch(encoder, torch.float32),
        "torch, bfloat16": InTorch(encoder, torch.bfloat16),
    }
    wanted = heads.image(ways["torch, float32"](batch))
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way(batch)
            seconds[name].append(time.perf_counter() - start)
    ours = seconds["ONNX Runtime"]
    print("| | pictures/s | ONNX Runtime's speed | least cosine | mean cosine |")
    print("|---|---:|---:|---:|---:|")
    for name, way in ways.items():
        cosines = (heads.image(way(batch)) * wanted).sum(axis=1)
        ratio = statistics.median(
            b / a for a, b in zip(ours, seconds[name], strict=True)
        )
        print(
            f"| {name} | {len(batch) / statistics.median(seconds[name]):.0f} "
            f"| x {ratio:.2f} | {cosines.min():.6f} | {cosines.mean():.6f} |"
        )


if __name__ == "__main__":
    main()

"""The plain loop: what one writes first. A script of :mod:`bench.embedding.workers`.

Pillow decodes, open_clip's own transform makes a tensor, ``encode_image`` in float32 in
batches of 32, one after the other. Of a GeoTIFF, rasterio reads window after window.

    python plain_loop.py ARCHITECTURE WEIGHTS DEVICE
"""

import json
import os
import sys
import tarfile
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import open_clip
import torch
from PIL import Image

BATCH = 32


def pictures(job: dict[str, Any]) -> Iterator[tuple[str, Image.Image]]:
    """Name and picture, from tars or from the windows of a raster."""
    for path in job.get("tars", ()):
        with tarfile.open(path) as tar:
            for member in tar:
                yield (
                    member.name,
                    Image.open(tar.extractfile(member)).convert("RGB"),  # type: ignore[arg-type]
                )
    if "geotiff" in job:
        import rasterio
        from rasterio.windows import Window

        chip = job["chip"]
        with rasterio.open(job["geotiff"]) as raster:
            for top in range(0, raster.height, chip):
                for left in range(0, raster.width, chip):
                    values = raster.read(window=Window(left, top, chip, chip))
                    pixels = np.ascontiguousarray(values.transpose(1, 2, 0))
                    yield f"{left} {top}", Image.fromarray(pixels)


def main(architecture: str, weights: str, device: str) -> None:
    """Load, then answer jobs."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    model, _, preprocess = open_clip.create_model_and_transforms(
        architecture, pretrained=weights, device=device
    )
    model.eval()
    with torch.inference_mode():
        model.encode_image(torch.zeros(BATCH, 3, 224, 224, device=device))
        for line in sys.stdin:
            job = json.loads(line)
            names: list[str] = []
            tensors: list[torch.Tensor] = []
            rows: list[np.ndarray] = []

            def forward(tensors: list[torch.Tensor], rows: list[np.ndarray]) -> None:
                features = model.encode_image(torch.stack(tensors).to(device))
                features = features / features.norm(dim=-1, keepdim=True)
                rows.append(features.cpu().numpy())
                tensors.clear()

            started = time.perf_counter()
            for name, picture in pictures(job):
                names.append(name)
                tensors.append(preprocess(picture))
                if len(tensors) == BATCH:
                    forward(tensors, rows)
            if tensors:
                forward(tensors, rows)
            seconds = time.perf_counter() - started
            if rows:
                np.savez(job["out"], names=names, rows=np.concatenate(rows))
            print(json.dumps({"seconds": seconds}), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

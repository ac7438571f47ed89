"""What is embedded: JPEGs in tars, one large GeoTIFF, and weights; drawn in code."""

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ARCHITECTURE = "ViT-B-32-quickgelu"
CHIP = 512
"""Side of the chips that a large raster is cut into, pixels."""

SCALES = (8, 32, 128, 256)
"""Cells a side of the noise that a picture is the sum of."""


def draw_tars(paths: Sequence[Path], count: int, side: int = 256) -> None:
    """Write ``count`` JPEGs, no two the same, spread evenly over tars.

    They have structure at many scales and weigh as much as real ones. Names are
    ``00000.jpg`` and so on, in order over the tars.
    """
    rng = np.random.default_rng(1)
    share = -(-count // len(paths))
    for number, path in enumerate(paths):
        with tarfile.open(path, "w") as tar:
            for index in range(number * share, min(count, (number + 1) * share)):
                data = _jpeg(_noise(rng, side))
                member = tarfile.TarInfo(f"{index:05d}.jpg")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))


def draw_geotiff(path: Path, side: int) -> None:
    """Write a tiled, deflated RGB GeoTIFF of ``side`` squared, 10 m a pixel.

    A square of 1,024 pixels is repeated with another brightness each time, so that
    chips differ.
    """
    import rasterio
    from rasterio.transform import Affine
    from rasterio.windows import Window

    rng = np.random.default_rng(2)
    cell = min(1024, side)
    base = _noise(rng, cell).astype(np.int16).transpose(2, 0, 1)
    profile = {
        "driver": "GTiff",
        "width": side,
        "height": side,
        "count": 3,
        "dtype": "uint8",
        "crs": "EPSG:32633",
        "transform": Affine(10, 0, 500_000, 0, -10, 5_500_000),
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
        "zlevel": 1,
        "photometric": "rgb",
    }
    with rasterio.open(path, "w", **profile) as raster:
        for top in range(0, side, cell):
            for left in range(0, side, cell):
                rows, columns = min(cell, side - top), min(cell, side - left)
                shift = rng.integers(-40, 41, (3, 1, 1))
                values = np.clip(base[:, :rows, :columns] + shift, 0, 255)
                window = Window(left, top, columns, rows)
                raster.write(values.astype(np.uint8), window=window)


def draw_weights(path: Path) -> None:
    """Write random weights of :data:`ARCHITECTURE`, the same ones every time."""
    import open_clip
    import torch

    torch.manual_seed(0)
    model = open_clip.create_model(ARCHITECTURE, pretrained=None)
    torch.save(model.state_dict(), path)


def _noise(rng: np.random.Generator, side: int) -> NDArray[np.uint8]:
    from PIL import Image

    picture = np.full((side, side, 3), 128, np.float32)
    for cells in SCALES:
        grain = rng.standard_normal((cells, cells, 3), np.float32) * 255 / cells**0.5
        small = Image.fromarray(np.clip(grain + 128, 0, 255).astype(np.uint8))
        large = small.resize((side, side), Image.Resampling.BICUBIC)
        picture += np.asarray(large, np.float32) - 128
    return np.clip(picture, 0, 255).astype(np.uint8)


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    with io.BytesIO() as stream:
        Image.fromarray(pixels).save(stream, "JPEG", quality=90)
        return stream.getvalue()

"""Scenes whose every corner is known, and an encoder that sees colours."""

from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import rasterio
from rasterio import Affine

from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import reopen_scene
from rsrag.types import EncoderIdentity

COLOURS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "grey": (1, 1, 1)}


class Colours:
    """Embeds a picture as its mean colour, and a colour's name likewise."""

    identity = EncoderIdentity("colours", "0" * 64, "the mean", 3)

    def encode_images(self, images: Sequence[np.ndarray]) -> np.ndarray:
        rows = np.stack([one.reshape(-1, 3).mean(axis=0) + 1e-3 for one in images])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.array([COLOURS[text] for text in texts], float)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def write_scene(path: Path, pixels: np.ndarray, **profile) -> Path:
    """A GeoTIFF of ``(height, width, 3)``, 10 m, in UTM 33 N."""
    height, width = pixels.shape[:2]
    where = {"crs": "EPSG:32633", "transform": Affine(10, 0, 5e5, 0, -10, 5e6)}
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=3,
        dtype=pixels.dtype.name,
        width=width,
        height=height,
        **{**where, **profile},
    ) as file:
        file.write(np.moveaxis(pixels, 2, 0))
    return path


@contextmanager
def opened(path: Path):
    """The scene in a file."""
    scene = reopen_scene(str(path), ImageryOptions())
    try:
        yield scene
    finally:
        scene.close()

"""Pairs of pictures with what changed between them: made of single ones, and read."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter
from scipy.ndimage import gaussian_filter, shift

from rsrag.types import Pixels

Mask = NDArray[np.bool_]
Pair = tuple[Pixels, Pixels, Mask]
SIDE = 192
"""Of made pictures, pixels."""


def read_pairs(folder: Path, every: int = 1) -> Iterator[tuple[str, Pair]]:
    """Names and pairs of a folder of ``A``, ``B`` and ``mask``."""
    masks = {path.stem: path for path in (folder / "mask").iterdir()}
    after = {path.stem: path for path in (folder / "B").iterdir()}
    for path in sorted((folder / "A").iterdir())[::every]:
        with Image.open(masks[path.stem]) as held:
            mask = np.asarray(held.convert("L")) > 127
        yield path.stem, (_rgb(path), _rgb(after[path.stem]), mask)


def _rgb(path: Path) -> Pixels:
    with Image.open(path) as held:
        return np.asarray(held.convert("RGB"))


def cropped(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """A square part, at another size: things of any size must be found."""
    most = min(picture.shape[:2])
    side = int(most * rng.uniform(0.45, 1.0))
    top, left = (rng.integers(0, length - side + 1) for length in picture.shape[:2])
    part = Image.fromarray(picture[top : top + side, left : left + side])
    made = np.asarray(part.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    return np.ascontiguousarray(np.rot90(made, int(rng.integers(4))))


def _shape(rng: np.random.Generator) -> Mask:
    """A turned rectangle, an ellipse or a blob."""
    drawn = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(drawn)
    kind = rng.random()
    middle = rng.uniform(8, SIDE - 8, 2)
    sides = np.exp(rng.uniform(np.log(9), np.log(90), 2))
    sides[1] = np.clip(sides[1], sides[0] / 2.5, sides[0] * 2.5)
    if kind < 0.65:
        turn = rng.uniform(0, np.pi)
        axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * sides / 2
        pen.polygon([tuple(one) for one in corners @ axes + middle], fill=255)
        return np.asarray(drawn) > 0
    if kind < 0.75:
        low, high = middle - sides / 2, middle + sides / 2
        pen.ellipse((*low, *high), fill=255)
        return np.asarray(drawn) > 0
    noise = gaussian_filter(rng.standard_normal((SIDE, SIDE)), rng.uniform(6, 20))
    down, across = np.mgrid[:SIDE, :SIDE]
    away = np.hypot(across - middle[0], down - middle[1]) / (sides.max() + 12)
    return np.asarray(noise / noise.std() > 2 * away - 0.6, bool)


def _filling(
    pictures: Sequence[Pixels], built: Sequence[Pixels], rng: np.random.Generator
) -> Pixels:
    """What is put where something changed: of another picture, or water."""
    if rng.random() < 0.2:
        tint = rng.uniform((0, 10, 20), (70, 90, 140))
        noise = rng.normal(0, rng.uniform(1, 6), (SIDE, SIDE, 1))
        return np.clip(tint + noise, 0, 255).astype(np.uint8)
    source = built if rng.random() < 0.65 else pictures
    return cropped(source[int(rng.integers(len(source)))], rng)


def made_pair(
    pictures: Sequence[Pixels], built: Sequence[Pixels], rng: np.random.Generator
) -> Pair:
    """A picture beside itself at another time; in a quarter nothing changed.

    Args:
        pictures: any, uint8 RGB.
        built: those of built ground, which most patches are taken from.
    """
    before = cropped(pictures[int(rng.integers(len(pictures)))], rng)
    if rng.random() < 0.5:
        before = cropped(built[int(rng.integers(len(built)))], rng)
    after, mask = before.copy(), np.zeros((SIDE, SIDE), bool)
    for _ in range(rng.integers(1, 7) if rng.random() < 0.75 else 0):
        where = _shape(rng)
        soft = gaussian_filter(where.astype(np.float32), 0.8)[..., None]
        mixed = after * (1 - soft) + _filling(pictures, built, rng) * soft
        after = np.rint(mixed).astype(np.uint8)
        mask |= where
    for _ in range(rng.integers(0, 3)):  # colour alone is no change
        where = _shape(rng) & ~mask
        soft = gaussian_filter(where.astype(np.float32), 0.8)[..., None]
        tinted = after * rng.uniform(0.75, 1.25, 3) + rng.uniform(-15, 15)
        after = np.clip(after * (1 - soft) + tinted * soft, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        before, after = after, before
    return (before, nuisance(after, rng), mask)


def nuisance(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Other light, season, sharpness, place by a pixel, and compression."""
    x: NDArray[np.floating[Any]] = picture.astype(np.float32)
    if rng.random() < 0.5:  # what is green turns brown or pale
        green = np.clip((x[..., 1] - (x[..., 0] + x[..., 2]) / 2) / 30, 0, 1)[..., None]
        other = x * rng.uniform((0.8, 0.5, 0.5), (1.6, 1.0, 1.1))
        x = x * (1 - green) + other * green
    x = x * rng.uniform(0.8, 1.2, 3) * rng.uniform(0.75, 1.25) + rng.uniform(-15, 15, 3)
    x = 255 * (np.clip(x, 0, 255) / 255) ** rng.uniform(0.7, 1.4)
    x = shift(x, (*rng.normal(0, 0.8, 2), 0), order=1, mode="mirror")
    drawn = Image.fromarray(np.clip(x, 0, 255).astype(np.uint8))
    if rng.random() < 0.5:
        drawn = drawn.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.6)))
    if rng.random() < 0.5:
        file = io.BytesIO()
        drawn.save(file, "JPEG", quality=int(rng.integers(35, 92)))
        drawn = Image.open(file)
    return np.asarray(drawn.convert("RGB"))

"""Changes of pictures that leave what covers the ground as it is, or hide it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rsrag.types import Pixels

Sets = NDArray[np.uint8]


def turned(
    picture: Pixels, sets: Sets, rng: np.random.Generator
) -> tuple[Pixels, Sets]:
    """By quarters, and mirrored."""
    quarters = int(rng.integers(4))
    picture, sets = np.rot90(picture, quarters), np.rot90(sets, quarters)
    if rng.random() < 0.5:
        picture, sets = picture[:, ::-1], sets[:, ::-1]
    return np.ascontiguousarray(picture), np.ascontiguousarray(sets)


def recoloured(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Gamma, light, cast, haze, saturation; greens towards brown in a quarter."""
    made = 255 * (picture / 255.0) ** np.exp(rng.normal(0, 0.2))
    made *= np.exp(rng.normal(0, 0.1)) * np.exp(rng.normal(0, 0.05, 3))
    made += rng.normal(0, 6) + rng.normal(0, 3, 3)
    grey = made.mean(axis=2, keepdims=True)
    made = grey + (made - grey) * np.exp(rng.normal(0, 0.24))
    if rng.random() < 0.25:
        over = made[..., 1] - np.maximum(made[..., 0], made[..., 2])
        green = np.clip(over / 40, 0, 1)[..., None]
        made += green * rng.uniform(0, 1) * np.array([40, 10, 0])
    return np.asarray(np.clip(made, 0, 255), np.uint8)


def snowed(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """The relief of a picture in white."""
    grey = picture.astype(np.float32).mean(axis=2, keepdims=True)
    relief = (grey - grey.mean()) / max(float(grey.std()), 8.0)
    white = rng.uniform(205, 240) + relief * rng.uniform(6, 16)
    tint = np.array([-4, 0, 5]) * rng.uniform(0, 1.5)
    return np.asarray(np.clip(white + tint, 0, 255), np.uint8)


def clouded(
    picture: Pixels, sets: Sets, cloud: int, rng: np.random.Generator
) -> tuple[Pixels, Sets]:
    """Drawn clouds and their shadows; what a veil half hides is not known."""
    shape = sets.shape[0], sets.shape[1]
    height = _noise(shape, int(rng.integers(2, 5)), rng)
    veil = np.clip((height - rng.uniform(0.45, 0.65)) / rng.uniform(0.05, 0.25), 0, 1)
    veil *= rng.uniform(0.9, 1)
    white = rng.uniform(215, 255) + rng.normal(0, 3, 3)
    white = white - _noise(shape, 8, rng)[..., None] * rng.uniform(0, 40)
    away = int(rng.integers(5, 40)), int(rng.integers(-40, 40))
    shadow = np.roll(veil, away, (0, 1))
    made = picture * (1 - 0.45 * shadow[..., None])
    made = made * (1 - veil[..., None]) + white * veil[..., None]
    held = np.where((veil > 0.12) | (shadow > 0.5), 0, sets).astype(np.uint8)
    held[veil > 0.65] = cloud
    return np.clip(made, 0, 255).astype(np.uint8), held


def _noise(
    shape: tuple[int, int], coarsest: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Fractal noise from 0 to 1."""
    total = np.zeros(shape, np.float32)
    for octave in range(6):
        side = coarsest * 2**octave
        if side > max(shape):
            break
        drawn = rng.normal(size=(side, side)).astype(np.float32)
        fine = Image.fromarray(drawn).resize(
            (shape[1], shape[0]), Image.Resampling.BICUBIC
        )
        total += np.asarray(fine) / 1.6**octave
    low, high = float(total.min()), float(total.max())
    return np.asarray((total - low) / max(high - low, 1e-6), np.float32)

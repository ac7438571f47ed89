"""Pairs of pictures of one ground whose changes are known."""

import numpy as np
from PIL import Image, ImageFilter


def ground(width: int = 192, height: int = 160, seed: int = 0) -> np.ndarray:
    """Fields, a wood and roofs that no other seed has; uint8 RGB."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(60, 190, (height // 16 + 1, width // 16 + 1, 3), np.uint8)
    drawn = Image.fromarray(coarse).resize(
        (coarse.shape[1] * 16, coarse.shape[0] * 16), Image.Resampling.BICUBIC
    )
    made = np.asarray(drawn)[:height, :width].astype(int)
    made += rng.integers(-5, 6, (height, width, 1))
    for _ in range(width * height // 1500):
        x, y = rng.integers(0, width - 9), rng.integers(0, height - 9)
        made[y : y + rng.integers(4, 9), x : x + rng.integers(4, 9)] = rng.integers(
            40, 230, 3
        )
    soft = Image.fromarray(made.clip(0, 255).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(0.7)
    )
    return np.asarray(soft)


def moved(picture: np.ndarray, dx: float, dy: float) -> np.ndarray:
    """What it shows lies further to the right, and below; mirrored at its rim."""
    rim = 16
    wide = np.pad(picture, ((rim, rim), (rim, rim), (0, 0)), mode="symmetric")
    height, width = picture.shape[:2]
    box = (rim - dx, rim - dy, rim - dx + width, rim - dy + height)
    drawn = Image.fromarray(wide).resize(
        (width, height), Image.Resampling.BICUBIC, box=box
    )
    return np.asarray(drawn)


def built(picture: np.ndarray, box=(48, 40, 96, 88), seed: int = 5) -> np.ndarray:
    """With a block of houses, white walls and red roofs, in a box."""
    left, top, right, bottom = box
    made = picture.copy()
    rng = np.random.default_rng(seed)
    made[top:bottom, left:right] = 150
    for y in range(top + 2, bottom - 8, 12):
        for x in range(left + 2, right - 8, 12):
            made[y : y + 9, x : x + 9] = (235, 230, 225)
            made[y + 2 : y + 7, x + 2 : x + 7] = rng.integers(
                (150, 40, 30), (200, 70, 60)
            )
    return made

"""Whether two pictures are one picture, and what was done to it."""

import numpy as np
from numpy.typing import NDArray

from rsrag.types import Pixels

KINDS = ("exact", "recompressed", "resized", "shifted", "alike")
"""What :func:`sameness` may say; the last is of pictures that are two."""

SAME = 0.97
"""Correlation of grey levels from which two pictures show the same."""

COLOURS_APART = 12.0
"""Steps of 255 that mean colours may differ by, beyond the contrast; those of a varied
picture by its deviation."""

LEAST_OVERLAP = 0.25
"""Share of a picture that a shifted one must have in common with it."""


def sameness(one: Pixels, other: Pixels) -> str:
    """What the second picture is to the first: one of :data:`KINDS`.

    Args:
        one, other: ``(height, width, 3)`` uint8 RGB, of any sizes.
    """
    if one.shape == other.shape and np.array_equal(one, other):
        return "exact"
    if not _same_colours(one, other):
        return "alike"  # its grain alone may be the same
    if one.shape == other.shape and _correlation(_grey(one), _grey(other)) >= SAME:
        return "recompressed"
    small, large = sorted((one, other), key=lambda pixels: pixels.size)
    sides = small.shape[:2]
    if sides != large.shape[:2]:
        ratio = (sides[0] / sides[1]) / (large.shape[0] / large.shape[1])
        alike = _correlation(_grey(small), _grey(large, sides))
        return "resized" if 0.95 < ratio < 1.05 and alike >= SAME else "alike"
    return "shifted" if _is_shifted(_grey(one), _grey(other)) else "alike"


def _same_colours(one: Pixels, other: Pixels) -> bool:
    """Whether the mean colours are the same, but for the gain that the detail shows."""
    first, second = (
        pixels.reshape(-1, 3).astype(np.float32) for pixels in (one, other)
    )
    spreads = np.stack([values.std(axis=0) for values in (first, second)])
    total, later = (float(value) for value in spreads.sum(axis=1))
    gain = np.clip(later / total, 0.5, 2.0) if total > 0 else 1.0
    apart = np.abs(second.mean(axis=0) - gain * first.mean(axis=0)).max()
    return bool(apart <= max(COLOURS_APART, float(spreads.max())))


def _grey(pixels: Pixels, sides: tuple[int, ...] | None = None) -> NDArray[np.float64]:
    from PIL import Image

    picture = Image.fromarray(pixels).convert("L")
    if sides is not None:
        picture = picture.resize((sides[1], sides[0]), Image.Resampling.BOX)
    return np.asarray(picture, dtype=np.float64)


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    one, other = one - one.mean(), other - other.mean()
    length = np.sqrt((one * one).sum() * (other * other).sum())
    return float((one * other).sum() / length) if length > 0 else 0.0


def _is_shifted(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether what they have in common at the best shift is the same (phases)."""
    product = np.fft.rfft2(_windowed(one)) * np.conj(np.fft.rfft2(_windowed(other)))
    peaks = np.fft.irfft2(product / np.maximum(np.abs(product), 1e-9), s=one.shape)
    down, right = np.unravel_index(int(peaks.argmax()), peaks.shape)
    height, width = one.shape
    # A shift by d and one by d - side look alike to phases: both are tried.
    for rows in (int(down), int(down) - height):
        for columns in (int(right), int(right) - width):
            here = _cut(one, rows, columns)
            there = _cut(other, -rows, -columns)
            large = here.size >= LEAST_OVERLAP * one.size
            if large and _correlation(here, there) >= SAME:
                return True
    return False


def _windowed(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    shape = np.hanning(grey.shape[0])[:, None] * np.hanning(grey.shape[1])[None]
    found: NDArray[np.float64] = (grey - grey.mean()) * shape
    return found


def _cut(grey: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    """What is left of a picture from a row and a column on; or up to them."""
    below = grey[max(rows, 0) : grey.shape[0] + min(rows, 0)]
    return below[:, max(columns, 0) : grey.shape[1] + min(columns, 0)]

"""Scores of maps of classes: intersection over union, accuracy, and what guesses get.

Counted over all pixels of all pictures together, as LoveDA, iSAID and ISPRS do.
"""

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
"""``(classes, classes + 1)`` or with leading axes: true class by said class; the last
column is *no class*."""
Floats = NDArray[np.float64]


def confusion(
    truth: NDArray[np.integer], said: NDArray[np.integer], classes: int
) -> Counts:
    """Count pixels by true and said class.

    Args:
        truth: 0 to ``classes - 1``; anything below 0 is not counted.
        said: likewise; anything else is *no class*. Of the shape of ``truth``.
    """
    counted = truth >= 0
    true = truth[counted].astype(np.int64)
    told = said[counted].astype(np.int64)
    told = np.where((told < 0) | (told >= classes), classes, told)
    size = classes * (classes + 1)
    found = np.bincount(true * (classes + 1) + told, minlength=size)
    return found.reshape(classes, classes + 1)


def overlaps(counts: Counts | Floats) -> Floats:
    """IoU of each class, ``(..., classes)``; nan where it is neither true nor said."""
    square = counts[..., :-1]
    right = np.diagonal(square, axis1=-2, axis2=-1).astype(np.float64)
    union = counts.sum(axis=-1) + square.sum(axis=-2) - right
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(right / union, np.float64)


def mean_overlap(counts: Counts | Floats) -> Floats:
    """Mean IoU, ``(...)``, over the classes that are true or said anywhere."""
    found = overlaps(counts)
    seen = np.isfinite(found)
    total = np.where(seen, found, 0).sum(axis=-1)
    return np.asarray(total / np.maximum(seen.sum(axis=-1), 1), np.float64)


def accuracy(counts: Counts | Floats) -> Floats:
    """Share of pixels said rightly, ``(...)``."""
    right = np.trace(counts[..., :-1], axis1=-2, axis2=-1)
    return np.asarray(right / np.maximum(counts.sum(axis=(-2, -1)), 1), np.float64)


def majority(counts: Counts) -> Counts:
    """The confusion if the commonest class had been said everywhere."""
    made = np.zeros_like(counts)
    totals = counts.sum(axis=-1)
    made[:, int(totals.argmax())] = totals
    return made


def resampled(by_picture: Counts, resamples: int, seed: int) -> Floats:
    """Confusions ``(resamples, classes, classes + 1)`` under draws of the pictures.

    Args:
        by_picture: ``(pictures, classes, classes + 1)``.
    """
    count = len(by_picture)
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
    flat = draws.astype(np.float64) @ by_picture.reshape(count, -1)
    return np.asarray(flat.reshape(resamples, *by_picture.shape[1:]), np.float64)

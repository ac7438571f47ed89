"""Means of a trunk's maps in windows, in two steps: squares first, windows of them."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def pooled(tap: Floats, times: int, *, squares: bool) -> Floats:
    """Means of ``times`` cells squared, of a map ``(channels, height, width)``.

    Returns:
        ``(rows, columns, channels)``; with the squares' means behind, twice as many.
    """
    channels, height, width = tap.shape
    rows, columns = height // times, width // times
    found = np.empty(((1 + squares) * channels, rows, columns), np.float32)
    for number, plane in enumerate(tap):
        found[number] = _shrunk(plane, times)
        if squares:
            found[channels + number] = _shrunk(plane * plane, times)
    return np.ascontiguousarray(np.moveaxis(found, 0, 2))


def _shrunk(plane: Floats, times: int) -> Floats:
    if times == 1:
        return plane
    bands = plane.reshape(-1, times, plane.shape[1]).sum(axis=1)
    sums: Floats = bands.reshape(len(bands), -1, times).sum(axis=2)
    sums /= times * times
    return sums


def shares(
    count: int, corner: float, stride: int, window: int, cells: int, shrunk: int
) -> Floats:
    """Weights ``(count, cells)`` of a map's cells in the mean of each window."""
    starts = (corner + stride * np.arange(count))[:, None] / shrunk
    edges = np.arange(cells)[None]
    ends = starts + window / shrunk
    inside = np.minimum(edges + 1, ends) - np.maximum(edges, starts)
    weights = np.clip(inside, 0, None) * shrunk / window
    return np.asarray(weights, np.float32)

"""What became what, counted by pixels and by connected pieces."""

import numpy as np
from numpy.typing import NDArray

Maps = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Classes before and after, 0 where nothing changed; ``(height, width)`` each."""
Codes = NDArray[np.int64]
"""Transition of each pixel, from 0 on; -1 where there is none."""

PIECES = ("said", "on_changed_ground", "right")
"""Connected pieces of one transition: what is counted of them."""


def codes_of(maps: Maps, count: int) -> Codes:
    """Transition of each pixel of two maps."""
    before, after = (one.astype(np.int64) for one in maps)
    return np.where((before > 0) & (after > 0), (before - 1) * count + after - 1, -1)


def transition_pixels(true: Codes, told: Codes, count: int) -> NDArray[np.int64]:
    """Pixels rightly said, said and true, by transition; ``(3, count * count)``."""
    right = true[(true == told) & (true >= 0)]
    return np.stack(
        [
            np.bincount(one, minlength=count * count)
            for one in (right, told[told >= 0], true[true >= 0])
        ]
    )


def transition_pieces(true: Codes, told: Codes, count: int) -> tuple[int, int, int]:
    """Connected pieces that are said, that lie on changed ground, that are right."""
    from rasterio.features import rasterize, shapes

    drawn = list(shapes(told.astype(np.int16), mask=told >= 0))
    if not drawn:
        return 0, 0, 0
    rows = ((one, number) for number, (one, _) in enumerate(drawn, start=1))
    numbers = rasterize(rows, told.shape, dtype="int32")
    side = count * count + 1
    inside = numbers > 0
    at = (numbers[inside] - 1) * side + true[inside] + 1
    found = np.bincount(at, minlength=len(drawn) * side).reshape(len(drawn), side)
    changed = found[:, 1:].sum(axis=1) >= found[:, 0]
    named = np.array([int(value) for _, value in drawn])
    right = changed & (found[:, 1:].argmax(axis=1) == named)
    return len(drawn), int(changed.sum()), int(right.sum())


def right_shares(counts: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Of what is said, and of what is said of changed ground: ``(..., 3)`` counts."""
    said, changed, right = np.moveaxis(counts, -1, 0)
    return {
        "right_of_said": right / np.maximum(said, 1),
        "right_of_changed": right / np.maximum(changed, 1),
    }

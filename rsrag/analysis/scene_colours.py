"""Whether there is anything to see in a scene, before it is looked over."""

import numpy as np

from rsrag.errors import ImageReadError
from rsrag.imagery.reading import SceneReading
from rsrag.types import Window

_ROWS = 256
_SAME = 2
"""Levels of 256 that one colour may vary by, since lossy files make it."""


def nothing_to_see(scene: SceneReading) -> str:
    """Why nothing can be told apart in a scene; empty where something can.

    A scene is read until its second colour, which is mostly in its first rows.

    Raises:
        ImageReadError: the scene has no pixel with data, or cannot be decoded.
    """
    low, high = np.full(3, 255, np.uint8), np.zeros(3, np.uint8)
    scene.expect(-(-scene.height // _ROWS))
    for top in range(0, scene.height, _ROWS):
        rows = min(_ROWS, scene.height - top)
        pixels, valid = scene.read_with_mask(Window(0, top, scene.width, rows))
        held = pixels.reshape(-1, 3) if valid is None else pixels[valid]
        if not len(held):
            continue
        low, high = np.minimum(low, held.min(0)), np.maximum(high, held.max(0))
        if (high.astype(int) - low > _SAME).any():
            return ""
    if (low > high).any():
        raise ImageReadError(f"{scene.source} holds no pixel with data.")
    return "the scene is of one colour"

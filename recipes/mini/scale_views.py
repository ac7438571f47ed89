"""Nearer and farther views of labelled pictures, so that scale is not the class.

A source shows each label at the scale that its collectors liked: parking lots near,
fields from afar. A part of a field is a field, and so are nine of them side by side.
Captions would not stay true; labels do.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from recipes.mini.augment import recoloured, turned
from rsrag.types import Pixels

SIDE = 160
"""Of a mosaic, nearly."""


def part_of(image: Pixels, rng: np.random.Generator, *, anywhere: bool) -> Pixels:
    """A square part, turned and in other light.

    Args:
        image: ``(height, width, 3)`` uint8 RGB.
        rng: where the chance comes from.
        anywhere: each part shows what the whole does: then it has .22 to .75 of the
            side, and lies where it likes. Else .5 to .75, near the middle.
    """
    side = min(image.shape[:2])
    least = 0.22 if anywhere else 0.5
    share = float(np.exp(rng.uniform(np.log(least), np.log(0.75))))
    part = min(max(16, round(side * share)), side)
    spare = np.array(image.shape[:2]) - part
    reach = spare / 2 if anywhere else np.minimum(spare / 2, side / 20)
    corner = spare / 2 + rng.uniform(-1, 1, 2) * reach
    top, left = (int(edge) for edge in np.clip(np.round(corner), 0, spare))
    cut = image[top : top + part, left : left + part]
    return recoloured(turned(cut, rng), rng)


def tiles(rng: np.random.Generator) -> int:
    """Pictures of the next mosaic: four, or less often nine."""
    return int(rng.choice([4, 4, 9]))


def mosaic(pictures: Sequence[Pixels], rng: np.random.Generator) -> Pixels:
    """Pictures side by side in any order, each turned, all in one light.

    Args:
        pictures: four or nine, each ``(height, width, 3)`` uint8 RGB.
        rng: where the chance comes from.
    """
    across = round(len(pictures) ** 0.5)
    side = SIDE // across
    laid = []
    for number in rng.permutation(len(pictures)):
        tile = Image.fromarray(pictures[number])
        small = tile.resize((side, side), Image.Resampling.BOX, reducing_gap=2.0)
        laid.append(turned(np.asarray(small), rng))
    lines = [
        np.concatenate(laid[i : i + across], axis=1)
        for i in range(0, len(laid), across)
    ]
    return recoloured(np.concatenate(lines), rng)

"""Chips of the Blue Marble with captions, from one half of the Earth only."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from recipes.mini.augment import soften
from recipes.mini.earth import CELL, HEIGHT, PIXELS_A_DEGREE, Box, Earth
from recipes.mini.place_words import describe
from rsrag.types import Pixels

WEST = (-180.0, -20.0)
"""Longitudes that are trained on: the Americas, Greenland and the sea around them. A
chip lies in them whole, so that the rest of the Earth stays unseen."""
SIDES = (48, 150)
"""Least and greatest side of a chip, pixels of the Blue Marble: 3 to 10 degrees."""
TRIES = 40
"""Places looked at for each chip asked for, before rare kinds are left short."""
SOUGHT = ("delta", "islands", "desert", "savanna", "steppe", "tundra", "plain")
"""Kinds of region where every second place is looked for, for they are small."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A captioned square of the Blue Marble.

    Attributes:
        box: where it is.
        kind: chips of one kind are no negatives of each other.
        captions: true of it, as far as the maps know.
    """

    box: Box
    kind: str
    captions: tuple[str, ...]


def choose_chips(
    earth: Earth, count: int, seed: int, longitudes: tuple[float, float] = WEST
) -> list[Chip]:
    """Choose places all over one half of the Earth, no kind much more often.

    Args:
        earth: the maps.
        count: chips wanted; fewer come where the half does not have them.
        seed: of the choice and of the wording.
        longitudes: from and to, degrees, ``from < to``.

    Returns:
        In the order in which they were found.
    """
    rng = np.random.default_rng((seed, count))
    west, east = ((edge + 180) * PIXELS_A_DEGREE for edge in longitudes)
    places = [earth.cells_of(kind) for kind in SOUGHT]
    chips: list[Chip] = []
    found: Counter[str] = Counter()
    for _ in range(count * TRIES):
        if len(chips) == count:
            break
        side = int(rng.integers(SIDES[0] // CELL, SIDES[1] // CELL + 1)) * CELL
        if rng.random() < 0.5:
            cells = places[int(rng.integers(len(places)))]
            row, column = cells[int(rng.integers(len(cells)))] * CELL
        else:
            # Evenly over the sphere, not over the picture of it.
            latitude = np.degrees(np.arcsin(rng.uniform(-1, 1)))
            row, column = (90 - latitude) * PIXELS_A_DEGREE, rng.uniform(west, east)
        top, left = (int(edge - side / 2) // CELL * CELL for edge in (row, column))
        if not (0 <= top <= HEIGHT - side and west <= left and left + side <= east):
            continue
        box = Box(left, top, side)
        worded = describe(earth.facts(box), rng)
        if worded is None or found[worded[0]] > _most(worded[0], count):
            continue
        found[worded[0]] += 1
        chips.append(Chip(box, *worded))
    return chips


def _most(kind: str, count: int) -> float:
    # The west has five deltas: more chips would be of the same ones again.
    return 1 + (0.03 if kind == "delta" else 0.1) * count


def chip_view(earth: Earth, chip: Chip, key: tuple[int, ...]) -> Pixels:
    """A chip as a training step sees it: turned, mirrored, softer, another light.

    It is never cropped: its caption is about the whole of it.

    Args:
        earth: the maps.
        chip: which.
        key: seeds the chance.
    """
    rng = np.random.default_rng(key)
    turned = np.rot90(earth.pixels(chip.box), int(rng.integers(4)))
    if rng.random() < 0.5:
        turned = turned[:, ::-1]
    light = rng.uniform(0.85, 1.15) * rng.uniform(0.94, 1.06, 3)
    lit = np.clip(turned * light + 0.5, 0, 255).astype(np.uint8)
    return soften(lit, rng) if rng.random() < 0.5 else np.ascontiguousarray(lit)

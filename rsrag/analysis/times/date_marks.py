"""What keeps a date of a place from telling anything: clouds, a picture told twice."""

from collections.abc import Sequence

import numpy as np

from rsrag.analysis.change.cloud_rule import sky
from rsrag.analysis.same_picture import sameness
from rsrag.types import Pixels

CLOUDY = 0.2
"""Share of a chip that is white in it alone, from which it is under cloud."""
_SIDE = 256
_CELL = 8
_SAME = ("exact", "recompressed", "resized")


def cloud_shares(pictures: Sequence[Pixels | None]) -> list[float]:
    """Share of each picture that is large, white and smooth, and not so in most others.

    A rule for three bands: fresh snow counts as cloud.

    Args:
        pictures: of one ground, ``(height, width, 3)`` uint8 RGB of any sizes; ``None``
            has no share, which is 0.
    """
    there = [_square(one) for one in pictures if one is not None]
    if len(there) < 2:
        return [0.0] * len(pictures)
    stack, shares = np.stack(there), []
    for number, one in enumerate(there):
        others = np.delete(stack, number, axis=0)
        usual = np.median(others, axis=0).astype(np.uint8)
        shares.append(float(sky(one, usual, _CELL).bright[0].mean()))
    found = iter(shares)
    return [0.0 if one is None else next(found) for one in pictures]


def told_before(pictures: Sequence[Pixels | None]) -> list[int | None]:
    """For each picture the number of the earliest one that is the same picture."""
    made: list[int | None] = []
    for number, one in enumerate(pictures):
        made.append(None)
        for earlier in range(number):
            other = pictures[earlier]
            if one is None or other is None or made[earlier] is not None:
                continue
            if sameness(other, one) in _SAME:
                made[number] = earlier
                break
    return made


def _square(picture: Pixels) -> Pixels:
    from PIL import Image

    drawn = Image.fromarray(picture).resize((_SIDE, _SIDE), Image.Resampling.BOX)
    return np.asarray(drawn)

"""Heat maps as semantic localisation was published: crops of three sizes, averaged.

Yuan et al., "Learning to Evaluate Performance of Multimodal Semantic Localization"
(TGRS 2022): a picture is cut into squares of each size, side by side and half a step
apart, and a pixel has the mean cosine of all squares that cover it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsrag.interfaces import Encoder
from rsrag.types import Pixels

PUBLISHED_CROPS_PX = (256, 512, 768)
_BATCH = 64


def crop_maps(
    image: Pixels,
    encoder: Encoder,
    queries: NDArray[np.float32],
    crops_px: Sequence[int] = PUBLISHED_CROPS_PX,
) -> NDArray[np.float32]:
    """Cosines of every pixel to some queries.

    Args:
        image: ``(height, width, 3)`` uint8.
        queries: ``(q, dim)`` float32 unit rows.
        crops_px: sides of the squares; one larger than the picture is as large as it.

    Returns:
        ``(q, height, width)`` float32. The last square of a row ends where the picture
        ends.
    """
    height, width = image.shape[:2]
    total = np.zeros((len(queries), height, width), np.float32)
    count = np.zeros((height, width), np.float32)
    squares = [
        np.s_[top : top + side, left : left + side]
        for side in (min(side, height, width) for side in crops_px)
        for top in starts(height, side)
        for left in starts(width, side)
    ]
    for first in range(0, len(squares), _BATCH):
        some = squares[first : first + _BATCH]
        cosines = encoder.encode_images([image[where] for where in some]) @ queries.T
        for where, values in zip(some, cosines, strict=True):
            total[(slice(None), *where)] += values[:, None, None]
            count[where] += 1
    return total / count


def starts(length: int, side: int) -> list[int]:
    """Where squares begin along an edge: half a square apart, the last at the end."""
    return [*range(0, length - side, max(1, side // 2)), length - side]

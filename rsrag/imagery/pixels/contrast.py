"""How much a picture varies: masks and empty frames do not at all."""

import numpy as np
from numpy.typing import NDArray

from rsrag.types import Pixels

Mask = NDArray[np.bool_]

_SAMPLE, _VARIED = 128, 8.0


def contrast(pixels: Pixels, valid: Mask | None) -> float:
    """Standard deviation of the channel that varies most, in grey levels.

    Args:
        pixels: ``(height, width, 3)`` uint8.
        valid: ``(height, width)``, true where there are data; ``None``: everywhere.

    Returns:
        0 to 127.5. A large chip is sampled, unless its sample is nearly all alike.
    """
    step = max(1, min(pixels.shape[:2]) // _SAMPLE)
    for every in (step, 1) if step > 1 else (1,):
        some = pixels[::every, ::every]
        seen = slice(None) if valid is None else valid[::every, ::every]
        values = some[seen].reshape(-1, 3)
        spread = float(values.std(axis=0).max()) if len(values) else 0.0
        if spread >= _VARIED:
            break
    return spread

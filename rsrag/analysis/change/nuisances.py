"""What makes a picture look other although nothing changed."""

import io
from collections.abc import Callable

import numpy as np

from rsrag.types import Pixels

GAMMA, BLUR_PX, QUALITY = 0.7, 1.5, 40


def shifted(picture: Pixels, pixel_px: int) -> Pixels:
    """One pixel to the right.

    Args:
        picture: ``(height, width, 3)`` uint8 RGB.
        pixel_px: side of the pixel that it once had, where it was enlarged.
    """
    moved = np.roll(picture, pixel_px, axis=1)
    moved[:, :pixel_px] = picture[:, :1]
    return moved


def blurred(picture: Pixels, pixel_px: int) -> Pixels:
    """Out of focus."""
    from PIL import Image, ImageFilter

    soft = ImageFilter.GaussianBlur(BLUR_PX * pixel_px)
    return np.asarray(Image.fromarray(picture).filter(soft))


def brightened(picture: Pixels, pixel_px: int) -> Pixels:
    """In other light."""
    table = np.rint(255 * (np.arange(256) / 255) ** GAMMA).astype(np.uint8)
    return table[picture]


def compressed(picture: Pixels, pixel_px: int) -> Pixels:
    """Once through JPEG, at the size that it once had."""
    from PIL import Image

    drawn = Image.fromarray(picture)
    size = max(1, drawn.width // pixel_px), max(1, drawn.height // pixel_px)
    file = io.BytesIO()
    drawn.resize(size, Image.Resampling.BOX).save(file, "JPEG", quality=QUALITY)
    with Image.open(io.BytesIO(file.getvalue())) as packed:
        return np.asarray(packed.resize(drawn.size, Image.Resampling.BICUBIC))


NUISANCES: tuple[Callable[[Pixels, int], Pixels], ...] = (
    shifted,
    blurred,
    brightened,
    compressed,
)

"""What makes a picture look other although nothing changed."""

import io
from collections.abc import Callable, Mapping

import numpy as np

from rsrag.types import Pixels

GAMMA, BLUR_PX, QUALITY = 0.7, 1.5, 40
_DARK = 0.7
_CAST, _HAZE = np.array((1.15, 1.0, 0.8), np.float32), 8.0


def shifted(picture: Pixels, pixel_px: int) -> Pixels:
    """One pixel to the right.

    Args:
        picture: ``(height, width, 3)`` uint8 RGB.
        pixel_px: side of the pixel that it once had, where it was enlarged.
    """
    moved = np.roll(picture, pixel_px, axis=1)
    moved[:, :pixel_px] = picture[:, :1]
    return moved


def shifted_by(picture: Pixels, dx: float, dy: float) -> Pixels:
    """So far to the right, and down; mirrored at its rim, bilinear between pixels."""
    left, up = int(np.floor(dx)), int(np.floor(dy))
    rim = max(abs(left), abs(up)) + 1
    wide = np.pad(picture, ((rim, rim), (rim, rim), (0, 0)), mode="symmetric")
    height, width = picture.shape[:2]
    made = np.zeros(picture.shape, np.float32)
    for down, tall in ((up, 1 - (dy - up)), (up + 1, dy - up)):
        for across, share in ((left, 1 - (dx - left)), (left + 1, dx - left)):
            top, start = rim - down, rim - across
            part = wide[top : top + height, start : start + width]
            made += part * np.float32(tall * share)
    return np.rint(made).astype(np.uint8)


def blurred(picture: Pixels, pixel_px: int) -> Pixels:
    """Out of focus."""
    from PIL import Image, ImageFilter

    soft = ImageFilter.GaussianBlur(BLUR_PX * pixel_px)
    return np.asarray(Image.fromarray(picture).filter(soft))


def brightened(picture: Pixels, pixel_px: int) -> Pixels:
    """In other light."""
    table = np.rint(255 * (np.arange(256) / 255) ** GAMMA).astype(np.uint8)
    return table[picture]


def darkened(picture: Pixels, pixel_px: int) -> Pixels:
    """In less light."""
    return np.asarray(np.rint(_DARK * picture.astype(np.float32)), np.uint8)


def tinted(picture: Pixels, pixel_px: int) -> Pixels:
    """Of a warmer colour, and hazy."""
    made = picture * _CAST + _HAZE
    return np.asarray(np.rint(made.clip(0, 255)), np.uint8)


def compressed(picture: Pixels, pixel_px: int) -> Pixels:
    """Once through JPEG, at the size that it once had."""
    from PIL import Image

    drawn = Image.fromarray(picture)
    size = max(1, drawn.width // pixel_px), max(1, drawn.height // pixel_px)
    file = io.BytesIO()
    drawn.resize(size, Image.Resampling.BOX).save(file, "JPEG", quality=QUALITY)
    with Image.open(io.BytesIO(file.getvalue())) as packed:
        return np.asarray(packed.resize(drawn.size, Image.Resampling.BICUBIC))


Nuisance = Callable[[Pixels, int], Pixels]

NUISANCES: tuple[Nuisance, ...] = (shifted, blurred, brightened, compressed)
"""What a head is shown before it judges a pair."""
NAMED_NUISANCES: Mapping[str, Nuisance] = {
    "shift2": lambda picture, pixel_px: shifted_by(picture, 2 * pixel_px, 0),
    "shift4": lambda picture, pixel_px: shifted_by(
        picture, 3 * pixel_px, -2.6 * pixel_px
    ),
    "dark": darkened,
    "gamma": brightened,
    "cast": tinted,
    "blur": blurred,
    "jpeg": compressed,
}
"""What heads are tried under; ``shift4`` lies between pixels, 4 of them away."""

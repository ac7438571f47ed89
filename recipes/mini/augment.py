"""Random views of a training picture.

A caption stays true under every one of these: an overhead picture has no up, the
same ground may be seen coarser or hazier, and hues move only as far as another
sensor's would, for captions name colours.
"""

import io

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from rsrag.types import Pixels

SMALLEST_CROP = 0.45
"""Least share of the picture's area that a view keeps."""


def random_view(image: Pixels, rng: np.random.Generator) -> Pixels:
    """One random view of a picture.

    Args:
        image: ``(height, width, 3)`` uint8 RGB, at least 8 x 8.
        rng: where the chance comes from.

    Returns:
        ``(h, w, 3)`` uint8, no larger than the picture, square or nearly so.
    """
    view = Image.fromarray(_crop(turned(image, rng), rng))
    if rng.random() < 0.5:
        view = _coarsen(view, rng)
    return recoloured(np.asarray(view), rng)


def turned(image: Pixels, rng: np.random.Generator) -> Pixels:
    """One of a picture's eight turns and mirrored turns."""
    turn = np.rot90(image, int(rng.integers(4)))
    return np.ascontiguousarray(turn[:, ::-1] if rng.random() < 0.5 else turn)


def recoloured(image: Pixels, rng: np.random.Generator) -> Pixels:
    """A picture in other light, recompressed, both or neither."""
    view = Image.fromarray(image)
    if rng.random() < 0.8:
        view = _shift_colours(view, rng)
    if rng.random() < 0.3:
        view = _recompress(view, int(rng.integers(30, 90)))
    return np.asarray(view)


def soften(image: Pixels, rng: np.random.Generator) -> Pixels:
    """A picture as sharp as chance has it: coarser, recompressed, both or neither.

    Args:
        image: ``(height, width, 3)`` uint8 RGB, at least 8 x 8.
        rng: where the chance comes from.

    Returns:
        The same shape and dtype.
    """
    view = Image.fromarray(image)
    if rng.random() < 0.6:
        factor = rng.uniform(1.2, 3.0)
        width, height = (max(round(side / factor), 4) for side in view.size)
        coarse = view.resize((width, height), Image.Resampling.BOX)
        view = coarse.resize(view.size, Image.Resampling.BICUBIC)
    if rng.random() < 0.5:
        view = _recompress(view, int(rng.integers(40, 95)))
    return np.asarray(view)


def _crop(image: Pixels, rng: np.random.Generator) -> Pixels:
    height, width = image.shape[:2]
    share = np.sqrt(rng.uniform(SMALLEST_CROP, 1.0))
    high, wide = round(height * share), round(width * share)
    top = int(rng.integers(height - high + 1))
    left = int(rng.integers(width - wide + 1))
    return np.ascontiguousarray(image[top : top + high, left : left + wide])


def _coarsen(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The same ground from a sensor with two to eight times the GSD."""
    if rng.random() < 0.4:
        return view.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.5, 3.0))))
    factor = float(np.exp(rng.uniform(np.log(1.5), np.log(8.0))))
    width, height = (max(round(side / factor), 4) for side in view.size)
    coarse = view.resize((width, height), Image.Resampling.BOX)
    return coarse.resize(view.size, Image.Resampling.BICUBIC)


def _shift_colours(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    view = ImageEnhance.Brightness(view).enhance(float(rng.uniform(0.75, 1.25)))
    view = ImageEnhance.Contrast(view).enhance(float(rng.uniform(0.6, 1.25)))
    view = ImageEnhance.Color(view).enhance(float(rng.uniform(0.6, 1.5)))
    cast = rng.uniform(0.93, 1.07, 3)
    pixels = np.asarray(view, dtype=np.float32) * cast.astype(np.float32)
    return Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8))


def _recompress(view: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    view.save(buffer, format="JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")

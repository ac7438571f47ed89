"""Preparation of a picture for a CLIP, as torchvision does it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rsrag.encoders.clip.architectures import architecture_config, image_size
from rsrag.encoders.models.model_cards import Transform, published_cards
from rsrag.encoders.picture_check import check_picture
from rsrag.errors import EncoderError
from rsrag.types import Pixels

OPENAI_MEAN = (0.48145466, 0.4578275, 0.40821073)
OPENAI_STD = (0.26862954, 0.26130258, 0.27577711)

MAX_ASPECT = 16
"""Pictures longer than this are cropped before they are resized: resized whole, one
of 1 x 100,000 pixels would take 15 GB."""


@dataclass(frozen=True, slots=True)
class ClipTransform:
    """Resize, crop and normalisation of one model.

    Attributes:
        side: of the square that comes out, pixels.
        mean: of the pixel values, 0 to 1, for each of R, G, B.
        std: likewise.
        resize_mode: ``shortest``: shorter side to ``side``, then centre crop;
            ``longest``: longer side to ``side``, then padding; ``squash``: both.
        interpolation: Pillow's filter, antialiased.
        fill: grey level of the padding.
    """

    side: int
    mean: tuple[float, ...] = OPENAI_MEAN
    std: tuple[float, ...] = OPENAI_STD
    resize_mode: Literal["shortest", "longest", "squash"] = "shortest"
    interpolation: Literal["bicubic", "bilinear"] = "bicubic"
    fill: int = 0

    def apply(self, image: Pixels) -> NDArray[np.uint8]:
        """``(side, side, 3)`` uint8, bit for bit what torchvision makes with Pillow.

        Raises:
            EncoderError: not ``(height, width, 3)`` uint8, or empty.
        """
        check_picture(image)
        height, width, _ = image.shape
        if not height or not width:
            raise EncoderError(f"A picture of {width} x {height} pixels is empty.")
        if self.resize_mode == "squash":
            return self._resized(image, (self.side, self.side))
        if self.resize_mode == "longest":
            ratio = max(height, width) / self.side
            size = max(1, round(width / ratio)), max(1, round(height / ratio))
            return self._padded(self._resized(image, size))
        image = _shortened(image)
        height, width, _ = image.shape
        long = int(self.side * max(height, width) / min(height, width))
        size = (long, self.side) if width > height else (self.side, long)
        return self._cropped(self._resized(image, size))

    def describe(self) -> str:
        """One line with every step, for an index's manifest."""
        shape = {
            "shortest": f"shorter side to {self.side}, centre crop",
            "longest": f"longer side to {self.side}, pad with {self.fill}",
            "squash": f"resize to {self.side} x {self.side}",
        }[self.resize_mode]
        mean, std = (" ".join(f"{x:.4g}" for x in v) for v in (self.mean, self.std))
        return f"{self.interpolation} {shape}, mean {mean}, std {std}"

    def _resized(self, image: Pixels, size: tuple[int, int]) -> NDArray[np.uint8]:
        from PIL import Image

        if (image.shape[1], image.shape[0]) == size:
            return image
        kind = Image.Resampling[self.interpolation.upper()]
        return np.asarray(Image.fromarray(image).resize(size, kind))

    def _cropped(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        # torchvision rounds half to even here, as Python does.
        top = round((image.shape[0] - self.side) / 2)
        left = round((image.shape[1] - self.side) / 2)
        crop = image[top : top + self.side, left : left + self.side]
        return np.ascontiguousarray(crop)

    def _padded(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        canvas = np.full((self.side, self.side, 3), self.fill, np.uint8)
        height, width, _ = image.shape
        top, left = (self.side - height) // 2, (self.side - width) // 2
        canvas[top : top + height, left : left + width] = image
        return canvas


def _shortened(image: Pixels) -> Pixels:
    """The middle of a picture so long that its ends can have no part in the crop."""
    height, width, _ = image.shape
    limit = MAX_ASPECT * min(height, width)
    if max(height, width) <= limit:
        return image
    top, left = max(0, height - limit) // 2, max(0, width - limit) // 2
    return image[top : top + limit, left : left + limit]


def transform_for(architecture: str, kind: Transform) -> ClipTransform:
    """The transform of an architecture.

    Args:
        kind: ``openai``, or ``model``: what open_clip's published weights of the
            architecture were trained with. Where they differ it is OpenAI's, as
            in open_clip itself, if that is one of them.

    Raises:
        EncoderError: the model takes no square picture, or its published weights
            were trained with different transforms, OpenAI's not among them.
    """
    size = image_size(architecture_config(architecture))
    if not isinstance(size, int):
        raise EncoderError(f"{architecture} takes {size} pixels, which is no square.")
    openai = ClipTransform(size)
    published = (
        {
            ClipTransform(
                size,
                mean=tuple(card.get("mean") or OPENAI_MEAN),
                std=tuple(card.get("std") or OPENAI_STD),
                resize_mode=card.get("resize_mode") or "shortest",
                interpolation=card.get("interpolation") or "bicubic",
            )
            for card in published_cards(architecture)
        }
        if kind == "model"
        else set()
    )
    if not published or openai in published:
        return openai
    if len(published) > 1:
        raise EncoderError(
            f"Weights of {architecture} were published with {len(published)} different "
            f"transforms: {'; '.join(sorted(t.describe() for t in published))}.",
            hint='take OpenAI\'s with transform="openai"',
        )
    return published.pop()

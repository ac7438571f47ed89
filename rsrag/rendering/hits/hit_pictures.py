"""Pictures of hits, small and encoded."""

import base64
import io
from typing import TYPE_CHECKING

from rsrag.types import Pixels

if TYPE_CHECKING:
    from PIL.Image import Image


def thumbnail(pixels: Pixels, side: int) -> "Image":
    """The picture, scaled so that its longer side is ``side`` pixels."""
    from PIL import Image

    picture = Image.fromarray(pixels)
    scale = side / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def jpeg(picture: "Image", quality: int) -> bytes:
    """The picture as a JPEG file."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def data_uri(picture: bytes) -> str:
    """A JPEG as an address that holds it."""
    return "data:image/jpeg;base64," + base64.b64encode(picture).decode()

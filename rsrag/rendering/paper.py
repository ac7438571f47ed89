"""Paper, ink and letters that pictures of results share."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

PAPER, EDGE = "#fbfbf9", "#d5d6d2"
INK, SOFT = "#1d2327", "#667078"


@cache
def font(size: int) -> "FreeTypeFont | ImageFont":
    """Pillow's own letters, so many pixels high."""
    from PIL import ImageFont

    return ImageFont.load_default(size)

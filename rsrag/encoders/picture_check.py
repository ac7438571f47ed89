"""What every encoder takes for a picture."""

from rsrag.errors import EncoderError
from rsrag.types import Pixels


def check_picture(image: Pixels) -> None:
    """Refuse what is not ``(height, width, 3)`` uint8 RGB.

    Raises:
        EncoderError: names the shape and the dtype that were given.
    """
    if image.dtype != "uint8" or image.ndim != 3 or image.shape[2] != 3:
        raise EncoderError(
            f"A picture must be (height, width, 3) uint8, got {image.shape} "
            f"{image.dtype}."
        )

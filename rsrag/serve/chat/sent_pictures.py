"""Pictures that clients send: small enough, of three formats, never an address."""

import base64
import binascii
import io
import re
from typing import TYPE_CHECKING, Any

from rsrag.errors import StoreError
from rsrag.serve.failures import HttpFailure
from rsrag.serve.service import Service

if TYPE_CHECKING:
    from rsrag.types import Pixels

_DATA = re.compile(r"data:image/(?:png|jpe?g|webp);base64,(?P<data>[A-Za-z0-9+/=\s]+)")
CHIP = re.compile(r"rsrag://(?P<index>[\w.-]{1,100})/(?P<id>\w{1,64})")
_HINT = "data:image/png;base64,... (PNG, JPEG or WebP), or rsrag://INDEX/CHIP"
_KINDS = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"RIFF": "WEBP"}


def sent_picture(service: Service, given: Any) -> Any:
    """A picture as the desk takes it: pixels, or a chip.

    Args:
        given: what a client sent.

    Raises:
        HttpFailure: 400, 404 or 413.
    """
    if not isinstance(given, str):
        raise HttpFailure(400, "A picture is a text.", _HINT)
    if chip := CHIP.fullmatch(given):
        try:
            return service.index(chip["index"]).get(chip["id"])
        except StoreError:
            raise HttpFailure(404, f"There is no chip {chip['id']!r}.") from None
    match = _DATA.fullmatch(given)
    if match is None:
        raise HttpFailure(400, "Pictures come as data: URIs.", _HINT)
    try:
        raw = base64.b64decode(match["data"])
    except (binascii.Error, ValueError):
        raise HttpFailure(400, "The picture is no base64.") from None
    return decoded(raw, service.options.max_pixels)


def decoded(raw: bytes, most: int) -> "Pixels":
    """``(height, width, 3)`` uint8 RGB.

    Args:
        raw: a file.
        most: pixels, told from its head before any is decoded.

    Raises:
        HttpFailure: 400, or 413 for one that is too large.
    """
    import numpy as np
    from PIL import Image

    kinds = [kind for magic, kind in _KINDS.items() if raw.startswith(magic)]
    if not kinds:
        raise HttpFailure(400, "The picture is no PNG, JPEG or WebP.")
    try:
        with Image.open(io.BytesIO(raw), formats=kinds) as picture:
            if picture.width * picture.height > most:
                raise HttpFailure(
                    413, f"The picture has more than {most:,} pixels.", "thin it out"
                )
            return np.asarray(picture.convert("RGB"))
    except Image.DecompressionBombError:
        raise HttpFailure(413, "The picture is far too large.") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise HttpFailure(400, "The picture cannot be decoded.") from None

"""Pictures that clients send: small enough, of three formats, never an address."""

import base64
import binascii
import io
import re
import time
from typing import TYPE_CHECKING, Any

from rsrag.errors import StoreError
from rsrag.serve.failures import HttpFailure
from rsrag.serve.service import Service

if TYPE_CHECKING:
    from rsrag.types import Pixels

_DATA = re.compile(r"data:image/(?:png|jpe?g|webp);base64,(?P<data>[A-Za-z0-9+/=\s]+)")
CHIP = re.compile(r"rsrag://(?P<index>[\w.-]{1,100})/(?P<id>\w{1,64})")
_HINT = "data:image/png;base64,... (PNG, JPEG or WebP), or rsrag://INDEX/CHIP"
_JPEG = b"\xff\xd8\xff"
_KINDS = {b"\x89PNG\r\n\x1a\n": "PNG", _JPEG: "JPEG", b"RIFF": "WEBP"}
_SCAN, _SCANS = b"\xff\xda", 100
"""What begins a scan of a JPEG; each may go over all of its pixels."""
DECODE_S = 10.0
"""Seconds that a picture may take to be decoded."""


class _Timely(io.BytesIO):
    """A file that is not read on once its picture takes too long."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw)
        self._end = time.monotonic() + DECODE_S

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes.

        Raises:
            HttpFailure: 413.
        """
        if time.monotonic() > self._end:
            said = f"The picture takes more than {DECODE_S:g} s to decode."
            raise HttpFailure(413, said, "thin it out")
        return super().read(size)


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
    return picture_of_data(given, service.options.max_pixels)


def picture_of_data(given: str, most: int) -> "Pixels":
    """``(height, width, 3)`` uint8 RGB of a ``data:`` URI.

    Args:
        most: pixels.

    Raises:
        HttpFailure: 400 or 413.
    """
    match = _DATA.fullmatch(given)
    if match is None:
        raise HttpFailure(400, "Pictures come as data: URIs.", _HINT)
    try:
        raw = base64.b64decode(match["data"])
    except (binascii.Error, ValueError):
        raise HttpFailure(400, "The picture is no base64.") from None
    return decoded(raw, most)


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

    if raw.startswith(_JPEG) and raw.count(_SCAN) > _SCANS:
        raise HttpFailure(413, "The picture has too many scans.", "save it anew")
    kinds = [kind for magic, kind in _KINDS.items() if raw.startswith(magic)]
    if not kinds:
        raise HttpFailure(400, "The picture is no PNG, JPEG or WebP.")
    try:
        with Image.open(_Timely(raw), formats=kinds) as picture:
            if picture.width * picture.height > most:
                raise HttpFailure(
                    413, f"The picture has more than {most:,} pixels.", "thin it out"
                )
            return np.asarray(picture.convert("RGB"))
    except Image.DecompressionBombError:
        raise HttpFailure(413, "The picture is far too large.") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise HttpFailure(400, "The picture cannot be decoded.") from None

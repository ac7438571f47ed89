"""Pictures as terminals draw them: kitty's graphics, iTerm2's inline files, sixels."""

import base64
import io
import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

    from rsrag.types import Pixels

_PIECE = 4096
"""Most bytes of base64 that kitty takes at once."""

_SIXEL = 6
"""Rows of pixels in one row of sixels."""

_RUN = re.compile(rb"(.)\1{3,}")


def terminal_picture(picture: "Image", protocol: str, cells: int) -> bytes:
    """What makes a terminal draw a picture, and go to the line below it.

    Args:
        picture: RGB.
        protocol: ``kitty``, ``iterm2`` or ``sixel``.
        cells: columns of the terminal that the picture takes; a terminal that draws
            sixels counts pixels instead.
    """
    if protocol == "sixel":
        return sixel(picture) + b"\n"
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=1)
    data = file.getvalue()
    return (kitty if protocol == "kitty" else iterm2)(data, cells) + b"\n"


def kitty(png: bytes, cells: int) -> bytes:
    """A PNG file in kitty's graphics protocol; the terminal sends no answer."""
    text = base64.b64encode(png)
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
    keys = f"a=T,f=100,q=2,c={cells},"
    done = b""
    for number, piece in enumerate(pieces, 1):
        keys += f"m={int(number < len(pieces))}"
        done += b"\x1b_G" + keys.encode() + b";" + piece + b"\x1b\\"
        keys = ""
    return done


def iterm2(png: bytes, cells: int) -> bytes:
    """A PNG file in iTerm2's protocol for inline pictures."""
    keys = f"inline=1;size={len(png)};width={cells};preserveAspectRatio=1"
    return f"\x1b]1337;File={keys}:".encode() + base64.b64encode(png) + b"\x07"


def sixel(picture: "Image") -> bytes:
    """A picture as DEC sixels, in at most 255 colours."""
    from PIL import Image

    reduced = picture.quantize(255, dither=Image.Dither.NONE)
    palette = np.array(reduced.getpalette(), np.uint8).reshape(-1, 3)
    pixels = np.asarray(reduced)
    height, width = pixels.shape
    out = [f'\x1bP0;1;0q"1;1;{width};{height}'.encode()]
    for number in np.unique(pixels).tolist():
        share = np.rint(palette[number] / 2.55).astype(int).tolist()
        out.append("#{};2;{};{};{}".format(number, *share).encode())
    for top in range(0, height, _SIXEL):
        band = pixels[top : top + _SIXEL]
        out.append(b"$".join(_rows(band)) + b"-")
    return b"".join([*out, b"\x1b\\"])


def _rows(band: "Pixels") -> list[bytes]:
    """One row of sixels for each colour of at most six rows of pixels."""
    bits = (1 << np.arange(len(band), dtype=np.uint8))[:, None]
    rows = []
    for number in np.unique(band).tolist():
        marks = ((band == number) * bits).sum(0, dtype=np.uint8) + 63
        text = _RUN.sub(_repeated, marks.tobytes().rstrip(b"?"))
        rows.append(f"#{number}".encode() + text)
    return rows


def _repeated(run: re.Match[bytes]) -> bytes:
    return b"!%d%c" % (len(run[0]), run[0][0])

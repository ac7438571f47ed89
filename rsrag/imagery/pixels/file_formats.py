"""File formats, told by the first bytes and never by the name."""

import struct
from typing import Literal, NamedTuple

_Photo = Literal["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF", "HEIF"]
_Raster = Literal["TIFF", "JP2", "NITF", "HFA", "ENVI", "NETCDF", "HDF5", "VRT"]
Format = _Photo | _Raster

HEAD_BYTES = 64 * 1024
"""How much of a file :func:`sniff` wants to see."""


class Header(NamedTuple):
    """What the first bytes say.

    Attributes:
        width: pixels; 0 where only the decoder can tell.
        height: pixels; 0 where only the decoder can tell.
        bits: of a sample; 0 where only the decoder can tell.
        interlaced: whether rows come out of order (PNG).
    """

    format: Format
    width: int = 0
    height: int = 0
    bits: int = 0
    interlaced: bool = False


def sniff(head: bytes) -> Header | None:
    """Recognise a picture.

    Args:
        head: the first :data:`HEAD_BYTES` of the file, or all of it.

    Returns:
        What it is, or ``None``: no format that is read.
    """
    if head[:3] == b"\xff\xd8\xff":
        return _jpeg(head)
    if head[:8] == b"\x89PNG\r\n\x1a\n" and len(head) >= 29:
        width, height, bits, _, _, _, interlace = struct.unpack_from(
            ">IIBBBBB", head, 16
        )
        return Header("PNG", width, height, bits, interlace != 0)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp(head)
    if head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
        width, height = struct.unpack_from("<HH", head, 6)
        return Header("GIF", width, height, 8)
    if head[:2] == b"BM" and len(head) >= 30:
        width, height = struct.unpack_from("<ii", head, 18)
        return Header("BMP", abs(width), abs(height), 8)
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return Header("TIFF")
    if head[4:12] == b"jP  \r\n\x87\n" or head[:4] == b"\xff\x4f\xff\x51":
        return Header("JP2")
    if head[4:8] == b"ftyp":
        return _still_of_video(head)
    for start, format in _STARTS:
        if head.startswith(start):
            return Header(format)
    return None


_STARTS: tuple[tuple[bytes, Format], ...] = (
    (b"NITF0", "NITF"),
    (b"NSIF0", "NITF"),
    (b"EHFA_HEADER_TAG", "HFA"),
    (b"CDF\1", "NETCDF"),
    (b"CDF\2", "NETCDF"),
    (b"CDF\5", "NETCDF"),
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"<VRTDataset", "VRT"),
)


def _still_of_video(head: bytes) -> Header | None:
    """Pictures in the box that videos come in, by its brands."""
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, size, 4))}
    if brands & {b"avif", b"avis"}:
        return Header("AVIF", 0, 0, 8)
    if brands & {b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"}:
        return Header("HEIF", 0, 0, 8)
    return None


def _jpeg(head: bytes) -> Header:
    """Walk the segments to the frame header; sizes stay 0 if it lies too far in."""
    at = 2
    while at + 9 < len(head):
        if head[at] != 0xFF:
            break
        marker = head[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            bits, height, width = struct.unpack_from(">BHH", head, at + 4)
            return Header("JPEG", width, height, bits)
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return Header("JPEG")


def _webp(head: bytes) -> Header:
    kind, data = head[12:16], head[20:30]
    if len(data) == 10 and kind == b"VP8X":
        width, height = (int.from_bytes(data[i : i + 3], "little") + 1 for i in (4, 7))
        return Header("WEBP", width, height, 8)
    if len(data) == 10 and kind == b"VP8L":
        packed = int.from_bytes(data[1:5], "little")
        return Header("WEBP", (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1, 8)
    if len(data) == 10 and kind == b"VP8 ":
        width, height = (v & 0x3FFF for v in struct.unpack_from("<HH", data, 6))
        return Header("WEBP", width, height, 8)
    return Header("WEBP")

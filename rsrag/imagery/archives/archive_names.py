r"""Names of files and archive members: what they promise, and how they are written.

A ``source`` is text that any JSON, Parquet or terminal takes. File names are not:
they may hold line breaks, or bytes that are no UTF-8. So in a source a backslash is
written ``\\``, a control character ``\x0a`` and a stray byte ``\xff``;
:func:`unescape` turns it back.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

PLAIN_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".heic", ".heif"),
    *(".tif", ".tiff", ".gtiff", ".jp2", ".j2k", ".jpx", ".gif", ".bmp"),
)
"""Endings of pictures that are one file and one picture."""

IMAGE_SUFFIXES = (
    *PLAIN_SUFFIXES,
    *(".ntf", ".nitf", ".nsf", ".img", ".vrt", ".nc", ".nc4", ".h5", ".hdf5", ".he5"),
)
"""Endings that are taken for pictures; what they hold is decided by content."""

ARCHIVE_SUFFIXES = (
    *(".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz"),
    *(".txz", ".tar.zst", ".tzst"),
)
"""Endings of archives that are read in place."""

RAW_SUFFIXES = (".dat", ".raw", ".bin", ".bsq", ".bil", ".bip", ".envi", "")
"""Endings of members that are pictures where an ENVI header lies beside them."""

_WORLD = {
    ".jpg": (".jgw", ".jpgw"),
    ".jpeg": (".jgw", ".jpegw", ".jpgw"),
    ".png": (".pgw", ".pngw"),
    ".webp": (".wpw", ".webpw"),
    ".tif": (".tfw", ".tifw"),
    ".tiff": (".tfw", ".tiffw", ".tifw"),
    ".jp2": (".j2w", ".jp2w"),
    ".gif": (".gfw", ".gifw"),
    ".bmp": (".bpw", ".bmpw"),
}
COMPANION_SUFFIXES = frozenset(
    {
        ".wld",
        ".prj",
        ".json",
        ".hdr",
        *(suffix for group in _WORLD.values() for suffix in group),
    }
)
"""Endings of small files that say something about the picture beside them."""

AUXILIARY_SUFFIXES = (".aux.xml", ".ovr", ".msk")
"""Endings, added to a picture's whole name, of files in which GDAL finds nodata
values, masks and overviews: with others, the same picture has other pixels."""

WHOLE_NAME_SUFFIXES = (".aux.xml", ".msk")
"""Those of them that are taken along where GDAL cannot look beside a picture."""

SAFE_NOTES = re.compile(r"MTD_MSI(?:L1C|L2A)\.xml")
LANDSAT_NOTES = re.compile(r"(.+)_MTL\.(?:txt|json|xml)", re.IGNORECASE | re.DOTALL)
TILE_NOTES = re.compile(
    r"(?:tileInfo|tileinfo_metadata|productInfo)\.json|metadata\.xml", re.IGNORECASE
)
_PRODUCT_NOTES = (SAFE_NOTES, LANDSAT_NOTES, TILE_NOTES, re.compile(r"manifest\.safe"))

_ESCAPED = re.compile(r"[\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(\\|x[0-9a-f]{2}|u[0-9a-f]{4})")


def world_suffixes(suffix: str) -> tuple[str, ...]:
    """Endings of world files for a picture with this ending, the likeliest first."""
    return (*_WORLD.get(suffix.lower(), ()), ".wld")


def escape(name: str) -> str:
    r"""Write a name so that it is one line of valid UTF-8.

    Args:
        name: as Python gives it, stray bytes as lone surrogates (PEP 383).
    """

    def write(match: re.Match[str]) -> str:
        code = ord(match[0])
        if match[0] == "\\":
            return "\\\\"
        if 0xDC80 <= code <= 0xDCFF:
            return f"\\x{code - 0xDC00:02x}"
        return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"

    return _ESCAPED.sub(write, name)


def unescape(text: str) -> str:
    """The name that :func:`escape` wrote."""

    def read(match: re.Match[str]) -> str:
        if match[1] == "\\":
            return "\\"
        code = int(match[1][1:], 16)
        return chr(code + 0xDC00 if match[1][0] == "x" and code >= 0x80 else code)

    return _ESCAPE.sub(read, text)


def is_image_name(name: str) -> bool:
    """Whether the ending is that of a picture."""
    return name.lower().endswith(IMAGE_SUFFIXES)


def is_archive_name(name: str) -> bool:
    """Whether the ending is that of an archive."""
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def is_notes_name(name: str) -> bool:
    """Whether a file is called as the notes of a product are."""
    own = name.rpartition("/")[2]
    return any(pattern.fullmatch(own) for pattern in _PRODUCT_NOTES)


def is_hidden(name: str) -> bool:
    """Whether a part of a relative name starts with a dot, or is macOS litter."""
    parts = PurePosixPath(name).parts
    return any(part == "__MACOSX" or part.startswith(".") for part in parts)


def is_auxiliary_name(name: str) -> bool:
    """Whether GDAL finds a file beside a picture, and reads it with it."""
    return name.lower().endswith(AUXILIARY_SUFFIXES)


def companion_of(name: str) -> tuple[str, str] | None:
    """Whose companion a small file is, by its name.

    Returns:
        The picture's name, whole (before ``.aux.xml``, ``.msk``) or without its
        ending (world files, ``.prj``, ``.json``), and the companion's ending; both
        in lower case. ``None`` if it is no companion.
    """
    lower = name.lower()
    for suffix in WHOLE_NAME_SUFFIXES:
        if lower.endswith(suffix):
            return lower.removesuffix(suffix), suffix
    suffix = suffix_of(name)
    return (lower[: -len(suffix)], suffix) if suffix in COMPANION_SUFFIXES else None


def suffix_of(name: str) -> str:
    """Last ending in lower case with its dot, or nothing."""
    return PurePosixPath(name).suffix.lower()


def clean_member(name: str) -> str:
    """A member's name without a leading ``./``."""
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    return name


def unsafe_member(name: str) -> str | None:
    """Why a member of this name must not be read, or ``None``."""
    parts = re.split(r"[/\\]", name)
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:[/\\]", name):
        return "its name is an absolute path"
    if ".." in parts:
        return "its name climbs out of the archive with '..'"
    return None


def archive_marks(source: str) -> Iterator[int]:
    """Where ``!/`` stands in a source: what is before it may be an archive.

    A folder may be called ``a!`` too, so only the disk tells which of them it is.
    """
    at = source.find("!/")
    while at >= 0:
        yield at
        at = source.find("!/", at + 1)

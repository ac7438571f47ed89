"""``.zip`` read in place."""

import shlex
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from rsrag.errors import ImageReadError
from rsrag.imagery.archives.archive_names import (
    clean_member,
    is_hidden,
    unsafe_member,
)
from rsrag.imagery.archives.members import (
    IN_MEMORY_LIMIT,
    Contents,
    Member,
    inflates,
)
from rsrag.imagery.archives.zip_members import (
    data_offset,
    inflate,
    open_here,
    open_within,
)

DEPTH_LIMIT = 2
"""Archives that an archive may lie in, to be looked into."""

INNER_LIMIT = 10_000
"""Archives in one archive that are looked into."""

_BROKEN = (
    *(zipfile.BadZipFile, NotImplementedError, struct.error, ValueError, zlib.error),
)
_METHODS = {9: "deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ"}
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1


def list_zip(path: Path) -> Contents:
    """Read the directory of an archive, which stands at its end.

    Zips inside of it are read in place, too: their members are called
    ``INNER.zip!/NAME``.

    Returns:
        Its members; none of an archive that is cut off, and the refusal says why.

    Raises:
        OSError: the file itself cannot be read.
    """
    contents = Contents(path, "zip")
    try:
        with path.open("rb") as file:
            _list(file, contents, None)
    except _BROKEN as exc:
        contents = Contents(path, "zip")
        contents.break_off(
            f"the archive is damaged or cut off, its directory cannot be read ({exc}); "
            f"what is whole of it can be saved: zip -FF "
            f"{shlex.quote(str(path))} --out whole.zip"
        )
    return contents


def _list(file: IO[bytes], contents: Contents, within: Member | None) -> None:
    """Add the members of an archive, and of the archives in it."""
    inner = []
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            # ``info.is_dir`` stumbles over an empty name.
            if info.filename.endswith("/"):
                continue
            member = _member(info, within)
            refusal = _refusal(
                info.flag_bits, info.compress_type, info.external_attr >> 16
            )
            if refusal is None and _opens(member):
                inner.append(member)
            else:
                contents.add(member, refusal)
    for number, member in enumerate(inner):
        depth = _depth(member)
        if number == INNER_LIMIT:
            more = f"it is one of {len(inner):,} archives in an archive: unpack it"
            contents.cannot_read(member.name, more)
            break
        if depth > DEPTH_LIMIT:
            contents.cannot_read(member.name, f"it lies {depth} archives deep: unpack")
        elif member.method != 0 and member.size > IN_MEMORY_LIMIT:
            contents.cannot_read(
                member.name,
                f"it is an archive of {member.size:,} bytes and packed again, so it "
                "cannot be looked into: unpack it",
            )
        elif inflates(member.size, member.packed):
            contents.refuse(member.name, "it is an archive that grows like a bomb")
        else:
            try:
                with open_here(file, member) as nested:
                    _list(nested, contents, member)
            except (*_BROKEN, ImageReadError) as exc:
                contents.cannot_read(member.name, f"the archive is damaged: {exc}")


def _depth(member: Member) -> int:
    """In how many archives a member lies, the outermost counted."""
    return 1 if member.within is None else 1 + _depth(member.within)


def _opens(member: Member) -> bool:
    """Whether a member is an archive to look into."""
    name = clean_member(member.name)
    if unsafe_member(member.name) or is_hidden(name):
        return False
    return name.lower().endswith(".zip")


def _member(info: zipfile.ZipInfo, within: Member | None) -> Member:
    name = info.orig_filename
    if not info.flag_bits & _UTF8_FLAG:
        # Most writers mean UTF-8 all the same.
        name = name.encode("cp437").decode("utf-8", errors="surrogateescape")
    if within is not None:
        safe = unsafe_member(name) is None
        name = f"{within.name}!/{clean_member(name) if safe else name}"
    return Member(
        name,
        info.file_size,
        info.header_offset,
        info.compress_size,
        info.compress_type,
        info.CRC,
        within,
    )


def _refusal(flags: int, method: int, mode: int = 0) -> str | None:
    if flags & _ENCRYPTED_FLAG:
        return "it is encrypted"
    if stat.S_ISLNK(mode):
        return "it is a link"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "it is a device or a pipe"
    if method not in (0, 8):
        named = _METHODS.get(method, f"number {method}")
        return (
            f"it is packed with {named}, and only stored and deflated members are "
            "read: unpack the archive, or pack it anew with zip"
        )
    return None


@contextmanager
def zip_reader(contents: Contents) -> Iterator[Callable[[Member], bytes]]:
    """Open an archive for reading members.

    Yields:
        A function of a member. It unpacks no more than the directory announces,
        and raises ``ImageReadError`` for a member that is damaged.
    """
    with contents.path.open("rb") as file:
        inner: dict[Member, IO[bytes]] = {}  # The last that was looked into.

        def place(member: Member) -> IO[bytes]:
            if member.within is None:
                return file
            if member.within not in inner:
                inner.clear()
                inner[member.within] = open_within(file, member.within)
            return inner[member.within]

        def read(member: Member) -> bytes:
            try:
                source = place(member)
                source.seek(data_offset(source, member))
                packed = source.read(member.packed)
                data = packed if member.method == 0 else inflate(packed, member.size)
            except zlib.error as exc:
                raise ImageReadError(f"The member is damaged: {exc}.") from exc
            if len(data) != member.size or zlib.crc32(data) != member.crc:
                raise ImageReadError(
                    f"The member is damaged: {len(data)} bytes unpacked, "
                    f"{member.size} announced, or a wrong checksum."
                )
            return data

        yield read


def zip_gdal_path(contents: Contents, member: Member) -> str:
    """How GDAL finds a member without unpacking the archive to disk."""
    with contents.path.open("rb") as file:
        return _gdal_path(file, contents.path, member)


def _gdal_path(file: IO[bytes], path: Path, member: Member) -> str:
    base, name = str(path), member.name
    if member.within is not None:
        base = _gdal_path(file, path, member.within)
        name = name.removeprefix(f"{member.within.name}!/")
        file = open_within(file, member.within)
    if member.method == 0:
        return f"/vsisubfile/{data_offset(file, member)}_{member.size},{base}"
    return f"/vsizip/{{{base}}}/{name}"


@contextmanager
def zip_stream(contents: Contents, member: Member) -> Iterator[IO[bytes]]:
    """The bytes of a member one after another, checked at the end."""
    with contents.path.open("rb") as file:
        inner = open_within(file, member.within) if member.within else file
        with zipfile.ZipFile(inner) as archive:
            for info in archive.infolist():
                if info.header_offset == member.offset:
                    with archive.open(info) as stream:
                        yield stream
                    return
    raise ImageReadError(f"{contents.path} has no directory to find it by.")

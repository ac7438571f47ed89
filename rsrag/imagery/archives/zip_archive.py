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
from rsrag.imagery.archives.members import Contents, Member

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_LOCAL_MAGIC = b"PK\x03\x04"
_METHODS = {9: "deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ"}
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1


def list_zip(path: Path) -> Contents:
    """Read the directory of an archive, which stands at its end.

    Returns:
        Its members; none of an archive that is cut off, and the refusal says why.

    Raises:
        OSError: the file itself cannot be read.
    """
    contents = Contents(path, "zip")
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                # ``info.is_dir`` stumbles over an empty name.
                if not info.filename.endswith("/"):
                    _add(contents, info)
    except (zipfile.BadZipFile, NotImplementedError, struct.error, ValueError) as exc:
        contents = Contents(path, "zip")
        contents.break_off(
            f"the archive is damaged or cut off, its directory cannot be read ({exc}); "
            f"what is whole of it can be saved: zip -FF "
            f"{shlex.quote(str(path))} --out whole.zip"
        )
    return contents


def _add(contents: Contents, info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    if not info.flag_bits & _UTF8_FLAG:
        # Most writers mean UTF-8 all the same.
        name = name.encode("cp437").decode("utf-8", errors="surrogateescape")
    member = Member(
        name,
        info.file_size,
        info.header_offset,
        info.compress_size,
        info.compress_type,
        info.CRC,
    )
    mode = info.external_attr >> 16
    contents.add(member, _refusal(info.flag_bits, info.compress_type, mode))


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

        def read(member: Member) -> bytes:
            file.seek(data_offset(file, member))
            packed = file.read(member.packed)
            try:
                data = packed if member.method == 0 else _inflate(packed, member.size)
            except zlib.error as exc:
                raise ImageReadError(f"The member is damaged: {exc}.") from exc
            if len(data) != member.size or zlib.crc32(data) != member.crc:
                raise ImageReadError(
                    f"The member is damaged: {len(data)} bytes unpacked, "
                    f"{member.size} announced, or a wrong checksum."
                )
            return data

        yield read


def data_offset(file: IO[bytes], member: Member) -> int:
    """Where the packed bytes of a member start.

    Raises:
        ImageReadError: no header where the directory says there is one.
    """
    file.seek(member.offset)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or head[:4] != _LOCAL_MAGIC:
        raise ImageReadError(f"No member starts at byte {member.offset}.")
    name_len, extra_len = _LOCAL.unpack(head)[-2:]
    return int(member.offset + _LOCAL.size + name_len + extra_len)


def _inflate(packed: bytes, size: int) -> bytes:
    # One byte more than announced is enough to know that the announcement lied.
    return zlib.decompressobj(wbits=-15).decompress(packed, size + 1)


def zip_gdal_path(contents: Contents, member: Member) -> str:
    """How GDAL finds a member without unpacking the archive to disk."""
    if member.method == 0:
        with contents.path.open("rb") as file:
            start = data_offset(file, member)
        return f"/vsisubfile/{start}_{member.size},{contents.path}"
    return f"/vsizip/{{{contents.path}}}/{member.name}"

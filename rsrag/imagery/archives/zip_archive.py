"""``.zip`` read in place, and what can be saved of one that is cut off."""

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
_UTF8_FLAG, _ENCRYPTED_FLAG, _SIZES_LATER_FLAG = 0x800, 0x1, 0x8
_ZIP64 = 0xFFFFFFFF
_CHUNK = 1 << 16


def list_zip(path: Path) -> Contents:
    """Read the directory of an archive.

    Without a directory (it stands at the end, so a cut archive has none) the
    members' own headers are followed from the start as far as they go.

    Returns:
        Its members. Damage is the last of the refusals.

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
        with path.open("rb") as file:
            _list_local_headers(file, contents)
        contents.break_off(f"the archive is damaged or cut off: {exc}")
    return contents


def _add(contents: Contents, info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    if not info.flag_bits & _UTF8_FLAG:
        name = _decode(name.encode("cp437"))
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
        return f"its compression method {method} is not stored or deflate"
    return None


def _decode(raw: bytes) -> str:
    """A name without the UTF-8 flag: most writers mean UTF-8 all the same."""
    return raw.decode("utf-8", errors="surrogateescape")


def _list_local_headers(file: IO[bytes], contents: Contents) -> None:
    """Follow members from header to header, as far as their sizes are known."""
    end = file.seek(0, 2)
    offset = 0
    while True:
        file.seek(offset)
        head = file.read(_LOCAL.size)
        if len(head) < _LOCAL.size or head[:4] != _LOCAL_MAGIC:
            return
        _, _, flags, method, _, _, crc, packed, size, name_len, extra_len = (
            _LOCAL.unpack(head)
        )
        name = _decode(file.read(name_len))
        extra = file.read(extra_len)
        if _ZIP64 in (packed, size):
            size, packed = _zip64_sizes(extra) or (size, packed)
        data = offset + _LOCAL.size + name_len + extra_len
        if flags & _SIZES_LATER_FLAG:
            measured = _measure(file, data) if method == 8 else None
            if measured is None:
                return
            packed, size, crc, skip = measured
        else:
            skip = 0
        if data + packed > end:
            return
        if not name.endswith("/"):
            member = Member(name, size, offset, packed, method, crc)
            contents.add(member, _refusal(flags, method))
        offset = data + packed + skip


def _measure(file: IO[bytes], start: int) -> tuple[int, int, int, int] | None:
    """Unpack a member whose header does not tell its size, keeping nothing.

    Returns:
        Packed and unpacked bytes, checksum, and bytes of the note on sizes that
        follows; ``None`` if the member does not end.
    """
    file.seek(start)
    inflate = zlib.decompressobj(wbits=-15)
    taken = size = crc = 0
    pending = b""
    try:
        while not inflate.eof:
            if not pending:
                pending = file.read(_CHUNK)
                taken += len(pending)
                if not pending:
                    return None
            part = inflate.decompress(pending, _CHUNK)
            pending = inflate.unconsumed_tail
            size, crc = size + len(part), zlib.crc32(part, crc)
    except zlib.error:
        return None
    packed = taken - len(inflate.unused_data)
    file.seek(start + packed)
    note = file.read(24)
    length = 12 + 4 * (note[:4] == b"PK\x07\x08")
    # In zip64 the two sizes are twice as long; then a header does not follow here.
    if note[length : length + 2] not in (b"PK", b""):
        length += 8
    return packed, size, crc, length


def _zip64_sizes(extra: bytes) -> tuple[int, int] | None:
    """Unpacked and packed size from the zip64 field of a local header."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == 1 and length >= 16 and len(extra) >= 20:
            size, packed = struct.unpack_from("<QQ", extra, 4)
            return size, packed
        extra = extra[4 + length :]
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

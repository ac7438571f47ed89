"""Members of a zip found and unpacked, also those of a zip inside of it."""

import io
import struct
import zlib
from typing import IO, Any, cast

from rsrag.errors import ImageReadError
from rsrag.imagery.archives.members import Member

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_LOCAL_MAGIC = b"PK\x03\x04"


def open_within(file: IO[bytes], member: Member) -> IO[bytes]:
    """An archive inside of others as a file, from the outermost one's.

    Raises:
        ImageReadError: it is damaged.
    """
    if member.within is not None:
        file = open_within(file, member.within)
    return open_here(file, member)


def open_here(file: IO[bytes], member: Member) -> IO[bytes]:
    """An archive as a file, from that of the archive in which it lies.

    Raises:
        ImageReadError: it is damaged.
    """
    start = data_offset(file, member)
    if member.method == 0:
        return cast("IO[bytes]", _Section(file, start, member.size))
    file.seek(start)
    data = inflate(file.read(member.packed), member.size)
    if len(data) != member.size:
        raise ImageReadError("it does not unpack to what is announced")
    return io.BytesIO(data)


class _Section(io.RawIOBase):
    """A stretch of an open file as a file of its own."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file, self._start, self._size, self._at = file, start, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        base = (0, self._at, self._size)[whence]
        if base + offset < 0:
            raise OSError("a position before the start")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._start + self._at)
        most = max(0, min(len(buffer), self._size - self._at))
        data = self._file.read(most)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


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


def inflate(packed: bytes, size: int) -> bytes:
    """Unpack a deflated member; a byte more than ``size`` where that was a lie."""
    # One byte more than announced is enough to know that the announcement lied.
    return zlib.decompressobj(wbits=-15).decompress(packed, size + 1)

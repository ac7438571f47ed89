"""A packed file read forwards, that knows how many packed bytes it has used.

The standard library's readers do not tell how much input a stretch of output cost
beyond the grain of their buffers, and that ratio is what gives a bomb away.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

_CHUNK = 64 * 1024
_GRAIN = 4 * 1024
"""What decoders are given at once that do not tell how much of it they have used."""

_LARGEST_READ = 80 * 2**20


class _Decoder(Protocol):
    """One packed stream, as ``bz2`` and ``lzma`` decode it."""

    @property
    def eof(self) -> bool:
        """Whether the stream is at its end."""

    @property
    def unused_data(self) -> bytes:
        """What came after the end."""

    @property
    def needs_input(self) -> bool:
        """Whether more output takes more input."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Up to so many bytes."""


class _Gzip:
    """``zlib`` with the manners of ``bz2`` and ``lzma``."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._inflate.unconsumed_tail

    def decompress(self, data: bytes, max_length: int) -> bytes:
        tail = self._inflate.unconsumed_tail
        return self._inflate.decompress(tail + data, max_length)

    @property
    def held(self) -> int:
        """Bytes that it was given and has not used."""
        return len(self._inflate.unconsumed_tail)


_DECODERS: dict[bytes, Callable[[], _Decoder]] = {
    b"\x1f\x8b": _Gzip,
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\0": lzma.LZMADecompressor,
}
_ZSTD = b"\x28\xb5\x2f\xfd"

DAMAGE = (EOFError, zlib.error, lzma.LZMAError, ValueError)
"""What reading raises where a stream is damaged; ``OSError`` besides."""


def is_packed(head: bytes) -> bool:
    """Whether a file that starts so is gzip, bzip2, xz or Zstandard."""
    return head.startswith((*_DECODERS, _ZSTD))


class PackedStream:
    """Unpacked bytes of a packed file, from the start to the end.

    Seeking goes forwards only, by unpacking what lies between.

    Args:
        path: gzip, bzip2, xz or Zstandard, told by its first bytes.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        head = self._file.read(6)
        self._file.seek(0)
        self.gzip = head.startswith(b"\x1f\x8b")
        self._zstd: Any = None
        if head.startswith(_ZSTD):
            import pyarrow as pa

            self._zstd = pa.CompressedInputStream(
                pa.PythonFile(self._file, mode="r"), "zstd"
            )
        starts = (make for start, make in _DECODERS.items() if head.startswith(start))
        self._make = next(starts, _Gzip)
        self._decoder = self._make()
        self._packed = b""
        self._taken = 0
        self._position = 0

    @property
    def packed_used(self) -> int:
        """Packed bytes that went into what was read so far.

        To the byte for gzip, else to some kilobytes.
        """
        held = self._decoder.held if isinstance(self._decoder, _Gzip) else 0
        return self._taken - len(self._packed) - held

    def tell(self) -> int:
        """Position in the unpacked stream."""
        return self._position

    def seek(self, position: int, whence: int = 0) -> int:
        """Go forwards to an absolute position, or to the end if it comes first.

        Raises:
            OSError: the position lies behind.
        """
        if whence != 0 or position < self._position:
            raise OSError(f"cannot go back from {self._position} to {position}")
        while self._position < position:
            if not self._take(min(_CHUNK, position - self._position)):
                break
        return self._position

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; fewer only at the end of the stream.

        Raises:
            EOFError: the packed file is cut off.
            OSError: more is asked for than a header or a small member has.
            zlib.error, lzma.LZMAError, ValueError: it is damaged.
        """
        if not 0 <= size <= _LARGEST_READ:
            raise OSError(f"refused to unpack {size} bytes at once")
        parts, wanted = [], size
        while wanted and (part := self._take(wanted)):
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def _take(self, size: int) -> bytes:
        """At least one byte and up to ``size``, or none at the end."""
        if self._zstd is not None:
            part: bytes = self._zstd.read(size)
            self._taken = self._file.tell()
            self._position += len(part)
            return part
        while True:
            if self._decoder.eof and not self._next_member():
                return b""
            if self._decoder.needs_input and not self._packed:
                self._packed = self._file.read(_CHUNK if self.gzip else _GRAIN)
                self._taken += len(self._packed)
                if not self._packed:
                    raise EOFError("the compressed stream is cut off")
            part = self._decoder.decompress(self._packed, size)
            self._packed = self._decoder.unused_data
            if part:
                self._position += len(part)
                return part

    def _next_member(self) -> bool:
        """Go on with a further packed stream; zeros after the last are padding."""
        while True:
            if not self._packed:
                self._packed = self._file.read(_CHUNK)
                self._taken += len(self._packed)
                if not self._packed:
                    return False
            self._packed = self._packed.lstrip(b"\0")
            if self._packed:
                self._decoder = self._make()
                return True

    def close(self) -> None:
        """Close the packed file."""
        self._file.close()

    def __enter__(self) -> "PackedStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

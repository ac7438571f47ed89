"""A gzip file read forwards, that knows how many packed bytes it has used.

The standard library's reader does not tell how much input a stretch of output cost
beyond the grain of its buffer, and that ratio is what gives a bomb away.
"""

import zlib
from pathlib import Path

_CHUNK = 64 * 1024
_LARGEST_READ = 80 * 2**20


class GzipStream:
    """Unpacked bytes of a ``.gz`` file, from the start to the end.

    Seeking goes forwards only, by unpacking what lies between.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._inflate = zlib.decompressobj(wbits=31)
        self._packed = b""
        self._taken = 0
        self._position = 0

    @property
    def packed_used(self) -> int:
        """Packed bytes that went into what was read so far."""
        return self._taken - len(self._packed)

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
            zlib.error: it is not gzip, or it is damaged.
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
        while True:
            if self._inflate.eof and not self._next_member():
                return b""
            if not self._packed:
                self._packed = self._file.read(_CHUNK)
                self._taken += len(self._packed)
                if not self._packed:
                    raise EOFError("the compressed stream is cut off")
            part = self._inflate.decompress(self._packed, size)
            self._packed = self._inflate.unconsumed_tail or self._inflate.unused_data
            if part:
                self._position += len(part)
                return part

    def _next_member(self) -> bool:
        """Go on with a further gzip member; zeros after the last are padding."""
        while True:
            if not self._packed:
                self._packed = self._file.read(_CHUNK)
                self._taken += len(self._packed)
                if not self._packed:
                    return False
            self._packed = self._packed.lstrip(b"\0")
            if self._packed:
                self._inflate = zlib.decompressobj(wbits=31)
                return True

    def close(self) -> None:
        """Close the packed file."""
        self._file.close()

    def __enter__(self) -> "GzipStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

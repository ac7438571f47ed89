"""A file that only grows, and whose last agreed length survives a kill.

The owner writes down ``size`` and ``crc`` somewhere safe after ``sync``. Whatever
lies behind ``size`` when the file is opened again was never agreed on, and the next
append writes over it.
"""

import os
import zlib
from pathlib import Path
from typing import IO

from rsrag.errors import StoreError

_BLOCK = 1 << 20


class AppendFile:
    """One growing file.

    Args:
        path: of the file; it is created by the first append.
        size: bytes that count.
        crc: CRC-32 of those bytes.
        hint: for the errors, how to repair the store.

    Raises:
        StoreError: the file is shorter than ``size``.
    """

    def __init__(self, path: Path, size: int, crc: int, hint: str) -> None:
        self.path, self.size, self.crc, self._hint = path, size, crc, hint
        self._handle: IO[bytes] | None = None
        try:
            found = path.stat().st_size if size else 0
        except OSError as exc:
            raise StoreError(f"{path} cannot be read: {exc}", hint=hint) from exc
        if found < size:
            raise StoreError(
                f"{path} has {found} bytes, its store.json counts {size}: truncated.",
                hint=hint,
            )

    def append(self, data: bytes | memoryview) -> None:
        """Write behind the bytes that count, and count these too.

        Raises:
            StoreError: the disk refuses; the file counts no more than before.
        """
        try:
            if self._handle is None:
                self._handle = self.path.open("r+b" if self.path.exists() else "w+b")
                self._handle.truncate(self.size)
            self._handle.seek(self.size)
            self._handle.write(data)
        except OSError as exc:
            raise StoreError(
                f"Writing {self.path} failed: {exc}",
                hint="free some disk space, or give another --indexes directory",
            ) from exc
        self.size += memoryview(data).nbytes
        self.crc = zlib.crc32(data, self.crc)

    def rewind(self, size: int, crc: int) -> None:
        """Forget what was appended since ``size`` and ``crc`` were read."""
        self.size, self.crc = size, crc

    def push(self) -> None:
        """Hand buffered bytes to the system, so that memory maps see them."""
        if self._handle is not None:
            self._handle.flush()

    def sync(self) -> None:
        """Make all that counts durable, and let go of the file."""
        if self._handle is not None:
            self._handle.flush()
            os.fsync(self._handle.fileno())
            self.close()

    def verify(self) -> None:
        """Read everything; ``StoreError`` where the checksum is another."""
        self.push()
        if self.size and checksum(self.path, self.size) != self.crc:
            raise StoreError(
                f"{self.path} does not hold the bytes that were written to it.",
                hint=self._hint,
            )

    def close(self) -> None:
        """Let go of the file; what was not synced may be lost."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None


def checksum(path: Path, size: int) -> int | None:
    """CRC-32 of the first ``size`` bytes of a file; ``None`` if it has fewer."""
    crc = 0
    with path.open("rb") as file:
        while size:
            block = file.read(min(size, _BLOCK))
            if not block:
                return None
            crc = zlib.crc32(block, crc)
            size -= len(block)
    return crc

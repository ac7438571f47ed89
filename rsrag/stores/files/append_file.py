"""Files that only grow, also mapped: their last agreed length survives a kill.

The owner writes down ``size`` and ``crc`` somewhere safe after ``sync``. Whatever
lies behind ``size`` when the file is opened again was never agreed on, and the next
append writes over it.
"""

import mmap
import os
import weakref
import zlib
from pathlib import Path
from typing import IO

import numpy as np

from rsrag.errors import StoreError
from rsrag.stores.scan import Rows
from rsrag.types import Vectors

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


_SMALL_BYTES = 256 << 20
"""A file up to this size may be resident as a whole."""

_TOUCHED = 256
"""Places looked up before their pages are let go: each may have mapped 2 MB with it, as
much as Linux keeps of a file in one piece."""


class MappedFile:
    """The first bytes of a file, read-only.

    Attributes:
        buffer: the bytes; the file may lose its name.
    """

    def __init__(self, path: Path, size: int) -> None:
        """Map ``size`` bytes.

        Raises:
            OSError: the file cannot be opened.
            ValueError: it is shorter, or ``size`` is 0.
        """
        with path.open("rb") as file:
            self.buffer = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
        self._size, self._touched = size, 0

    def looked_up(self, count: int) -> None:
        """Count places that were read; let pages of a large file go when they are many.

        They stay in the system's page cache while it has room: looking at one again
        costs a microsecond. The process no longer holds them, so its memory does not
        grow with the queries it answered.
        """
        self._touched += count
        if self._size <= _SMALL_BYTES or self._touched <= _TOUCHED:
            return
        self._touched = 0
        if hasattr(mmap, "MADV_DONTNEED"):
            self.buffer.madvise(mmap.MADV_DONTNEED)


class MappedRows(MappedFile):
    """The first rows of a file of little-endian float32, C order.

    Attributes:
        array: ``(rows, dim)``, read-only; valid as long as anything holds it.
    """

    def __init__(self, path: Path, rows: int, dim: int) -> None:
        super().__init__(path, rows * dim * 4)
        self.array: Vectors = np.frombuffer(self.buffer, "<f4").reshape(rows, dim)
        self._file: int | None = None
        if hasattr(os, "preadv") and hasattr(os, "posix_fadvise"):
            self._file = os.open(path, os.O_RDONLY)
            weakref.finalize(self, os.close, self._file)
            # A page for a row, not the 128 kB around it: they would push out of
            # memory what searches need more.
            os.posix_fadvise(self._file, 0, 0, os.POSIX_FADV_RANDOM)

    def gather(self, rows: Rows) -> Vectors:
        """Copies of some rows here and there, ``(len(rows), dim)``, in their order.

        Read from the file, not through the map, which would keep resident what lies
        around each.
        """
        if self._file is None:
            return self.array.take(rows, axis=0)
        found = np.empty((len(rows), self.array.shape[1]), "<f4")
        size = found.shape[1] * 4
        into = found.data.cast("B") if found.size else memoryview(b"")
        for i, row in enumerate(rows.tolist()):
            part = into[i * size : (i + 1) * size]
            if os.preadv(self._file, [part], row * size) != size:
                raise OSError(f"Row {row} ends behind the end of the file.")
        return found

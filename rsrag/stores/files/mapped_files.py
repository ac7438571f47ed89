"""Files that are mapped, and how much of them stays resident."""

import mmap
import os
import weakref
from pathlib import Path

import numpy as np

from rsrag.stores.scan import Rows
from rsrag.types import Vectors

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

"""Files that are mapped, and how much of them stays resident."""

import mmap
from pathlib import Path

import numpy as np

from rsrag.types import Vectors

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
        self._touched = 0
        self._scattered = False

    def scattered(self, scattered: bool) -> None:
        """Say whether it is read here and there, or one byte after the other.

        For a place here and there the system then reads one page from the disk, and not
        the 128 kB around it, which would push out what searches need more.
        """
        if scattered != self._scattered and hasattr(mmap, "MADV_RANDOM"):
            advice = mmap.MADV_RANDOM if scattered else mmap.MADV_NORMAL
            self.buffer.madvise(advice)
        self._scattered = scattered

    def looked_up(self, count: int) -> None:
        """Count places read here and there; let pages go when they are many.

        They stay in the system's page cache while it has room: looking at one again
        costs a microsecond. The process no longer holds them, so its memory does not
        grow with the queries it answered.
        """
        self._touched += count
        if self._touched > _TOUCHED and hasattr(mmap, "MADV_DONTNEED"):
            self.buffer.madvise(mmap.MADV_DONTNEED)
            self._touched = 0


class MappedRows(MappedFile):
    """The first rows of a file of little-endian float32, C order.

    Attributes:
        array: ``(rows, dim)``, read-only; valid as long as anything holds it.
    """

    def __init__(self, path: Path, rows: int, dim: int) -> None:
        """Map the rows, at least one."""
        super().__init__(path, rows * dim * 4)
        self.array: Vectors = np.frombuffer(self.buffer, "<f4").reshape(rows, dim)

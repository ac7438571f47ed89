"""Rows of vectors in a file, mapped, and how much of them stays resident."""

import mmap
from pathlib import Path

import numpy as np

from rsrag.types import Vectors

_TOUCHED = 256
"""Rows looked up before their pages are let go: each may have mapped 2 MB with it, as
much as Linux keeps of a file in one piece."""


class MappedRows:
    """The first rows of a file of little-endian float32, C order.

    Attributes:
        array: ``(rows, dim)``, read-only; valid as long as anything holds it.
    """

    def __init__(self, path: Path, rows: int, dim: int) -> None:
        """Map the file; it may lose its name afterwards."""
        with path.open("rb") as file:
            size = rows * dim * 4
            self._map = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
        self.array: Vectors = np.frombuffer(self._map, "<f4").reshape(rows, dim)
        self._touched = 0
        self._scattered = False

    def scattered(self, scattered: bool) -> None:
        """Say whether rows are read here and there, or one after the other.

        For a row here and there the system then reads one page from the disk, and not
        the 128 kB around it, which would push out what searches need more.
        """
        if scattered != self._scattered and hasattr(mmap, "MADV_RANDOM"):
            advice = mmap.MADV_RANDOM if scattered else mmap.MADV_NORMAL
            self._map.madvise(advice)
        self._scattered = scattered

    def looked_up(self, count: int) -> None:
        """Count rows read here and there; let pages go when they are many.

        They stay in the system's page cache while it has room: looking at one again
        costs a microsecond. The process no longer holds them, so its memory does not
        grow with the queries it answered.
        """
        self._touched += count
        if self._touched > _TOUCHED and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
            self._touched = 0

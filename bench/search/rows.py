"""The vectors of a cloud on disk, read a chunk at a time by whoever wants them."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.clouds import Array, Cloud, blocks
from bench.search.places import Alike, Places, place

CHUNK = 16_384
"""Rows in memory at once."""

_VECTORS, _PLACES, _DONE = "vectors.f32", "places.f64", "rows.json"


@dataclass(frozen=True, slots=True)
class Rows:
    """``count`` unit vectors of width ``dim`` and where each lies, in a folder.

    They are read, not mapped, so that they do not count as memory of the system
    that takes them.
    """

    folder: Path
    count: int
    dim: int

    def vectors(self, first: int, count: int) -> Array:
        """Rows ``first`` to ``first + count``, fewer at the end."""
        count = min(count, self.count - first)
        at = first * self.dim * 4
        path = self.folder / _VECTORS
        flat = np.fromfile(path, np.float32, count * self.dim, offset=at)
        return flat.reshape(count, self.dim)

    def places(self) -> Places:
        """Longitude and latitude of all rows, ``(count, 2)``."""
        return np.fromfile(self.folder / _PLACES, np.float64).reshape(-1, 2)

    def chunks(self) -> Iterator[tuple[int, Array, Places]]:
        """First row, vectors and places of each chunk, in order."""
        path = self.folder / _PLACES
        for first in range(0, self.count, CHUNK):
            vectors = self.vectors(first, CHUNK)
            flat = np.fromfile(path, np.float64, len(vectors) * 2, offset=first * 16)
            yield first, vectors, flat.reshape(-1, 2)


def size_of(count: int, dim: int) -> int:
    """Bytes on disk."""
    return count * (dim * 4 + 16)


def prepare(cloud: Cloud, folder: Path) -> Rows:
    """Write a cloud's rows once; take those that are there already."""
    said = {"cloud": cloud.name, "count": cloud.count, "dim": cloud.dim}
    done = folder / _DONE
    if not done.exists() or json.loads(done.read_text()) != said:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        alike, first = None, 0
        with (
            (folder / _VECTORS).open("wb") as vectors,
            (folder / _PLACES).open("wb") as places,
        ):
            for block in blocks(cloud):
                alike = alike or Alike.learn(block)
                block.tofile(vectors)
                place(block, alike, first).tofile(places)
                first += len(block)
        done.write_text(json.dumps(said))
    return Rows(folder, cloud.count, cloud.dim)

"""Vectors that are known already: of the last generation, or of a stopped build."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsrag.durable import append_durably
from rsrag.indexing.format.chip_schema import EMBEDDING, split_embeddings
from rsrag.indexing.format.parts import read_parts
from rsrag.types import Vectors
from rsrag.vectors import UNIT_TOLERANCE

_READ = 8_192


class VectorLog:
    """An append-only file of ids and vectors, each append safe on disk.

    Memory holds the ids only. A record that a stopped build left unfinished is
    dropped when the file is opened again.
    """

    def __init__(self, path: Path, dim: int) -> None:
        self._path = path
        self._record = np.dtype([("id", "u1", 16), ("vector", "<f4", dim)])
        self._rows: dict[bytes, int] = {}
        self._count = 0
        if path.is_file():
            self._count = path.stat().st_size // self._record.itemsize
            os.truncate(path, self._count * self._record.itemsize)
            self._scan()

    def __contains__(self, id_: str) -> bool:
        return bytes.fromhex(id_) in self._rows

    def append(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Add vectors; they are on disk when this returns."""
        records = np.empty(len(ids), self._record)
        records["id"] = np.frombuffer(bytes.fromhex("".join(ids)), "u1").reshape(-1, 16)
        records["vector"] = vectors
        append_durably(self._path, records.tobytes())
        for number, id_ in enumerate(ids, self._count):
            self._rows[bytes.fromhex(id_)] = number
        self._count += len(ids)

    def take(self, ids: Sequence[str]) -> Vectors:
        """Vectors of ids that are all known, ``(n, dim)`` float32 in order."""
        rows = np.array([self._rows[bytes.fromhex(id_)] for id_ in ids], dtype=np.intp)
        if not len(rows):
            return np.empty((0, self._record["vector"].shape[0]), np.float32)
        return np.ascontiguousarray(self._map()["vector"][rows], dtype=np.float32)

    def copy_parts(self, parts: Iterable[Path]) -> None:
        """Take in the vectors of parts, as far as they are not known.

        Raises:
            IndexCorruptError: a part that cannot be read.
        """
        for table in read_parts(parts, ["id", EMBEDDING]):
            payload, vectors = split_embeddings(table)
            ids = payload["id"].to_pylist()
            new = [i for i, id_ in enumerate(ids) if id_ not in self]
            if new:
                self.append([ids[i] for i in new], vectors[new])

    def _scan(self) -> None:
        for start in range(0, self._count, _READ):
            records = self._map()[start : start + _READ]
            # A machine that lost power may leave zeros where data should be.
            lengths = np.linalg.norm(records["vector"], axis=1)
            good = np.abs(lengths - 1) < UNIT_TOLERANCE
            for number in np.flatnonzero(good):
                self._rows[records["id"][number].tobytes()] = start + int(number)

    def _map(self) -> NDArray[np.void]:
        return np.memmap(self._path, self._record, "r", shape=(self._count,))

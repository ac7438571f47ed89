"""The rows of one vector space of knowledge: records in, parts out."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from rsrag.indexing.build.part_files import PartFiles
from rsrag.indexing.format.knowledge_schema import (
    RECORDS,
    KnowledgeRow,
    knowledge_table,
)
from rsrag.indexing.format.manifest import Space
from rsrag.indexing.knowledge.vector_log import VectorLog
from rsrag.types import EncoderIdentity, Vectors

T = TypeVar("T")

EMBED_ROWS = 256
"""Vectors made before they are put on disk: what a kill can cost."""


class SpaceRows:
    """Gathers the rows of one space and writes its parts.

    Attributes:
        encoder: whose vectors these are.
        embedded: vectors that were made now; all others were known.
        log: vectors that are known.
    """

    def __init__(self, building: Path, name: str, encoder: EncoderIdentity) -> None:
        self.encoder = encoder
        self.embedded = 0
        self.log = VectorLog(building / f"vectors-{name}.log", encoder.dim)
        folder = building / "parts" / name
        shutil.rmtree(folder, ignore_errors=True)
        self._files = PartFiles(folder, encoder, RECORDS)
        self._seen: set[bytes] = set()

    def add(
        self,
        rows: Sequence[tuple[KnowledgeRow, T]],
        encode: Callable[[list[T]], Vectors],
    ) -> None:
        """Add rows, each with what is embedded if its vector is not known yet."""
        new = [(row, given) for row, given in rows if self._is_new(row.id)]
        unknown = [(row.id, given) for row, given in new if row.id not in self.log]
        for start in range(0, len(unknown), EMBED_ROWS):
            ids, batch = zip(*unknown[start : start + EMBED_ROWS], strict=True)
            self.log.append(ids, encode(list(batch)))
        self.embedded += len(unknown)
        if new:
            vectors = self.log.take([row.id for row, _ in new])
            self._files.write(knowledge_table([row for row, _ in new], vectors))

    def finish(self, source: Mapping[str, str]) -> Space:
        """Write what waits."""
        parts = tuple(self._files.close())
        return Space(self._files.rows, self.encoder, dict(source), parts)

    def _is_new(self, id_: str) -> bool:
        before = len(self._seen)
        self._seen.add(bytes.fromhex(id_))
        return len(self._seen) > before

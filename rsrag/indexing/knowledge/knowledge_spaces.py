"""The vector spaces of a knowledge build under way: rows in, parts out."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from rsrag.indexing.build.staging import GROUP_ROWS
from rsrag.indexing.format.knowledge_schema import LAYOUT, KnowledgeRow, knowledge_table
from rsrag.indexing.format.parts import PART_ROWS, PartInfo, PartWriter
from rsrag.indexing.knowledge.knowledge_vectors import VectorLog
from rsrag.types import EncoderIdentity, Vectors

Embed = Callable[[Sequence[int]], Vectors]
"""Embeds those of the rows that are numbered: ``(n, dim)`` float32 unit rows."""

EMBED_ROWS = 256
"""Vectors made before they are put on disk: what a kill can cost."""


class SpaceBuild:
    """Gathers the rows of one space and writes its parts.

    Attributes:
        encoder: whose vectors these are.
        rows: written or waiting.
        embedded: vectors that were made now.
        reused: vectors that were known.

    Args:
        folder: ``building`` of the index.
        name: of the space.
        encoder: see above.
    """

    def __init__(self, folder: Path, name: str, encoder: EncoderIdentity) -> None:
        self.encoder = encoder
        self.rows = self.embedded = self.reused = 0
        self.log = VectorLog(folder / f"vectors-{name}.log", encoder.dim)
        self._folder = folder / f"parts-{name}"
        shutil.rmtree(self._folder, ignore_errors=True)
        self._waiting: list[KnowledgeRow] = []
        self._seen: set[bytes] = set()
        self._writer: PartWriter | None = None
        self._parts: list[PartInfo] = []

    def add(self, rows: Sequence[KnowledgeRow], embed: Embed) -> None:
        """Add rows; those whose vector is known are not embedded again."""
        first = [i for i, row in enumerate(rows) if self._new(row.id)]
        unknown = [i for i in first if rows[i].id not in self.log]
        for start in range(0, len(unknown), EMBED_ROWS):
            batch = unknown[start : start + EMBED_ROWS]
            self.log.append([rows[i].id for i in batch], embed(batch))
        self.embedded += len(unknown)
        self.reused += len(first) - len(unknown)
        self.rows += len(first)
        self._waiting += [rows[i] for i in first]
        while len(self._waiting) >= GROUP_ROWS:
            self._write(self._waiting[:GROUP_ROWS])
            self._waiting = self._waiting[GROUP_ROWS:]

    def finish(self) -> list[PartInfo]:
        """Write what waits; gives all parts."""
        if self._waiting:
            self._write(self._waiting)
            self._waiting = []
        self._close()
        return self._parts

    def _new(self, id_: str) -> bool:
        key = bytes.fromhex(id_)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _write(self, rows: Sequence[KnowledgeRow]) -> None:
        if self._writer is None:
            self._folder.mkdir(exist_ok=True)
            path = self._folder / f"part-{len(self._parts):05d}.parquet"
            self._writer = PartWriter(path, self.encoder, LAYOUT)
        vectors = self.log.take([row.id for row in rows])
        self._writer.write(knowledge_table(rows, vectors))
        if self._writer.rows >= PART_ROWS:
            self._close()

    def _close(self) -> None:
        if self._writer is not None:
            self._parts.append(self._writer.close())
            self._writer = None

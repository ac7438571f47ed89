"""What a build has finished so far, safe on disk, batch by batch.

A batch is a small GeoParquet file that appears whole. A build that was stopped
finds its batches again, if it is the same build: same sources, options, encoder
(its plan). At the end they are merged into the index's parts.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rsrag.indexing.parts import PART_ROWS, PartInfo, PartWriter, read_parts, sync_file
from rsrag.indexing.schema import chip_table
from rsrag.types import ChipRecord, EncoderIdentity, Vectors

PLAN = "plan.json"

GROUP_ROWS = 4_096
"""Rows gathered into one row group of a part (8 MB of vectors at dim 512)."""


class Staging:
    """The batches of a build under way.

    Args:
        folder: ``building`` of the index.
        plan: what makes it the same build; JSON values.
        encoder: whose vectors are staged.
    """

    def __init__(
        self, folder: Path, plan: Mapping[str, Any], encoder: EncoderIdentity
    ) -> None:
        """Take up what an equal plan has left, or start afresh."""
        self._folder = folder
        self._encoder = encoder
        self._batches = folder / "batches"
        text = json.dumps(plan, indent=2, sort_keys=True) + "\n"
        path = folder / PLAN
        self.resumed = path.is_file() and path.read_text(encoding="utf-8") == text
        if not self.resumed:
            shutil.rmtree(folder, ignore_errors=True)
        self._batches.mkdir(parents=True, exist_ok=True)
        for partial in self._batches.glob(".*.tmp"):
            partial.unlink()
        path.write_text(text, encoding="utf-8")
        sync_file(path)
        self._count = len(self.batches())

    def batches(self) -> list[Path]:
        """Files of the batches, in the order of the archive."""
        return sorted(self._batches.glob("batch-*.parquet"))

    def ids(self) -> set[bytes]:
        """Ids of all chips staged, 16 bytes each to spare memory."""
        return {
            bytes.fromhex(value)
            for table in read_parts(self.batches(), ["id"])
            for value in table["id"].to_pylist()
        }

    def add(self, records: Sequence[ChipRecord], vectors: Vectors) -> None:
        """Write one batch; it is on disk when this returns."""
        path = self._batches / f"batch-{self._count:08d}.parquet"
        writer = PartWriter(path, self._encoder)
        writer.write(chip_table(records, vectors))
        writer.close()
        self._count += 1

    def merge(self) -> list[PartInfo]:
        """Write the parts of the index from the batches, in bounded memory."""
        import pyarrow as pa

        parts = self._folder / "parts"
        shutil.rmtree(parts, ignore_errors=True)
        parts.mkdir()
        infos: list[PartInfo] = []
        writer: PartWriter | None = None
        group: list[pa.Table] = []
        rows = 0
        for table in read_parts(self.batches()):
            group.append(table)
            rows += len(table)
            if rows < GROUP_ROWS:
                continue
            writer = writer or self._part(parts, len(infos))
            writer.write(pa.concat_tables(group).combine_chunks())
            group, rows = [], 0
            if writer.rows >= PART_ROWS:
                infos.append(writer.close())
                writer = None
        if group:
            writer = writer or self._part(parts, len(infos))
            writer.write(pa.concat_tables(group).combine_chunks())
        if writer:
            infos.append(writer.close())
        return infos

    def clear(self) -> None:
        """Remove batches and plan, once the parts stand."""
        shutil.rmtree(self._batches)
        (self._folder / PLAN).unlink()

    def discard(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _part(self, folder: Path, number: int) -> PartWriter:
        return PartWriter(folder / f"part-{number:05d}.parquet", self._encoder)

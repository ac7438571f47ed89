"""Staging: what a build has finished so far, safe on disk, batch by batch.

A batch is a small GeoParquet file that appears whole. A build that was stopped
finds its batches again, if it is the same build: same sources, options, encoder
(its plan). A journal tells which sources they are of, and which of those are whole.
At the end they are merged into the index's parts.
"""

import dataclasses
import json
import os
import shutil
from collections import Counter
from collections.abc import (
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
    Set as AbstractSet,
)
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsrag.durable import DRAFT, append_durably
from rsrag.errors import IndexCorruptError, StoreError
from rsrag.indexing.build.part_files import PartFiles
from rsrag.indexing.build.plans import take_up
from rsrag.indexing.format.chip_schema import chip_schema, chip_table, split_embeddings
from rsrag.indexing.format.index_kinds import IMAGE
from rsrag.indexing.format.ledger import Entry
from rsrag.indexing.format.parts import PartInfo, PartWriter, read_parts
from rsrag.plain_values import plain
from rsrag.types import ChipRecord, EncoderIdentity, Vectors
from rsrag.vectors import check_unit_rows

if TYPE_CHECKING:
    import pyarrow as pa

JOURNAL = "journal.jsonl"


class Staging:
    """The batches of a build under way; those of an equal plan are taken up."""

    def __init__(
        self, folder: Path, plan: Mapping[str, Any], encoder: EncoderIdentity
    ) -> None:
        self._folder = folder
        self._encoder = encoder
        self._batches = folder / "batches"
        take_up(folder, plan)
        self._batches.mkdir(exist_ok=True)
        for partial in self._batches.glob(f"{DRAFT}*"):
            partial.unlink()
        found = self.batches()
        self._first = len(found)
        # Not their number: a damaged one may have gone from between them.
        self._count = _number(found[-1].stem) + 1 if found else 0

    def batches(self) -> list[Path]:
        """Files of the batches, in the order of the archive."""
        return sorted(self._batches.glob("batch-*.parquet"))

    def owners(self) -> dict[bytes, str]:
        """Sources of all chips that an earlier run staged, by id, 16 bytes each."""
        names: dict[str, str] = {}
        return {
            bytes.fromhex(chip): names.setdefault(source, source)
            for table in self._read(self.batches()[: self._first], ["id", "source"])
            for chip, source in zip(
                table["id"].to_pylist(), table["source"].to_pylist(), strict=True
            )
        }

    def journal(self) -> dict[str, tuple[Entry, bool]]:
        """Sources that an earlier run began, and whether it staged all of each.

        Later lines stand. What a kill left of a last line is cut off. A line that
        cannot be read, and a source of whose chips some are not staged, tell nothing:
        the source is read again.
        """
        path = self._folder / JOURNAL
        if not path.exists():
            return {}
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            os.truncate(path, len(whole))
        found = {}
        for line in whole.splitlines():
            try:
                done, values = json.loads(line)
                entry = plain(Entry, values)
            except (ValueError, TypeError, RecursionError):
                continue
            found[entry.source] = entry, done is True
        staged = Counter(self._sources())
        return {
            source: (entry, done and staged[source] == entry.chips)
            for source, (entry, done) in found.items()
        }

    def _sources(self) -> Iterator[str]:
        for table in self._read(self.batches()[: self._first], ["source"]):
            yield from table["source"].to_pylist()

    def _read(
        self, paths: Sequence[Path], columns: Sequence[str] | None = None
    ) -> "Iterator[pa.Table]":
        """Read batches; one that is damaged goes, or nobody could ever go on."""
        for path in paths:
            try:
                for table in read_parts([path], columns):
                    self._check(table, columns)
                    yield table
            except (IndexCorruptError, StoreError) as exc:
                path.unlink(missing_ok=True)
                raise IndexCorruptError(
                    f"What a stopped run has left in {path} was damaged, and is "
                    f"removed: {exc}",
                    hint="type the same command again: it embeds anew what was in it",
                ) from exc

    def _check(self, table: "pa.Table", columns: Sequence[str] | None) -> None:
        """Whether a batch has the columns, and its vectors the length, of chips."""
        schema = chip_schema(self._encoder.dim)
        wanted = [(name, schema.field(name).type) for name in columns or schema.names]
        if [(field.name, field.type) for field in table.schema] != wanted:
            raise IndexCorruptError("it has other columns than chips have")
        if not columns:
            check_unit_rows(split_embeddings(table)[1], self._encoder.dim)

    def note(self, entries: Iterable[Entry], done: bool) -> None:
        """Write sources into the journal; they are on disk when this returns."""
        lines = [json.dumps([done, dataclasses.asdict(entry)]) for entry in entries]
        if lines:
            text = "\n".join(lines) + "\n"
            append_durably(self._folder / JOURNAL, text.encode())

    def add(self, records: Sequence[ChipRecord], vectors: Vectors) -> None:
        """Write one batch; it is on disk when this returns."""
        path = self._batches / f"batch-{self._count:08d}.parquet"
        writer = PartWriter(path, self._encoder)
        writer.write(chip_table(records, vectors))
        writer.close()
        self._count += 1

    def merge(
        self,
        void: AbstractSet[bytes] = frozenset(),
        carried: Sequence[PartInfo] = (),
        tick: Callable[[], None] = lambda: None,
        small: Sequence[Path] = (),
    ) -> list[PartInfo]:
        """Write the parts of the index from the batches, in bounded memory.

        Args:
            void: ids of chips that an earlier run staged and that are no longer.
            carried: parts that are there already and come first.
            tick: called now and then; may raise to stop.
            small: parts whose rows are written again, before the batches.

        Returns:
            All parts, those carried included.
        """
        parts = self._folder / "parts" / IMAGE
        if not carried:
            shutil.rmtree(parts, ignore_errors=True)
        parts.mkdir(parents=True, exist_ok=True)
        number = max((_number(part.file) for part in carried), default=-1) + 1
        files = PartFiles(parts, self._encoder, number=number)
        for table in chain(read_parts(small), self.tables(void)):
            tick()
            files.write(table)
        return [*carried, *files.close()]

    def tables(self, void: AbstractSet[bytes]) -> "Iterator[pa.Table]":
        """All batches, without what is void of those of an earlier run."""
        batches = self.batches()
        for table in self._read(batches[: self._first] if void else []):
            good = [bytes.fromhex(i) not in void for i in table["id"].to_pylist()]
            yield table.filter(good)
        yield from self._read(batches[self._first :] if void else batches)

    def discard(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _number(file: str) -> int:
    digits = "".join(c for c in file if c.isdigit())
    return int(digits) if digits else -1

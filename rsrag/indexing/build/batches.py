"""Prepared chips through the encoder, and onto disk, a batch at a time."""

import logging
import time
from collections.abc import Callable

import numpy as np

from rsrag.indexing.build.outcomes import PreparedChip
from rsrag.indexing.build.stage_times import StageTimes
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.ledger import Entry
from rsrag.interfaces import Encoder
from rsrag.types import ChipRecord, Vectors

_log = logging.getLogger(__name__)

WRITE_ROWS = 1_024
"""Chips a staged batch holds: what a kill can cost."""

WRITE_SECONDS = 20.0
"""A slow encoder's batch is written after this time, full or not."""


class Batches:
    """Gathers chips until a batch is full.

    Attributes:
        encoded: chips that went through the encoder.
    """

    def __init__(
        self,
        encoder: Encoder,
        size: int,
        staging: Staging,
        times: StageTimes,
        told: Callable[[], None],
    ) -> None:
        self._encoder, self._size, self._staging = encoder, size, staging
        self._times, self._told = times, told
        self._waiting: list[PreparedChip] = []
        self._records: list[ChipRecord] = []
        self._vectors: list[Vectors] = []
        self._begun: dict[str, Entry] = {}
        self._ended: list[Entry] = []
        self._written = time.perf_counter()
        self.encoded = 0

    def add(self, chip: PreparedChip, entry: Entry) -> None:
        """Take in a chip of a source."""
        self._begun.setdefault(entry.source, entry)
        self._waiting.append(chip)
        if len(self._waiting) >= self._size:
            self._forward()

    def end(self, entry: Entry) -> None:
        """All chips of a source were taken in."""
        self._ended.append(entry)

    def flush(self) -> None:
        """Encode and stage the last, incomplete batch."""
        if self._waiting:
            self._forward()
        self._write()

    def _forward(self) -> None:
        chips, self._waiting = self._waiting, []
        pixels = np.stack([chip.prepared for chip in chips])
        self._vectors.append(
            self._times.timed("forward", lambda: self._encoder.encode_prepared(pixels))
        )
        self._records += [chip.record for chip in chips]
        self.encoded += len(chips)
        self._told()
        late = time.perf_counter() - self._written > WRITE_SECONDS
        if late or len(self._records) >= WRITE_ROWS:
            self._write()

    def _write(self) -> None:
        """Stage what is encoded: first whose chips they are, last who is whole."""
        self._times.timed("write", self._stage)
        self._written = time.perf_counter()
        _log.info(
            "%d chips encoded and written; seconds so far, over all threads: %s",
            self.encoded,
            ", ".join(f"{name} {s:.2f}" for name, s in self._times.seconds.items()),
        )

    def _stage(self) -> None:
        waiting = {chip.record.source for chip in self._waiting}
        if self._records:
            self._staging.note(self._begun.values(), done=False)
            self._staging.add(self._records, np.concatenate(self._vectors))
            self._records, self._vectors = [], []
        whole = [entry for entry in self._ended if entry.source not in waiting]
        self._staging.note(whole, done=True)
        self._ended = [entry for entry in self._ended if entry.source in waiting]
        self._begun = {s: e for s, e in self._begun.items() if s in waiting}

"""The long half of a build: every chip of the archives through the encoder."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from rsrag.errors import ImageryError
from rsrag.indexing.build.build_request import BuildRequest, Progress
from rsrag.indexing.build.outcomes import Begin, End, Outcome, PreparedChip, Staged
from rsrag.indexing.build.pipeline import Reader, Stage
from rsrag.indexing.build.resumed import Resumed
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.build_report import NOTICE
from rsrag.indexing.format.ledger import DUPLICATE, EMPTY, Entry
from rsrag.types import ChipRecord, Skip, Vectors

__all__ = ["BuildRequest", "EncodeRun", "Progress"]

_log = logging.getLogger(__name__)

WRITE_ROWS = 1_024
"""Chips a staged batch holds: what a kill can cost."""

WRITE_SECONDS = 20.0
"""A slow encoder's batch is written after this time, full or not."""

NODATA = "nodata"
"""Kind of a skip for a chip with too little data; one is reported a scene."""

T = TypeVar("T")


class EncodeRun:
    """The encoding half of a build, and what it has seen.

    Args:
        request: of the build.
        staging: where encoded chips are kept.
        prior: what need not be read or encoded.
        progress: told of every batch.
    """

    def __init__(
        self,
        request: BuildRequest,
        staging: Staging,
        prior: Resumed,
        progress: Progress,
    ) -> None:
        self._request = request
        self._staging = staging
        self._prior = prior
        self._progress = progress
        self._seen: set[bytes] = set()
        self._confirmed: set[bytes] = set()
        self._waiting: list[PreparedChip] = []
        self._records: list[ChipRecord] = []
        self._vectors: list[Vectors] = []
        self._written = time.perf_counter()
        self._current = Entry("")
        self._empty = 0
        self._began: dict[str, Entry] = {}
        self._ended: list[Entry] = []
        self.stage = Stage()
        self.entries: list[Entry] = []
        self.settled: list[Entry] = []
        self.unopened: list[Entry] = []
        self.skipped: list[Skip] = []
        self.notices: list[Skip] = []
        self.encoded = 0

    def timed(self, name: str, call: Callable[[], T]) -> T:
        """Run a stage and count its wall time."""
        since = time.perf_counter()
        result = call()
        self.stage.add(name, since)
        return result

    @property
    def void(self) -> set[bytes]:
        """Ids that an earlier run staged, of sources that are no longer the same."""
        return self._prior.void(self._confirmed)

    def encode(self) -> None:
        """Read all sources, and stage what is not staged yet.

        Raises:
            KeyboardInterrupt: asked to stop; what was read until then is staged.
        """
        request = self._request
        reader = Reader(
            request.options,
            request.metadata,
            request.encoder.prepare_image,
            self._prior,
            request.threads,
            self.stage,
        )
        for outcome in reader.read(request.sources):
            if request.stop():
                self._finish()
                raise KeyboardInterrupt
            self._meet(outcome)
        self._finish()

    def _meet(self, outcome: Outcome) -> None:
        match outcome:
            case PreparedChip():
                self._take(outcome)
            case Staged():
                self._recognise(bytes.fromhex(outcome.id))
            case Skip():
                self._skip(outcome)
            case Begin():
                self._begin(outcome)
            case End():
                self._end()

    def _begin(self, begin: Begin) -> None:
        entry = begin.entry
        if begin.how == "settled":
            self.settled.append(entry)
        elif begin.how == "known":
            recalled = self._prior.recall(entry)
            if recalled is None:
                self.unopened.append(entry)
                return
            found, chips = recalled
            self._seen.update(chips)
            self._confirmed.update(chips)
            self.entries.append(found)
            if skip := found.skip():
                self.skipped.append(skip)
        else:
            self._current, self._empty = entry, 0

    def _end(self) -> None:
        entry, limit = self._current, self._request.options.max_nodata
        if self._empty:
            reason = f"{self._empty:,} chips with more than {limit:.0%} nodata"
            entry.leave_out(NODATA, reason, self._empty)
            self.skipped.append(Skip(entry.source, reason, NODATA, self._empty))
        self.entries.append(entry.settle())
        self._ended.append(entry)

    def _take(self, chip: PreparedChip) -> None:
        if not self._claim(bytes.fromhex(chip.record.id)):
            return
        self._began.setdefault(self._current.source, self._current)
        self._waiting.append(chip)
        if len(self._waiting) >= self._request.batch_size:
            self._forward()

    def _recognise(self, key: bytes) -> None:
        if self._claim(key):
            self._confirmed.add(key)

    def _claim(self, key: bytes) -> bool:
        """Give a chip to the current source, unless another had it first."""
        if key in self._seen:
            reason = "same bytes, place and window as another chip"
            self._skip(Skip(self._current.source, reason, DUPLICATE))
            return False
        self._seen.add(key)
        self._current.chips += 1
        return True

    def _skip(self, skip: Skip) -> None:
        if skip.kind.startswith(NOTICE):
            self.notices.append(skip)
            return
        if self._request.strict and skip.kind.endswith("Error"):
            raise ImageryError(
                f"{skip.source}: {skip.reason}",
                hint="without --strict it is skipped and listed in the report",
            )
        if skip.kind == NODATA:
            self._empty += skip.count
            return
        if skip.kind == EMPTY:
            self._current.kind, self._current.reason = EMPTY, skip.reason
            return
        self._current.leave_out(skip.kind, skip.reason, skip.count)
        self.skipped.append(skip)

    def _forward(self) -> None:
        """Encode what waits."""
        if not self._waiting:
            return
        batch = np.stack([chip.prepared for chip in self._waiting])
        encoder = self._request.encoder
        self._vectors.append(
            self.timed("forward", lambda: encoder.encode_prepared(batch))
        )
        self._records += [chip.record for chip in self._waiting]
        self.encoded += len(self._waiting)
        self._waiting.clear()
        self._progress("encode", self.encoded + self._prior.chips, len(self.skipped))
        late = time.perf_counter() - self._written > WRITE_SECONDS
        if late or len(self._records) >= WRITE_ROWS:
            self._write()

    def _write(self) -> None:
        """Stage what is encoded: first whose chips they are, last who is whole."""
        self.timed("write", self._stage_batch)
        self._written = time.perf_counter()
        _log.info(
            "%d chips encoded and written; seconds so far, over all threads: %s",
            self.encoded,
            ", ".join(f"{name} {s:.2f}" for name, s in self.stage.seconds.items()),
        )

    def _stage_batch(self) -> None:
        waiting = {chip.record.source for chip in self._waiting}
        if self._records:
            self._staging.note(self._began.values(), done=False)
            self._staging.add(self._records, np.concatenate(self._vectors))
            self._records.clear()
            self._vectors.clear()
        whole = [entry for entry in self._ended if entry.source not in waiting]
        self._staging.note(whole, done=True)
        self._ended = [entry for entry in self._ended if entry.source in waiting]
        self._began = {s: e for s, e in self._began.items() if s in waiting}

    def _finish(self) -> None:
        """Encode and stage the last, incomplete batch."""
        self._forward()
        self._write()

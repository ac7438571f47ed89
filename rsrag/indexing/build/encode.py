"""The first half of a build of imagery: every chip of the archives is encoded."""

from rsrag.errors import ImageryError
from rsrag.indexing.build.batches import Batches
from rsrag.indexing.build.build_request import BuildProgress, BuildRequest
from rsrag.indexing.build.outcomes import PreparedChip, ReadSource, StagedChip
from rsrag.indexing.build.pipeline import Reader
from rsrag.indexing.build.resumed import Resumed
from rsrag.indexing.build.stage_times import StageTimes
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.build_report import NOTICE
from rsrag.indexing.format.ledger import DUPLICATE, EMPTY, SAME_CHIP, Entry
from rsrag.types import Skip

NODATA = "nodata"
"""Kind of a skip for a chip with too little data; one is reported a scene."""


class EncodeRun:
    """Puts each chip into a batch, once, and keeps account of all sources.

    Attributes:
        times: seconds by stage.
        entries: sources whose chips are staged, or that gave none.
        settled: sources whose chips the index has, by their bytes.
        unopened: sources that the index has as they are, by their stamps.
        skipped: everything left out.
        notices: remarks about scenes.
    """

    def __init__(
        self,
        request: BuildRequest,
        staging: Staging,
        prior: Resumed,
        progress: BuildProgress,
    ) -> None:
        self._request, self._prior, self._progress = request, prior, progress
        self._seen: set[bytes] = set()
        self._confirmed: set[bytes] = set()
        self.times = StageTimes()
        self._batches = Batches(
            request.encoder, request.batch_size, staging, self.times, self._tell
        )
        self.entries: list[Entry] = []
        self.settled: list[Entry] = []
        self.unopened: list[Entry] = []
        self.skipped: list[Skip] = []
        self.notices: list[Skip] = []

    @property
    def encoded(self) -> int:
        """Chips that went through the encoder."""
        return self._batches.encoded

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
            self.times,
        )
        for source in reader.read(request.sources):
            self._tick()
            if source.how == "read":
                self._read(source)
            elif source.how == "settled":
                self.settled.append(source.entry)
            else:
                self._recall(source.entry)
        # They speak of all sources, so they come first.
        self.notices[:0] = reader.remarks
        self._batches.flush()

    def _tick(self) -> None:
        if self._request.stop():
            self._batches.flush()
            raise KeyboardInterrupt

    def _tell(self) -> None:
        done = self._batches.encoded + self._prior.chips
        self._progress("encode", done, len(self.skipped))

    def _recall(self, entry: Entry) -> None:
        """A source that was not opened: of a stopped run, or of the index."""
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

    def _read(self, source: ReadSource) -> None:
        entry, empty = source.entry, 0
        for outcome in source.outcomes:
            self._tick()
            match outcome:
                case PreparedChip():
                    if self._claim(outcome.record.id, entry):
                        self._batches.add(outcome, entry)
                case StagedChip():
                    if self._claim(outcome.id, entry):
                        self._confirmed.add(bytes.fromhex(outcome.id))
                case Skip() if outcome.kind == NODATA:
                    empty += outcome.count
                case Skip():
                    self._skip(outcome, entry)
        if empty:
            limit = self._request.options.max_nodata
            reason = f"{empty:,} chips with more than {limit:.0%} nodata"
            self._skip(Skip(entry.source, reason, NODATA, empty), entry)
        self.entries.append(entry.settle())
        self._batches.end(entry)

    def _claim(self, id_: str, entry: Entry) -> bool:
        """Give a chip to its source, unless another had it first."""
        key = bytes.fromhex(id_)
        if key in self._seen:
            self._skip(Skip(entry.source, SAME_CHIP, DUPLICATE), entry)
            return False
        self._seen.add(key)
        entry.chips += 1
        return True

    def _skip(self, skip: Skip, entry: Entry) -> None:
        if skip.kind.startswith(NOTICE):
            self.notices.append(skip)
            return
        if self._request.strict and skip.kind.endswith("Error"):
            raise ImageryError(
                f"{skip.source}: {skip.reason}",
                hint="without --strict it is skipped and listed in the report",
            )
        if skip.kind == EMPTY:
            entry.kind, entry.reason = EMPTY, skip.reason
            return
        entry.leave_out(skip.kind, skip.reason, skip.count)
        self.skipped.append(skip)

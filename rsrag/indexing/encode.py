"""The long half of a build: every chip of the archives through the encoder."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from rsrag.errors import ImageryError, SourceNotFoundError
from rsrag.indexing.generations import IndexDirectory
from rsrag.indexing.manifest import StoreInfo
from rsrag.indexing.pipeline import PreparedChip, Reader, Stage
from rsrag.indexing.report import NOTICE
from rsrag.indexing.staging import Staging
from rsrag.interfaces import Encoder, VectorStore
from rsrag.types import ChipRecord, Skip, Vectors

if TYPE_CHECKING:
    from rsrag.imagery.metadata import MetadataTable
    from rsrag.imagery.options import ImageryOptions

WRITE_ROWS = 1_024
"""Chips a staged batch holds: what a kill can cost."""

WRITE_SECONDS = 20.0
"""A slow encoder's batch is written after this time, full or not."""

NODATA = "nodata"
"""Kind of a skip for a chip with too little data; one is reported a scene."""

T = TypeVar("T")

CreateStore = Callable[[Path, int, int, int], tuple[VectorStore, StoreInfo]]
"""Folder, dim, number of chips, generation: an empty store, and what it is."""


class Progress(Protocol):
    """Told what has been done, so that a person can be shown it."""

    def __call__(self, stage: str, done: int, skipped: int) -> None:
        """In ``stage`` (``encode``, ``merge``, ``store``), chips done so far."""
        ...


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """All that a build needs to know.

    Attributes:
        directory: of the index.
        sources: folders, archives and files.
        options: how pictures are cut and stretched.
        metadata: sidecar table over all sources, or ``None``.
        encoder: makes the vectors.
        encoder_source: how to load it again, for the manifest.
        create_store: makes the sidecar.
        drop_store: removes a store that is not in the index's folder, when its
            generation goes.
        threads: that decode.
        batch_size: pictures a forward pass.
        strict: a source that cannot be read fails the build.
    """

    directory: IndexDirectory
    sources: tuple[Path, ...]
    options: "ImageryOptions"
    metadata: "MetadataTable | None"
    encoder: Encoder
    encoder_source: Mapping[str, str]
    create_store: CreateStore
    drop_store: Callable[[StoreInfo], None]
    threads: int
    batch_size: int = 64
    strict: bool = False


class EncodeRun:
    """The encoding half of a build, and what it has seen."""

    def __init__(
        self, request: BuildRequest, staging: Staging, progress: Progress
    ) -> None:
        self._request = request
        self._staging = staging
        self._progress = progress
        self._staged = frozenset(staging.ids())
        self._seen: set[bytes] = set()
        self._waiting: list[PreparedChip] = []
        self._records: list[ChipRecord] = []
        self._vectors: list[Vectors] = []
        self._written = time.perf_counter()
        self.stage = Stage()
        self.skipped: list[Skip] = []
        self.notices: list[Skip] = []
        self.encoded = 0
        self._empty: dict[str, int] = {}

    def timed(self, name: str, call: Callable[[], T]) -> T:
        """Run a stage and count its wall time."""
        since = time.perf_counter()
        result = call()
        self.stage.add(name, since)
        return result

    def encode(self) -> None:
        """Read all sources, and stage what is not staged yet."""
        request = self._request
        reader = Reader(
            request.options,
            request.metadata,
            request.encoder.prepare_image,
            lambda chip_id: bytes.fromhex(chip_id) not in self._staged,
            request.threads,
            self.stage,
        )
        try:
            for outcome in reader.read(request.sources):
                if isinstance(outcome, Skip):
                    self._skip(outcome)
                else:
                    self._take(outcome)
        except KeyboardInterrupt:
            self._finish()
            raise
        self._finish()
        if not self._seen and not self._staged:
            raise SourceNotFoundError(
                f"Nothing to index in {', '.join(map(str, request.sources))}: "
                f"{sum(s.count for s in self.skipped)} skipped. {self._first_reasons()}"
            )

    def _take(self, chip: PreparedChip) -> None:
        key = bytes.fromhex(chip.record.id)
        if key in self._seen:
            kind, reason = "duplicate", "same bytes, place and window as another chip"
            self._skip(Skip(chip.record.source, reason, kind))
            return
        self._seen.add(key)
        self._waiting.append(chip)
        if len(self._waiting) >= self._request.batch_size:
            self._forward()

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
            self._empty[skip.source] = self._empty.get(skip.source, 0) + 1
            return
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
        self._progress("encode", self.encoded + len(self._staged), len(self.skipped))
        late = time.perf_counter() - self._written > WRITE_SECONDS
        if late or len(self._records) >= WRITE_ROWS:
            self._write()

    def _write(self) -> None:
        """Stage what is encoded."""
        if self._records:
            vectors = np.concatenate(self._vectors)
            self.timed("write", lambda: self._staging.add(self._records, vectors))
            self._records.clear()
            self._vectors.clear()
        self._written = time.perf_counter()

    def _finish(self) -> None:
        """Encode and stage the last, incomplete batch; sum up the empty chips."""
        limit = self._request.options.max_nodata
        self.skipped += [
            Skip(source, f"{n:,} chips with more than {limit:.0%} nodata", NODATA, n)
            for source, n in self._empty.items()
        ]
        self._empty.clear()
        self._forward()
        self._write()

    def _first_reasons(self) -> str:
        shown = [f"\n  {skip.source}: {skip.reason}" for skip in self.skipped[:3]]
        return "".join(shown) or "There was no picture."

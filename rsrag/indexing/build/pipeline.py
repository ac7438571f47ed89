"""Pipeline from an archive to prepared chips: threads decode, in its order.

The order matters: it makes two builds of one archive write the same bytes. Only
a bounded number of pictures is ever open, so that memory does not grow with the
archive.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ImageryError
from rsrag.indexing.build.fingerprints import (
    beside_digest,
    cut_digest,
    facts_json,
    row_digest,
)
from rsrag.indexing.build.outcomes import (
    Outcome,
    Pieces,
    PreparedChip,
    ReadSource,
    StagedChip,
    let_go,
)
from rsrag.indexing.build.resumed import Resumed
from rsrag.indexing.build.scan_remarks import (
    names_of,
    scan_remarks,
    wanted_sources,
)
from rsrag.indexing.build.stage_times import StageTimes
from rsrag.indexing.format.ledger import Entry
from rsrag.types import Skip

if TYPE_CHECKING:
    from rsrag.imagery.imagery_options import ImageryOptions
    from rsrag.imagery.metadata.sidecar_metadata import MetadataTable
    from rsrag.imagery.scenes import Piece, SceneReading
    from rsrag.imagery.sources.stamps import Scanned

Prepare = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]

LOOK_AHEAD = 160
"""Small pictures read ahead of the encoder: more than a batch, less than a pile."""

PIECES_AHEAD = 4
"""Pieces of a large scene read ahead."""

POSITIONS = 24
"""Bits of a position that count members of an archive that was not opened."""

RACY_NS = 100_000_000
"""A file so new when a scan starts may change and keep its time: it is not trusted."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads chips of archives for one encoder.

    Attributes:
        options: how pictures are cut and stretched.
        metadata: what a sidecar file says of them.
        prepare: the encoder's ``prepare_image``.
        prior: what need not be read, or not be prepared.
        threads: that decode.
        times: where the time goes.
        remarks: what was passed over by the last :meth:`read`, once it is through.
    """

    options: "ImageryOptions"
    metadata: "MetadataTable | None"
    prepare: Prepare
    prior: Resumed
    threads: int
    times: StageTimes
    remarks: list[Skip] = field(default_factory=list)

    def read(self, paths: Sequence[Path]) -> Iterator[ReadSource]:
        """Sources in order; the outcomes of one are taken before the next is."""
        from rsrag.imagery.sources.sources import scan_sources

        waiting: deque[Future[ReadSource]] = deque()
        started_ns = time.time_ns()
        with ThreadPoolExecutor(self.threads, "rsrag-read") as pool:
            try:
                passed: Counter[str] = Counter()
                scan = scan_sources(
                    paths, self.prior.known, ignored=passed, options=self.options
                )
                names: set[str] = set()
                wanted = wanted_sources(scan, paths, self.options, passed)
                for number, one in enumerate(wanted):
                    if self.metadata is not None:
                        names.update(names_of(one))
                    entry = _entry(one, number << POSITIONS, started_ns)
                    if one.item is not None:
                        waiting.append(pool.submit(self._open, one, entry, pool))
                    elif waiting:
                        waiting.append(_known(entry))
                    else:
                        yield ReadSource(entry, "known")
                    if len(waiting) >= LOOK_AHEAD:
                        yield from _handed_out(waiting.popleft())
                while waiting:
                    yield from _handed_out(waiting.popleft())
                self.remarks[:] = scan_remarks(paths, passed, self.metadata, names)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
                for future in waiting:  # Opened ahead for one who stopped early.
                    if not future.cancelled() and future.exception() is None:
                        let_go(future.result())

    def _open(
        self, one: "Scanned", entry: Entry, pool: ThreadPoolExecutor
    ) -> ReadSource:
        """Open a picture; if it is one piece, read it too (on a thread)."""
        from rsrag.imagery.scenes import open_scene

        item = one.item
        if item is None or isinstance(item, Skip):
            return ReadSource(entry, "read", [item] if item else [])
        since = time.perf_counter()
        scene = None
        try:
            item = item.fetched()
            entry.sha256 = self.prior.hashed(entry) or item.sha256()
            entry.beside_sha256 = beside_digest(item, one.auxiliary)
            entry.row_sha256 = row_digest(self.metadata, item.source)
            if self.prior.settles(entry, None):
                return ReadSource(entry, "settled")
            scene = open_scene(item, self.options, self.metadata, entry.sha256)
            entry.cut = cut_digest(scene, one.auxiliary)
            entry.facts = facts_json(scene)
        except ImageryError as error:
            if scene is not None:
                scene.close()
            return ReadSource(entry, "read", [skip_of(item.source, error)])
        self.times.add("open", since)
        if self.prior.settles(entry, scene):
            scene.close()
            return ReadSource(entry, "settled")
        resumed = self.prior.holds(entry)
        wanted = self.prior.pieces(entry, scene)
        if wanted is not scene.pieces or len(scene.pieces) > 1:
            found = self._pieces(scene, wanted, entry, resumed, pool)
            return ReadSource(entry, "read", Pieces(scene, found))
        try:
            outcomes = [
                outcome
                for piece in scene.pieces
                for outcome in self._read(scene, piece, entry, resumed)
            ]
        finally:
            scene.close()
        return ReadSource(entry, "read", outcomes)

    def _read(
        self, scene: "SceneReading", piece: "Piece", entry: Entry, resumed: bool
    ) -> "list[Outcome]":
        """Cut and prepare the chips of one piece (on a thread)."""
        since = time.perf_counter()
        outcomes: list[Outcome] = []
        if resumed:
            ids = {w: scene.chip_id(w) for w in piece.windows}
            done = {w for w, chip in ids.items() if self.prior.staged(entry, chip)}
            outcomes += [StagedChip(ids[w]) for w in piece.windows if w in done]
            left = tuple(w for w in piece.windows if w not in done)
            if not left:
                return [*(scene.notices if piece.number == 0 else ()), *outcomes]
            piece = piece._replace(windows=left)
        try:
            chips = scene.read(piece)
        except ImageryError as error:
            return [*outcomes, skip_of(scene.source, error)]
        since = self.times.add("decode", since)
        outcomes += [
            chip
            if isinstance(chip, Skip)
            else PreparedChip(chip.record, self.prepare(chip.pixels))
            for chip in chips
        ]
        self.times.add("prepare", since)
        return outcomes

    def _pieces(
        self,
        scene: "SceneReading",
        pieces: "Iterable[Piece]",
        entry: Entry,
        resumed: bool,
        pool: ThreadPoolExecutor,
    ) -> Generator[Outcome]:
        ahead = 1 if scene.sequential else PIECES_AHEAD
        running: deque[Future[list[Outcome]]] = deque()
        try:
            for piece in pieces:
                running.append(pool.submit(self._read, scene, piece, entry, resumed))
                if len(running) >= ahead:
                    yield from running.popleft().result()
            while running:
                yield from running.popleft().result()
        finally:
            for future in running:
                future.cancel()
            wait(running)
            scene.close()


def _handed_out(future: Future[ReadSource]) -> Iterator[ReadSource]:
    source = future.result()
    try:
        yield source
    finally:
        let_go(source)


def _known(entry: Entry) -> Future[ReadSource]:
    future: Future[ReadSource] = Future()
    future.set_result(ReadSource(entry, "known"))
    return future


def _entry(one: "Scanned", position: int, started_ns: int) -> Entry:
    entry = Entry(one.source, one.container, position=position)
    if one.stamp is not None:
        entry.size, entry.beside = one.stamp.size, one.stamp.beside
        if one.stamp.mtime_ns < started_ns - RACY_NS:
            entry.mtime_ns = one.stamp.mtime_ns
    return entry


def skip_of(source: str, error: ImageryError) -> Skip:
    """An error about a source, as an entry of the report."""
    # An error may bring a word of its own for counts.
    kind = getattr(error, "kind", type(error).__name__)
    return Skip(source, error.with_hint, kind)

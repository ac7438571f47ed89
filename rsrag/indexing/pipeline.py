"""From an archive to prepared chips, decoded on threads, in the archive's order.

The order matters: it makes two builds of one archive write the same bytes. Only
a bounded number of pictures is ever open, so that memory does not grow with the
archive.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ImageryError
from rsrag.types import ChipRecord, Skip

if TYPE_CHECKING:
    from rsrag.imagery.metadata import MetadataTable
    from rsrag.imagery.options import ImageryOptions
    from rsrag.imagery.scenes import Piece, SceneReading
    from rsrag.imagery.sources import SourceItem

Prepare = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]

LOOK_AHEAD = 160
"""Small pictures read ahead of the encoder: more than a batch, less than a pile."""

PIECES_AHEAD = 4
"""Pieces of a large scene read ahead."""


@dataclass(frozen=True, slots=True)
class PreparedChip:
    """A chip's record, and its pixels as the encoder takes them."""

    record: ChipRecord
    prepared: NDArray[np.uint8]


Outcome = PreparedChip | Skip


@dataclass(slots=True)
class Stage:
    """Seconds that threads spent in a stage, added over threads."""

    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, since: float) -> float:
        """Count the time since ``since`` for a stage; gives the time now."""
        now = time.perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - since
        return now


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads chips of archives for one encoder.

    Attributes:
        options: how pictures are cut and stretched.
        metadata: what a sidecar file says of them.
        prepare: the encoder's ``prepare_image``.
        wanted: whether a chip must be prepared; the others are left out.
        threads: that decode.
        stage: where the time goes.
    """

    options: "ImageryOptions"
    metadata: "MetadataTable | None"
    prepare: Prepare
    wanted: Callable[[str], bool]
    threads: int
    stage: Stage

    def read(self, paths: Sequence[Path]) -> Iterator[Outcome]:
        """Chips and skips of all sources, in order."""
        from rsrag.imagery.sources import iter_sources

        waiting: deque[Future[_Opened] | Skip] = deque()
        with ThreadPoolExecutor(self.threads, "rsrag-read") as pool:
            try:
                for item in iter_sources(paths):
                    waiting.append(
                        item
                        if isinstance(item, Skip)
                        else pool.submit(self._open, item)
                    )
                    if len(waiting) >= LOOK_AHEAD:
                        yield from self._resolve(waiting.popleft(), pool)
                while waiting:
                    yield from self._resolve(waiting.popleft(), pool)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _open(self, item: "SourceItem") -> "_Opened":
        """Open a picture; if it is one piece, read it too (on a thread)."""
        from rsrag.imagery.scenes import open_scene

        since = time.perf_counter()
        try:
            scene = open_scene(item, self.options, self.metadata)
        except ImageryError as error:
            return _Opened([skip_of(item.source, error)], None)
        self.stage.add("open", since)
        if len(scene.pieces) > 1:
            return _Opened([], scene)
        try:
            found = [o for piece in scene.pieces for o in self._read(scene, piece)]
        finally:
            scene.close()
        return _Opened(found, None)

    def _read(self, scene: "SceneReading", piece: "Piece") -> list[Outcome]:
        """Cut and prepare the chips of one piece (on a thread)."""
        since = time.perf_counter()
        try:
            chips = scene.read(piece)
        except ImageryError as error:
            return [skip_of(scene.source, error)]
        since = self.stage.add("decode", since)
        outcomes = [
            chip
            if isinstance(chip, Skip)
            else PreparedChip(chip.record, self.prepare(chip.pixels))
            for chip in chips
            if isinstance(chip, Skip) or self.wanted(chip.record.id)
        ]
        self.stage.add("prepare", since)
        return outcomes

    def _resolve(
        self, waiting: "Future[_Opened] | Skip", pool: ThreadPoolExecutor
    ) -> Iterator[Outcome]:
        if isinstance(waiting, Skip):
            yield waiting
            return
        opened = waiting.result()
        yield from opened.outcomes
        if opened.scene is None:
            return
        scene = opened.scene
        ahead = 1 if scene.sequential else PIECES_AHEAD
        running: deque[Future[list[Outcome]]] = deque()
        try:
            for piece in scene.pieces:
                running.append(pool.submit(self._read, scene, piece))
                if len(running) >= ahead:
                    yield from running.popleft().result()
            while running:
                yield from running.popleft().result()
        finally:
            for future in running:
                future.cancel()
            scene.close()


@dataclass(frozen=True, slots=True)
class _Opened:
    """What is known after opening: all of a small picture, or a scene to read."""

    outcomes: list[Outcome]
    scene: "SceneReading | None"


def skip_of(source: str, error: ImageryError) -> Skip:
    """An error about a source, as an entry of the report."""
    reason = str(error) if not error.hint else f"{error} ({error.hint})"
    return Skip(source, reason, type(error).__name__)

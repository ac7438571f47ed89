"""A new store from stored embeddings; the old generation serves until it is whole."""

import dataclasses
import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag import __version__
from rsrag.indexing.build.build_request import CreateStore, Progress
from rsrag.indexing.build.finish import Writes, note_store, writing_errors
from rsrag.indexing.build.sidecar import fill_store, rfc3339
from rsrag.indexing.format.build_report import FILE as REPORT, BuildReport
from rsrag.indexing.format.manifest import (
    Manifest,
    StoreInfo,
    read_manifest,
    write_manifest,
)
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.generations.keeping import keep_ledger, keep_parts, start_over
from rsrag.types import Skip


@dataclass(frozen=True, slots=True)
class StoreRequest:
    """A new store for an index of imagery, from its stored embeddings.

    Attributes:
        directory: of the index.
        create_store: makes the new sidecar.
        drop_store: removes one that is on a server, when its generation goes.
        stop: asked now and then whether to stop.
    """

    directory: IndexDirectory
    create_store: CreateStore
    drop_store: Callable[[StoreInfo], None]
    stop: Callable[[], bool] = lambda: False


def rebuild_store(request: StoreRequest, progress: Progress) -> BuildReport:
    """Make the store again, as another kind or the same; imagery is not needed.

    Raises:
        IndexCorruptError: a part is not what was written, and how to mend it.
        IndexLockedError: another process writes this index.
        IndexingError: the disk refuses, or a stopped build would be lost.
        KeyboardInterrupt: ``request.stop`` said so.
    """
    started = time.perf_counter()
    directory, building = request.directory, request.directory.building
    with directory.writing(), writing_errors(request):
        old = directory.current_path()
        manifest = read_manifest(old)
        start_over(request, {"rebuild": "store"})
        keep_parts(directory.name, old / "parts", building / "parts", manifest.parts)
        number = directory.next_number()
        progress("store", 0, 0)
        store, info = request.create_store(
            building / "store", manifest.encoder.dim, manifest.chips, number
        )
        note_store(building, info)
        try:
            paths = [building / "parts" / part.file for part in manifest.parts]
            fill_store(store, paths, ticker(request.stop))
        finally:
            store.close()
        new = renewed(manifest, number, store=info)
        report = report_of(
            directory, new, old, encoded=0, seconds=time.perf_counter() - started
        )
        keep_ledger(old, building)
        finish(request, new, report)
        return report


def renewed(manifest: Manifest, number: int, **changes: Any) -> Manifest:
    """The manifest of a generation made from another one."""
    return dataclasses.replace(
        manifest,
        generation=number,
        created=rfc3339(dt.datetime.now(dt.UTC).replace(microsecond=0)),
        rsrag_version=__version__,
        **changes,
    )


def report_of(
    directory: IndexDirectory,
    manifest: Manifest,
    old: Path,
    encoded: int,
    seconds: float,
) -> BuildReport:
    """A report of a rebuild; what was left out is what the old one says."""
    info = manifest.store
    return BuildReport(
        index=manifest.name,
        generation=manifest.generation,
        path=str(directory.generation_path(manifest.generation)),
        chips=manifest.chips,
        encoded=encoded,
        scenes=manifest.scenes,
        skipped=tuple(_skips(old)),
        notices=(),
        seconds={"total": seconds},
        chips_per_s=encoded / seconds if encoded else 0.0,
        store=f"{info.kind}{f' {info.ann}' if info.ann else ''}: {info.reason}",
    )


def _skips(folder: Path) -> Iterator[Skip]:
    # A report that cannot be read is no reason to refuse a new store.
    with suppress(OSError, ValueError, TypeError, KeyError):
        for skip in json.loads((folder / REPORT).read_text(encoding="utf-8"))[
            "skipped"
        ]:
            yield Skip(**skip)


def finish(request: Writes, manifest: Manifest, report: BuildReport) -> None:
    """Write what describes the generation, and switch readers to it."""
    building = request.directory.building
    write_manifest(manifest, building)
    report.write(building)
    for gone in request.directory.publish(manifest.generation):
        request.drop_store(gone.store)


def ticker(stop: Callable[[], bool]) -> Callable[[], None]:
    """Something to call between two steps; it raises when it is time to stop."""

    def tick() -> None:
        if stop():
            raise KeyboardInterrupt

    return tick

"""Build an index from archives: read, encode, write, publish."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from rsrag.errors import ImageryError, SourceNotFoundError
from rsrag.imagery.sources.urls import source_text
from rsrag.indexing.build.encode import BuildRequest, EncodeRun, Progress
from rsrag.indexing.build.fingerprints import file_digest
from rsrag.indexing.build.finish import (
    make_manifest,
    new_store,
    publish,
    writing_errors,
)
from rsrag.indexing.build.resumed import Resumed
from rsrag.indexing.build.sidecar import fill_store
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.ledger import ledger_table
from rsrag.indexing.format.manifest import IMAGERY


def build_index(request: BuildRequest, progress: Progress) -> BuildReport:
    """Build a generation of an index and make it the current one.

    What was there before stays readable until the last moment. A build that is
    stopped leaves what it has finished; the same request takes it up.

    Raises:
        ImageryError: nothing could be read, or, if ``strict``, anything not.
        IndexingError: the disk refuses.
        IndexLockedError: another process writes this index.
        KeyboardInterrupt: ``request.stop`` said so; what is done is safe.
    """
    started = time.perf_counter()
    with request.directory.writing(), writing_errors(request):
        request.directory.check_kind(IMAGERY)
        table_sha256 = file_digest(request.options.metadata)
        staging = Staging(
            request.directory.building, build_plan(request), request.encoder.identity
        )
        try:
            prior = Resumed(staging, request.metadata, request.strict)
            run = EncodeRun(request, staging, prior, progress)
            run.encode()
            if not any(entry.chips for entry in run.entries):
                raise nothing_to_index(request, run)
        except ImageryError:
            staging.discard()
            raise
        encode_s = time.perf_counter() - started
        number = request.directory.next_number()
        building = request.directory.building
        tick = stopper(request)
        parts = run.timed("merge", lambda: staging.merge(run.void, tick=tick))
        files = [building / "parts" / part.file for part in parts]
        progress("store", 0, len(run.skipped))
        store, info = new_store(request, sum(part.rows for part in parts), number)
        try:
            extent = run.timed("store", lambda: fill_store(store, files, tick))
        finally:
            store.close()
        skipped = sum(skip.count for skip in run.skipped)
        manifest = make_manifest(request, number, parts, extent, skipped, info)
        seconds = {**run.stage.seconds, "total": time.perf_counter() - started}
        report = BuildReport(
            index=manifest.name,
            generation=number,
            path=str(request.directory.generation_path(number)),
            chips=extent.chips,
            encoded=run.encoded,
            scenes=extent.scenes,
            skipped=tuple(run.skipped),
            notices=tuple(run.notices),
            seconds=seconds,
            chips_per_s=run.encoded / encode_s if run.encoded else 0.0,
            store=f"{info.kind}{f' {info.ann}' if info.ann else ''}: {info.reason}",
        )
        ledger = ledger_table(run.entries, table_sha256)
        publish(request, manifest, ledger, report)
        return report


def build_plan(request: BuildRequest) -> Mapping[str, Any]:
    """What must be equal for a stopped build to be taken up."""
    identity = request.encoder.identity
    return {
        "sources": [source_text(path) for path in request.sources],
        "options": request.options.to_json(),
        "encoder": [identity.id, identity.weights_sha256, identity.preprocessing],
    }


def stopper(request: BuildRequest) -> Callable[[], None]:
    """Something to call between two steps; it raises when it is time to stop."""

    def tick() -> None:
        if request.stop():
            raise KeyboardInterrupt

    return tick


def nothing_to_index(request: BuildRequest, run: EncodeRun) -> SourceNotFoundError:
    """The error of a build that gave no chip, with the first reasons."""
    shown = [f"\n  {skip.source}: {skip.reason}" for skip in run.skipped[:3]]
    reasons = "".join(shown) or "There was no picture."
    return SourceNotFoundError(
        f"Nothing to index in {', '.join(map(source_text, request.sources))}: "
        f"{sum(s.count for s in run.skipped)} skipped. {reasons}"
    )

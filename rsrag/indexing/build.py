"""Build an index from archives: read, encode, write, publish."""

import datetime as dt
import time
from collections.abc import Mapping
from typing import Any

from rsrag import __version__
from rsrag.errors import ImageryError
from rsrag.indexing.encode import BuildRequest, EncodeRun, Progress
from rsrag.indexing.manifest import IMAGERY, Manifest, write_manifest
from rsrag.indexing.report import BuildReport
from rsrag.indexing.sidecar import Extent, fill_store, rfc3339
from rsrag.indexing.staging import Staging


def build_index(request: BuildRequest, progress: Progress) -> BuildReport:
    """Build a generation of an index and make it the current one.

    What was there before stays readable until the last moment. A build that is
    stopped leaves what it has finished; the same request takes it up.

    Raises:
        ImageryError: nothing could be read, or, if ``strict``, anything not.
        IndexLockedError: another process writes this index.
    """
    started = time.perf_counter()
    with request.directory.writing():
        request.directory.check_kind(IMAGERY)
        staging = Staging(
            request.directory.building, _plan(request), request.encoder.identity
        )
        try:
            run = EncodeRun(request, staging, progress)
            run.encode()
        except ImageryError:
            staging.discard()
            raise
        encode_s = time.perf_counter() - started
        number = request.directory.next_number()
        building = request.directory.building
        parts = run.timed("merge", staging.merge)
        files = [building / "parts" / part.file for part in parts]
        progress("store", 0, len(run.skipped))
        store, info = request.create_store(
            building / "store",
            request.encoder.identity.dim,
            sum(part.rows for part in parts),
            number,
        )
        try:
            extent: Extent = run.timed("store", lambda: fill_store(store, files))
        finally:
            store.close()
        manifest = Manifest(
            name=request.directory.name,
            generation=number,
            created=_now(),
            rsrag_version=__version__,
            encoder=request.encoder.identity,
            encoder_source=dict(request.encoder_source),
            imagery=request.options.to_json(),
            sources=tuple(str(path.absolute()) for path in request.sources),
            chips=extent.chips,
            scenes=extent.scenes,
            skipped=sum(skip.count for skip in run.skipped),
            bbox=extent.bbox,
            time=extent.time,
            parts=tuple(parts),
            store=info,
        )
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
        write_manifest(manifest, building)
        report.write(building)
        staging.clear()
        for old in request.directory.publish(number):
            request.drop_store(old.store)
        return report


def _plan(request: BuildRequest) -> Mapping[str, Any]:
    """What must be equal for a stopped build to be taken up."""
    identity = request.encoder.identity
    return {
        "sources": [str(path.absolute()) for path in request.sources],
        "options": request.options.to_json(),
        "encoder": [identity.id, identity.weights_sha256, identity.preprocessing],
    }


def _now() -> str:
    return rfc3339(dt.datetime.now(dt.UTC).replace(microsecond=0))

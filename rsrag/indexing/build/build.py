"""Build an index of imagery from archives."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from rsrag.errors import ImageryError, SourceNotFoundError
from rsrag.imagery.sources.urls import source_text
from rsrag.indexing.build.build_request import BuildProgress, BuildRequest
from rsrag.indexing.build.encode import EncodeRun
from rsrag.indexing.build.publish import GenerationDraft, build_generation
from rsrag.indexing.build.resumed import Resumed
from rsrag.indexing.build.sidecar import Extent, measure
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.index_kinds import IMAGE, IMAGERY
from rsrag.indexing.format.ledger import ledger_table
from rsrag.indexing.format.manifest import Space, part_paths
from rsrag.indexing.format.origins import Imagery
from rsrag.indexing.format.parts import PartInfo
from rsrag.types import Skip


def build_index(request: BuildRequest, progress: BuildProgress) -> BuildReport:
    """Build a generation of an index and make it the current one.

    Raises:
        ImageryError: nothing could be read, or, if ``strict``, anything not.
        IndexingError, KeyboardInterrupt: as
            :func:`rsrag.indexing.build.publish.build_generation`.
    """
    return build_generation(
        request, IMAGERY, lambda: _encode(request, progress), progress
    )


def _encode(request: BuildRequest, progress: BuildProgress) -> GenerationDraft:
    started = time.perf_counter()
    table_sha256 = request.metadata_sha256
    building, plan = request.directory.building, build_plan(request)
    staging = Staging(building, plan, request.encoder.identity)
    try:
        prior = Resumed(staging, request.metadata, request.strict)
        run = EncodeRun(request, staging, prior, progress)
        run.encode()
        if not any(entry.chips for entry in run.entries):
            raise nothing_in(request, run.skipped)
    except ImageryError:
        staging.discard()
        raise
    seconds = run.times.seconds
    seconds["encode"] = time.perf_counter() - started
    parts = run.times.timed("merge", lambda: staging.merge(run.void, tick=request.tick))
    extent = measure(part_paths(building, IMAGE, parts))
    return GenerationDraft(
        kind=IMAGERY,
        spaces={IMAGE: chips_of(request, parts)},
        origin=origin_of(request, extent),
        started=started,
        encoded={IMAGE: run.encoded},
        skipped=run.skipped,
        notices=run.notices,
        seconds=seconds,
        ledger=ledger_table(run.entries, table_sha256),
        scenes_by=extent.scenes_by,
    )


def build_plan(request: BuildRequest) -> Mapping[str, Any]:
    """What must be equal for a stopped build to be taken up."""
    identity = request.encoder.identity
    return {
        "sources": [source_text(path) for path in request.sources],
        "options": request.options.to_json(),
        "encoder": [identity.id, identity.weights_sha256, identity.preprocessing],
    }


def chips_of(request: BuildRequest, parts: list[PartInfo]) -> Space:
    """The space of the chips that an encoder has made."""
    rows = sum(part.rows for part in parts)
    identity, source = request.encoder.identity, dict(request.encoder_source)
    return Space(rows, identity, source, tuple(parts))


def origin_of(request: BuildRequest, extent: Extent) -> Imagery:
    """What the chips were made from, and what they cover."""
    return Imagery(
        sources=tuple(source_text(path) for path in request.sources),
        options=request.options.to_json(),
        scenes=extent.scenes,
        bbox=extent.bbox,
        time=extent.time,
        uniform=extent.uniform,
    )


def nothing_in(request: BuildRequest, skipped: Sequence[Skip]) -> SourceNotFoundError:
    """The error of a build that gave no chip, with the first reasons."""
    given = ", ".join(map(source_text, request.sources))
    if not skipped:
        return SourceNotFoundError(f"Nothing to index in {given}: there is no picture.")
    first = skipped[0]
    if first.source == given:
        what, _, repair = first.reason.partition("; what is whole of it can be saved: ")
        return SourceNotFoundError(
            f"Nothing to index: {given} {what}", hint=repair or None
        )
    name = first.source.removeprefix(f"{given}/").removeprefix(f"{given}!/")
    return SourceNotFoundError(
        f"Nothing to index in {given}: {sum(s.count for s in skipped):,} skipped.\n"
        f"  {name}: {first.reason.removeprefix(given).lstrip()}"
    )

"""Bring an index of imagery up to date with its archives, reading only what is new."""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.errors import ImageryError, IndexMismatchError, SourceNotFoundError
from rsrag.imagery.sources.urls import source_text
from rsrag.indexing.build.build import build_plan
from rsrag.indexing.build.build_request import BuildProgress, BuildRequest, CopyStore
from rsrag.indexing.build.encode import EncodeRun
from rsrag.indexing.build.publish import GenerationDraft, report_of
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.index_kinds import IMAGE, IMAGERY
from rsrag.indexing.format.ledger import write_ledger
from rsrag.indexing.format.manifest import Manifest
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.update.added import Added
from rsrag.indexing.update.base_ledger import BaseLedger, read_base
from rsrag.indexing.update.change_counts import SourceChanges
from rsrag.indexing.update.changes import find_changes
from rsrag.indexing.update.updated import Updated


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """All that an update needs to know.

    Attributes:
        build: as for a build; the options are those of the manifest.
        copy_store: makes a copy of a store to add to.
        retry: look only at what was skipped.
        dry_run: look, and change nothing.
    """

    build: BuildRequest
    copy_store: CopyStore
    retry: bool = False
    dry_run: bool = False


def update_index(request: UpdateRequest, progress: BuildProgress) -> BuildReport:
    """Make a generation of what the archives hold now, and switch to it.

    Vectors of chips whose bytes and place are the same are taken over. If nothing
    changed there is no new generation.

    Raises:
        IndexNotFoundError: no such index.
        IndexMismatchError: it was built with another encoder, holds knowledge, or its
            embeddings were imported.
        ImageryError: a source is not there, nothing is left, or, if ``strict``,
            something cannot be read.
        IndexingError: the disk refuses.
        IndexLockedError: another process writes this index.
        KeyboardInterrupt: ``stop`` said so; what is done is safe.
    """
    directory = request.build.directory
    directory.current()
    if request.dry_run:
        with tempfile.TemporaryDirectory(prefix="rsrag-") as folder:
            return _update(request, Path(folder) / "plan", progress)
    with directory.writing():
        return _update(request, directory.building, progress)


def _update(
    request: UpdateRequest, building: Path, progress: BuildProgress
) -> BuildReport:
    started = time.perf_counter()
    build, directory = request.build, request.build.directory
    folder = directory.current_path()
    manifest = read_manifest(folder, IMAGERY)
    check_built(manifest)
    check_same_reading(manifest, build)
    plan = update_plan(build, manifest)
    staging = Staging(building, plan, build.encoder.identity)
    base = read_base(folder, manifest.part_paths(folder))
    try:
        run, changes = _scan(request, manifest, staging, base, progress)
    except ImageryError:
        staging.discard()
        raise
    run.times.seconds["encode"] = time.perf_counter() - started
    sources = tuple(source_text(path) for path in build.sources)
    same = changes.none and sources == manifest.imagery.sources
    draft = GenerationDraft(
        kind=IMAGERY,
        spaces=manifest.spaces,
        origin=manifest.imagery,
        started=started,
        encoded={IMAGE: run.encoded},
        skipped=changes.skipped,
        notices=run.notices,
        seconds=run.times.seconds,
        ledger=changes.ledger,
        store_note="as it was",
        sources=changes.counts(not (request.dry_run or same), request.dry_run),
    )
    if request.dry_run or same:
        staging.discard()
        if not request.dry_run:
            # No reader looks at it, and the next scan is quick again.
            write_ledger(folder, changes.ledger)
        return report_of(manifest, folder, draft)
    progress("store", 0, len(changes.skipped))
    added = Added(build, request.copy_store, staging, run, manifest, folder)
    return added.publish(draft, changes.carry)


def _scan(
    request: UpdateRequest,
    manifest: Manifest,
    staging: Staging,
    base: BaseLedger,
    progress: BuildProgress,
) -> tuple[EncodeRun, SourceChanges]:
    build = request.build
    table_sha256 = build.metadata_sha256
    prior = Updated(
        staging,
        build.metadata,
        build.strict,
        base,
        same_table=table_sha256 == base.metadata_sha256,
        retry=request.retry,
        dry=request.dry_run,
    )
    run = EncodeRun(build, staging, prior, progress)
    try:
        run.encode()
    except SourceNotFoundError as error:
        raise SourceNotFoundError(
            f"{error} The index stays as it is.",
            hint="put it back, or forget it: rsrag index update "
            f"{manifest.name} --remove SOURCE",
        ) from error
    unread = [entry for entry in run.settled if entry.source in prior.unread]
    settled = [entry for entry in run.settled if entry.source not in prior.unread]
    for entry in unread:
        entry.chips = 1
    changes = find_changes(
        base,
        run.unopened,
        settled,
        [*run.entries, *unread],
        base.metadata_sha256 if request.retry else table_sha256,
        keep_missing=request.retry,
    )
    if not any(changes.ledger["chips"].to_pylist()):
        where = ", ".join(map(source_text, build.sources))
        raise SourceNotFoundError(
            f"Nothing is left to index in {where}. The index stays as it is.",
            hint="is the archive in its place?",
        )
    return run, changes


def update_plan(build: BuildRequest, manifest: Manifest) -> Mapping[str, Any]:
    """What must be equal for a stopped update to be taken up."""
    return {**build_plan(build), "update": manifest.generation}


def check_built(manifest: Manifest) -> None:
    """Refuse to look at the archives of an index that was not built from any.

    Raises:
        IndexMismatchError: its embeddings were imported, or it holds knowledge.
    """
    if manifest.imagery.imported is not None:
        raise IndexMismatchError(
            f"The embeddings of index {manifest.name!r} were made elsewhere: it has no "
            "archive to be compared with.",
            hint=f"{manifest.build_again()} reads its files again; name files of new "
            "rows beside them",
        )


def check_same_reading(manifest: Manifest, build: BuildRequest) -> None:
    """Refuse to mix vectors of two encoders, or of pictures read in two ways.

    Raises:
        IndexMismatchError: with the command that makes the whole index again.
    """
    try:
        manifest.check_encoder(build.encoder.identity)
    except IndexMismatchError as error:
        again = f"rsrag index rebuild {manifest.name} --encoder"
        raise IndexMismatchError(
            str(error), hint=f"{again} {build.encoder.identity.id}"
        ) from error
    options = build.options.to_json()
    before = type(build.options).from_json(manifest.imagery.options).to_json()
    wrong = [name for name in options if options[name] != before[name]]
    if wrong:
        raise IndexMismatchError(
            f"Index {manifest.name!r} was built with other imagery options: "
            f"{', '.join(wrong)}. Its vectors cannot be taken over.",
            hint=f"rsrag index build SOURCE --name {manifest.name}, with new options",
        )

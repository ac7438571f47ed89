"""Bring an index up to date with its archives, reading only what is new."""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.errors import ImageryError, IndexMismatchError, SourceNotFoundError
from rsrag.imagery.sources.urls import source_text
from rsrag.indexing.build.build import build_plan, stopper
from rsrag.indexing.build.build_request import BuildRequest, CopyStore, Progress
from rsrag.indexing.build.encode import EncodeRun
from rsrag.indexing.build.fingerprints import file_digest
from rsrag.indexing.build.finish import make_manifest, publish, writing_errors
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.ledger import write_ledger
from rsrag.indexing.format.manifest import Manifest, check_built, read_manifest
from rsrag.indexing.format.update_report import UpdateReport, names_of
from rsrag.indexing.update.base_ledger import BaseLedger, read_base
from rsrag.indexing.update.change_counts import Changes
from rsrag.indexing.update.changes import find_changes
from rsrag.indexing.update.update_parts import NewGeneration, write_generation
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


def update_index(request: UpdateRequest, progress: Progress) -> UpdateReport:
    """Make a generation of what the archives hold now, and switch to it.

    Vectors of chips whose bytes and place are the same are taken over. If nothing
    changed there is no new generation.

    Raises:
        IndexNotFoundError: no such index.
        IndexMismatchError: it was built with another encoder.
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
            return _Update(request, Path(folder) / "plan", progress).run()
    with directory.writing(), writing_errors(request.build):
        return _Update(request, directory.building, progress).run()


class _Update:
    """One update under way."""

    def __init__(
        self, request: UpdateRequest, staging: Path, progress: Progress
    ) -> None:
        self._started = time.perf_counter()
        self._request, self._build = request, request.build
        self._progress = progress
        self._folder = request.build.directory.current_path()
        self._manifest = read_manifest(self._folder)
        check_built(self._manifest)
        check_encoder(self._manifest, self._build)
        plan = update_plan(self._build, self._manifest)
        self._staging = Staging(staging, plan, self._build.encoder.identity)

    def run(self) -> UpdateReport:
        files = [self._folder / "parts" / part.file for part in self._manifest.parts]
        base = read_base(self._folder, files)
        try:
            run, changes = self._scan(base)
        except ImageryError:
            self._staging.discard()
            raise
        encode_s = time.perf_counter() - self._started
        sources = tuple(source_text(path) for path in self._build.sources)
        same = changes.none and sources == self._manifest.sources
        if self._request.dry_run or same:
            self._staging.discard()
            if not self._request.dry_run:
                # No reader looks at it, and the next scan is quick again.
                write_ledger(self._folder, changes.ledger)
            return self._report(run, changes, encode_s, None)
        directory = self._build.directory
        number = directory.next_number()
        tick = stopper(self._build)
        self._progress("store", 0, len(changes.skipped))
        made = write_generation(
            self._build,
            self._request.copy_store,
            self._manifest,
            self._folder,
            self._staging,
            run,
            changes,
            number,
            tick,
        )
        skipped = sum(skip.count for skip in changes.skipped)
        manifest = make_manifest(
            self._build, number, made.parts, made.extent, skipped, made.store
        )
        report = self._report(run, changes, encode_s, made)
        publish(self._build, manifest, changes.ledger, report)
        return report

    def _scan(self, base: BaseLedger) -> tuple[EncodeRun, Changes]:
        build, request = self._build, self._request
        table_sha256 = file_digest(build.options.metadata)
        prior = Updated(
            self._staging,
            build.metadata,
            build.strict,
            base,
            same_table=table_sha256 == base.metadata_sha256,
            retry=request.retry,
            dry=request.dry_run,
        )
        run = EncodeRun(build, self._staging, prior, self._progress)
        try:
            run.encode()
        except SourceNotFoundError as error:
            raise SourceNotFoundError(
                f"{error} The index stays as it is.",
                hint=f"put it back, or forget it: rsrag index update "
                f"{self._manifest.name} --remove SOURCE",
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

    def _report(
        self,
        run: EncodeRun,
        changes: Changes,
        encode_s: float,
        made: NewGeneration | None,
    ) -> UpdateReport:
        old = self._manifest
        number = made.number if made else old.generation
        chips = made.extent.chips if made else old.chips
        seconds = {**run.stage.seconds, "total": time.perf_counter() - self._started}
        return UpdateReport(
            index=old.name,
            generation=number,
            path=str(self._build.directory.generation_path(number)),
            published=made is not None,
            dry_run=self._request.dry_run,
            added=len(changes.added),
            changed=len(changes.changed),
            moved=len(changes.moved),
            removed=len(changes.removed),
            unchanged=changes.unchanged,
            touched=changes.touched,
            chips=chips,
            encoded=run.encoded,
            reused=chips - made.new if made else chips,
            scenes=made.extent.scenes if made else old.scenes,
            skipped=tuple(changes.skipped),
            notices=tuple(run.notices),
            names=names_of(changes),
            seconds=seconds,
            images_per_s=len(run.entries) / encode_s if run.entries else 0.0,
            store=made.words if made else "as it was",
        )


def update_plan(build: BuildRequest, manifest: Manifest) -> Mapping[str, Any]:
    """What must be equal for a stopped update to be taken up."""
    return {**build_plan(build), "update": manifest.generation}


def check_encoder(manifest: Manifest, build: BuildRequest) -> None:
    """Refuse to mix vectors of two encoders, or of pictures read in two ways.

    Raises:
        IndexMismatchError: with the command that makes the whole index again.
    """
    rebuild = f"rsrag index rebuild {manifest.name} --encoder"
    try:
        manifest.check_encoder(build.encoder.identity)
    except IndexMismatchError as error:
        raise IndexMismatchError(
            str(error), hint=f"{rebuild} {build.encoder.identity.id}"
        ) from error
    options = build.options.to_json()
    before = type(build.options).from_json(manifest.imagery).to_json()
    wrong = [name for name in options if options[name] != before[name]]
    if wrong:
        raise IndexMismatchError(
            f"Index {manifest.name!r} was built with other imagery options: "
            f"{', '.join(wrong)}. Its vectors cannot be taken over.",
            hint=f"rsrag index build SOURCE --name {manifest.name}, with new options",
        )

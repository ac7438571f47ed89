"""Make an index denser that was begun with an overview: smaller chips of its ground."""

import time
from dataclasses import dataclass

from rsrag.errors import IndexCorruptError, IndexMismatchError
from rsrag.indexing.build.build import build_plan
from rsrag.indexing.build.build_request import BuildProgress, BuildRequest, CopyStore
from rsrag.indexing.build.encode import EncodeRun
from rsrag.indexing.build.plans import keep_stopped
from rsrag.indexing.build.publish import GenerationDraft, report_of
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.build_report import NOTICE, BuildReport
from rsrag.indexing.format.depths import depths_text
from rsrag.indexing.format.index_kinds import IMAGE, IMAGERY
from rsrag.indexing.format.ledger import Entry, read_ledger, write_ledger
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.update.added import Added
from rsrag.indexing.update.base_ledger import BaseLedger
from rsrag.indexing.update.changes import left_out, with_entries
from rsrag.indexing.update.deepening import Deepening, Spots
from rsrag.indexing.update.update import check_built, check_same_reading
from rsrag.types import Skip


@dataclass(frozen=True, slots=True)
class DensifyRequest:
    """All that making an index denser needs to know.

    Attributes:
        build: as for a build; the sources and options are those of the manifest.
        copy_store: makes a copy of a store to add to.
        spots: windows by source on whose ground it is to be dense, at all sizes;
            without them everywhere, one size after the other.
        until: by ``time.monotonic``, when to begin nothing more; ``None`` for never.
    """

    build: BuildRequest
    copy_store: CopyStore
    spots: Spots | None = None
    until: float | None = None


def densify_index(request: DensifyRequest, progress: BuildProgress) -> BuildReport:
    """Embed smaller chips where there is the overview alone, as far as the time goes.

    Each size is a generation of its own, so that what is done can be searched; a run
    that is stopped is taken up by the next one.

    Raises:
        IndexMismatchError: the index was not begun with an overview, or with another
            encoder.
        IndexingError, KeyboardInterrupt: as an update.
    """
    sizes = len(request.build.options.scales or ())
    depths = [sizes - 1] if request.spots is not None else range(1, sizes)
    report, done = _densify(request, depths[0], progress)
    for depth in depths[1:]:
        if done is None:
            break
        encoded = report.encoded
        report, done = _densify(request, depth, progress, encoded)
    return report


def _densify(
    request: DensifyRequest, depth: int, progress: BuildProgress, before: int = 0
) -> tuple[BuildReport, bool | None]:
    """One pass, to a depth; whether there was something to do, ``None``: too late."""
    build, directory = request.build, request.build.directory
    started = time.perf_counter()
    with directory.writing():
        folder = directory.current_path()
        manifest = read_manifest(folder, IMAGERY)
        check_built(manifest)
        check_same_reading(manifest, build)
        if not build.options.overview:
            raise IndexMismatchError(
                f"Index {manifest.name!r} was not begun with an overview: all its "
                "chips are there.",
                hint="rsrag index build SOURCE --name NAME --scales 512,1024,2048 "
                "--budget 20m",
            )
        table = read_ledger(folder)
        if table is None:
            raise IndexCorruptError(
                f"{folder}/sources.parquet is gone: which chips there are of which "
                "scene is not known.",
                hint=f"rsrag index rebuild {manifest.name} --from-archive",
            )
        base = BaseLedger(table)
        plan = {**build_plan(build), "densify": manifest.generation}
        keep_stopped(directory, plan)
        staging = Staging(directory.building, plan, build.encoder.identity)
        prior = Deepening(
            staging, build.metadata, base, request.spots, depth, request.until
        )
        run = EncodeRun(build, staging, prior, progress)
        if not prior.nothing:
            run.encode()
        run.times.seconds["encode"] = time.perf_counter() - started
        entries = _deepened(base, run, prior)
        ledger = with_entries(base, entries)
        draft = GenerationDraft(
            kind=IMAGERY,
            spaces=manifest.spaces,
            origin=manifest.imagery,
            started=started,
            encoded={IMAGE: run.encoded + before},
            skipped=left_out(ledger),
            notices=[*run.notices, *_untouched(run, prior)],
            seconds=run.times.seconds,
            ledger=ledger,
            store_note="as it was",
        )
        late = None if prior.late else True
        if not run.encoded and not any(entry.chips for entry in run.entries):
            staging.discard()
            if entries:
                write_ledger(folder, ledger)
            return report_of(manifest, folder, draft), late
        progress("store", 0, len(draft.skipped))
        added = Added(build, request.copy_store, staging, run, manifest, folder)
        return added.publish(draft, {}), late


def _deepened(base: BaseLedger, run: EncodeRun, prior: Deepening) -> list[Entry]:
    """Scenes that are denser now, as the ledger has them."""
    found = []
    for new in run.entries:
        depths = prior.depths.get(new.source)
        if depths is None:
            continue
        old = base.entry(base.by_source[new.source])
        old.chips, old.depths = old.chips + new.chips, depths_text(depths)
        if new.left_out:
            old.leave_out(new.kind or "", new.reason or "", new.left_out)
        found.append(old)
    return found


def _untouched(run: EncodeRun, prior: Deepening) -> list[Skip]:
    """Remarks on scenes that could not be made denser."""
    kind = f"{NOTICE}densify"
    gone = [
        Skip(entry.source, f"not made denser: {entry.reason}", kind)
        for entry in run.entries
        if entry.source not in prior.depths and entry.reason
    ]
    return [*gone, *(Skip(source, why, kind) for source, why in prior.alone.items())]

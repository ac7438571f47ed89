"""New stores from stored embeddings; the old generation serves until they are whole."""

import json
import shutil
import time
from pathlib import Path

from rsrag.indexing.build.build_request import WriteRequest
from rsrag.indexing.build.plans import keep_stopped, take_up
from rsrag.indexing.build.publish import GenerationDraft, clear_stores, finish
from rsrag.indexing.format.build_report import FILE as REPORT, NOTICE, BuildReport
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.generations.keeping import check_parts, keep_ledger, link_parts
from rsrag.plain_values import plain
from rsrag.types import Skip

_PLAN = {"rebuild": "store"}


def rebuild_stores(request: WriteRequest) -> BuildReport:
    """Make all stores again, as another kind or the same, from the parts alone.

    Raises:
        IndexCorruptError: a part is not what was written, and how to mend it.
        IndexLockedError: another process writes this index.
        IndexingError: the disk refuses, or a stopped build would be lost.
        KeyboardInterrupt: ``request.stop`` said so.
    """
    started = time.perf_counter()
    directory, building = request.directory, request.directory.building
    with directory.writing():
        old = directory.current_path()
        manifest = read_manifest(old)
        keep_stopped(directory, _PLAN)
        clear_stores(request)
        shutil.rmtree(building, ignore_errors=True)
        take_up(building, _PLAN)
        check_parts(manifest, old)
        for name, space in manifest.spaces.items():
            link_parts(old, building, space.parts, name)
        keep_ledger(old, building)
        skipped, notices = skips_of(old)
        draft = GenerationDraft(
            kind=manifest.kind,
            spaces=manifest.spaces,
            origin=manifest.origin,
            started=started,
            skipped=skipped,
            notices=notices,
            left_out=manifest.skipped,
        )
        return finish(request, draft)


def skips_of(generation: Path) -> tuple[list[Skip], list[Skip]]:
    """What the report of a generation says was left out, and remarks on that.

    A report that cannot be read is no reason to refuse a new store: a remark says so.
    """
    try:
        report = json.loads((generation / REPORT).read_bytes())
        return [plain(Skip, skip) for skip in report["skipped"]], []
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        what = "cannot be read: what was left out at the last build is not known"
        return [], [Skip(REPORT, what, f"{NOTICE}report")]

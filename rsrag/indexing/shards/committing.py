"""The commit: parts of all shards become a generation, each chip once."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.durable import write_atomically
from rsrag.errors import IndexingError
from rsrag.indexing.build.build import chips_of, nothing_in, origin_of
from rsrag.indexing.build.build_request import BuildProgress, BuildRequest
from rsrag.indexing.build.part_files import PART_NAME
from rsrag.indexing.build.pipeline import POSITIONS
from rsrag.indexing.build.plans import keep_stopped, take_up
from rsrag.indexing.build.publish import GenerationDraft, build_generation
from rsrag.indexing.build.sidecar import measure
from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.index_kinds import IMAGE, IMAGERY
from rsrag.indexing.format.ledger import Entry, ledger_table
from rsrag.indexing.format.manifest import part_paths
from rsrag.indexing.format.parts import PartInfo, part_info
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.shards.each_once import each_once
from rsrag.indexing.shards.shard_place import ShardPlace, ShardReport
from rsrag.indexing.shards.shard_plan import ShardPlan
from rsrag.indexing.shards.shard_work import check_request, left_out, plan_entries
from rsrag.types import Skip

if TYPE_CHECKING:
    pass

RUN = "run.json"
"""In a generation that was made of shards: of which run it is."""


def commit_shards(
    request: BuildRequest,
    plan: ShardPlan,
    place: ShardPlace,
    progress: BuildProgress,
    *,
    allow_failed: bool = False,
) -> BuildReport:
    """Make a generation of the parts of all shards, and switch readers to it.

    Args:
        request: of the build, as the plan says.
        plan: of the run.
        place: where its parts lie.
        progress: told of the stages.
        allow_failed: shards that are not done are left out, and listed.

    Raises:
        IndexingError: a shard is not done, or failed.
        IndexCorruptError: a part is not what was put there.
    """
    check_request(request, plan)
    run = {"run": plan.id}
    commit = _Commit(request, plan, place, progress)
    commit.gather(allow_failed)

    def make() -> GenerationDraft:
        building = request.directory.building
        keep_stopped(request.directory, run)
        take_up(building, run)
        draft = commit.draft()
        write_atomically(building / RUN, json.dumps(run) + "\n")
        return draft

    return build_generation(request, IMAGERY, make, progress)


def is_committed(directory: IndexDirectory, plan: ShardPlan) -> bool:
    """Whether the generation that readers open is of this very run."""
    with suppress(IndexingError, OSError, ValueError):
        found = json.loads((directory.current_path() / RUN).read_bytes())
        return bool(found == {"run": plan.id})
    return False


@dataclass(slots=True)
class _Commit:
    """One commit.

    Attributes:
        reports: of the shards that are done, by number.
        entries: of all sources.
        skipped, notices: of all of it.
    """

    request: BuildRequest
    plan: ShardPlan
    place: ShardPlace
    progress: BuildProgress
    reports: dict[int, ShardReport] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    notices: list[Skip] = field(default_factory=list)
    started: float = field(default_factory=time.perf_counter)

    def gather(self, allow_failed: bool) -> None:
        """Read the reports of all shards.

        Raises:
            IndexingError: one is not done.
        """
        self.entries = plan_entries(self.plan)
        self.skipped = list(self.plan.skipped)
        self.notices = list(self.plan.notices)
        failed: list[tuple[int, str]] = []
        for number, units in enumerate(self.plan.shards):
            self.request.tick()
            key = self.plan.key(number)
            report = self.place.report(key)
            if report is None:
                error = self.place.failure(key) or "it was not embedded yet"
                failed.append((number, error))
                self.skipped += left_out(f"shard {number}: {error}", units)
                continue
            self.reports[number] = report
            self.entries += report.ledger
            self.skipped += report.skipped
            self.notices += report.notices
        if failed and not allow_failed:
            number, error = failed[0]
            raise IndexingError(
                f"{len(failed):,} of {len(self.plan.shards):,} shards are not done; "
                f"shard {number}: {error}",
                hint="run the same command again, or commit without them: "
                "--allow-failed",
            )
        for number, entry in enumerate(self.entries):
            entry.position = number << POSITIONS

    def draft(self) -> GenerationDraft:
        """Bring all parts into ``building``, each chip once."""
        request = self.request
        folder = request.directory.building / "parts" / IMAGE
        folder.mkdir(parents=True, exist_ok=True)
        parts = list(self._parts(folder))
        parts = each_once(folder, parts, self.plan.encoder, self.entries, self.skipped)
        if not parts:
            raise nothing_in(request, self.skipped)
        extent = measure(part_paths(request.directory.building, IMAGE, parts))
        seconds: dict[str, float] = {}
        for report in self.reports.values():
            for name, spent in report.seconds.items():
                seconds[name] = seconds.get(name, 0.0) + spent
        return GenerationDraft(
            kind=IMAGERY,
            spaces={IMAGE: chips_of(request, parts)},
            origin=origin_of(request, extent),
            started=self.started,
            encoded={IMAGE: sum(one.encoded for one in self.reports.values())},
            skipped=self.skipped,
            notices=self.notices,
            seconds=seconds,
            ledger=ledger_table(self.entries, self.plan.metadata_sha256),
            scenes_by=extent.scenes_by,
        )

    def _parts(self, folder: Path) -> Iterator[PartInfo]:
        """Fetch the parts; those that a stopped commit has brought are kept."""
        done = 0
        for number in sorted(self.reports):
            report = self.reports[number]
            if report.sha256 is None:
                continue
            self.request.tick()
            path = folder / PART_NAME(number)
            info = part_info(path, report.rows) if path.exists() else None
            if info is None or info.sha256 != report.sha256:
                path.unlink(missing_ok=True)
                self.place.fetch(report, path)
                size = path.stat().st_size
                info = PartInfo(path.name, report.rows, size, report.sha256)
            done += report.rows
            self.progress("encode", done, len(self.skipped))
            yield info

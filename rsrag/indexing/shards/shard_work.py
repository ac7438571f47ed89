"""Embedding one shard: a pure function, through the reader of every build."""

import dataclasses
import platform
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.errors import IndexingError, IndexMismatchError
from rsrag.indexing.build.build_request import BuildRequest
from rsrag.indexing.build.encode import EncodeRun
from rsrag.indexing.build.part_files import PartFiles
from rsrag.indexing.build.resumed import Resumed
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.ledger import Entry
from rsrag.indexing.shards.shard_place import ShardPlace, ShardReport, shard_report
from rsrag.indexing.shards.shard_plan import ShardPlan, Unit
from rsrag.types import Skip

if TYPE_CHECKING:
    from rsrag.imagery.metadata.sidecar_metadata import MetadataTable
    from rsrag.imagery.sources.stamps import Stamp


def embed_shard(
    request: BuildRequest, plan: ShardPlan, number: int, place: ShardPlace
) -> bool:
    """Embed a shard and put its part and its report, unless they are there.

    Args:
        request: options, encoder and threads, as the plan says; its sources do not
            count.
        plan: with the shard.
        number: of the shard, from 0.
        place: where parts lie.

    Returns:
        Whether it was embedded now.

    Raises:
        IndexMismatchError: another encoder or table than the plan's.
        IndexingError: there is no such shard, or a source changed since the plan.
        ImageryError: with ``strict``, a source that cannot be read.
    """
    check_request(request, plan)
    if not 0 <= number < len(plan.shards):
        raise IndexingError(
            f"There is no shard {number}; the plan has {len(plan.shards)}, from 0."
        )
    key = plan.key(number)
    if place.done(key):
        return False
    with tempfile.TemporaryDirectory(prefix="rsrag-shard-") as folder:
        report, part = _embed(request, plan.shards[number], Path(folder))
        place.put(key, report, part)
    return True


def check_request(request: BuildRequest, plan: ShardPlan) -> None:
    """Refuse what would give other chips than the plan's.

    Raises:
        IndexMismatchError: naming the difference.
    """
    mine, theirs = request.encoder.identity, plan.encoder
    if mine != theirs:
        raise IndexMismatchError(
            f"The plan is for {theirs.id} ({theirs.weights_sha256[:12]}, "
            f"{theirs.preprocessing}), this is {mine.id} "
            f"({mine.weights_sha256[:12]}, {mine.preprocessing}).",
            hint="install the same weights here, or make a new plan",
        )
    if request.metadata_sha256 != plan.metadata_sha256:
        raise IndexMismatchError(
            f"{request.options.metadata} is not the table that the plan was made with.",
            hint="make a new plan",
        )


def _embed(
    request: BuildRequest, units: Sequence[Unit], folder: Path
) -> tuple[ShardReport, Path | None]:
    paths = tuple(dict.fromkeys(Path(unit.path) for unit in units))
    # Names that --exclude leaves out are not in the plan.
    options = dataclasses.replace(request.options, exclude=None)
    request = dataclasses.replace(request, sources=paths, options=options)
    staging = Staging(folder / "staging", {}, request.encoder.identity)
    prior = _Mine(staging, request.metadata, request.strict, units)
    run = EncodeRun(request, staging, prior, lambda stage, done, skipped: None)
    run.encode()
    entries = [entry for entry in run.entries if prior.owns(entry)]
    sources = {entry.source for entry in entries}
    files = PartFiles(folder / "part", request.encoder.identity, part_rows=float("inf"))
    for table in staging.tables(run.void):
        files.write(table)
    found = files.close()
    part = folder / "part" / found[0].file if found else None
    report = shard_report(
        part,
        sum(one.rows for one in found),
        entries,
        [skip for skip in run.skipped if skip.source in sources],
        [skip for skip in run.notices if skip.source in sources],
        encoded=run.encoded,
        seconds={name: round(s, 3) for name, s in run.times.seconds.items()},
        device=f"{platform.machine()} {platform.node()}",
    )
    return report, part


class _Mine(Resumed):
    """Everything but a shard's own is known, and so not opened."""

    def __init__(
        self,
        staging: Staging,
        metadata: "MetadataTable | None",
        strict: bool,
        units: Sequence[Unit],
    ) -> None:
        super().__init__(staging, metadata, strict)
        self._units = {unit.source: unit for unit in units}
        self._members: Counter[str] = Counter()
        self._taken: set[str] = set()

    def known(self, source: str, container: str | None, stamp: "Stamp") -> bool:
        """Whether a source is no part of the shard.

        Raises:
            IndexingError: it is, and has changed since the plan was made.
        """
        unit = self._units.get(container or source)
        if unit is None:
            return not any(one.all for one in self._units.values())
        if unit.stamp is not None and tuple(stamp) != unit.stamp:
            raise IndexingError(
                f"{unit.source} has changed since the plan was made.",
                hint="make a new plan; what was embedded of the others stays",
            )
        if container is None or source == container:
            return False
        number = self._members[container]
        self._members[container] += 1
        if unit.first <= number and (unit.last is None or number < unit.last):
            self._taken.add(source)
            return False
        return True

    def owns(self, entry: Entry) -> bool:
        """Whether what a scan came by is the shard's."""
        unit = self._units.get(entry.source) or self._units.get(entry.container or "")
        if unit is None:
            return any(one.all for one in self._units.values())
        return entry.source in self._taken or unit.last is None


def plan_entries(plan: ShardPlan) -> list[Entry]:
    """Sources that the scan for the plan could not look at."""
    entries = []
    for skip in plan.skipped:
        entry = Entry(skip.source)
        entry.leave_out(skip.kind, skip.reason, skip.count)
        entries.append(entry)
    return entries


def left_out(error: str, units: Sequence[Unit]) -> list[Skip]:
    """Units of a shard that failed, as skips."""
    return [Skip(unit.source, error, "ShardError") for unit in units]

"""Damaged parts made again from the sources of their chips, all others kept."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.errors import ConfigError, IndexMismatchError
from rsrag.indexing.build.build import chips_of
from rsrag.indexing.build.build_request import BuildProgress, BuildRequest
from rsrag.indexing.build.encode import EncodeRun
from rsrag.indexing.build.part_files import GROUP_ROWS
from rsrag.indexing.build.plans import keep_stopped
from rsrag.indexing.build.publish import GenerationDraft, finish
from rsrag.indexing.build.sidecar import measure
from rsrag.indexing.build.staging import Staging
from rsrag.indexing.format.build_report import BuildReport
from rsrag.indexing.format.index_kinds import IMAGE, IMAGERY
from rsrag.indexing.format.ledger import Entry, ledger_table, read_ledger
from rsrag.indexing.format.manifest import Manifest, part_paths
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.format.parts import PartInfo, PartWriter, read_parts
from rsrag.indexing.generations.keeping import check_parts, keep_ledger, link_parts
from rsrag.indexing.rebuild.rebuild import skips_of
from rsrag.indexing.rebuild.rebuild_sources import refuse_missing
from rsrag.indexing.rebuild.survivors import Survivors

if TYPE_CHECKING:
    import pyarrow as pa


def rebuild_parts(
    request: BuildRequest, files: Sequence[str], progress: BuildProgress
) -> BuildReport:
    """Embed again the chips of damaged parts, and make the store again.

    Args:
        request: with the sources, options and encoder of the manifest.
        files: names of parts, as the manifest has them.
        progress: told of every batch.

    Raises:
        ConfigError: no such part.
        IndexCorruptError: another part is damaged too.
        SourceNotFoundError: sources are gone, listed.
        IndexMismatchError: sources no longer give the chips that were lost, or an
            index of knowledge.
        IndexLockedError: another process writes this index.
    """
    started = time.perf_counter()
    directory, building = request.directory, request.directory.building
    with directory.writing():
        old = directory.current_path()
        manifest = read_manifest(old, IMAGERY)
        manifest.check_encoder(request.encoder.identity)
        lost = _named(manifest, files)
        kept = [part for part in manifest.image.parts if part not in lost]
        check_parts(manifest, old, [part.file for part in lost])
        good, counts = _kept(part_paths(old, IMAGE, kept))
        owed = _owed(old, counts)
        refuse_missing(manifest, list(owed) if owed is not None else None)
        plan = {"rebuild": [part.file for part in lost], "of": manifest.generation}
        keep_stopped(directory, plan)
        staging = Staging(building, plan, request.encoder.identity)
        link_parts(old, building, kept)
        affected = set(owed) if owed is not None else None
        depths = _column(old, "depths")
        prior = Survivors(staging, request.metadata, good, affected, depths)
        run = EncodeRun(request, staging, prior, progress)
        run.encode()
        made = _write(staging, building / "parts" / IMAGE, lost, run.void, request)
        try:
            _check_made(directory.name, lost, made, old, run.entries)
        except IndexMismatchError:
            staging.discard()
            raise
        parts = {**{part.file: part for part in manifest.image.parts}, **made}
        space = chips_of(request, list(parts.values()))
        extent = measure(part_paths(building, IMAGE, space.parts))
        progress("store", 0, len(run.skipped))
        told = keep_ledger(old, building)
        skipped, notices = skips_of(old)
        draft = GenerationDraft(
            kind=IMAGERY,
            spaces={IMAGE: space},
            origin=replace(
                manifest.imagery,
                bbox=extent.bbox,
                time=extent.time,
                uniform=extent.uniform,
            ),
            started=started,
            encoded={IMAGE: run.encoded},
            skipped=skipped,
            notices=notices,
            left_out=manifest.skipped,
            seconds=run.times.seconds,
            ledger=None if told else ledger_table(run.entries),
        )
        return finish(request, draft)


def _named(manifest: Manifest, files: Sequence[str]) -> list[PartInfo]:
    parts = manifest.image.parts
    infos = {part.file: part for part in parts}
    for file in files:
        if file not in infos:
            raise ConfigError(
                f"Index {manifest.name!r} has no part {file!r}.",
                hint=f"--part {next(iter(infos), 'FILE')}; rsrag index verify "
                f"{manifest.name} names those that are damaged",
            )
    return [part for part in parts if part.file in set(files)]


def _kept(paths: Sequence[Path]) -> tuple[set[bytes], Counter[str]]:
    """Ids in the good parts, and how many chips of each source they have."""
    good: set[bytes] = set()
    counts: Counter[str] = Counter()
    for table in read_parts(paths, ["id", "source"]):
        good.update(map(bytes.fromhex, table["id"].to_pylist()))
        counts.update(table["source"].to_pylist())
    return good, counts


def _owed(old: Path, counts: Counter[str]) -> dict[str, int] | None:
    """Chips that each source has in no good part; ``None`` without a ledger."""
    ledger = read_ledger(old, ["source", "chips"])
    if ledger is None:
        return None
    rows = zip(ledger["source"].to_pylist(), ledger["chips"].to_pylist(), strict=True)
    owed = {source: n - counts[source] for source, n in rows if n > counts[source]}
    # A ledger that knows of no loss is not one to go by.
    return owed or None


def _write(
    staging: Staging,
    folder: Path,
    lost: Sequence[PartInfo],
    void: AbstractSet[bytes],
    request: BuildRequest,
) -> dict[str, PartInfo]:
    """The staged chips as parts with the names and lengths of those that were lost."""
    made: dict[str, PartInfo] = {}
    tables = _groups(staging, void, [part.rows for part in lost])
    for part in lost:
        path = folder / part.file
        path.unlink(missing_ok=True)
        writer = PartWriter(path, request.encoder.identity)
        for table in tables:
            writer.write(table)
            if writer.rows >= part.rows and part is not lost[-1]:
                break
        if writer.rows:
            made[part.file] = writer.close()
    return made


def _groups(
    staging: Staging, void: AbstractSet[bytes], lengths: Sequence[int]
) -> "Iterator[pa.Table]":
    """Staged chips in row groups that end where a part of such a length ends."""
    import pyarrow as pa

    ends = list(lengths)
    waiting: pa.Table | None = None
    left = ends.pop(0)
    for table in staging.tables(void):
        waiting = pa.concat_tables([waiting, table]) if waiting else table
        while len(waiting) >= min(GROUP_ROWS, left) > 0:
            size = min(GROUP_ROWS, left)
            yield waiting.slice(0, size).combine_chunks()
            waiting, left = waiting.slice(size), left - size
            if not left and ends:
                left = ends.pop(0)
    if waiting is not None and len(waiting):
        yield waiting.combine_chunks()


def _column(old: Path, name: str) -> dict[str, str]:
    """What the ledger says of each source, where it says something."""
    ledger = read_ledger(old, ["source", name])
    if ledger is None:
        return {}
    pairs = zip(ledger["source"].to_pylist(), ledger[name].to_pylist(), strict=True)
    return {source: value for source, value in pairs if value is not None}


def _check_made(
    name: str,
    lost: Sequence[PartInfo],
    made: Mapping[str, PartInfo],
    old: Path,
    entries: Sequence[Entry],
) -> None:
    """Refuse sources that give other chips than those that were lost."""
    before = _column(old, "sha256")
    changed = [e.source for e in entries if before.get(e.source, e.sha256) != e.sha256]
    wanted = sum(part.rows for part in lost)
    found = sum(part.rows for part in made.values())
    if found == wanted and not changed:
        return
    shown = "".join(f"\n  {source} changed" for source in changed[:10])
    raise IndexMismatchError(
        f"{wanted:,} chips were lost with {', '.join(part.file for part in lost)}, and "
        f"their sources give {found:,} now: they are not what was indexed.{shown}",
        hint=f"rsrag index rebuild {name} --from-archive indexes them as they are",
    )

"""Is an index what its manifest says? Everything is read, nothing is changed."""

import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rsrag.errors import ConfigError, IndexCorruptError, IndexingError, StoreError
from rsrag.indexing.build.build_request import StageProgress
from rsrag.indexing.checks import verify_sources as archives
from rsrag.indexing.checks.findings import Finding, problems
from rsrag.indexing.checks.verify_parts import PartsCheck
from rsrag.indexing.checks.verify_store import StoreCheck
from rsrag.indexing.format.build_report import FILE as REPORT
from rsrag.indexing.format.index_kinds import KNOWLEDGE
from rsrag.indexing.format.manifest import Manifest
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.format.tags import FILE as TAGS, own_tags, read_tags
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.interfaces import VectorStore
from rsrag.types import Vectors

SAMPLE = 100
"""Queries that a store is tried with, unless another number is asked for."""

OpenStores = Callable[[Manifest, Path], Mapping[str, VectorStore]]
"""Manifest and folder of a generation: its stores by space."""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What ``rsrag index verify`` found.

    Attributes:
        index: name.
        kind: ``imagery`` or ``knowledge``.
        generation: that was looked at.
        path: its folder.
        parts: files that were read.
        rows: in them.
        bytes: of them.
        recall: by space, the share of the true ten nearest that the store finds;
            ``None`` where that was not measured.
        sources: that were hashed again; ``None`` if that was not asked for.
        findings: warnings and problems; none if all is well.
        seconds: wall time.
    """

    index: str
    kind: str
    generation: int
    path: str
    parts: int
    rows: int
    bytes: int
    recall: Mapping[str, float | None]
    sources: int | None
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def problems(self) -> int:
        """How many things are wrong."""
        return len(problems(self.findings))

    def to_json(self) -> dict[str, Any]:
        """Plain values, as ``--json`` gives them."""
        data = dataclasses.asdict(self)
        data["recall"] = {
            space: value if value is None else round(value, 4)
            for space, value in self.recall.items()
        }
        data["seconds"] = round(self.seconds, 2)
        return {**data, "ok": not self.problems}


def verify_index(
    directory: IndexDirectory,
    open_stores: OpenStores,
    progress: StageProgress,
    *,
    sources: bool = False,
    sample: int = SAMPLE,
) -> VerifyReport:
    """Check the current generation of an index.

    Memory holds 24 bytes a row, and what the store needs to be searched.

    Args:
        directory: of the index.
        open_stores: opens the sidecars.
        progress: told of each stage.
        sources: hash the archives too; of knowledge, compare the records.
        sample: queries that each store is tried with; 0 leaves that out.

    Raises:
        IndexNotFoundError: no such index.
        IndexingError: the generation was removed meanwhile.
        IndexCorruptError, IndexMismatchError: a manifest that cannot be read, or of
            another format.
    """
    if sample < 0:
        raise ConfigError(f"sample is {sample}; it must be at least 0.")
    since = time.perf_counter()
    folder = directory.current_path()
    manifest = read_manifest(folder)
    name = directory.name
    findings = []
    if what := archives.fault_of_report(folder / REPORT, manifest.report_sha256):
        what += ": what was skipped, and why, is not known"
        findings.append(Finding("warning", REPORT, what))
    findings += _lost_tags(directory)
    checks = [PartsCheck(manifest, space, folder, sample) for space in manifest.spaces]
    tell = _counter(progress, "parts", manifest.rows)
    for check in checks:
        check.run(tell)
        findings += check.findings
        if not problems(check.findings):
            findings += archives.check_ledger(name, folder, check.sources)
    recall: dict[str, float | None] = {}
    stores: Mapping[str, VectorStore] = {}
    refusal = StoreError("it has no such vectors")
    try:
        stores = open_stores(manifest, folder)
    except StoreError as error:
        refusal = error
    tell = _counter(progress, "store", manifest.rows)
    for check in checks:
        store = stores.get(check.name)
        recall[check.name], found = _store(name, check, store, refusal, tell)
        findings += found
    for store in stores.values():
        store.close()
    hashed = None
    if sources:
        found, hashed = _sources(name, manifest, checks, progress)
        findings += found
    if not folder.is_dir():
        raise IndexingError(
            f"Generation {manifest.generation} of {name!r} was removed while it was "
            "looked at: a newer one took its place.",
            hint=f"rsrag index verify {name}",
        )
    return VerifyReport(
        index=name,
        kind=manifest.kind,
        generation=manifest.generation,
        path=str(folder.absolute()),
        parts=sum(len(check.paths) for check in checks),
        rows=sum(check.rows for check in checks),
        bytes=sum(p.stat().st_size for c in checks for p in c.paths if p.is_file()),
        recall=recall,
        sources=hashed,
        findings=tuple(findings),
        seconds=time.perf_counter() - since,
    )


def _store(
    name: str,
    check: PartsCheck,
    store: VectorStore | None,
    refusal: StoreError,
    tell: Callable[[int], None],
) -> tuple[float | None, list[Finding]]:
    """One store against its parts."""
    info, encoder = check.space.store, check.space.encoder
    where = info.collection or str(info.folder(Path(), check.name))
    looked = StoreCheck(where, f"rsrag index rebuild {name} --store {info.kind}")
    if store is None:
        looked.failed(refusal)
    elif problems(check.findings):
        looked.files(store)
        what = f"was not compared with {check.folder}, which must be mended first"
        looked.findings.append(Finding("warning", where, what, check.findings[0].next))
    else:
        none = np.empty((0, encoder.dim), np.float32)
        queries: Vectors = np.concatenate([none, *check.queries])
        looked.run(store, encoder.dim, check.all_keys(), queries, check.paths, tell)
    return looked.recall, looked.findings


def _sources(
    name: str, manifest: Manifest, checks: list[PartsCheck], progress: StageProgress
) -> tuple[list[Finding], int | None]:
    if manifest.kind == KNOWLEDGE:
        return archives.check_records(manifest), len(manifest.records.collections)
    from rsrag.imagery.imagery_options import ImageryOptions

    expected = {
        source: sha256
        for check in checks
        for table in check.sources
        for source, sha256 in zip(
            table["source"].to_pylist(), table["source_sha256"].to_pylist(), strict=True
        )
    }
    known = {source: sha256 for source, sha256 in expected.items() if sha256}
    tell = _counter(progress, "sources", len(known))
    options = ImageryOptions.from_json(manifest.imagery.options)
    found = archives.check_sources(known, f"rsrag index update {name}", tell, options)
    if len(known) < len(expected):
        count = len(expected) - len(known)
        what = f"of imported vectors, whose pictures' bytes are not known: {count:,}"
        found.append(Finding("warning", "sources", what))
    return found, len(known)


def _lost_tags(directory: IndexDirectory) -> list[Finding]:
    """Tags of generations that are not there, or that cannot be read."""
    try:
        tags, there = read_tags(directory.path), directory.numbers()
        own = own_tags(directory.path).items() - tags.items()
    except IndexCorruptError as error:
        return [Finding("problem", TAGS, str(error), error.hint or "")]
    if own:
        tag, number = min(own)
        what = f"does not say {tag} of generation {number}, which says so itself"
        next_ = f"rsrag index tag {directory.name} {tag} --generation {number}"
        return [Finding("warning", TAGS, what, next_)]
    lost = [f"{tag} ({number})" for tag, number in tags.items() if number not in there]
    what = f"names generations that are not there: {', '.join(lost)}"
    next_ = f"rsrag index tag {directory.name} TAG"
    return [Finding("warning", TAGS, what, next_)] if lost else []


def _counter(progress: StageProgress, stage: str, total: int) -> Callable[[int], None]:
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        progress(stage, min(done, total), total)

    return tell

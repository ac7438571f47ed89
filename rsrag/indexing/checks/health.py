"""A quick look at an index: does it open, do counts agree, is anything left behind?

Sizes are compared, bytes are not read: :mod:`rsrag.indexing.checks.verify` does that.
"""

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rsrag.errors import IndexingError, RsragError
from rsrag.indexing.checks.findings import Finding, problems
from rsrag.indexing.checks.verify import OpenStores
from rsrag.indexing.checks.verify_sources import check_records
from rsrag.indexing.format.manifest import Manifest
from rsrag.indexing.format.part_sets import (
    AnyManifest,
    mending,
    part_sets,
    read_any_manifest,
)
from rsrag.indexing.generations.index_directory import IndexDirectory, list_indexes

LOCAL = ("exact", "faiss")
"""Stores that open at once and hold nobody up."""

EncoderFault = Callable[[str], Finding | None]
"""What is wrong with the encoder of this name on this machine, if anything."""


def index_health(
    directory: IndexDirectory, open_stores: OpenStores, encoder_fault: EncoderFault
) -> list[Finding]:
    """What is to be said of one index.

    Args:
        directory: of the index.
        open_stores: opens its sidecars.
        encoder_fault: whether the encoder that it needs can be loaded.

    Returns:
        Warnings and problems; one line that says ``ok`` if there is no problem.
    """
    where = f"index {directory.name}"
    findings = list(_writers(directory, where))
    try:
        folder = directory.current_path()
        manifest = read_any_manifest(folder)
    except IndexingError as error:
        findings.append(Finding("problem", where, str(error), error.hint))
        return findings
    findings += _files(folder, manifest, where)
    if not problems(findings):
        findings += _stores(directory.name, folder, manifest, open_stores, where)
    for name in _encoders(manifest):
        fault = encoder_fault(name)
        if fault is not None:
            findings.append(Finding(fault.severity, where, fault.what, fault.next))
    if not isinstance(manifest, Manifest):
        findings += [
            Finding("warning", where, f"{f.where} {f.what}", f.next)
            for f in check_records(manifest)
        ]
    if not problems(findings):
        findings.insert(0, Finding("ok", where, _summary(manifest)))
    return findings


def strays(root: Path) -> list[Finding]:
    """Folders among the indexes that are none: a first build that was stopped."""
    if not root.is_dir():
        return []
    names = set(list_indexes(root))
    found = []
    for path in sorted(root.iterdir()):
        if not path.is_dir() or path.name in names or path.name.startswith("."):
            continue
        if (path / "building").is_dir():
            what = "has no index yet; what a stopped build has done waits in building/"
            next_ = f"run its `rsrag index build` again, or drop it: rm -r {path}"
        elif (path / "generations").is_dir():
            what = "has generations and no CURRENT: no search finds it"
            last = max(
                (p.name for p in (path / "generations").glob("[0-9]*")), default=""
            )
            next_ = f"echo {last} > {path / 'CURRENT'}" if last else f"rm -r {path}"
        else:
            continue
        found.append(Finding("warning", str(path), what, next_))
    return found


def _writers(directory: IndexDirectory, where: str) -> Iterator[Finding]:
    """Who writes, and what those have left who were stopped."""
    holder = _holder(directory.path / "WRITER")
    writing = False
    if holder is not None:
        pid, host = holder
        here = host == socket.gethostname()
        writing = not here or _alive(pid)
        if writing:
            yield Finding("ok", where, f"is being written by process {pid} on {host}")
        else:
            what = f"process {pid}, which was writing it, has died"
            next_ = "run its command again; nothing of the index is lost"
            yield Finding("warning", where, what, next_)
    if directory.building.is_dir() and not writing:
        days = (time.time() - directory.building.stat().st_mtime) / 86_400
        age = f"{days:.0f} days" if days >= 2 else f"{24 * days:.0f} hours"
        yield Finding(
            "warning",
            where,
            f"a run that was stopped {age} ago left building/",
            f"run its command again to go on, or drop it: rm -r {directory.building}",
        )


def _holder(path: Path) -> tuple[int, str] | None:
    try:
        data = json.loads(path.read_text())
        return int(data["pid"]), str(data["host"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True


def _files(folder: Path, manifest: AnyManifest, where: str) -> Iterator[Finding]:
    for parts in part_sets(folder, manifest):
        for path, info in zip(parts.paths, parts.infos, strict=True):
            size = path.stat().st_size if path.is_file() else None
            if size == info.bytes:
                continue
            what = "is missing" if size is None else f"has {size:,} bytes"
            yield Finding(
                "problem",
                where,
                f"{parts.folder}/{path.name} {what}, the manifest says "
                f"{info.bytes:,} bytes",
                mending(manifest, path.name),
            )


def _stores(
    name: str, folder: Path, manifest: AnyManifest, open_stores: OpenStores, where: str
) -> Iterator[Finding]:
    sets = part_sets(folder, manifest)
    if any(parts.store.kind not in LOCAL for parts in sets):
        if sets[0].store.kind == "qdrant-edge" and not (folder / "store").is_dir():
            next_ = f"rsrag index rebuild {name} --store qdrant-edge"
            yield Finding("problem", where, "its store is missing", next_)
        return
    next_ = f"rsrag index rebuild {name} --store {sets[0].store.kind}"
    try:
        stores = open_stores(manifest, folder)
    except RsragError as error:
        yield Finding("problem", where, str(error), next_)
        return
    for parts in sets:
        store = stores[parts.space]
        if len(store) != parts.rows:
            what = f"its store holds {len(store):,} rows, the manifest {parts.rows:,}"
            yield Finding("problem", where, what, next_)
        store.close()


def _encoders(manifest: AnyManifest) -> list[str]:
    if isinstance(manifest, Manifest):
        source = manifest.encoder_source
        # A checkpoint of one's own is no matter of the cache.
        return [] if source.get("checkpoint") else [source.get("name", "")]
    source = manifest.image_text_encoder or {}
    return [source["name"]] if source and not source.get("checkpoint") else []


def _summary(manifest: AnyManifest) -> str:
    if isinstance(manifest, Manifest):
        store = f"{manifest.store.kind} {manifest.store.ann or ''}".strip()
        return (
            f"{manifest.chips:,} chips of {manifest.scenes:,} scenes, "
            f"{manifest.encoder.id}, {store}, generation {manifest.generation}"
        )
    return (
        f"{manifest.passages:,} passages, {manifest.landmarks:,} landmarks, "
        f"{', '.join(manifest.spaces)}, generation {manifest.generation}"
    )

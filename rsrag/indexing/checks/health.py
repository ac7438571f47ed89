"""A quick look at an index: does it open, do counts agree, is anything left behind?

Sizes are compared, bytes are not read: :mod:`rsrag.indexing.checks.verify` does that.
"""

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rsrag.errors import IndexingError, RsragError
from rsrag.indexing.checks.findings import Finding, problems
from rsrag.indexing.checks.verify import OpenStores
from rsrag.indexing.checks.verify_sources import check_records
from rsrag.indexing.format.index_kinds import KNOWLEDGE, TEXT
from rsrag.indexing.format.manifest import Manifest
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.generations.index_directory import IndexDirectory, list_indexes
from rsrag.indexing.generations.keeping import all_parts
from rsrag.indexing.generations.lock import read_holder

LOCAL = ("exact", "faiss")
"""Stores that open at once and hold nobody up."""

EncoderFault = Callable[[str], Finding | None]
"""What is wrong with the encoder of this name on this machine, if anything."""


def index_health(
    directory: IndexDirectory, open_stores: OpenStores, encoder_fault: EncoderFault
) -> list[Finding]:
    """What is to be said of one index.

    Returns:
        Warnings and problems; one line that says ``ok`` if there is no problem.
    """
    where = f"index {directory.name}"
    findings = list(_writers(directory, where))
    try:
        folder = directory.current_path()
        manifest = read_manifest(folder)
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
    if manifest.kind == KNOWLEDGE:
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
            next_ = f"run its command again, or drop it: rm -r {path}"
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
    holder = read_holder(directory.path)
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


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True


def _files(folder: Path, manifest: Manifest, where: str) -> Iterator[Finding]:
    for space, path, part in all_parts(manifest, folder):
        size = path.stat().st_size if path.is_file() else None
        if size != part.bytes:
            what = "is missing" if size is None else f"has {size:,} bytes"
            yield Finding(
                "problem",
                where,
                f"parts/{space}/{part.file} {what}, the manifest says "
                f"{part.bytes:,} bytes",
                manifest.mend_part(part.file),
            )


def _stores(
    name: str, folder: Path, manifest: Manifest, open_stores: OpenStores, where: str
) -> Iterator[Finding]:
    kind = manifest.stores[0].kind
    next_ = f"rsrag index rebuild {name} --store {kind}"
    if kind not in LOCAL:
        if kind == "qdrant-edge" and not (folder / "store").is_dir():
            yield Finding("problem", where, "its store is missing", next_)
        return
    try:
        stores = open_stores(manifest, folder)
    except RsragError as error:
        yield Finding("problem", where, str(error), next_)
        return
    for space, store in stores.items():
        rows = manifest.spaces[space].rows
        if len(store) != rows:
            what = f"its store holds {len(store):,} rows, the manifest {rows:,}"
            yield Finding("problem", where, what, next_)
        store.close()


def _encoders(manifest: Manifest) -> list[str]:
    sources = [one.encoder_source for n, one in manifest.spaces.items() if n != TEXT]
    # A checkpoint of one's own is no matter of the cache.
    names = [s.get("name", "") for s in sources if not s.get("checkpoint")]
    return list(dict.fromkeys(names))


def _summary(manifest: Manifest) -> str:
    store = f"{manifest.stores[0].kind} {manifest.stores[0].ann or ''}".strip()
    encoders = dict.fromkeys(one.encoder.id for one in manifest.spaces.values())
    return (
        f"{manifest.origin.holds(manifest.rows)}, {', '.join(encoders)}, {store}, "
        f"generation {manifest.generation}"
    )

"""Pull: a generation in a bucket becomes one of this machine, each file checked."""

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from rsrag.durable import file_sha256, link_or_copy, sync_folder, write_atomically
from rsrag.errors import IndexCorruptError, IndexingError
from rsrag.indexing.build.plans import keep_stopped, take_up
from rsrag.indexing.format.manifest import Manifest, StoreInfo
from rsrag.indexing.format.manifest_file import read_manifest, write_manifest
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.transfer.push import TransferReport
from rsrag.indexing.transfer.pushed_index import (
    PushedFile,
    PushedGeneration,
    PushedIndex,
)

_FROM = "pulled.json"
"""In a generation that was pulled: which one it is."""


def pull_index(
    pushed: PushedIndex,
    tag: str | None,
    directory: IndexDirectory,
    drop_store: Callable[[StoreInfo], None],
    progress: Callable[[int, int], None],
) -> TransferReport:
    """Fetch a generation from a bucket and switch readers to it.

    Files that a generation here holds already are linked, and those that a pull that
    was stopped has fetched are kept. What was there before stays readable until the
    last moment.

    Args:
        pushed: where from.
        tag: a tag or a generation's name; ``None`` for the current one.
        directory: where to.
        drop_store: removes a store on a server, when its generation goes.
        progress: told bytes done, and all of them.

    Raises:
        IndexNotFoundError: it is not there.
        IndexCorruptError: a file came that is not what was pushed.
        IndexMismatchError: the name here is that of an index of another kind.
        IndexingError: the disk refuses; a stopped run would be lost.
    """
    started = time.perf_counter()
    name, generation = pushed.find(tag)
    origin = {"address": pushed.address, "generation": name}
    with directory.writing():
        directory.check_kind(str(generation.summary.get("kind")))
        number, moved, changed = _there(directory, origin), 0, True
        if number is None:
            plan = {"pull": origin}
            keep_stopped(directory, plan)
            take_up(directory.building, plan)
            moved = _fetch(pushed, generation, directory, progress)
            number = _publish(directory, origin, drop_store)
        elif changed := directory.current() != number:
            directory.point(number)
    return TransferReport(
        directory.name,
        pushed.address,
        name,
        number,
        len(generation.files),
        generation.bytes,
        moved,
        time.perf_counter() - started,
        changed,
    )


def _there(directory: IndexDirectory, origin: dict[str, str]) -> int | None:
    """The number of the generation here that was pulled from there, if there is one."""
    for number in reversed(directory.numbers()):
        folder = directory.generation_path(number)
        with suppress(OSError, ValueError, IndexingError):
            if json.loads((folder / _FROM).read_bytes()) == origin:
                read_manifest(folder)
                return number
    return None


def _fetch(
    pushed: PushedIndex,
    generation: PushedGeneration,
    directory: IndexDirectory,
    progress: Callable[[int, int], None],
) -> int:
    """Bring all files into ``building``; gives the bytes that came over the wire."""
    here = dict(_parts_here(directory))
    moved, done = 0, 0
    for file in generation.files:
        path = directory.building / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.is_file() and path.stat().st_size == file.bytes
        if not whole or file_sha256(path) != file.sha256:
            path.unlink(missing_ok=True)
            if not _linked(here.get(file.sha256), path, file):
                _fetch_one(pushed, file, path)
                moved += file.bytes
            sync_folder(path.parent)
        done += file.bytes
        progress(done, generation.bytes)
    return moved


def _linked(source: Path | None, path: Path, file: PushedFile) -> bool:
    """Whether a part of a generation here could take the place of one there."""
    if source is None:
        return False
    with suppress(OSError):
        if source.stat().st_size == file.bytes and file_sha256(source) == file.sha256:
            link_or_copy(source, path)
            return True
    return False


def _parts_here(directory: IndexDirectory) -> Iterator[tuple[str, Path]]:
    for number in directory.numbers():
        folder = directory.generation_path(number)
        with suppress(IndexingError):
            manifest = read_manifest(folder)
            for space, one in manifest.spaces.items():
                paths = manifest.part_paths(folder, space)
                yield from zip((part.sha256 for part in one.parts), paths, strict=True)


def _fetch_one(pushed: PushedIndex, file: PushedFile, path: Path) -> None:
    digest = pushed.place.fetch(file.key(pushed.name), path)
    if digest != file.sha256:
        path.unlink()
        raise IndexCorruptError(
            f"{pushed.place.address}/{file.key(pushed.name)} is damaged: what came has "
            f"sha256 {digest}.",
            hint="remove that object, and push the index again from where it is whole",
        )


def _publish(
    directory: IndexDirectory,
    origin: dict[str, str],
    drop_store: Callable[[StoreInfo], None],
) -> int:
    manifest = _checked(read_manifest(directory.building), origin)
    number = manifest.generation
    if number in directory.numbers():
        number = directory.next_number()
    own = dataclasses.replace(manifest, generation=number, name=directory.name)
    write_manifest(own, directory.building)
    write_atomically(directory.building / _FROM, json.dumps(origin) + "\n")
    for old in directory.switch(number):
        for info in old.stores:
            drop_store(info)
    return number


def _checked(manifest: Manifest, origin: dict[str, str]) -> Manifest:
    """A manifest whose stores lie in its folder; one on a server is not ours."""
    if any(info.collection is not None for info in manifest.stores):
        raise IndexCorruptError(f"{origin['address']} has its vectors on a server.")
    return manifest

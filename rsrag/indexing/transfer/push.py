"""Push: a generation's files go up, then ``CURRENT`` is swapped."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsrag.durable import file_sha256
from rsrag.errors import BucketError, IndexCorruptError, IndexingError
from rsrag.indexing.format.manifest import Manifest
from rsrag.indexing.format.manifest_file import read_manifest
from rsrag.indexing.format.tags import FILE as OWN_TAGS, check_tag
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.indexing.generations.listing_indexes import index_summary
from rsrag.indexing.transfer.pushed_index import (
    CURRENT,
    TAGS,
    PushedFile,
    PushedGeneration,
    PushedIndex,
)

_HERE = (OWN_TAGS, "pulled.json")
"""Files of a generation that speak of this machine alone."""


@dataclass(frozen=True, slots=True)
class TransferReport:
    """What a push or a pull did.

    Attributes:
        index: its name here.
        address: of the index in the bucket.
        generation: name of the generation there.
        number: of the generation here.
        files: of the generation.
        bytes: of them.
        moved: bytes that went over the wire.
        seconds: wall time.
        changed: whether ``CURRENT`` (there, or here) is another one now.
    """

    index: str
    address: str
    generation: str
    number: int
    files: int
    bytes: int
    moved: int
    seconds: float
    changed: bool

    def to_json(self) -> dict[str, Any]:
        """Plain values, as ``--json`` gives them."""
        data = {name: getattr(self, name) for name in self.__slots__}
        return {**data, "seconds": round(self.seconds, 2)}


def push_index(
    directory: IndexDirectory,
    pushed: PushedIndex,
    tag: str | None,
    progress: Callable[[int, int], None],
) -> TransferReport:
    """Put the current generation of an index into a bucket, and name it there.

    What a push that was stopped has put there stays, and is not sent again.

    Args:
        directory: of the index.
        pushed: where to.
        tag: a name to give it there.
        progress: told bytes done, and all of them.

    Raises:
        BucketError: the bucket refuses, or does not keep compare-and-swap.
        IndexCorruptError: a part is not what the manifest says.
        IndexingError: the index lies on a server, or another push came between.
    """
    started = time.perf_counter()
    if tag is not None:
        check_tag(tag)
    folder = directory.current_path()
    manifest = read_manifest(folder)
    _refuse_servers(manifest)
    pushed.place.check_swaps()
    before, mark = pushed.current()
    try:
        files = tuple(_files(folder, manifest))
        summary = {**index_summary(directory), "generation": manifest.generation}
        generation = PushedGeneration(pushed.name, summary, files)
        moved, done = 0, 0
        for file in files:
            path = folder / file.path
            if pushed.place.create(file.key(pushed.name), path):
                moved += file.bytes
            done += file.bytes
            progress(done, generation.bytes)
    except OSError as exc:
        raise IndexingError(
            f"{folder} cannot be read: {exc}; a writer may have removed it.",
            hint="type the same command again: it goes on",
        ) from exc
    name = generation.name
    key = f"{pushed.name}/generations/{name}.json"
    pushed.place.create(key, generation.data)
    if tag is not None:
        _tag(pushed, tag, name)
    changed = name != before
    if changed and not pushed.place.swap(
        f"{pushed.name}/{CURRENT}", f"{name}\n".encode(), mark
    ):
        raise BucketError(
            f"Another push to {pushed.address} came between; its generation is the "
            f"current one there. This one is there, too, as {name}.",
            hint="type the same command again if this one shall be current",
        )
    seconds = time.perf_counter() - started
    return TransferReport(
        pushed.name,
        pushed.address,
        name,
        manifest.generation,
        len(files),
        generation.bytes,
        moved,
        seconds,
        changed,
    )


def _refuse_servers(manifest: Manifest) -> None:
    for info in manifest.stores:
        if info.collection is not None:
            raise IndexingError(
                f"The vectors of index {manifest.name!r} lie on a server "
                f"({info.kind}), not in its folder; a copy elsewhere would share them.",
                hint=f"rsrag index rebuild {manifest.name} --store faiss, then push",
            )


def _files(folder: Path, manifest: Manifest) -> Iterator[PushedFile]:
    """Files of a generation, by path; parts must have the digests they had."""
    parts = {
        path: part
        for space, one in manifest.spaces.items()
        for path, part in zip(
            manifest.part_paths(folder, space), one.parts, strict=True
        )
    }
    for path in sorted({*folder.rglob("*"), *parts}):
        if not (path.is_file() or path in parts) or path.name in _HERE:
            continue
        digest = file_sha256(path)
        part = parts.get(path)
        if part is not None and part.sha256 != digest:
            raise IndexCorruptError(
                f"{path} is damaged: its sha256 is not the manifest's.",
                hint=manifest.mend_part(part.file),
            )
        name = path.relative_to(folder).as_posix()
        yield PushedFile(name, path.stat().st_size, digest)


def _tag(pushed: PushedIndex, tag: str, name: str) -> None:
    """Name a generation there; another one's tag that came between stays."""
    for _ in range(10):
        tags, mark = pushed.tags()
        if tags.get(tag) == name:
            return
        text = json.dumps({**tags, tag: name}, indent=1, sort_keys=True) + "\n"
        if pushed.place.swap(f"{pushed.name}/{TAGS}", text.encode(), mark):
            return
    raise BucketError(
        f"{pushed.address}/{TAGS} changes all the time.",
        hint="type the same command again",
    )

"""Durable writes: files and folders that are there whole or not at all.

Whatever is killed, and wherever power fails, a reader finds what was there before or
what was written, never a part of it.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_HOLE = 16_384
_BLOCK = 16 << 20


def sync_file(path: Path) -> None:
    """Force a file's bytes to disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Force a folder's names to disk, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def append_durably(path: Path, data: bytes) -> None:
    """Append to a file; the bytes are on disk when this returns."""
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_atomically(path: Path, data: str | bytes) -> None:
    """Put ``data`` at ``path`` in one step, durably.

    Args:
        path: of the file; another one that is there is replaced.
        data: its bytes, or its text for UTF-8.

    Raises:
        OSError: the disk refuses; what was there before is untouched.
    """
    with staged(path) as draft:
        draft.write_bytes(data.encode() if isinstance(data, str) else data)


class FileDraft:
    """A file or a folder written beside its place, and moved there at the end.

    Args:
        target: its place.
        shared: several processes may write there at once, so that the draft needs a
            name of its own. Otherwise a later draft replaces what a kill has left.

    Attributes:
        path: what to write to; nothing is there yet. It ends like ``target``, because
            some writers tell formats apart by the suffix.
    """

    def __init__(self, target: Path, *, shared: bool = False) -> None:
        self._target = target
        own = os.urandom(6).hex() if shared else ""
        self.path = target.with_name(f"{DRAFT}{own}.{target.name}")
        _remove(self.path)

    def publish(self) -> None:
        """Move the draft to its place. A file is synced; a folder's writer does that.

        Raises:
            OSError: the disk refuses.
        """
        if self.path.is_file():
            sync_file(self.path)
        old = self.path.with_name(f"{self.path.name}.old")
        if self._target.is_dir() and not self._target.is_symlink():
            # No rename replaces a folder that is not empty.
            self._target.replace(old)
        self.path.replace(self._target)
        sync_folder(self._target.parent)
        _remove(old)

    def discard(self) -> None:
        """Remove the draft, if it was not published."""
        with suppress(OSError):
            _remove(self.path)


DRAFT = ".tmp"
"""Names of drafts begin so."""


@contextmanager
def staged(path: Path, *, shared: bool = False) -> Iterator[Path]:
    """A :class:`FileDraft`, published if the block ends well, and else discarded."""
    draft = FileDraft(path, shared=shared)
    try:
        yield draft.path
        draft.publish()
    finally:
        draft.discard()


def copy_with_holes(source: str, target: str) -> None:
    """Copy a file; where it holds nothing but zeros, the copy takes no room.

    Raises:
        OSError: the disk refuses.
    """
    zeros = bytes(_HOLE)
    with Path(source).open("rb") as read, Path(target).open("wb") as write:
        while block := read.read(_HOLE):
            if block == zeros:
                write.seek(_HOLE, os.SEEK_CUR)
            else:
                write.write(block)
        write.truncate()


def link_or_copy(source: Path, target: Path, size: int | None = None) -> None:
    """Give a file a second name; copy it, durably, where the disk has no such links.

    Args:
        source: a file whose first ``size`` bytes never change.
        target: the new name; another file that has it loses it.
        size: bytes that count; the whole file by default. A longer file is copied up
            to there.

    Raises:
        OSError: the disk refuses.
        ValueError: ``source`` has fewer bytes.
    """
    target.unlink(missing_ok=True)
    there = source.stat().st_size
    if size is None or there == size:
        # Some file systems have no links, others run out of them.
        with suppress(OSError):
            target.hardlink_to(source)
            return
    with source.open("rb") as read, target.open("wb") as write:
        left = there if size is None else size
        while left and (block := read.read(min(left, _BLOCK))):
            write.write(block)
            left -= len(block)
        if left:
            raise ValueError(f"{source} has fewer than {size} bytes")
        write.flush()
        os.fsync(write.fileno())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file's bytes, read now, in bounded memory.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""One writer an index: who holds it is written beside the lock."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rsrag.errors import IndexingError, IndexLockedError

WRITER = "WRITER"


@contextmanager
def hold(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock of an index.

    Raises:
        IndexLockedError: another process holds it, and which.
        OSError: the folder cannot be written.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "LOCK")
    # The lock file itself is emptied by whoever tries it: the name of the holder
    # stands beside it.
    holder = folder / WRITER
    try:
        lock.acquire(blocking=False)
    except Timeout:  # To Python, that too is an OSError.
        told = read_holder(folder)
        who = "process {} on {}".format(*told) if told else "another process"
        raise IndexLockedError(
            f"Index {name!r} is being written by {who}.",
            hint="wait until it is done, or stop that process",
        ) from None
    try:
        holder.write_text(
            json.dumps({"pid": os.getpid(), "host": socket.gethostname()})
        )
        yield
    finally:
        # A name that stays is of no consequence once the lock is free.
        with suppress(OSError):
            holder.unlink(missing_ok=True)
            if [path.name for path in folder.iterdir()] == ["LOCK"]:
                # Nothing came of it: only whoever holds the lock may clear it away,
                # and only what is bare, so that no failure takes an index along.
                (folder / "LOCK").unlink()
                folder.rmdir()
        lock.release()


@contextmanager
def writing_errors(folder: Path) -> Iterator[None]:
    """Say of a disk that refuses what to do about it.

    Raises:
        IndexingError: instead of an ``OSError``.
    """
    try:
        yield
    except OSError as exc:
        raise IndexingError(
            f"{folder} cannot be written: {exc}. The index is as it was before.",
            hint="see to the disk and to who may write there, and type the same "
            "command again: it goes on from what is safe; or give another folder with "
            "--indexes",
        ) from exc


def read_holder(folder: Path) -> tuple[int, str] | None:
    """Process and host that said they write an index, as far as that can be read."""
    try:
        data = json.loads((folder / WRITER).read_text())
        return int(data["pid"]), str(data["host"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None

"""One writer an index: who holds it is written beside the lock."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rsrag.errors import IndexLockedError


@contextmanager
def hold(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock of an index.

    Args:
        folder: of the index; it is there.
        name: of the index, for the error.

    Raises:
        IndexLockedError: another process holds it, and which.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "LOCK")
    # The lock file itself is emptied by whoever tries it: the name of the holder
    # stands beside it.
    holder = folder / "WRITER"
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise IndexLockedError(
            f"Index {name!r} is being written by {_read_holder(holder)}.",
            hint="wait until it is done, or stop that process",
        ) from None
    try:
        holder.write_text(
            json.dumps({"pid": os.getpid(), "host": socket.gethostname()})
        )
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _read_holder(path: Path) -> str:
    try:
        data = json.loads(path.read_text())
        return f"process {data['pid']} on {data['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"

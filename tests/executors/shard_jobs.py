"""Work for executors, importable by their workers: marks, errors and deaths."""

import os
import signal
import uuid
from pathlib import Path

from rsrag.errors import IndexingError


def mark(folder: str, number: int) -> None:
    """Leave a file that says which shard was done, by which process."""
    Path(folder, f"{number}-{os.getpid()}-{uuid.uuid4().hex}").write_text("")


def mark_or_die(folder: str, deaths: int, number: int) -> None:
    """Die at shard 2 as long as it died less often than that."""
    died = len(list(Path(folder).glob("death-*")))
    if number == 2 and died < deaths:
        Path(folder, f"death-{died}").write_text("")
        os.kill(os.getpid(), signal.SIGKILL)
    mark(folder, number)


def fail(number: int) -> None:
    """An error of ours at 0, another one at 1."""
    if number == 0:
        raise IndexingError("it cannot be", hint="do that")
    raise ValueError("odd")

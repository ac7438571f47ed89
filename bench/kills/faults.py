"""Faults in a worker and in a driver, each at a certain point, each only once.

A fault is a file; whoever can remove it has it. ``3.between.0`` lets the worker that
does shard 3 die between its part and its report; ``driver.switched.0`` lets the driver
die when readers have been switched. ``3.poison`` stays: every worker that takes shard 3
dies.

    python -m bench.kills.faults FOLDER drive WORDS...        rsrag WORDS, with faults
    python -m bench.kills.faults FOLDER embed PLAN THREADS NUMBER
"""

import errno
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

WORKER = ("began", "embedded", "between", "reported")
"""Points at which a worker dies."""

DRIVER = ("2-shards", "4-shards", "6-shards", "fetching", "switching", "switched")
"""Points at which a driver dies: after so many shards, and in the commit."""


def due(folder: Path, what: object, kind: str) -> bool:
    """Whether a fault is there; it is no longer."""
    for path in sorted(folder.glob(f"{what}.{kind}.*")):
        with suppress(FileNotFoundError):
            path.unlink()
            return True
    return False


def die(folder: Path, what: object, kind: str) -> None:
    """Die at once, if that is due."""
    if due(folder, what, kind):
        os.kill(os.getpid(), signal.SIGKILL)


def embed(faults: str, address: str, threads: int, number: int) -> None:
    """Embed a shard as a worker does, with the faults that are due for it."""
    from rsrag.desk.upkeep import sharding
    from rsrag.indexing.shards import shard_place, shard_plan
    from rsrag.objects import folder_objects

    folder = Path(faults)
    if (folder / f"{number}.poison").exists():
        os.kill(os.getpid(), signal.SIGKILL)
    die(folder, number, "began")
    if due(folder, number, "hold"):
        hold(folder, number)
    put = shard_place.ShardPlace.put

    def dying(self: Any, key: str, report: Any, part: Path | None) -> None:
        with (folder / "embedded").open("a") as journal:
            journal.write(f"{number}\n")
        die(folder, number, "embedded")
        if part is not None and due(folder, number, "between"):
            self.objects.create(f"parts/{report.sha256}.parquet", part)
            os.kill(os.getpid(), signal.SIGKILL)
        put(self, key, report, part)
        die(folder, number, "reported")

    def full(path: Path, data: bytes | Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    with patched(shard_place.ShardPlace, "put", dying):
        if due(folder, number, "skew"):
            sharding._plan.cache_clear()
            with patched(shard_plan, "__version__", "0.0.0"):
                sharding.embed_shard(address, number, threads)
        elif due(folder, number, "full"):
            with patched(folder_objects, "_write", full):
                sharding.embed_shard(address, number, threads)
        else:
            sharding.embed_shard(address, number, threads)


def hold(folder: Path, number: int) -> None:
    """Say who holds a shard, and wait to be killed, or let go."""
    who = {"pid": os.getpid(), "parent": os.getppid()}
    words = {"task": os.environ.get("SLURM_JOB_ID"), **who}
    draft = folder / f"draft-{os.getpid()}"
    draft.write_text(json.dumps(words))
    draft.rename(folder / f"held-{number}")
    while not (folder / "release").exists():
        time.sleep(0.05)


def drive(faults: str, words: list[str]) -> int:
    """Run a command of rsrag as the driver, with the faults that are due for it."""
    from rsrag.commands import main
    from rsrag.desk.upkeep import sharding
    from rsrag.indexing.generations.index_directory import IndexDirectory
    from rsrag.indexing.shards import driving
    from rsrag.indexing.shards.shard_place import ShardPlace

    folder = Path(faults)
    run, switch, fetch = driving.drive, IndexDirectory.switch, ShardPlace.fetch

    def watched(
        executor: Any, plan: Any, place: Any, progress: Callable[..., Any], stop: Any
    ) -> Any:
        def told(done: int, left: int) -> None:
            for at in (2, 4, 6):
                if done >= at:
                    die(folder, "driver", f"{at}-shards")
            progress(done, left)

        return run(executor, plan, place, told, stop)

    def switching(self: Any, number: int) -> Any:
        die(folder, "driver", "switching")
        old = switch(self, number)
        die(folder, "driver", "switched")
        return old

    def fetching(self: Any, report: Any, path: Path) -> None:
        fetch(self, report, path)
        if path.name.endswith("3.parquet"):
            die(folder, "driver", "fetching")

    def worker(address: str, threads: int) -> Callable[[int], None]:
        return partial(embed, faults, address, threads)

    def command(address: str, threads: int) -> list[str]:
        program = [sys.executable, "-m", "bench.kills.faults", faults, "embed"]
        return [*program, address, str(threads)]

    with (
        patched(driving, "drive", watched),
        patched(sharding, "shard_worker", worker),
        patched(sharding, "shard_command", command),
        patched(IndexDirectory, "switch", switching),
        patched(ShardPlace, "fetch", fetching),
    ):
        return main(words)


@contextmanager
def patched(where: Any, name: str, what: Any) -> Iterator[None]:
    """Have another thing at a place, for a while."""
    whole = getattr(where, name)
    setattr(where, name, what)
    try:
        yield
    finally:
        setattr(where, name, whole)


if __name__ == "__main__":
    faults_, what_, *rest = sys.argv[1:]
    if what_ == "drive":
        sys.exit(drive(faults_, rest))
    from bench.kills import faults as importable

    importable.embed(faults_, rest[0], int(rest[1]), int(rest[2]))

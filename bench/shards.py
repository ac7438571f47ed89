"""Chips a second and core of builds in shards, beside a build in one process.

    python -m bench.shards [--pictures 2000] [--on local:2 dask] [--bucket]

Pictures are made (JPEG, 256 pixels, in ten tars). Each build runs as a command of its
own, and its processor time with all of its children is counted, the cluster's too, so
that a busy machine does not tell. ``--bucket`` reads and works in a SeaweedFS of its
own, whose time is not counted. All indexes are compared: same ids, same vectors.
"""

import argparse
import io
import os
import resource
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from bench.services.seaweed import Seaweed
from rsrag.indexing.format.parts import read_parts
from rsrag.indexing.generations.index_directory import IndexDirectory
from rsrag.objects.open_place import open_objects


def main() -> None:
    """Print a line a build."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pictures", type=int, default=2_000)
    parser.add_argument("--on", nargs="+", default=["local:1", "local:2", "dask"])
    parser.add_argument("--bucket", action="store_true")
    args = parser.parse_args()
    for on in args.on:
        if on != "dask" and not on.startswith("local:"):
            parser.error(f"{on}: its workers are no children, and their time not seen")
    with tempfile.TemporaryDirectory(prefix="rsrag-shards-") as name:
        folder = Path(name)
        write_archive(folder / "archive", args.pictures)
        with seaweed(folder) if args.bucket else nullcontext(name) as place:
            source = f"{place}/archive"
            one = build(folder, source, "one", args.pictures, [])
            for number, on in enumerate(args.on):
                work = ["--work", f"{place}/work-{number}", "--on"]
                with dask() if on == "dask" else nullcontext(on) as where:
                    index = f"shards-{number}"
                    rate = build(folder, source, index, args.pictures, [*work, where])
                same = equal(folder, "one", index)
                print(f"{on:10} {rate / one:.2f} of one process; same bits: {same}")


def write_archive(folder: Path, count: int) -> None:
    """Ten tars of pictures like no other."""
    from PIL import Image

    folder.mkdir()
    rng = np.random.default_rng(0)
    for part in range(10):
        with tarfile.open(folder / f"{part}.tar", "w") as tar:
            for number in range(count // 10):
                small = rng.integers(0, 255, (16, 16, 3), np.uint8)
                buffer = io.BytesIO()
                Image.fromarray(small).resize((256, 256)).save(buffer, "JPEG")
                info = tarfile.TarInfo(f"{number}.jpg")
                info.size = buffer.tell()
                tar.addfile(info, io.BytesIO(buffer.getvalue()))


@contextmanager
def seaweed(folder: Path) -> Iterator[str]:
    """A bucket that holds the archive; the environment has its keys."""
    server = Seaweed(folder / "seaweed", 58_000)
    server.start()
    os.environ.update(server.environment)
    place = open_objects("s3://bench/run")
    for path in (folder / "archive").iterdir():
        place.create(f"archive/{path.name}", path)
    yield "s3://bench/run"
    server.stop()


@contextmanager
def dask() -> Iterator[str]:
    """A cluster of two workers that do not watch themselves, and its address."""
    import dask as settings
    from distributed import LocalCluster

    settings.config.set({"distributed.worker.profile.enabled": False})
    make: Any = LocalCluster
    with make(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield f"dask:{cluster.scheduler_address}"


def build(folder: Path, source: str, name: str, count: int, more: list[str]) -> float:
    """Build an index; chips a second of processor time."""
    words = ["index", "build", source, "--name", name, "--indexes", str(folder / "ix")]
    shards = ["--shard-chips", "1"] if more else []  # A tar each.
    before = spent()
    done = subprocess.run(
        [sys.executable, "-m", "rsrag", *words, *more, *shards],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    took = spent() - before
    print(f"{name:10} {count / took:7.1f} chips a second of a core ({took:.1f} s)")
    return count / took


def spent() -> float:
    """Processor seconds of this process's children that ended, and of its cluster's."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = 0.0
    for status in Path("/proc/self/task").glob("*/children"):
        for pid in status.read_text().split():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            running += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used.ru_utime + used.ru_stime + running


def equal(folder: Path, one: str, other: str) -> bool:
    """Whether two indexes have the same ids and, to the bit, the same vectors."""
    return rows(folder, one) == rows(folder, other)


def rows(folder: Path, name: str) -> dict[str, bytes]:
    """Vectors of an index by id."""
    directory = IndexDirectory(folder / "ix", name)
    parts = directory.read_manifest().part_paths(directory.current_path())
    return {
        row["id"]: np.float32(row["embedding"]).tobytes()
        for table in read_parts(parts, ["id", "embedding"])
        for row in table.to_pylist()
    }


if __name__ == "__main__":
    main()

"""``rsrag serve`` in processes of its own, and what they take of the machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def served(
    indexes: Path, knowledge: Path | None, workers: int = 1
) -> Iterator[tuple[str, int]]:
    """``rsrag serve`` on a free port: its address and its process."""
    words = ["-m", "rsrag", "serve", "--port", "0", "--indexes", str(indexes)]
    words += ["--workers", str(workers)]
    words += ["--knowledge", str(knowledge)] if knowledge else []
    process = subprocess.Popen(
        [sys.executable, *words], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        yield process.stderr.readline().split()[-1].removesuffix("/ui/"), process.pid
    finally:
        process.terminate()
        process.wait()


def _stat(pid: int | str) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def family(pid: int) -> list[int]:
    """A process and its children, the oldest first."""
    found = [pid]
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # It may end meanwhile.
            if int(_stat(folder.name)[1]) == pid:
                found.append(int(folder.name))
    return sorted(found)


def cpu_s(pid: int) -> float:
    """Seconds of processor that a process and its children have used."""
    used = 0
    for one in family(pid):
        with suppress(OSError):
            used += sum(map(int, _stat(one)[11:13]))
    return used / TICKS


def memory_mb(pid: int) -> str:
    """What a process and its children hold: each at most and now, and all together.

    Memory that several share counts for each of them in what it holds, and once in what
    all hold together.
    """
    most, now, shared = [], [], 0.0
    for one in family(pid):
        with suppress(OSError):
            said = _kilobytes(Path(f"/proc/{one}/status"))
            most.append(f"{said['VmHWM'] / 1024:.0f}")
            now.append(f"{said['VmRSS'] / 1024:.0f}")
            shared += _kilobytes(Path(f"/proc/{one}/smaps_rollup"))["Pss"] / 1024
    return (
        f"resident at most {' + '.join(most)} MB, now {' + '.join(now)} MB, "
        f"together {shared:.0f} MB"
    )


def _kilobytes(file: Path) -> dict[str, int]:
    rows = (line.split() for line in file.read_text().splitlines())
    return {row[0].rstrip(":"): int(row[1]) for row in rows if row[-1] == "kB"}

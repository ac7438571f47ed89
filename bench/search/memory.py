"""What a process holds in memory, and a folder on disk."""

from pathlib import Path

_KB = 1024


def resident(pid: int | str = "self") -> dict[str, int]:
    """Bytes resident, and how many of them no file backs; empty where unknown.

    What a file backs is the page cache's: the system takes it back when others
    need the memory.
    """
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    try:
        lines = rollup.read_text().splitlines()
    except OSError:
        return {}
    sizes = {line.split(":")[0]: line.split()[1] for line in lines[1:]}
    total, own = int(sizes["Rss"]) * _KB, int(sizes["Anonymous"]) * _KB
    return {"total": total, "anonymous": own, "file": total - own}


def quick_look(pid: int) -> tuple[int, int]:
    """Bytes resident and anonymous of another process, cheaply; zeros if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0, 0
    sizes = {line.split(":")[0]: line.split()[1:2] for line in lines}
    total, own = (sizes.get(name) or ["0"] for name in ("VmRSS", "RssAnon"))
    return int(total[0]) * _KB, int(own[0]) * _KB


def machine() -> int:
    """Bytes of memory that the machine, or the group of processes, may use."""
    sizes = []
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        sizes = [int(meminfo.read_text().split()[1]) * _KB]
    group = Path("/sys/fs/cgroup/memory.max")
    if group.exists() and group.read_text().strip() != "max":
        sizes.append(int(group.read_text()))
    return min(sizes, default=2**63)


def on_disk(folder: Path) -> int:
    """Bytes that the files below take."""
    return sum(
        path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()
    )

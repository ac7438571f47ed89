"""The machine a benchmark ran on, and the versions of what took part.

Read from the kernel's files where there are any. Nothing here imports a measured
library, except torch where the kernel shows an accelerator.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench import ROOT

CPU_FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OMP_WAIT_POLICY",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
)
PACKAGES = (
    "numpy",
    "torch",
    "open_clip_torch",
    "faiss-cpu",
    "pyarrow",
    "pillow",
    "rasterio",
    "qdrant-edge-py",
    "tokenizers",
    "llama_cpp_python",
)


def load_average() -> float | None:
    """Processes that ran or waited in the last minute; None where unknown."""
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):
        return None


def describe(scratch: Path) -> dict[str, Any]:
    """Hardware, system and threads as a reader of a page needs them; no host name.

    Args:
        scratch: a folder on the disk that is measured.
    """
    found: dict[str, Any] = {
        "cpu": _cpu_model(),
        "cpu flags": ", ".join(flag for flag in CPU_FLAGS if flag in _cpu_flags()),
        "cores": usable_cores(),
        "caches": _caches(Path("/sys/devices/system/cpu/cpu0/cache")),
        "memory": _memory(),
        "disk": _disk(scratch),
        "gpu": ", ".join(_gpus()),
        "threads": ", ".join(
            f"{name}={os.environ[name]}"
            for name in THREAD_VARIABLES
            if name in os.environ
        ),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
    }
    return {key: value for key, value in found.items() if value not in ("", None)}


def versions_of(packages: Iterable[str]) -> dict[str, str]:
    """Versions by name of distribution; those not installed are left out."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def base_versions() -> dict[str, str]:
    """Of rsrag, with its commit where git tells it, and of what it stands on."""
    own = versions_of(["rsrag"])
    commit = _commit(ROOT)
    if own and commit:
        own = {"rsrag": f"{own['rsrag']} at {commit}"}
    return own | versions_of(PACKAGES)


def usable_cores() -> int:
    """Cores this process may use: by affinity, and by the quota of its container."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:
        cores = os.cpu_count() or 1
    quota = _read("/sys/fs/cgroup/cpu.max").split()
    if len(quota) == 2 and quota[0] != "max":
        cores = min(cores, max(1, round(int(quota[0]) / int(quota[1]))))
    return cores


def _cpu_model() -> str:
    for line in _read("/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _cpu_flags() -> set[str]:
    for line in _read("/proc/cpuinfo").splitlines():
        if line.startswith("flags"):
            return set(line.split(":", 1)[1].split())
    return set()


def _caches(folder: Path) -> str:
    kinds = {"Data": "d", "Instruction": "i", "Unified": ""}
    found = []
    for index in sorted(folder.glob("index*")):
        level, kind, size = (
            _read(index / name).strip() for name in ("level", "type", "size")
        )
        if level and size:
            found.append(f"L{level}{kinds.get(kind, '')} {size}")
    return ", ".join(found)


def _memory() -> str:
    """Of the machine, and what the container allows where that is less."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return ""
    limit = _read("/sys/fs/cgroup/memory.max").strip()
    if limit.isdigit() and int(limit) < total:
        return f"{int(limit) / 1e9:.0f} GB (of {total / 1e9:.0f} GB)"
    return f"{total / 1e9:.0f} GB"


def _disk(folder: Path) -> str:
    """File system of a folder and the kind of disk, as far as the kernel tells."""
    place, best, kind = str(folder.resolve()), "", ""
    for line in _read("/proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        point = before.split()[4]
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, after.split()[0]
    number = folder.stat().st_dev
    block = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    if block.resolve().name.startswith(("vd", "xvd")):
        return f"{kind} on a virtual disk"
    for queue in (block / "queue", block.resolve().parent / "queue"):
        spins = _read(queue / "rotational").strip()
        if spins:
            return f"{kind} on {'a rotating' if spins == '1' else 'a solid-state'} disk"
    return kind


def _gpus() -> list[str]:
    nvidia = Path("/dev/nvidiactl").exists() or Path("/proc/driver/nvidia").exists()
    if not (nvidia or Path("/dev/kfd").exists()):
        return []
    try:
        import torch
    except ImportError:
        return []
    return [
        torch.cuda.get_device_name(number)
        for number in range(torch.cuda.device_count())
    ]


def _commit(root: Path) -> str:
    """Short name of the commit, with ``+`` where measured files differ from it."""
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--abbrev=10", "--exclude=*", "--dirty=+"],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said.stdout.strip()


def _read(path: str | Path) -> str:
    """Text of a file of the kernel; empty where this system has none."""
    if sys.platform == "win32":
        return ""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

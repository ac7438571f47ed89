"""Checks of the machine for ``rsrag doctor``: packages, processor, disk.

No heavy library is imported: versions are read from the packages' metadata, the
processor and the graphics card from what the system tells.
"""

import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag import __version__
from rsrag.config import Settings, available_processors
from rsrag.indexing.checks.findings import Finding
from rsrag.packages import EXTRA_OF

if TYPE_CHECKING:
    from packaging.requirements import Requirement

SHOWN_PACKAGES = ("numpy", "pyarrow", "onnxruntime", "faiss", "rasterio", "torch")
"""Packages whose versions are worth a line when all are well."""

SAME = {"faiss-cpu": ("faiss-gpu", "faiss-gpu-cu11", "faiss-gpu-cu12")}
"""Packages that others may stand in for."""

EXTRAS = frozenset(EXTRA_OF.values()) - {"recipe"}

LITTLE_DISK = 200_000_000
SMALL_DISK = 5_000_000_000


def packages() -> Iterator[Finding]:
    """Whether what rsrag needs is installed, in versions that it works with."""
    from packaging.requirements import Requirement

    python = platform.python_version()
    yield Finding("ok", "python", f"{python}, rsrag {__version__}, {sys.platform}")
    try:
        wanted = metadata.requires("rsrag") or []
    except metadata.PackageNotFoundError:
        what = "is not installed as a package: versions cannot be compared"
        yield Finding("warning", "rsrag", what, "pip install -e .")
        return
    versions: dict[str, str] = {}
    absent: set[str] = set()
    for line in wanted:
        requirement = Requirement(line)
        extra = _extra(requirement)
        if extra is None or requirement.name == "rsrag":
            continue
        version = _version(requirement.name)
        where = f"package {requirement.name}"
        command = f"pip install '{requirement.name}{requirement.specifier}'"
        if version is None and extra:
            absent.add(extra)
        elif version is None:
            yield Finding("problem", where, "is not installed", command)
        elif not requirement.specifier.contains(version, prereleases=True):
            what = f"is {version}, rsrag needs {requirement.specifier}"
            yield Finding("problem", where, what, command)
        else:
            versions[requirement.name.removesuffix("-cpu")] = version
    shown = ", ".join(
        f"{name} {versions[name]}" for name in SHOWN_PACKAGES if name in versions
    )
    yield Finding("ok", "packages", f"{len(versions)} are right: {shown}, …")
    here = ", ".join(sorted(EXTRAS - absent)) or "none"
    left = "; not here: " + ", ".join(sorted(absent)) if absent else ""
    get = f"pip install 'rsrag[{','.join(sorted(absent))}]'" if absent else None
    yield Finding("ok", "extras", here + left, get)


def _extra(requirement: "Requirement") -> str | None:
    """The extra that asks for a package; "" for none, ``None`` for one of ours."""
    marker = requirement.marker
    if marker is None or marker.evaluate({"extra": ""}):
        return ""
    return next((each for each in EXTRAS if marker.evaluate({"extra": each})), None)


def _version(name: str) -> str | None:
    for candidate in (name, *SAME.get(name, ())):
        with suppress(metadata.PackageNotFoundError):
            return metadata.version(candidate)
    return None


def processor(settings: Settings | None) -> Iterator[Finding]:
    """Threads, instruction sets that encoders gain from, memory, graphics cards."""
    from rsrag.stores.faiss.ann_choice import available_memory

    flags = _cpu_flags()
    fast = [name for name in ("avx2", "avx512f", "neon", "asimd") if name in flags]
    bf16 = sorted(flags & {"avx512_bf16", "amx_bf16", "bf16"})
    threads = f"{settings.threads} threads of " if settings else ""
    what = (
        f"{threads}{available_processors()} processors, "
        f"{', '.join(fast) or 'no vector instructions known'}, "
        f"{f'bf16 ({bf16[0]})' if bf16 else 'no bf16: fp32 is used'}, "
        f"{available_memory() / 1e9:.1f} GB of memory free"
    )
    if flags and not fast:
        yield Finding("warning", "processor", f"{what}: encoding will be slow")
    else:
        yield Finding("ok", "processor", what)
    cards = _graphics_cards()
    if not cards:
        yield Finding("ok", "gpu", "none that NVIDIA's driver shows; none is needed")
    elif "+cpu" in (_version("torch") or ""):
        what = f"{', '.join(cards)}, and torch is built without CUDA: it lies idle"
        next_ = "pip install --force-reinstall torch torchvision"
        yield Finding("warning", "gpu", what, next_)
    else:
        yield Finding("ok", "gpu", ", ".join(cards))


def _cpu_flags() -> set[str]:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip().lower() in ("flags", "features"):
                return set(value.split())
    return {"neon"} if platform.machine() in ("arm64", "aarch64") else set()


def _graphics_cards() -> list[str]:
    names = []
    for file in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        with suppress(OSError):
            for line in file.read_text().splitlines():
                if line.startswith("Model:"):
                    names.append(line.partition(":")[2].strip())
    return names or [path.name for path in sorted(Path("/dev").glob("nvidia[0-9]*"))]


def disk(
    folders: Mapping[str, tuple[Path, str]], sizes: Mapping[str, str]
) -> Iterator[Finding]:
    """Room in the folders that rsrag writes to, and whether it may.

    Args:
        folders: by what they are for, with why it is they; they need not exist yet.
        sizes: what lies in each, in words.
    """
    for name, (folder, why) in folders.items():
        there = _nearest(folder)
        free = shutil.disk_usage(there).free
        room = f"{folder.absolute()}, {sizes[name]}, {free / 1e9:.1f} GB free"
        room += f" ({why})" if why else ""
        if not os.access(there, os.W_OK | os.X_OK):
            what = f"{folder.absolute()} cannot be written"
            yield Finding("problem", name, what, f"chown or chmod {there}")
        elif free < LITTLE_DISK:
            yield Finding("problem", name, f"{room}: nothing can be built", "df -h")
        elif free < SMALL_DISK:
            yield Finding(
                "warning", name, f"{room}: a large build may not fit", "df -h"
            )
        else:
            yield Finding("ok", name, room)


def _nearest(folder: Path) -> Path:
    """The folder itself, or the one that it would be made in."""
    for candidate in (folder.absolute(), *folder.absolute().parents):
        if candidate.is_dir():
            return candidate
    return Path("/")

"""What ``rsrag doctor`` looks at on the machine: packages, processor, disk, variables.

No heavy library is imported: versions are read from the packages' metadata, the
processor and the graphics card from what the system tells.
"""

import difflib
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from rsrag import __version__
from rsrag.config import Settings, available_processors
from rsrag.indexing.checks.findings import Finding

SHOWN_PACKAGES = ("numpy", "pyarrow", "torch", "open_clip_torch", "faiss", "rasterio")
"""Packages whose versions are worth a line when all are well."""

SAME = {"faiss-cpu": ("faiss-gpu", "faiss-gpu-cu11", "faiss-gpu-cu12")}
"""Packages that others may stand in for."""

LITTLE_DISK = 200_000_000
SMALL_DISK = 5_000_000_000

VARIABLES = (
    "RSRAG_INDEXES",
    "RSRAG_KNOWLEDGE",
    "RSRAG_LLM",
    "RSRAG_LLM_URL",
    "RSRAG_LLM_API_KEY",
    "RSRAG_ENCODER",
    "RSRAG_THREADS",
    "RSRAG_OFFLINE",
)
"""Those of rsrag's own, as ``rsrag.config`` lists them."""

_TRUTH = {"", "0", "1", "ON", "OFF", "YES", "NO", "TRUE", "FALSE"}


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
    for line in wanted:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        version = _version(requirement.name)
        where = f"package {requirement.name}"
        command = f"pip install '{requirement.name}{requirement.specifier}'"
        if version is None:
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


def variables(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Environment variables that rsrag reads, and values that cannot be."""
    wrong = list(_wrong_values(environ))
    yield from wrong
    for name in sorted(environ):
        if name.startswith("RSRAG_") and name not in VARIABLES:
            near = difflib.get_close_matches(name, VARIABLES, 1)
            next_ = f"export {near[0]}=…" if near else None
            yield Finding("warning", name, "is not a variable that rsrag reads", next_)
    names = [
        name for name in (*VARIABLES, "HF_HOME", "QDRANT_URL") if environ.get(name)
    ]
    if not wrong:
        yield Finding("ok", "variables", f"set: {', '.join(names) or 'none'}")


def _wrong_values(environ: Mapping[str, str]) -> Iterator[Finding]:
    from rsrag.encoders.encoder_registry import OPEN_CLIP, encoder_names

    threads = environ.get("RSRAG_THREADS", "")
    if threads and not (threads.isdecimal() and int(threads)):
        what = f"is {threads!r}; it must be a whole number of at least 1"
        yield Finding("problem", "RSRAG_THREADS", what, "unset RSRAG_THREADS")
    encoder = environ.get("RSRAG_ENCODER", "")
    known = encoder in ("", *encoder_names()) or encoder.startswith(OPEN_CLIP)
    if not known:
        what = f"is {encoder!r}, and no encoder has that name"
        yield Finding("problem", "RSRAG_ENCODER", what, "rsrag models list")
    for name in ("RSRAG_INDEXES", "RSRAG_KNOWLEDGE"):
        folder = environ.get(name, "")
        if folder and Path(folder).exists() and not Path(folder).is_dir():
            what = f"is {folder}, which is no folder"
            yield Finding("problem", name, what, f"export {name}=FOLDER")
        elif folder and not Path(folder).exists():
            yield Finding("warning", name, f"is {folder}, which is not there yet")
    model = environ.get("RSRAG_LLM", "")
    if model and not _is_gguf(Path(model)):
        what = f"is {model}, which is no GGUF file"
        yield Finding("problem", "RSRAG_LLM", what, "export RSRAG_LLM=MODEL.gguf")
    for name in ("RSRAG_LLM_URL", "QDRANT_URL"):
        url = environ.get(name, "")
        if url and not url.startswith(("http://", "https://")):
            what = f"is {url!r}, which is no http address"
            yield Finding("problem", name, what, f"export {name}=http://HOST:PORT")
    for name in ("HF_HUB_OFFLINE", "RSRAG_OFFLINE"):
        if environ.get(name, "").upper() not in _TRUTH:
            what = f"is {environ[name]!r}, which counts as unset"
            yield Finding("warning", name, what, f"export {name}=1")


def _is_gguf(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        return file.read(4) == b"GGUF"
    return False


def disk(folders: Mapping[str, Path], sizes: Mapping[str, str]) -> Iterator[Finding]:
    """Room in the folders that rsrag writes to, and whether it may.

    Args:
        folders: by what they are for; they need not exist yet.
        sizes: what lies in each, in words.
    """
    for name, folder in folders.items():
        there = _nearest(folder)
        free = shutil.disk_usage(there).free
        room = f"{folder.absolute()}, {sizes[name]}, {free / 1e9:.1f} GB free"
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

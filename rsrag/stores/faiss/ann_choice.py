"""Choice of a FAISS index by vectors and memory, with the reason."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rsrag.errors import StoreError

FLAT_LIMIT = 200_000
"""Up to so many vectors an exact scan is fast enough."""

NAMES = ("flat", "hnsw", "ivf-sq8", "ivf-pq")

_HNSW_LINKS = 32
_SCAN_BYTES_PER_MS = 12e6
_FIRST_PROBES = 8
_LEAST_PROBES = 64


@dataclass(frozen=True, slots=True)
class AnnChoice:
    """A kind of index.

    Attributes:
        name: one of :data:`NAMES`.
        parameters: of building and searching. ``refine`` is how many candidates are
            scored exactly for each hit asked for.
        reason: why this one, ``NAME: ...``.
    """

    name: str
    parameters: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse what ``store.json`` may say and no index has."""
        if self.name not in NAMES:
            raise ValueError(f"no FAISS index is called {self.name!r}")
        wanted = _parameters(self.name, 10_000, 8).keys()
        if (
            self.parameters.keys() != wanted
            or min(self.parameters.values(), default=1) < 1
        ):
            raise ValueError(f"{self.name} with {dict(self.parameters)}")


def choose_ann(count: int, dim: int, memory_bytes: int) -> AnnChoice:
    """An index for ``count`` vectors of width ``dim``, in the memory that is free."""
    vectors = count * dim * 4
    if count <= FLAT_LIMIT:
        bound = _round_up(vectors / _SCAN_BYTES_PER_MS)
        why = f"{count:,} vectors, exact search takes under {bound} ms"
        return _choice("flat", count, dim, why)
    codes = count * (dim + 8)
    have = f"of the {_size(memory_bytes)} free"
    if codes <= memory_bytes // 2:
        why = f"{count:,} vectors, building takes {_size(codes)} {have}"
        return _choice("ivf-sq8", count, dim, why)
    why = (
        f"{count:,} vectors, 8-bit codes of {_size(codes)} take more than half {have}; "
        "texts are found less surely"
    )
    return _choice("ivf-pq", count, dim, why)


def asked_for(name: str, count: int, dim: int) -> AnnChoice:
    """The index that the user names; ``StoreError`` if there is none of that name."""
    if name not in NAMES:
        raise StoreError(
            f"No FAISS index is called {name!r}.",
            hint=f"--ann takes auto, {', '.join(NAMES)}",
        )
    return _choice(name, count, dim, f"asked for, {count:,} vectors")


def _choice(name: str, count: int, dim: int, why: str) -> AnnChoice:
    return AnnChoice(name, _parameters(name, count, dim), f"{name}: {why}")


def _parameters(name: str, count: int, dim: int) -> dict[str, int]:
    """Numbers for a recall@10 of 0.97 and more on clustered vectors."""
    if name == "flat":
        return {}
    if name == "hnsw":
        return {"M": _HNSW_LINKS, "efConstruction": 160, "efSearch": 128, "refine": 2}
    # FAISS asks for 39 training vectors a list before it complains.
    nlist = max(1, min(round(4 * math.sqrt(count)), count // 39))
    parameters = {
        "nlist": nlist,
        "nprobe": min(nlist, _FIRST_PROBES),
        "nprobe_max": min(nlist, max(_LEAST_PROBES, nlist // 6)),
    }
    if name == "ivf-sq8":
        return {**parameters, "refine": 2}
    # A byte for eight components, or for fewer where dim does not divide so.
    parts = next(m for m in range(max(dim // 8, 1), dim + 1) if dim % m == 0)
    return {**parameters, "m": parts, "refine": 40}


def available_memory() -> int:
    """Bytes that a new index may take: free memory, or the container's rest."""
    meminfo = Path("/proc/meminfo")
    lines = meminfo.read_text().splitlines() if meminfo.exists() else []
    free = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    limits = [int(number) * 1024 for number in free]
    if not limits:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
        limits.append(pages * size // 2)
    group = Path("/sys/fs/cgroup")
    try:
        most = (group / "memory.max").read_text().strip()
        used = int((group / "memory.current").read_text())
        if most != "max":
            limits.append(max(int(most) - used, 0))
    except (OSError, ValueError):
        pass  # no control group limits the memory
    return min(limits)


def _round_up(milliseconds: float) -> int:
    steps = (10, 20, 50, 100, 200, 500, 1000)
    return next((step for step in steps if milliseconds < step), 2000)


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"

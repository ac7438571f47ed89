"""Pieces: one system at one size over one cloud, measured once and kept as JSON."""

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import numpy as np

from bench.clouds import Array, Cloud, Clustered, Repeated
from bench.options import Options
from bench.search.child import KINDS, K
from bench.search.memory import machine
from bench.search.oracle import remembered
from bench.search.places import REGIONS
from bench.search.processes import Ended, run_child
from bench.search.rows import Rows, prepare, size_of
from bench.search.systems import SYSTEMS

Piece = dict[str, Any]

FORMAT = 1
GOAL_RECALL = 0.97
GOAL_RECALL_LARGE = 0.95
LARGE = 5_000_000

_REAL = Path("whurs19") / "georsclip_vit_b_32.npz"
_SPARE_MEMORY = 0.85


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is asked in a mode."""

    sizes: tuple[int, ...]
    queries: int
    filtered: int
    singles: int
    timing_s: float
    phase_s: float


PLANS = {
    "quick": Plan((20_000,), 1_000, 200, 1_000, 0.5, 300),
    "full": Plan((100_000, 1_000_000, 10_000_000), 2_000, 500, 2_000, 20, 4 * 3600),
}


def measured(options: Options) -> tuple[list[Piece], list[str]]:
    """Measure what is asked for and missing.

    Returns:
        All pieces of this mode that there are, and what a reader has to know: what
        was left out, and why.
    """
    plan = PLANS[options.mode]
    notes: list[str] = []
    systems = _chosen("RSRAG_BENCH_SYSTEMS", SYSTEMS)
    kept = options.work / "pieces" / options.mode
    kept.mkdir(parents=True, exist_ok=True)
    left: list[Piece] = []
    for count in options.sizes or plan.sizes:
        for cloud in _clouds(options, count, notes):
            for system in systems:
                path = kept / f"{cloud.name.split(',')[0]}-{count}-{system}.json"
                if _read(path) and not os.environ.get("RSRAG_BENCH_AGAIN"):
                    continue
                new = _piece(options, plan, cloud, system)
                options.say(f"{cloud.name}, {count:,}, {system}: {_told(new)}")
                if "left out" in new:
                    left.append(new)
                else:
                    _write(path, new)
    pieces = [piece for path in kept.glob("*.json") if (piece := _read(path))]
    there = {_key(piece) for piece in pieces}
    pieces += [piece for piece in left if _key(piece) not in there]
    order = list(SYSTEMS)
    pieces.sort(key=lambda p: (p["count"], p["cloud"], order.index(p["system"])))
    return pieces, notes


def _piece(options: Options, plan: Plan, cloud: Cloud, name: str) -> Piece:
    said = {
        "format": FORMAT,
        "cloud": cloud.name,
        "count": cloud.count,
        "dim": cloud.dim,
        "system": name,
        "mode": options.mode,
    }
    system = SYSTEMS[name].load()
    said["tuned"] = system.tuned
    try:
        said["versions"] = {each: version(each) for each in system.packages}
    except PackageNotFoundError as exc:
        why = f"{exc.name} is not installed: pip install 'rsrag[bench]'"
        return {**said, "left out": why}
    need = system.memory(cloud.count, cloud.dim)
    if need > _SPARE_MEMORY * machine():
        why = f"needs {need / 1e9:.0f} GB of memory, there are {machine() / 1e9:.0f}"
        return {**said, "left out": why}
    data = options.work / f"rows-{cloud.name.split(',')[0]}-{cloud.count}"
    need = system.disk(cloud.count, cloud.dim)
    if not (data / "rows.json").exists():
        need += size_of(cloud.count, cloud.dim)
    free = shutil.disk_usage(options.work).free
    if need > free:
        why = f"needs {need / 1e9:.0f} GB of disk, {free / 1e9:.0f} are free"
        return {**said, "left out": why}
    rows = prepare(cloud, data)
    folder = options.work / "index"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    job = {
        "system": name,
        "folder": str(folder),
        "rows": str(rows.folder),
        "count": rows.count,
        "dim": rows.dim,
        "truth": str(_truth(cloud, rows, plan)),
        "target": target(cloud.count),
        "singles": plan.singles,
        "limit_s": plan.timing_s,
        "rounds": options.rounds,
    }
    hours = os.environ.get("RSRAG_BENCH_LIMIT_H")
    limit_s = float(hours) * 3600 if hours else plan.phase_s
    try:
        phases: Iterable[Literal["build", "serve"]] = ("build", "serve")
        for phase in phases:
            said[phase] = run_child(phase, job, options.work, limit_s)
    except Ended as exc:
        return {**said, "left out" if exc.again else "ended": str(exc)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return said


def target(count: int) -> float:
    """Recall@10 that settings are chosen for at a size."""
    return GOAL_RECALL if count < LARGE else GOAL_RECALL_LARGE


def _truth(cloud: Cloud, rows: Rows, plan: Plan) -> Path:
    path = rows.folder / "truth.npz"
    both = [cloud.queries(kind, plan.queries // 2) for kind in KINDS]
    queries: Array = np.stack(both, axis=1).reshape(-1, cloud.dim)
    remembered(path, rows, queries, K, REGIONS, plan.filtered)
    return path


def _clouds(options: Options, count: int, notes: list[str]) -> list[Cloud]:
    """Of a size; only the drawn one in quick mode and, unless named, at the largest."""
    named = os.environ.get("RSRAG_BENCH_CLOUDS")
    usual = "clustered" if options.mode == "quick" or count >= LARGE else ""
    wanted = (named or usual or "clustered,real").split(",")
    clouds: list[Cloud] = [Clustered(count)] if "clustered" in wanted else []
    if "real" in wanted:
        path = options.data and options.data / _REAL
        if path and path.is_file():
            clouds.append(Repeated(count, path))
        else:
            notes.append("Without real vectors, repeated: --data names no folder.")
    return clouds


def _chosen(variable: str, known: Iterable[str]) -> list[str]:
    asked = os.environ.get(variable)
    names = asked.split(",") if asked else list(known)
    for name in names:
        if name not in known:
            raise ValueError(f"{variable}: {name!r} is none of {', '.join(known)}")
    return names


def _told(piece: Piece) -> str:
    for reason in ("left out", "ended"):
        if reason in piece:
            return str(piece[reason])
    serve, built = piece["serve"], piece["build"]["seconds"]
    found = next(s for s in serve["sweep"] if s["setting"] == serve["chosen"])
    return (
        f"built in {built:.1f} s, recall {min(found['recall'].values()):.3f} at "
        f"{found['qps']:,.0f}/s, p50 {serve['single']['p50_ms']:.2f} ms"
    )


def _key(piece: Piece) -> tuple[str, int, str]:
    return piece["cloud"], piece["count"], piece["system"]


def _read(path: Path) -> Piece | None:
    """A piece, if one of this format is there."""
    if not path.exists():
        return None
    piece: Piece = json.loads(path.read_text(encoding="utf-8"))
    return piece if piece.get("format") == FORMAT else None


def _write(path: Path, piece: Piece) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(piece, indent=1), encoding="utf-8")
    part.replace(path)

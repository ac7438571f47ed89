"""One system in a process of its own: ``python -m bench.search.child JOB.json``.

The process that builds ends before the one that searches begins, so that each one's
memory is its own. What was measured is written as JSON where the job says.
"""

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.clouds import Array, Kind
from bench.search.memory import on_disk, resident
from bench.search.oracle import NONE, Found, recall
from bench.search.places import REGIONS, Region
from bench.search.rows import Rows
from bench.search.systems import SYSTEMS, Setting, System
from bench.timing import seconds

K = 10
KINDS: tuple[Kind, Kind] = ("image", "text")
ENOUGH = 0.995
"""A sweep ends with the first setting that finds so much for both kinds."""

_PILOT = 8
_WARM = 20


@dataclass(frozen=True, slots=True)
class Job:
    """What a child is to do.

    Attributes:
        phase: ``build`` or ``serve``.
        system: name in :data:`bench.search.systems.SYSTEMS`.
        folder: of its files.
        rows: folder of the vectors.
        count: of vectors.
        dim: their width.
        truth: file of the exact answers, with the queries: an image, a text, and so on.
        target: recall that chooses the setting.
        singles: how many single queries.
        limit_s: about how long one timing may take, single queries four times that;
            then fewer are asked.
        rounds: of batched timings.
        report: where to write.
    """

    phase: str
    system: str
    folder: str
    rows: str
    count: int
    dim: int
    truth: str
    target: float
    singles: int
    limit_s: float
    rounds: int
    report: str

    def write(self, path: Path) -> None:
        """For the child to read."""
        path.write_text(json.dumps(asdict(self)))


def build(system: System, rows: Rows) -> dict[str, Any]:
    """Build, and say how long it took and what it left on disk."""
    taken = seconds(lambda: system.build(rows))
    used = time.process_time()
    return {"seconds": taken, "processor_s": used, "disk": on_disk(system.folder)}


def serve(system: System, rows: Rows, job: Job) -> dict[str, Any]:
    """Open from disk, search in all ways, and say how long, how well, how large."""
    with np.load(job.truth) as kept:
        truth = {name: kept[name] for name in kept.files}
    queries = truth.pop("queries")
    base = resident()
    opened = seconds(lambda: system.open(rows))
    first = seconds(lambda: system.search(queries[:1], K, system.settings[0]))
    warm = seconds(lambda: _warm(system, queries, job.limit_s))
    sweep = []
    for setting in system.settings:
        sweep.append(_batched(system, queries, truth[NONE], setting, job))
        if min(sweep[-1]["recall"].values()) >= ENOUGH:
            break
    chosen = next(
        (one for one in sweep if min(one["recall"].values()) >= job.target), sweep[-1]
    )
    setting = chosen["setting"]
    single = _single(
        lambda query: system.search(query[None], K, setting)[0].tolist(),
        queries,
        job.singles,
        4 * job.limit_s,
    )
    del single["found"]
    gc.collect()
    rest = resident()
    filtered = {
        region.name: _filtered(system, queries, truth[region.name], region, job, chosen)
        for region in REGIONS
    }
    asked = single["asked"] + sum(one["asked"] for one in sweep)
    return {
        "base": base,
        "open_s": opened,
        "first_ms": 1000 * first,
        "warm_s": warm,
        "sweep": sweep,
        "chosen": setting,
        "reached": min(chosen["recall"].values()) >= job.target,
        "single": single,
        "rest": rest,
        "asked": asked,
        "filtered": filtered,
        "after_filters": resident(),
        "about": system.about(),
    }


def _warm(system: System, queries: Array, limit_s: float) -> None:
    """Ask all queries once, as far as there is time, so that what is timed is warm.

    What a system leaves in files is then in memory as far as it is needed.
    """
    began = time.perf_counter()
    for start in range(0, len(queries), _PILOT):
        system.search(queries[start : start + _PILOT], K, system.settings[0])
        if time.perf_counter() - began > 4 * limit_s:
            break


def _batched(
    system: System, queries: Array, truth: Found, setting: Setting, job: Job
) -> dict[str, Any]:
    """Recall and queries/s of each kind, all of a kind in one call."""
    found: dict[str, float] = {}
    speed: dict[str, float] = {}
    asked = 0
    for which, kind in enumerate(KINDS):
        own, right = queries[which::2], truth[which::2]
        began = time.perf_counter()
        system.search(own[:_PILOT], K, setting)
        each = (time.perf_counter() - began) / _PILOT
        count = int(min(len(own), max(_PILOT, job.limit_s / each)))
        rounds = max(1, min(job.rounds, int(job.limit_s / (count * each))))
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            rows = system.search(own[:count], K, setting)
            times.append(time.perf_counter() - began)
        found[kind] = recall(rows, right[:count])
        speed[kind] = count / statistics.median(times)
        asked += _PILOT + count * rounds
    both = {"recall": found, "speed": speed, "asked": asked}
    return {"setting": setting, "qps": statistics.harmonic_mean(speed.values()), **both}


def _single(
    search: Callable[[Array], list[int]], queries: Array, count: int, limit_s: float
) -> dict[str, Any]:
    """Milliseconds of one query at a time, after some that are not counted.

    Stops after ``limit_s``, but not before a few were asked.
    """
    began = time.perf_counter()
    for query in queries[:_WARM]:
        search(query)
        if time.perf_counter() - began > limit_s / 4:
            break
    times: list[float] = []
    found: list[list[int]] = []
    began = time.perf_counter()
    while len(times) < count:
        query = queries[len(times) % len(queries)]
        started = time.perf_counter()
        rows = search(query)
        times.append(time.perf_counter() - started)
        found.append(rows)
        if time.perf_counter() - began > limit_s and len(times) >= _WARM:
            break
    p50, p99 = (1000 * float(np.percentile(times, part)) for part in (50, 99))
    return {"p50_ms": p50, "p99_ms": p99, "asked": len(times), "found": found}


def _filtered(
    system: System,
    queries: Array,
    truth: Found,
    region: Region,
    job: Job,
    chosen: dict[str, Any],
) -> dict[str, Any]:
    """Recall and milliseconds of single queries that name a region."""
    setting = chosen["setting"]
    took = _single(
        lambda query: system.inside(query, K, setting, region),
        queries[: len(truth)],
        len(truth),
        job.limit_s,
    )
    found = took.pop("found")
    rows = np.array([(one + [-1] * K)[:K] for one in found], np.int64)
    right = truth[: len(rows)]
    return {
        **took,
        "recall": recall(rows, right),
        "kinds": {
            kind: recall(rows[which::2], right[which::2])
            for which, kind in enumerate(KINDS)
        },
        "short": float(np.mean((rows >= 0).sum(axis=1) < (right >= 0).sum(axis=1))),
    }


def main() -> None:
    """Do the job that the first argument names."""
    job = Job(**json.loads(Path(sys.argv[1]).read_text()))
    rows = Rows(Path(job.rows), job.count, job.dim)
    system = SYSTEMS[job.system].load()(Path(job.folder))
    told = build(system, rows) if job.phase == "build" else serve(system, rows, job)
    Path(job.report).write_text(json.dumps(told))


if __name__ == "__main__":
    main()

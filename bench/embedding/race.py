"""Peers over the same pictures, in turns, and what their vectors have in common."""

import os
import statistics
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.embedding.pictures import ARCHITECTURE, draw_tars
from bench.embedding.workers import Worker
from bench.options import Options
from bench.result import Cell, Goal, Table

LOOP = "plain loop: Pillow, open_clip's transform, fp32, batches of 32"
RETRIEVAL = "clip-retrieval: two workers decode, fp32, batches of 32"
OWN = "rsrag to a published index"
FLOOR = "floor: rsrag's forward pass alone"
PYTHON_OF_RETRIEVAL = "RSRAG_BENCH_CLIP_RETRIEVAL"
"""Path of an interpreter that has clip-retrieval, which pins other versions."""

SHARE_OF_FLOOR, TIMES_THE_LOOP, COSINE = 0.9, 3.0, 0.999


@dataclass(frozen=True, slots=True)
class Peer:
    """One that takes part: its script, its arguments, and how to start it."""

    name: str
    script: str
    arguments: tuple[str | Path, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


def peers_here(
    weights: Path, work: Path, *, gpu: bool = False
) -> tuple[list[Peer], list[str]]:
    """Peers that can run here, and a sentence on each that cannot."""
    device = "cuda" if gpu else "cpu"
    loop = (ARCHITECTURE, weights, device)
    model = f"open_clip:{ARCHITECTURE}"
    found = [
        Peer(LOOP, "plain_loop.py", loop, {"gpu": gpu}),
        Peer(OWN, "own.py", (model, weights, "auto", work), {"gpu": gpu}),
    ]
    python = os.environ.get(PYTHON_OF_RETRIEVAL)
    if not python:
        return found, [
            "clip-retrieval was not measured: it pins other versions, so install it "
            "into an environment of its own (`pip install clip-retrieval "
            f"'setuptools<81'`) and give its interpreter as `{PYTHON_OF_RETRIEVAL}`."
        ]
    given = (ARCHITECTURE, weights, work, "2")
    found.append(Peer(RETRIEVAL, "retrieval_peer.py", given, {"python": python}))
    return found, [
        "clip-retrieval runs its own `clip_inference` over the same tars as "
        "webdataset shards, in an environment of its own."
    ]


@dataclass(slots=True)
class Outcome:
    """What a race gave.

    Attributes:
        count: pictures a round.
        seconds: of each round, by peer and for the floor.
        cosines: mean and lowest between a peer's vectors and the loop's.
        stages: seconds of rsrag's stages, added over rounds.
    """

    count: int
    seconds: dict[str, list[float]] = field(default_factory=dict)
    cosines: dict[str, tuple[float, float]] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)

    def ratio(self, over: str, under: str) -> float:
        """Median over rounds of how many times longer ``over`` took."""
        pairs = zip(self.seconds[over], self.seconds[under], strict=True)
        return statistics.median(a / b for a, b in pairs)

    def rows(self) -> list[list[Cell]]:
        """One row for each peer and the floor; dashes for one that took no part."""
        rows: list[list[Cell]] = []
        for name in (LOOP, RETRIEVAL, OWN, FLOOR):
            if name not in self.seconds:
                rows.append([name, None, None, None, None, None])
                continue
            rates = sorted(self.count / s for s in self.seconds[name])
            mean, least = self.cosines.get(name, (None, None))
            spread = f"{rates[0]:.1f} to {rates[-1]:.1f}"
            times = self.ratio(LOOP, name)
            rows.append([name, statistics.median(rates), spread, times, mean, least])
        return rows

    def table(self, title: str, notes: list[str]) -> Table:
        """Of rates and agreement."""
        columns = ("what", "images/s", "range", "times the loop")
        note = [*notes, "Cosines are between a peer's vectors and the loop's."]
        return Table(
            title,
            (*columns, "mean cosine", "lowest cosine"),
            self.rows(),
            " ".join(note),
        )

    def goals(self, source: str) -> list[Goal]:
        """Near the floor, times the loop, and the same vectors."""
        share, times = self.ratio(FLOOR, OWN), self.ratio(LOOP, OWN)
        bound = self.ratio(LOOP, FLOOR)
        mean, least = self.cosines[OWN]
        near, fast = share >= SHARE_OF_FLOOR, times >= TIMES_THE_LOOP
        return [
            Goal(
                f"ViT-B/32 from {source}, end to end, against the forward pass alone",
                f"at least {SHARE_OF_FLOOR:.0%}",
                f"{share:.0%}",
                near,
                ""
                if near
                else "reading, decoding and resizing share the processors with the "
                "forward pass",
            ),
            Goal(
                f"ViT-B/32 from {source}, against the plain loop",
                f"at least {TIMES_THE_LOOP:g} times",
                f"{times:.2f} times",
                fast,
                ""
                if fast
                else f"the forward pass alone is {bound:.2f} times the loop here: what "
                "bfloat16 gives over float32",
            ),
            Goal(
                f"vectors from {source} against fp32, lowest cosine",
                f"at least {COSINE}",
                f"{least:.5f} (mean {mean:.5f})",
                least >= COSINE,
                "" if least >= COSINE else "the precision or the pixels differ",
            ),
        ]


class Race:
    """Workers that stay loaded over several races.

    Args:
        peers: that take part; the loop and rsrag are among them.
        stack: ends the workers.
        options: for its scratch folder.
    """

    def __init__(self, peers: list[Peer], stack: ExitStack, options: Options) -> None:
        """Start the workers."""
        self._work = options.work
        self._workers = {}
        warm = [options.work / "warm-a.tar", options.work / "warm-b.tar"]
        draw_tars(warm, 8)
        for peer in peers:
            options.say(f"starting {peer.name}")
            worker = Worker(peer.script, peer.arguments, **peer.options)
            self._workers[peer.name] = stack.enter_context(worker)
            # Untimed: what a first run imports and caches.
            out = str(options.work / "warm.npz")
            worker.ask(tars=[str(path) for path in warm], out=out)
        self.versions: dict[str, str] = {}

    def run(self, name: str, count: int, rounds: int, **job: Any) -> Outcome:
        """Let each embed the same pictures, in turns.

        Args:
            name: of the files with vectors.
            count: pictures there are.
            rounds: of each.
            job: ``tars``, or ``geotiff`` and ``chip``.
        """
        outcome = Outcome(count)
        out = {
            peer: str(self._work / f"{name}-{number}.npz")
            for number, peer in enumerate(self._workers)
        }
        for _ in range(rounds):
            for peer, worker in self._workers.items():
                if peer == RETRIEVAL and "geotiff" in job:
                    continue
                said = worker.ask(**job, out=out[peer])
                outcome.seconds.setdefault(peer, []).append(said["seconds"])
                if "version" in said:
                    self.versions["clip-retrieval"] = said["version"]
                for stage, seconds in said.get("stages", {}).items():
                    before = outcome.stages.get(stage, 0.0)
                    outcome.stages[stage] = before + seconds
            floor = self._workers[OWN].ask(floor=count)["seconds"]
            outcome.seconds.setdefault(FLOOR, []).append(floor)
        for peer in outcome.seconds.keys() - {LOOP, FLOOR}:
            outcome.cosines[peer] = agreement(out[LOOP], out[peer])
        return outcome


def agreement(first: str, second: str) -> tuple[float, float]:
    """Mean and lowest cosine between vectors of the same names in two files.

    Raises:
        ValueError: the names are not the same.
    """
    one, other = _vectors(first), _vectors(second)
    if one.keys() != other.keys():
        both = sorted(one.keys() ^ other.keys())[:3]
        raise ValueError(f"{first} and {second} embed other pictures: {both}")
    cosines = [float(row @ other[name]) for name, row in one.items()]
    return statistics.mean(cosines), min(cosines)


def _vectors(path: str) -> dict[str, NDArray[np.float32]]:
    with np.load(path) as saved:
        rows = saved["rows"].astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return dict(zip(saved["names"].tolist(), rows, strict=True))

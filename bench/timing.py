"""Clocks for benchmarks: medians of several runs, taken in turns."""

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence


def median_s(work: Callable[[], object], rounds: int) -> float:
    """Median seconds of ``rounds`` calls."""
    return statistics.median(seconds(work) for _ in range(rounds))


def seconds(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turns(
    works: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, list[float]]:
    """Seconds of each call, ``rounds`` of each, one after the other: A B A B.

    What slows the machine for a while then slows all of them.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(seconds(work))
    return taken


def command_s(command: Sequence[str], rounds: int) -> float:
    """Median seconds of a command from start to exit.

    Raises:
        subprocess.CalledProcessError: it failed.
    """

    def run() -> None:
        subprocess.run(command, check=True, capture_output=True)

    return median_s(run, rounds)

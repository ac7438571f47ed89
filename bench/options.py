"""What a benchmark is told before it measures."""

import sys
from dataclasses import dataclass
from pathlib import Path

from bench.result import Mode


@dataclass(frozen=True, slots=True)
class Options:
    """How one benchmark is to run.

    Attributes:
        mode: ``quick``: all benchmarks together in under ten minutes on two cores;
            ``full``: hours are allowed.
        work: an empty scratch folder of this benchmark, removed afterwards.
        data: a folder with ``rsicd/``, ``rswk/`` and ``whurs19/``; None: do without
            and say so in the result.
        sizes: to measure at, ascending; empty: those of the mode.
        rounds: of each timing; medians are taken over them.
    """

    mode: Mode
    work: Path
    data: Path | None
    sizes: tuple[int, ...]
    rounds: int

    def say(self, line: str) -> None:
        """Print a line of progress on stderr."""
        print(line, file=sys.stderr, flush=True)

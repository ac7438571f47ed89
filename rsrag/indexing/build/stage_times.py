"""Seconds that the stages of a build take."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class StageTimes:
    """Seconds that were spent in each stage, added over threads."""

    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, since: float) -> float:
        """Count the time since ``since`` for a stage; gives the time now."""
        now = time.perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - since
        return now

    def timed(self, name: str, call: Callable[[], T]) -> T:
        """Run a stage and count its time."""
        since = time.perf_counter()
        result = call()
        self.add(name, since)
        return result

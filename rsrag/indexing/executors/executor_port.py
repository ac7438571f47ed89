"""The port to whatever embeds shards, near or far."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from rsrag.errors import RsragError

Work = Callable[[int], None]
"""Embeds the shard of a number and puts its part; it can be pickled, and does nothing
where the shard is done."""


class Outcome(NamedTuple):
    """A shard that a worker is through with.

    Attributes:
        number: of the shard.
        error: why it is not done; ``None`` if it is, as far as the worker says.
    """

    number: int
    error: str | None


class Executor(Protocol):
    """Runs shards, each at least once, in any order.

    What is lost with a worker is an outcome with an error: an executor gives no shard
    up and tries none again, its caller does.
    """

    @property
    def slots(self) -> int:
        """How many shards it takes at once."""
        ...

    def submit(self, number: int) -> None:
        """Take a shard; returns at once."""
        ...

    def wait(self) -> list[Outcome]:
        """Outcomes since the last call; it waits for one, and may give none."""
        ...

    def stop(self) -> None:
        """Let go of all workers; what they were doing is lost."""
        ...


def tried(work: Work, number: int) -> str | None:
    """Do a shard, in a worker; what went wrong, in words."""
    try:
        work(number)
    except Exception as error:  # Of any library; the driver tells of it.
        return failure_words(error)
    return None


def failure_words(error: Exception) -> str:
    """An error in one line, with its hint if it is one of ours."""
    if isinstance(error, RsragError):
        return error.with_hint
    return f"{type(error).__name__}: {error}"

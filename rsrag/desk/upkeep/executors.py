"""Which executor ``--on`` names."""

import re
from collections.abc import Callable

from rsrag.config import available_processors
from rsrag.desk.upkeep.build_choices import Sharding
from rsrag.errors import ConfigError
from rsrag.indexing.executors.executor_port import Executor, Work

WAYS = "local:4, ray, ray://HOST:10001, dask:tcp://HOST:8786, slurm or slurm:PARTITION"

OpenExecutor = Callable[[str, Work], Executor]
"""Address of the plan, and what embeds a shard of it: the executor."""


def executor_opener(sharding: Sharding) -> OpenExecutor:
    """What opens the executor that is named; nothing is asked of a cluster yet.

    Raises:
        ConfigError: no such executor.
    """
    on = sharding.on
    if match := re.fullmatch(r"local(?::(\d{1,3}))?", on):
        workers = int(match[1]) if match[1] else available_processors()
        if workers:
            return lambda address, work: _local(work, workers)
    raise ConfigError(f"--on {on} is no place to embed.", hint=f"--on {WAYS}")


def _local(work: Work, workers: int) -> Executor:
    from rsrag.indexing.executors.local_processes import LocalProcesses

    return LocalProcesses(work, workers)

"""Which executor ``--on`` names."""

import re
from collections.abc import Callable

from rsrag.config import available_processors
from rsrag.desk.upkeep.build_choices import Sharding
from rsrag.errors import ConfigError
from rsrag.indexing.executors.executor_port import Executor, Work

WAYS = "local:4, ray, ray://HOST:10001 or dask:tcp://HOST:8786"

OpenExecutor = Callable[[Work], Executor]
"""What embeds a shard: the executor."""


def executor_opener(sharding: Sharding) -> OpenExecutor:
    """What opens the executor that is named; nothing is asked of a cluster yet.

    Raises:
        ConfigError: no such executor.
    """
    on = sharding.on
    if match := re.fullmatch(r"local(?::(\d{1,3}))?", on):
        workers = int(match[1]) if match[1] else available_processors()
        if workers:
            return lambda work: _local(work, workers)
    if on == "ray" or on.startswith("ray://"):
        return lambda work: _ray(work, sharding)
    if on.startswith("dask:"):
        return lambda work: _dask(work, on.removeprefix("dask:"))
    raise ConfigError(f"--on {on} is no place to embed.", hint=f"--on {WAYS}")


def _local(work: Work, workers: int) -> Executor:
    from rsrag.indexing.executors.local_processes import LocalProcesses

    return LocalProcesses(work, workers)


def _ray(work: Work, sharding: Sharding) -> Executor:
    from rsrag.indexing.executors.ray_cluster import RayCluster

    address = "auto" if sharding.on == "ray" else sharding.on
    return RayCluster(work, address, sharding.cpus, sharding.gpus)


def _dask(work: Work, address: str) -> Executor:
    from rsrag.indexing.executors.dask_cluster import DaskCluster

    return DaskCluster(work, address)

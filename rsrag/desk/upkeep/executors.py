"""Which executor ``--on`` names."""

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from rsrag.config import available_processors
from rsrag.desk.upkeep.build_choices import Sharding
from rsrag.errors import ConfigError
from rsrag.indexing.executors.executor_port import Executor, Work

WAYS = "local:4, ray, ray://HOST:10001, dask:tcp://HOST:8786 or slurm[:PARTITION]"

OpenExecutor = Callable[[Work, Sequence[str]], Executor]
"""What embeds a shard, and the command that does the same: the executor."""


def executor_opener(sharding: Sharding) -> OpenExecutor:
    """What opens the executor that is named; nothing is asked of a cluster yet.

    Raises:
        ConfigError: no such executor.
    """
    on = sharding.on
    if match := re.fullmatch(r"local(?::(\d{1,3}))?", on):
        workers = int(match[1]) if match[1] else available_processors()
        if workers:
            return lambda work, _: _local(work, workers)
    if on == "ray" or on.startswith("ray://"):
        return lambda work, _: _ray(work, sharding)
    if on.startswith("dask:"):
        return lambda work, _: _dask(work, on.removeprefix("dask:"))
    if match := re.fullmatch(r"slurm(?::([\w,.-]+))?", on):
        partition = match[1]
        return lambda _, command: _slurm(command, sharding, partition)
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


def _slurm(
    command: Sequence[str], sharding: Sharding, partition: str | None
) -> Executor:
    from rsrag.indexing.executors.slurm_array import SlurmArray

    name = "rsrag-" + hashlib.sha256("\0".join(command).encode()).hexdigest()[:12]
    place = Path() if "://" in sharding.work else Path(sharding.work)
    logs = place.absolute() / "slurm"
    return SlurmArray(command, name, logs, partition, sharding.cpus, sharding.gpus)

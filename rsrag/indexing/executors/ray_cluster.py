"""Workers of a Ray cluster that somebody else runs (Ray Core)."""

import logging
from typing import Any

from rsrag.errors import ConfigError
from rsrag.indexing.executors.executor_port import Executor, Outcome, Work, tried
from rsrag.packages import need

_PATIENCE_S = 5


class RayCluster(Executor):
    """See :class:`rsrag.indexing.executors.executor_port.Executor`.

    A worker keeps its encoder from shard to shard, as Ray keeps the process.

    Args:
        work: embeds a shard; the workers must be able to import it.
        address: ``auto`` for the cluster that this machine is of, or
            ``ray://HOST:10001``; a connection that is open already is used.
        cpus, gpus: of each shard.

    Raises:
        MissingExtraError: the extra ``ray`` is not installed.
        ConfigError: no cluster answers there.
    """

    def __init__(
        self, work: Work, address: str = "auto", cpus: int = 1, gpus: int = 0
    ) -> None:
        need("ray", "A Ray cluster")
        import ray

        self._ray: Any = ray
        self._ours = not ray.is_initialized()
        if self._ours:
            try:
                ray.init(
                    address=address, log_to_driver=False, logging_level=logging.ERROR
                )
            except (ConnectionError, RuntimeError, ValueError) as exc:
                raise ConfigError(
                    f"No Ray cluster answers at {address}: {exc}",
                    hint="RAY_AUTH_MODE=token ray start --head; the same token "
                    "everywhere",
                ) from exc
        self._work, self._share = work, (cpus, gpus)
        self._task = ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=0)(tried)
        self._running: dict[Any, int] = {}

    @property
    def slots(self) -> int:
        """As many as the cluster has processors, or graphics cards, for."""
        there = self._ray.cluster_resources()
        cpus, gpus = self._share
        room = there.get("CPU", 1) / cpus
        if gpus:
            room = min(room, there.get("GPU", 0) / gpus)
        return max(1, int(room))

    def submit(self, number: int) -> None:
        """Give Ray a shard."""
        self._running[self._task.remote(self._work, number)] = number

    def wait(self) -> list[Outcome]:
        """Wait for a shard."""
        done, _ = self._ray.wait(list(self._running), timeout=_PATIENCE_S)
        return [Outcome(self._running.pop(ref), self._error(ref)) for ref in done]

    def stop(self) -> None:
        """Take back what is not done, and leave the cluster."""
        for ref in self._running:
            self._ray.cancel(ref, force=True)
        self._running.clear()
        if self._ours:
            self._ray.shutdown()

    def _error(self, ref: Any) -> str | None:
        from ray.exceptions import RayError

        try:
            error: str | None = self._ray.get(ref)
        except RayError as exc:
            return f"{type(exc).__name__}: {str(exc).splitlines()[0]}"
        return error

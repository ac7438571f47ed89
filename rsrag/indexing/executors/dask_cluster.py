"""Workers of a Dask cluster that somebody else runs."""

from queue import Empty, SimpleQueue
from typing import Any

from rsrag.errors import ConfigError
from rsrag.indexing.executors.executor_port import Executor, Outcome, Work, tried
from rsrag.packages import need

_PATIENCE_S = 5


class DaskCluster(Executor):
    """See :class:`rsrag.indexing.executors.executor_port.Executor`.

    Dask gives a shard whose worker died to another one, four times; then it says so.

    Args:
        work: embeds a shard; the workers must be able to import it.
        address: of the scheduler, ``tcp://HOST:8786``.

    Raises:
        MissingExtraError: the extra ``dask`` is not installed.
        ConfigError: no scheduler answers there.
    """

    def __init__(self, work: Work, address: str) -> None:
        need("distributed", "A Dask cluster")
        from distributed import Client

        self._work = work
        connect: Any = Client
        try:
            self._client = connect(address, timeout="20s", set_as_default=False)
        except (OSError, ValueError) as exc:
            raise ConfigError(
                f"No Dask scheduler answers at {address}: {exc}.",
                hint="dask scheduler, then dask worker tcp://HOST:8786 on each machine",
            ) from exc
        self._running: dict[Any, int] = {}
        self._done: SimpleQueue[Any] = SimpleQueue()

    @property
    def slots(self) -> int:
        """As many as the workers there have threads."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def submit(self, number: int) -> None:
        """Give the scheduler a shard."""
        future = self._client.submit(tried, self._work, number, pure=False)
        self._running[future] = number
        future.add_done_callback(self._done.put)

    def wait(self) -> list[Outcome]:
        """Wait for a shard."""
        try:
            future = self._done.get(timeout=_PATIENCE_S)
        except Empty:
            return []
        return [Outcome(self._running.pop(future), _error(future))]

    def stop(self) -> None:
        """Take back what is not done, and leave the cluster."""
        self._client.cancel(list(self._running))
        self._running.clear()
        self._client.close()


def _error(future: Any) -> str | None:
    if future.status == "finished":
        error: str | None = future.result()
        return error
    if future.status == "error":
        return f"{type(future.exception()).__name__}: {future.exception()}"
    return f"the scheduler gave it up ({future.status})"

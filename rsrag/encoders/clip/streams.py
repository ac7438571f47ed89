"""Forward passes side by side on a CPU, each on one processor.

A pass on all processors waits at the end of every operation for the slowest of them,
which is the one that decodes pictures besides. Passes on one processor each never wait
for another, and give the same numbers. Importing this module imports torch.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

LEAST, MOST = 8, 16
"""Pictures a pass: fewer read the weights too often, more no longer fit the caches."""

T = TypeVar("T")


class Streams:
    """Runs parts of a batch at once. Thread-safe.

    Args:
        count: streams. No thread is started before there is work for two.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def run(
        self,
        call: Callable[[NDArray[np.uint8]], T],
        batch: NDArray[np.uint8],
        alone: int = MOST,
    ) -> list[T]:
        """Results of ``call`` for consecutive parts of a batch, in their order.

        Args:
            call: a pass over one part; it is called from several threads at once.
            batch: ``(n, ...)``. A batch of one part is passed on in this thread, on
                all processors: so a single picture is answered soonest.
            alone: pictures a pass where there is one stream only.

        Raises:
            Exception: what ``call`` raised for the first part that failed.
        """
        step = alone
        if self._count > 1:
            step = min(MOST, max(LEAST, -(-len(batch) // self._count)))
        if min(batch.strides, default=0) < 0:
            # Torch takes no array that runs backwards, not even of one picture.
            batch = batch.copy()
        parts = [batch[start : start + step] for start in range(0, len(batch), step)]
        if len(parts) < 2 or self._count < 2:
            return [call(part) for part in parts]
        return list(self._started().map(call, parts))

    def _started(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = self._start()
            return self._pool

    def _start(self) -> ThreadPoolExecutor:
        everyone = threading.Barrier(self._count + 1)
        before = torch.get_num_threads()

        def begin() -> None:
            torch.set_num_threads(1)
            # A thread takes the common number when it first asks; it is ours as yet.
            torch.get_num_threads()
            everyone.wait()

        pool = ThreadPoolExecutor(self._count, "rsrag-forward", initializer=begin)
        for _ in range(self._count):
            pool.submit(int)
        everyone.wait()
        # It holds for the thread that says it, and for threads not yet begun: those
        # of the caller are to have what they would have had.
        torch.set_num_threads(before)
        return pool


def streams_for(device: torch.device, threads: int | None = None) -> Streams:
    """As many streams as processors on a CPU; one on a GPU, which fills itself.

    Args:
        threads: processors; ``None`` takes as many as torch does.
    """
    if device.type != "cpu":
        return Streams(1)
    return Streams(threads or torch.get_num_threads())

"""Several processes that serve behind one address, and this one, which watches them.

A worker that ends is followed by another; SIGHUP puts a new one in the place of each,
one after the other; SIGTERM and SIGINT end all, once their requests are answered.
"""

import contextlib
import logging
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from rsrag.errors import RsragError
from rsrag.serve.processes.one_worker import OPEN, READY, work
from rsrag.serve.processes.service_log import log_faults
from rsrag.serve.processes.serving_plan import METRICS, ServingPlan

_LOG = logging.getLogger("rsrag.serve.workers")
_STOP_S = 35.0
_YOUNG_S = 10.0
"""A worker that ends before this age is followed after a pause, each time a longer."""
_LONGEST_PAUSE_S = 30.0
_LEAVING = "leaving"
_END = (signal.SIGTERM, signal.SIGINT)


def watch_over(plan: ServingPlan, opened: Callable[[], None]) -> None:
    """Serve with ``plan.options.workers`` processes until SIGINT or SIGTERM.

    Args:
        opened: called once each of them has opened indexes and model.

    Raises:
        RsragError: they cannot.
    """
    log_faults()
    count = plan.options.workers
    before = os.environ.get(METRICS)
    with tempfile.TemporaryDirectory(prefix="rsrag-serve-") as folder:
        metrics, rates = Path(folder) / "metrics", Path(folder) / "rates"
        metrics.mkdir()
        os.environ[METRICS] = str(metrics)
        try:
            _Watch(plan.for_one_of(count, rates), count, opened).run()
        finally:
            if before is None:
                del os.environ[METRICS]
            else:
                os.environ[METRICS] = before


@dataclass(eq=False, slots=True)
class _Worker:
    """A process that serves, and what it last said of itself."""

    process: Any
    pipe: Connection
    since: float
    state: str = "starting"


class _Watch:
    """Starts workers, and does what befits what they and signals say."""

    def __init__(
        self, plan: ServingPlan, count: int, opened: Callable[[], None]
    ) -> None:
        self._plan, self._count, self._opened = plan, count, opened
        self._workers: list[_Worker] = []
        self._due: list[float] = []
        self._pause_s = 0.0
        self._told = self._stopping = False
        self._renewals = 0
        self._new: _Worker | None = None

    def run(self) -> None:
        """Until a signal ends it."""
        with _heard() as self._heard:
            try:
                for _ in range(self._count):
                    self._start()
                while not self._stopping:
                    self._look(self._next_due())
            finally:
                self._end()

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=work, args=(self._plan, theirs), name="rsrag serve"
        )
        process.start()
        theirs.close()
        worker = _Worker(process, ours, time.monotonic())
        self._workers.append(worker)
        return worker

    def _next_due(self) -> float | None:
        return max(0.0, min(self._due) - time.monotonic()) if self._due else None

    def _look(self, timeout: float | None) -> None:
        """Wait for the next thing that happens, and see to it."""
        sources: list[Any] = [self._heard]
        sources += [one.process.sentinel for one in self._workers]
        sources += [one.pipe for one in self._workers if not one.pipe.closed]
        happened = wait(sources, timeout)
        if self._heard in happened:
            for number in os.read(self._heard, 64):
                self._signalled(signal.Signals(number))
        for worker in list(self._workers):
            if worker.pipe in happened:
                self._says(worker)
            if worker.process.sentinel in happened:
                self._ended(worker)
        now = time.monotonic()
        for due in [one for one in self._due if one <= now]:
            self._due.remove(due)
            if not self._stopping:
                self._start()
        self._renew()
        if not self._told and sum(
            one.state in (OPEN, READY) for one in self._workers
        ) == len(self._workers):
            self._told = True
            self._opened()

    def _signalled(self, number: signal.Signals) -> None:
        if number in _END:
            self._stopping = True
        else:
            self._renewals = self._count

    def _says(self, worker: _Worker) -> None:
        try:
            said = worker.pipe.recv()
        except (EOFError, OSError):
            worker.pipe.close()
            return
        if self._stopping or worker.state == _LEAVING:
            return
        if not isinstance(said, RsragError):
            worker.state = said
        elif self._told:
            _LOG.error("a worker cannot start: %s", said.with_hint)
        else:
            raise said

    def _ended(self, worker: _Worker) -> None:
        """Another follows, unless this one had to go."""
        while not worker.pipe.closed:  # What it said last may say why.
            self._says(worker)
        self._workers.remove(worker)
        worker.process.join()
        code = worker.process.exitcode
        _forget(worker.process.pid)
        if worker.state == _LEAVING or self._stopping:
            return
        if not self._told:
            raise RsragError(f"A worker ended with {code} before it could serve.")
        young = time.monotonic() - worker.since < _YOUNG_S
        self._pause_s = min(_LONGEST_PAUSE_S, 2 * self._pause_s or 1) if young else 0
        follows = worker is not self._new
        if follows:
            self._due.append(time.monotonic() + self._pause_s)
        else:
            self._renewals, self._new = 0, None
        then = "another follows" if follows else "those before it serve on"
        _LOG.error("worker %s ended with %s; %s", worker.process.pid, code, then)

    def _renew(self) -> None:
        """Put a new worker in the place of the oldest, once it answers."""
        if self._new is not None:
            if self._new.state != READY:
                return
            self._new, self._renewals = None, self._renewals - 1
            living = [one for one in self._workers if one.state != _LEAVING]
            for old in living[: -self._count]:
                old.state = _LEAVING
                old.process.terminate()
        if self._renewals and not self._stopping:
            self._new = self._start()

    def _end(self) -> None:
        """End all: first asked to, then, late or at a second signal, made to."""
        self._stopping = True
        for worker in self._workers:
            worker.process.terminate()
        end = time.monotonic() + _STOP_S
        while self._workers and (left := end - time.monotonic()) > 0:
            sentinels = [one.process.sentinel for one in self._workers]
            happened = wait([self._heard, *sentinels], left)
            if self._heard in happened:
                break
            for worker in list(self._workers):
                if worker.process.sentinel in happened:
                    self._ended(worker)
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()


def _forget(pid: int) -> None:
    """Leave out of what is counted what held only while a process lived."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(pid)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def _heard() -> Iterator[int]:
    """A pipe from which the numbers of signals are read, to the end of the block."""
    read, write = os.pipe()

    def note(number: int, _: object) -> None:
        os.write(write, bytes([number]))

    numbers = (*_END, signal.SIGHUP)
    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield read
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(read)
        os.close(write)

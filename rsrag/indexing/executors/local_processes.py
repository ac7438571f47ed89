"""Processes of this machine, each with one shard at a time."""

import multiprocessing
import os
import signal
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from rsrag.indexing.executors.executor_port import Executor, Outcome, Work, tried

_GRACE_S = 10


class LocalProcesses(Executor):
    """See :class:`rsrag.indexing.executors.executor_port.Executor`.

    A worker that dies takes only its own shard along; another takes its place.

    Args:
        work: embeds a shard.
        workers: processes, at least one.
    """

    def __init__(self, work: Work, workers: int) -> None:
        self._work, self._workers = work, workers
        self._context = multiprocessing.get_context("spawn")
        self._idle: list[tuple[BaseProcess, Connection]] = []
        self._busy: dict[int, tuple[BaseProcess, Connection]] = {}

    @property
    def slots(self) -> int:
        """As many as there are processes."""
        return self._workers

    def submit(self, number: int) -> None:
        """Give a shard to a process that is idle, or a new one."""
        worker = self._idle.pop() if self._idle else self._begin()
        try:
            worker[1].send(number)
        except OSError:  # It died while it was idle.
            worker = self._begin()
            worker[1].send(number)
        self._busy[number] = worker

    def wait(self) -> list[Outcome]:
        """Wait for a word from a process, or its end."""
        by_pipe = {pipe: number for number, (_, pipe) in self._busy.items()}
        outcomes = []
        for pipe in wait(list(by_pipe)):
            assert isinstance(pipe, Connection)
            number = by_pipe[pipe]
            worker = self._busy.pop(number)
            try:
                outcomes.append(Outcome(number, pipe.recv()))
                self._idle.append(worker)
            except (EOFError, OSError):
                worker[0].join(_GRACE_S)
                code = worker[0].exitcode
                outcomes.append(Outcome(number, f"its worker died (exit code {code})"))
                pipe.close()
        return outcomes

    def stop(self) -> None:
        """End all processes."""
        for process, pipe in (*self._idle, *self._busy.values()):
            pipe.close()
            process.terminate()
        for process, _ in (*self._idle, *self._busy.values()):
            process.join(_GRACE_S)
        self._idle.clear()
        self._busy.clear()

    def _begin(self) -> tuple[BaseProcess, Connection]:
        mine, theirs = self._context.Pipe()
        # Not a daemon: it may use threads and processes of its own.
        process = self._context.Process(target=_serve, args=(self._work, theirs))
        process.start()
        theirs.close()
        return process, mine


def _serve(work: Work, pipe: Connection) -> None:
    """A worker's life: shards until nobody is at the other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()
    with suppress(EOFError, OSError):
        while os.getppid() == parent:
            number = pipe.recv()
            pipe.send(tried(work, number))

"""Tasks of job arrays of a Slurm cluster that somebody else runs."""

import shlex
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rsrag.errors import ConfigError, IndexingError
from rsrag.indexing.executors.executor_port import Executor, Outcome

MOST = 1_000
"""Tasks that are in the queue at once; Slurm's own bound of an array is 1,001."""

_SOONEST_S, _LATEST_S = 1.0, 10.0
_ANSWER_S, _SILENCE_S = 60, 600
_ENDED = (
    *("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "LAUNCH_FAILED"),
    *("NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "RECONFIG_FAIL", "REVOKED", "TIMEOUT"),
)


class SlurmArray(Executor):
    """See :class:`rsrag.indexing.executors.executor_port.Executor`.

    What Slurm's queue says is asked for now and then; accounting is not needed. Tasks
    that an earlier driver of the same work left behind are ended first. ``SBATCH_*``
    variables (account, time, memory) are taken as ``sbatch`` takes them.

    Args:
        command: that does a shard, without its number, which comes last.
        name: of the jobs: one and the same for the same work.
        logs: a folder that all nodes see; made if it is not there.
        partition: of the cluster; the default one for ``None``.
        cpus, gpus: of each task.

    Raises:
        ConfigError: no Slurm here, or it does not answer.
    """

    def __init__(
        self,
        command: Sequence[str],
        name: str,
        logs: Path,
        partition: str | None = None,
        cpus: int = 1,
        gpus: int = 0,
    ) -> None:
        self._command, self._name, self._logs = command, name, logs
        self._how = [f"--cpus-per-task={cpus}"]
        if gpus:
            self._how.append(f"--gres=gpu:{gpus}")
        if partition is not None:
            self._how.append(f"--partition={partition}")
        self._waiting: list[int] = []
        self._running: dict[str, int] = {}
        self._pause = _SOONEST_S
        self._heard = time.monotonic()
        try:
            if self._states():
                self._cancel()
            logs.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise ConfigError(
                f"Slurm cannot be asked: {exc}",
                hint="run this where sbatch works, or --on local",
            ) from exc

    @property
    def slots(self) -> int:
        """As many as are put in the queue at once; Slurm shares out processors."""
        return MOST

    def submit(self, number: int) -> None:
        """Keep a shard for the next array."""
        self._waiting.append(number)

    def wait(self) -> list[Outcome]:
        """Put in the queue what was submitted, wait a while, and ask for the rest.

        Raises:
            IndexingError: Slurm takes no job, or was silent for ten minutes.
        """
        self._put()
        time.sleep(self._pause)
        try:
            states = self._states()
        except OSError as exc:
            if time.monotonic() - self._heard > _SILENCE_S:
                raise IndexingError(
                    f"Slurm has not answered for {_SILENCE_S // 60} minutes: {exc}",
                    hint="tasks that run go on; run the same command again later",
                ) from exc
            return []
        self._heard = time.monotonic()
        outcomes = []
        for task in list(self._running):
            # Of one that the queue has forgotten, its report tells.
            state, _, reason = states.get(task, "COMPLETED").partition(" ")
            if state not in _ENDED and "requeued held" not in reason:
                continue
            number = self._running.pop(task)
            error = None if state == "COMPLETED" else self._words(task, state, reason)
            outcomes.append(Outcome(number, error))
        grown = self._pause * 1.5
        self._pause = _SOONEST_S if outcomes else min(grown, _LATEST_S)
        return outcomes

    def stop(self) -> None:
        """End all tasks; what Slurm does not hear is left to the next driver."""
        with suppress(OSError):
            self._cancel()
        self._running.clear()

    def _put(self) -> None:
        """Put an array in the queue; where that is too much at once, a smaller one."""
        count = len(self._waiting)
        while self._waiting:
            some = self._waiting[:count]
            numbers = " ".join(map(str, some))
            line = shlex.join(self._command)
            script = (
                f"#!/bin/sh\nset -- {numbers}\nshift $SLURM_ARRAY_TASK_ID\n"
                f"exec {line} $1\n"
            )
            words = ["--parsable", "--requeue", f"--job-name={self._name}", *self._how]
            words += [f"--array=0-{len(some) - 1}", f"--output={self._logs}/%A_%a.log"]
            try:
                said = _ask(["sbatch", *words], script)
            except OSError as exc:
                if self._running:
                    return
                if count == 1:
                    raise IndexingError(
                        f"Slurm takes no job: {exc}",
                        hint="SBATCH_ACCOUNT, SBATCH_TIMELIMIT and other SBATCH_ "
                        "variables say what it wants; --on slurm:PARTITION",
                    ) from exc
                count = -(-count // 2)
                continue
            job = said.strip().partition(";")[0]
            for index, number in enumerate(some):
                self._running[f"{job}_{index}"] = number
            del self._waiting[:count]
            self._pause = _SOONEST_S

    def _states(self) -> dict[str, str]:
        """State of each task that the queue remembers, by ``JOB_INDEX``."""
        how = ["--me", f"--name={self._name}", "--states=all", "-r", "-h"]
        said = _ask(["squeue", *how, "-o", "%F_%K %T %r"])
        return dict(line.split(None, 1) for line in said.splitlines() if line.strip())

    def _cancel(self) -> None:
        _ask(["scancel", "--me", f"--name={self._name}"])

    def _words(self, task: str, state: str, reason: str) -> str:
        """What became of a task, with the end of its log."""
        try:
            text = (self._logs / f"{task}.log").read_text("utf-8", "replace")
        except OSError:
            text = ""
        last = [line.strip() for line in text.splitlines() if line.strip()][-2:]
        return "; ".join([f"Slurm's task {task}: {state} ({reason})", *last])


def _ask(words: Sequence[str], script: str | None = None) -> str:
    """What one of Slurm's commands prints; ``OSError`` where it fails."""
    try:
        done = subprocess.run(
            words,
            input=script or "",
            capture_output=True,
            text=True,
            timeout=_ANSWER_S,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise OSError(f"{words[0]} does not answer") from exc
    if done.returncode:
        raise OSError((done.stderr or done.stdout).strip() or f"{words[0]} failed")
    return done.stdout

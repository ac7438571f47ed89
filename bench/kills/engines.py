"""Where shards are embedded, started here: processes, Ray, Dask, Slurm, two workers."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.kills.namespaces import hosts
from bench.services.processes import alive, end, free_port, listens, wait_until
from bench.services.slurm import Slurm

_LIMIT_S, _CABLE_S = 120, 60
_FIRST = 59_000
_STARTED = "Ray runtime started"


@dataclass
class Engine:
    """An engine that runs.

    Attributes:
        on: for ``--on``.
        environment: of the driver.
        node: loses the node of a worker that says who it is, and gets another one.
        other: a second way to lose a worker, or what shares it out.
    """

    on: str
    node: Callable[[Mapping[str, Any]], None]
    other: Callable[[Mapping[str, Any]], None]
    environment: dict[str, str] = field(default_factory=dict)


def kill(who: Mapping[str, Any]) -> None:
    """End a worker from outside."""
    end(int(who["pid"]), signal.SIGKILL)


@contextmanager
def local(folder: Path) -> Iterator[Engine]:
    """Two processes."""
    yield Engine("local:2", kill, kill)


@contextmanager
def dask(folder: Path) -> Iterator[Engine]:
    """A scheduler, and two workers with a nanny each."""
    port = free_port(_FIRST)
    at = f"tcp://127.0.0.1:{port}"
    program = [sys.executable, "-m", "distributed.cli"]
    with ExitStack() as stack:

        def begin(kind: str, *words: str) -> None:
            stack.enter_context(process([f"{program[2]}.{kind}", *words], folder))

        def worker() -> None:
            begin("dask_worker", at, "--nthreads=1", "--no-dashboard", *quiet)

        def nanny(who: Mapping[str, Any]) -> None:
            end(int(who["parent"]), signal.SIGKILL)
            kill(who)
            worker()

        quiet = (f"--local-directory={folder}", "--host=127.0.0.1")
        begin("dask_scheduler", f"--port={port}", "--no-dashboard", "--host=127.0.0.1")
        wait_until(lambda: listens(port), "Dask", _LIMIT_S, folder / "log")
        worker()
        worker()
        yield Engine(f"dask:{at}", nanny, kill)


@contextmanager
def ray(folder: Path) -> Iterator[Engine]:
    """A head without processors, and two hosts of one, behind a token."""
    port = free_port(_FIRST + 100)
    token = folder / "token"
    token.write_text(secrets.token_hex(32))
    with hosts() as net, ExitStack() as stack:
        at = f"{net.here}:{port}"
        here = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}
        here |= {"RAY_ADDRESS": at, "RAY_USAGE_STATS_ENABLED": "0"}

        def begin(*words: str, before: Sequence[str] = ()) -> None:
            module = ["ray.scripts.scripts", "start", "--block"]
            how = [f"--object-store-memory={100 << 20}"]
            log = folder / "log"
            there = log.read_text().count(_STARTED) if log.exists() else 0
            stack.enter_context(process([*module, *how, *words], folder, here, before))
            # One after the other: they find ports and names in one folder.
            wait_until(
                lambda: log.read_text().count(_STARTED) > there, "Ray", _LIMIT_S, log
            )

        def node(host: str) -> None:
            how = [f"--node-ip-address={net.there[host]}", "--num-cpus=1"]
            begin(f"--address={at}", *how, before=net.on(host))

        def lose(who: Mapping[str, Any]) -> None:
            host = net.of(int(who["pid"]))
            end(int(who["parent"]), signal.SIGKILL)
            node(host)

        def pull(who: Mapping[str, Any]) -> None:
            host = net.of(int(who["pid"]))
            net.cable(host, "down")
            time.sleep(_CABLE_S)
            net.cable(host, "up")
            node(host)

        head = ["--head", f"--port={port}", "--num-cpus=0", "--include-dashboard=false"]
        begin(*head, f"--node-ip-address={net.here}", f"--temp-dir={folder}")
        for host in net.there:
            node(host)
        yield Engine("ray", lose, pull, here)


@contextmanager
def slurm(folder: Path) -> Iterator[Engine]:
    """Two nodes of one processor."""
    cluster = Slurm(folder / "slurm", 2, _FIRST + 200)
    cluster.start()

    def cancel(who: Mapping[str, Any]) -> None:
        cluster.ask("scancel", str(who["task"]))

    def restart(who: Mapping[str, Any]) -> None:
        cluster.end_one("controller", signal.SIGKILL)
        cluster.start()
        if alive(int(who["pid"])):
            kill(who)

    try:
        yield Engine("slurm", cancel, restart, cluster.environment)
    finally:
        cluster.stop()


@contextmanager
def process(
    words: list[str],
    folder: Path,
    more: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """A module that runs in a process of its own, which is ended with its children."""
    with (folder / "log").open("ab") as log:
        one = subprocess.Popen(
            [*before, sys.executable, "-m", *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **(more or {})},
            start_new_session=True,
        )
    try:
        yield one
    finally:
        one.terminate()
        try:
            one.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(one.pid, signal.SIGKILL)
            one.wait()


ENGINES = {"local": local, "ray": ray, "dask": dask, "slurm": slurm}

"""What all servers share: a folder, a free port, a bounded wait, an end."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

FIRST_PORT = 55400
_PORTS = 100
_STEP_S = 0.05


class ServiceError(Exception):
    """A server that cannot be had, started or stopped, and why."""


def kept_folder() -> Path:
    """Where downloads and the servers of ``scripts/services`` lie.

    ``RSRAG_SERVICES`` names another one. Root's own folders are closed to the user
    that PostgreSQL then runs as, so root's lies under ``/var/cache``.
    """
    if named := os.environ.get("RSRAG_SERVICES"):
        return Path(named).absolute()
    if os.geteuid() == 0:
        return Path("/var/cache/rsrag-services")
    return Path.home() / ".cache" / "rsrag-services"


def free_port(start: int = FIRST_PORT) -> int:
    """The first port of the loopback from ``start`` on that nobody listens on."""
    for port in range(start, start + _PORTS):
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    last = start + _PORTS - 1
    raise ServiceError(f"No port between {start} and {last} is free on 127.0.0.1.")


def wait_until(
    ready: Callable[[], bool], what: str, limit_s: float, log: Path | None = None
) -> None:
    """Ask again and again whether a server is ready.

    Raises:
        ServiceError: not within ``limit_s`` seconds; with the end of its log.
    """
    end = time.monotonic() + limit_s
    while not ready():
        if time.monotonic() > end:
            raise ServiceError(f"{what}: not ready in {limit_s:g} s.{tail(log)}")
        time.sleep(_STEP_S)


def tail(log: Path | None) -> str:
    """The last lines of a log, to stand behind a sentence."""
    if log is None or not log.is_file():
        return ""
    lines = log.read_text("utf-8", "replace").splitlines()[-8:]
    return "\n  " + "\n  ".join(lines)


def listens(port: int) -> bool:
    """Whether something takes connections at a port of the loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return False
    except (OSError, IndexError):
        return True
    return state != "Z"


def end(pid: int, how: signal.Signals = signal.SIGTERM, limit_s: float = 20) -> None:
    """End a process, and wait until it has; kill it when it does not."""
    for each in (how, signal.SIGKILL):
        try:
            os.kill(pid, each)
        except ProcessLookupError:
            return
        try:
            wait_until(lambda: not alive(pid), f"process {pid}", limit_s)
        except ServiceError:
            continue
        return
    raise ServiceError(f"Process {pid} does not end.")


def run(command: list[str], what: str, **options: object) -> str:
    """What a command prints.

    Raises:
        ServiceError: it is not there, or fails; with what it said.
    """
    try:
        done = subprocess.run(  # type: ignore[call-overload]
            command, capture_output=True, text=True, errors="replace", **options
        )
    except OSError as exc:
        raise ServiceError(f"{what}: {exc}") from exc
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-8:]
        raise ServiceError(
            f"{what} failed ({done.returncode}):\n  " + "\n  ".join(said)
        )
    return str(done.stdout)

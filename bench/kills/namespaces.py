"""Two hosts as network namespaces of this machine, with a cable each to a switch."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench.services.processes import run


@dataclass(frozen=True, slots=True)
class Hosts:
    """Hosts, named by their namespaces.

    Attributes:
        here: address of this machine on the switch.
        there: addresses of the hosts.
    """

    here: str
    there: dict[str, str]

    def on(self, host: str) -> list[str]:
        """Words before a command that runs there."""
        return ["ip", "netns", "exec", host]

    def of(self, pid: int) -> str:
        """The host that a process runs on."""
        return run(["ip", "netns", "identify", str(pid)], "ip").strip()

    def cable(self, host: str, state: str) -> None:
        """Pull a host's cable (``down``), or put it back (``up``)."""
        _ip("link", "set", f"{host}c", state)


@contextmanager
def hosts(count: int = 2) -> Iterator[Hosts]:
    """Make them; needs root.

    Raises:
        ServiceError: this machine does not let one.
    """
    number = os.getpid() % 10_000
    switch, net = f"rk{number}", f"10.77.{number % 250}"
    there = {f"{switch}h{n}": f"{net}.{n + 1}" for n in range(1, count + 1)}
    with ExitStack() as stack:
        _ip("link", "add", switch, "type", "bridge")
        stack.callback(_gone, "link", "del", switch)
        _ip("addr", "add", f"{net}.1/24", "dev", switch)
        _ip("link", "set", switch, "up")
        for host, address in there.items():
            _ip("netns", "add", host)
            stack.callback(_gone, "netns", "del", host)
            peer = ["peer", "name", "eth0", "netns", host]
            _ip("link", "add", f"{host}c", "type", "veth", *peer)
            _ip("link", "set", f"{host}c", "master", switch, "up")
            _ip("-n", host, "addr", "add", f"{address}/24", "dev", "eth0")
            for device in ("eth0", "lo"):
                _ip("-n", host, "link", "set", device, "up")
        yield Hosts(f"{net}.1", there)


def _ip(*words: str) -> None:
    run(["ip", *words], f"ip {' '.join(words)}")


def _gone(*words: str) -> None:
    subprocess.run(["ip", *words], check=False, capture_output=True)

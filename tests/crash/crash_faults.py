"""Faults at the boundaries where a program touches the disk.

:func:`arm` wraps every call that creates, grows, syncs, renames or removes something
below one folder, counts them, and at the n-th kills the process, fails with an errno,
or cuts the power: kills, and takes away what was never synced.
"""

# It wraps os itself, so that paths as objects would lead it in circles.
# ruff: noqa: PTH110, PTH100, PTH113, PTH115, PTH202

import builtins
import errno
import io
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CALLS = ("fsync", "replace", "rename", "link", "unlink", "remove", "rmdir", "mkdir")
TORN = 0.5


@dataclass
class Fault:
    """What shall happen, and when.

    Attributes:
        root: calls that touch nothing below it are not counted.
        at: number of the call before which it happens, from 0; ``None`` only counts.
        kind: ``kill``, ``power``, or the name of an errno (``ENOSPC``).
        only: only calls of these names count; empty: all.
        lasting: an errno comes with every call from ``at`` on, as of a full disk.
        journal: gets one line a call that counts.
    """

    root: str
    at: int | None = None
    kind: str = "kill"
    only: list[str] = field(default_factory=list)
    lasting: bool = True
    journal: str | None = None


class Gate:
    """Counts the calls and lets the fault happen."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._root = os.path.realpath(fault.root)
        self._main = threading.main_thread()
        self._unsynced: dict[str, int] = {}
        self._busy = False
        self.count = 0

    def inside(self, place: Any) -> bool:
        if isinstance(place, int):
            place = os.readlink(f"/proc/self/fd/{place}")
        return os.path.abspath(os.fspath(place)).startswith(self._root)

    def call(self, name: str, place: Any, real: Callable[[], Any]) -> Any:
        if self._busy or threading.current_thread() is not self._main:
            return real()
        fault = self._fault
        if fault.only and name not in fault.only:
            return real()
        self._busy = True
        try:
            if fault.journal:
                with real_open(fault.journal, "a") as journal:
                    journal.write(f"{self.count} {name} {place}\n")
            due = fault.at is not None and self.count == fault.at
            late = fault.at is not None and self.count > fault.at and fault.lasting
            self.count += 1
            if due and fault.kind in ("kill", "power"):
                self._die()
            elif due or (late and fault.kind not in ("kill", "power")):
                number = getattr(errno, fault.kind)
                raise OSError(number, os.strerror(number), str(place))
            return real()
        finally:
            self._busy = False

    def wrote(self, path: Any, appends: bool = False) -> None:
        """Note a file that is about to be written; what it holds may be safe."""
        path = os.path.abspath(os.fspath(path))
        safe = os.path.getsize(path) if appends and os.path.exists(path) else 0
        self._unsynced.setdefault(path, safe)

    def synced(self, handle: int) -> None:
        self._unsynced.pop(os.readlink(f"/proc/self/fd/{handle}"), None)

    def moved(self, old: Any, new: Any) -> None:
        old, new = (os.path.abspath(os.fspath(p)) for p in (old, new))
        self._unsynced = {
            new + p.removeprefix(old) if (p + "/").startswith(old + "/") else p: safe
            for p, safe in self._unsynced.items()
        }

    def _die(self) -> None:
        if self._fault.kind == "power":
            for path, safe in self._unsynced.items():
                if os.path.isfile(path):
                    lost = os.path.getsize(path) - safe
                    os.truncate(path, safe + int(lost * TORN))
        os.kill(os.getpid(), signal.SIGKILL)


real_open = io.open


def arm(fault: Fault) -> Gate:
    """Wrap the calls of this process, for the rest of its life."""
    import pyarrow.parquet as pq

    gate = Gate(fault)

    def wrapped(name: str) -> Callable[..., Any]:
        real = getattr(os, name)

        def call(place: Any, *args: Any, **kwargs: Any) -> Any:
            if kwargs.get("dir_fd") is None and not gate.inside(place):
                return real(place, *args, **kwargs)

            def do() -> Any:
                result = real(place, *args, **kwargs)
                if name == "fsync":
                    gate.synced(place)
                elif name in ("replace", "rename"):
                    gate.moved(place, args[0])
                return result

            return gate.call(name, place, do)

        return call

    for name in CALLS:
        setattr(os, name, wrapped(name))

    def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        writes = set(mode) & set("wax+")
        if not writes or isinstance(file, int) or not gate.inside(file):
            return real_open(file, mode, *args, **kwargs)
        # "rb+" is how a file is opened for syncing alone.
        if mode != "rb+":
            gate.wrote(file, "a" in mode or "+" in mode)
        return gate.call("open", file, lambda: real_open(file, mode, *args, **kwargs))

    io.open = builtins.open = opened  # type: ignore[assignment]

    for name in ("__init__", "write_table", "close"):
        real = getattr(pq.ParquetWriter, name)

        def parquet(
            self: Any,
            *args: Any,
            _real: Callable[..., Any] = real,
            _name: str = f"parquet {name}",
            **kwargs: Any,
        ) -> Any:
            if args and isinstance(args[0], str | Path):
                self.where_for_gate = args[0]
                gate.wrote(args[0])
            place = getattr(self, "where_for_gate", "?")
            return gate.call(_name, place, lambda: _real(self, *args, **kwargs))

        setattr(pq.ParquetWriter, name, parquet)
    return gate

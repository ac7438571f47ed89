"""Things that are replaced while they are in use: readers keep what they began with."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from rsrag.errors import QueryError

EVERY_S = 1.0
"""Seconds for which a version that was read is taken to be the current one."""


class Closable(Protocol):
    """What is watched: it lets go of files and connections."""

    def close(self) -> None:
        """Nothing more is asked of it."""


T = TypeVar("T", bound=Closable)


@dataclass(slots=True, eq=False)
class _Copy(Generic[T]):
    """One version, and how many use it."""

    value: T
    version: object
    users: int = 0
    left: bool = False


class Watched(Generic[T]):
    """The current version of something, for any number of threads.

    A new version is opened beside the old one by one of the threads that ask, while the
    others go on with the old one; that is closed when the last of its users is done.

    Args:
        name: what it is, for errors.
        version: reads which version is current; it should cost next to nothing.
        make: opens the current version.
        every_s: seconds between two looks at ``version``.
    """

    def __init__(
        self,
        name: str,
        version: Callable[[], object],
        make: Callable[[], T],
        every_s: float = EVERY_S,
    ) -> None:
        self._name, self._version, self._make = name, version, make
        self._every_s = every_s
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._copy: _Copy[T] | None = None
        self._looked = 0.0
        self._closed = False

    @contextmanager
    def use(self) -> Iterator[T]:
        """The current version, which stays open to the end of the block.

        Raises:
            QueryError: it was closed for good.
        """
        copy = self._current()
        try:
            yield copy.value
        finally:
            with self._lock:
                copy.users -= 1
                idle = copy.left and not copy.users
            if idle:
                copy.value.close()

    def look_again(self) -> None:
        """Read the version anew at the next use, however short ago that was done."""
        with self._lock:
            self._looked = 0.0

    def close(self) -> None:
        """Close it as soon as nobody uses it; nothing more may be asked."""
        with self._lock:
            self._closed = True
        self._replace(None)

    def _current(self) -> _Copy[T]:
        with self._lock:
            there, old = self._copy is not None, self._age() >= self._every_s
        # Only the first must wait for a copy; later ones have the old one meanwhile.
        if (not there or old) and self._making.acquire(blocking=not there):
            try:
                self._renew()
            finally:
                self._making.release()
        with self._lock:
            if self._closed or self._copy is None:
                raise QueryError(f"{self._name} was closed.", hint="open it again")
            self._copy.users += 1
            return self._copy

    def _renew(self) -> None:
        with self._lock:
            copy = self._copy
            if self._closed or (copy is not None and self._age() < self._every_s):
                return
        version = self._version()
        if copy is None or copy.version != version:
            self._replace(_Copy(self._make(), version))
        with self._lock:
            self._looked = time.monotonic()

    def _replace(self, new: _Copy[T] | None) -> None:
        with self._lock:
            old = self._copy
            self._copy = new
            done = [] if old is None or old.users else [old]
            if old is not None:
                old.left = True
            if self._closed and new is not None:
                self._copy = None
                done.append(new)
        for copy in done:
            copy.value.close()

    def _age(self) -> float:
        return time.monotonic() - self._looked if self._looked else self._every_s

"""How often each caller may ask, counted by one process or by several together."""

import contextlib
import hashlib
import math
import mmap
import os
import struct
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

from rsrag.serve.failures import HttpFailure

_BUCKET = struct.Struct("<16sdd")
"""Digest of a caller, requests that are left to it, and when that was so."""
_PLACES, _NEAR = 16_384, 8


class Rates:
    """Requests a second by caller: a bucket of two seconds' worth, refilled evenly.

    Of callers whose buckets would lie in the same few places, those that have not asked
    for longest are forgotten.

    Args:
        rate: requests a second.
        shared: file in which processes that serve together count; made if it is not
            there.
    """

    def __init__(self, rate: float, shared: Path | None = None) -> None:
        self._rate, self._most = rate, max(1.0, 2 * rate)
        self._lock = threading.Lock()
        size = _BUCKET.size * (_PLACES + _NEAR)
        self._lock_on = None
        if shared is None:
            self._buckets = mmap.mmap(-1, size)
        else:
            file = os.open(shared, os.O_RDWR | os.O_CREAT, 0o600)
            weakref.finalize(self, os.close, file)
            os.ftruncate(file, size)
            self._buckets, self._lock_on = mmap.mmap(file, size), file

    def check(self, caller: str, now: float | None = None) -> None:
        """Count one request.

        Args:
            now: seconds of the machine's clock that runs evenly.

        Raises:
            HttpFailure: 429, with the seconds after which the next may come.
        """
        name = hashlib.blake2b(caller.encode("utf-8", "replace"), digest_size=16)
        digest = name.digest()
        now = time.monotonic() if now is None else now
        with self._alone():
            at, left, then = self._bucket(digest, now)
            left = min(self._most, left + (now - then) * self._rate)
            allowed = left >= 1
            _BUCKET.pack_into(self._buckets, at, digest, left - allowed, now)
        if not allowed:
            wait = str(math.ceil((1 - left) / self._rate))
            raise HttpFailure(
                429,
                f"More than {self._rate:g} requests a second.",
                headers={"retry-after": wait},
            )

    def _bucket(self, digest: bytes, now: float) -> tuple[int, float, float]:
        """Where a caller's bucket lies, and what is in it."""
        first = int.from_bytes(digest[:4]) % _PLACES
        places = [(first + more) * _BUCKET.size for more in range(_NEAR)]
        oldest = min(places, key=lambda at: self._read(at)[2])
        for at in places:
            known, left, then = self._read(at)
            if known == digest:
                return at, left, then
        return oldest, self._most, now

    def _read(self, at: int) -> tuple[bytes, float, float]:
        return _BUCKET.unpack_from(self._buckets, at)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Neither another thread nor another process counts in the block."""
        with self._lock:
            if self._lock_on is None:
                yield
                return
            import fcntl

            # The system lets go of it when a process is killed.
            fcntl.flock(self._lock_on, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._lock_on, fcntl.LOCK_UN)

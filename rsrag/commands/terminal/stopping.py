"""Ctrl-C during long work: once to stop soon and keep all, twice to stop at once."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_softly() -> Iterator[Callable[[], bool]]:
    """Take the first Ctrl-C as a wish.

    Yields:
        Whether it was pressed. The second one raises ``KeyboardInterrupt``.
    """
    asked = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        print(
            "\nstopping after the batch in flight; Ctrl-C again stops at once.",
            file=sys.stderr,
        )

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def going_on(name: str, state: str = "what is done of it is safe") -> Iterator[None]:
    """Say how to go on with an index whose making was stopped."""
    try:
        yield
    except KeyboardInterrupt:
        print(
            f"stopped; {name!r}: {state}. Run the same command again to go on.",
            file=sys.stderr,
        )
        raise

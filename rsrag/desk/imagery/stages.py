"""Stages of what is asked, told to whoever wants to time them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

Watcher = Callable[[str], AbstractContextManager[object]]
"""Gives a block around a stage: ``encode``, ``search``, ``render``, ``ask``."""
_WATCHER: ContextVar[Watcher | None] = ContextVar("rsrag stages", default=None)


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Have the stages told that are gone through in the block, on its threads, too."""
    token = _WATCHER.set(watcher)
    try:
        yield
    finally:
        _WATCHER.reset(token)


def stage(name: str) -> AbstractContextManager[object]:
    """A block that is one stage."""
    watcher = _WATCHER.get()
    return nullcontext() if watcher is None else watcher(name)

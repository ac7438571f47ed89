"""Memory that was freed, given back to the system."""

import ctypes
import sys


def give_back() -> None:
    """Give back what was freed; nothing happens where the system's library cannot.

    glibc keeps what several threads freed piece by piece: a service whose index is
    replaced now and then would grow by some fifty megabytes each time.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def few_arenas() -> None:
    """Let all threads take memory from two places: what is freed is then used again.

    It counts for threads that are not there yet.
    """
    if sys.platform == "linux":
        choose = getattr(ctypes.CDLL(None), "mallopt", None)
        if choose is not None:
            choose(_M_ARENA_MAX, 2)


_M_ARENA_MAX = -8

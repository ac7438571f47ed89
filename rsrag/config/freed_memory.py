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

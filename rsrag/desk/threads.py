"""Threads of the libraries that NumPy and FAISS compute with.

They read these variables once, when they are loaded. For one text, threads cost more
than they bring: they are started, wake each other, and spin while they wait.
"""

import os
import sys

COUNTS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def wait_passively() -> None:
    """Let threads that wait take no processor from those that decode.

    On two cores ``mini`` embeds three times as fast so.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def one_thread() -> bool:
    """One thread, unless a variable asks for more: for programs that embed words only.

    Returns:
        Whether that was in time: NumPy is not loaded yet. Else nothing is changed.
    """
    if "numpy" in sys.modules:
        return False
    wait_passively()
    for name in COUNTS:
        os.environ.setdefault(name, "1")
    return True

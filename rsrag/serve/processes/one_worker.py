"""One of several processes that serve, as it is started."""

import contextlib
import os
import signal
import threading
from multiprocessing.connection import Connection

from rsrag.errors import RsragError
from rsrag.serve.processes.serving_plan import ServingPlan

OPEN, READY = "open", "ready"
"""What a worker says of itself: indexes and model are open; requests are answered."""


def work(plan: ServingPlan, pipe: Connection) -> None:
    """Serve until SIGTERM, or until the process that watches is gone.

    Args:
        pipe: to that process: takes :data:`OPEN`, then :data:`READY`, or the error for
            which it cannot serve.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    from rsrag.serve.processes.one_server import serve_on

    def watch() -> None:
        with contextlib.suppress(EOFError, OSError):
            pipe.recv()
        os.kill(os.getpid(), signal.SIGTERM)

    def say(word: object) -> None:
        with contextlib.suppress(OSError):
            pipe.send(word)

    threading.Thread(target=watch, daemon=True).start()
    try:
        serve_on(plan, lambda: say(OPEN), lambda: say(READY))
    except RsragError as error:
        # Errors of all kinds reach another process as this one.
        say(RsragError(str(error), hint=error.hint))

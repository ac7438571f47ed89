"""The service in this process, on sockets that listen already."""

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from rsrag.config.freed_memory import few_arenas
from rsrag.serve.processes.service_log import log_faults, log_requests
from rsrag.serve.processes.serving_plan import ServingPlan
from rsrag.serve.service import Service
from rsrag.serve.web_app import metrics_app, service_app

STOP_S = 30
"""Seconds that requests under way have to end."""
_BACKLOG = 2048


class _Server(uvicorn.Server):
    """A server that a signal stops, and that then goes on to its end."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept requests.

        Workers take one connection at a time, so that none takes all; the others wait
        in the system's queue, which asyncio has just made as short.
        """
        await super().startup(sockets)
        for one in sockets or ():
            one.listen(_BACKLOG)
        if self.started:
            self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals that stop; uvicorn's own way raises them once more."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        stops = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, self.handle_exit) for one in stops}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def serve_on(
    plan: ServingPlan,
    opened: Callable[[], None],
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGINT or SIGTERM; requests that are under way end first.

    Args:
        opened: called once indexes and model are open.
        ready: called once requests are answered.

    Raises:
        RsragError: an index or the model cannot be opened.
    """
    few_arenas()
    options = plan.options
    with contextlib.ExitStack() as stack:
        generator = stack.enter_context(plan.model.opened(plan.settings))
        service = Service(plan.settings, options, plan.names, generator)
        stack.callback(service.close)
        log_faults()
        if options.log != "none":
            log_requests(options.log)
        app = service_app(service, plan.rates)
        if plan.metrics is not None and options.metrics is not None:
            second = metrics_app(app, options.metrics)
            stack.enter_context(_beside(second, plan.metrics))
        opened()
        one_of_several = options.workers > 1
        server = _server(app, "on", 1 if one_of_several else _BACKLOG, ready)
        server.run(sockets=[plan.listener])


def _server(
    app: ASGIApp,
    lifespan: Literal["on", "off"],
    at_once: int = _BACKLOG,
    ready: Callable[[], None] = lambda: None,
) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=STOP_S,
            h11_max_incomplete_event_size=64 * 1024,
            lifespan=lifespan,
            backlog=at_once,
        ),
        ready,
    )


@contextlib.contextmanager
def _beside(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Answer on another socket from another thread, to the end of the block."""
    server = _server(app, lifespan="off")
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()

"""The service on a socket, until a signal stops it."""

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import uvicorn
from starlette.types import ASGIApp

from rsrag.config import Settings
from rsrag.config.freed_memory import few_arenas
from rsrag.errors import ConfigError
from rsrag.serve.serve_options import ServeOptions
from rsrag.serve.service import Service
from rsrag.serve.service_metrics import log_faults, log_requests
from rsrag.serve.web_app import metrics_app, service_app

if TYPE_CHECKING:
    from rsrag.interfaces import Generator

_STOP_S = 30


class _Server(uvicorn.Server):
    """A server that a signal stops, and that then goes on to its end."""

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


def run_service(
    settings: Settings,
    options: ServeOptions,
    names: Sequence[str],
    generator: "Generator | None",
    told: Callable[[str, str | None], None],
) -> None:
    """Serve until SIGINT or SIGTERM; requests that are under way end first.

    Args:
        settings: folders, threads.
        options: of the service.
        names: of the indexes; all by default.
        generator: words answers, if there is one.
        told: called with the address, once the service listens there, and with that of
            its metrics, if it is another.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    few_arenas()
    service = Service(settings, options, names, generator)
    log_faults()
    if options.log != "none":
        log_requests(options.log)
    app, second = service_app(service), options.metrics
    with contextlib.ExitStack() as stack:
        stack.callback(service.close)
        listener = stack.enter_context(listen(options, "--port"))
        metrics = None
        if second is not None:
            other = stack.enter_context(listen(second, "--metrics-port"))
            stack.enter_context(_beside(metrics_app(app, second), other))
            metrics = f"{_address(other)}/metrics"
        told(options.public_url or _address(listener), metrics)
        _server(app, lifespan="on").run(sockets=[listener])


def _server(app: ASGIApp, lifespan: Literal["on", "off"]) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=_STOP_S,
            h11_max_incomplete_event_size=64 * 1024,
            lifespan=lifespan,
        )
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


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listen(options: ServeOptions, option: str) -> socket.socket:
    """A socket that listens.

    Args:
        option: of the command that says where.

    Raises:
        ConfigError: it cannot.
    """
    try:
        known = socket.getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listener = socket.create_server(
            known[0][4][:2], family=known[0][0], backlog=2048, reuse_port=False
        )
        # Else a body waits 40 ms for the client's word that the head is there: asyncio
        # sets this itself, but not on what comes from a socket that it is given.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except (OSError, OverflowError) as exc:
        raise ConfigError(
            f"{options.host}:{options.port} cannot be listened on: {exc}",
            hint=f"{option} 0 takes a free one",
        ) from exc

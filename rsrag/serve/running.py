"""The service on a socket, until a signal stops it."""

import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import uvicorn

from rsrag.config import Settings
from rsrag.errors import ConfigError
from rsrag.serve.serve_options import ServeOptions
from rsrag.serve.service import Service
from rsrag.serve.web_app import service_app

if TYPE_CHECKING:
    from rsrag.interfaces import Generator

_STOP_S = 30


class _Server(uvicorn.Server):
    """A server that a signal stops, and that then goes on to its end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals that stop; uvicorn's own way raises them once more."""
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
    told: Callable[[str], None],
    *,
    access: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM; requests that are under way end first.

    Args:
        settings: folders, threads.
        options: of the service.
        names: of the indexes; all by default.
        generator: words answers, if there is one.
        told: called with the address, once the service listens there.
        access: a line of log for each request.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    service = Service(settings, options, names, generator)
    if access:
        log = logging.getLogger("rsrag.serve.access")
        log.addHandler(logging.StreamHandler())
        log.setLevel(logging.INFO)
    with _listening(options) as listener:
        server = _Server(
            uvicorn.Config(
                service_app(service),
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=True,
                timeout_keep_alive=15,
                timeout_graceful_shutdown=_STOP_S,
                h11_max_incomplete_event_size=64 * 1024,
                lifespan="on",
            )
        )
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        told(options.public_url or f"http://{shown}:{port}")
        try:
            server.run(sockets=[listener])
        finally:
            service.close()


def _listening(options: ServeOptions) -> socket.socket:
    """A socket that listens.

    Raises:
        ConfigError: it cannot.
    """
    try:
        known = socket.getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        return socket.create_server(
            known[0][4][:2], family=known[0][0], backlog=2048, reuse_port=False
        )
    except (OSError, OverflowError) as exc:
        raise ConfigError(
            f"{options.host}:{options.port} cannot be listened on: {exc}",
            hint="--port 0 takes a free one",
        ) from exc

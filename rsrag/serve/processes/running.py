"""The service on a socket, until a signal stops it."""

import contextlib
import socket
from collections.abc import Callable, Sequence

from rsrag.config import Settings
from rsrag.desk.asking.generator_choice import GeneratorChoice
from rsrag.errors import ConfigError
from rsrag.serve.processes.serving_plan import ServingPlan
from rsrag.serve.serve_options import ServeOptions


def run_service(
    settings: Settings,
    options: ServeOptions,
    names: Sequence[str],
    model: GeneratorChoice,
    told: Callable[[str, str | None], None],
) -> None:
    """Serve until SIGINT or SIGTERM; requests that are under way end first.

    Args:
        settings: folders, threads.
        options: of the service.
        names: of the indexes; all by default.
        model: what words answers, if anything does; each worker loads its own.
        told: called with the address, once the service listens there and its indexes
            are open, and with that of its metrics, if it is another.

    Raises:
        ConfigError: the address cannot be listened on.
        RsragError: an index or the model cannot be opened.
    """
    second = options.metrics
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(listen(options, "--port"))
        other = None
        if second is not None:
            other = stack.enter_context(listen(second, "--metrics-port"))
        metrics = f"{_address(other)}/metrics" if other else None
        plan = ServingPlan(settings, options, tuple(names), model, listener, other)

        def opened() -> None:
            told(options.public_url or _address(listener), metrics)

        # Only the processes that serve import what serving takes.
        if options.workers > 1:
            from rsrag.serve.processes.worker_watch import watch_over

            watch_over(plan, opened)
        else:
            from rsrag.serve.processes.one_server import serve_on

            serve_on(plan, opened)


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

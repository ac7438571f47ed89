"""What the service counts, for Prometheus, and a line of log for each request."""

import json
import logging
import time
from collections.abc import Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rsrag.serve.endpoints import OPERATION, Asked
from rsrag.serve.guard.protection import CALLER
from rsrag.serve.guard.request_limits import Gate
from rsrag.serve.service import Service

_ACCESS = logging.getLogger("rsrag.serve.access")
_LABELS = ("operation", "method", "status")
_METHODS = ("GET", "POST", "HEAD", "OPTIONS", "DELETE")


class Observation:
    """Middleware (ASGI) that counts, times, and writes a line: never what was asked.

    Args:
        app: what answers.
        service: whose indexes are told of.
        gates: of whose queues it tells.
    """

    def __init__(
        self, app: ASGIApp, service: Service, gates: Sequence[Gate] = ()
    ) -> None:
        self._app, self.service, self.gates = app, service, gates
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "rsrag_http_requests", "Requests.", _LABELS, registry=self._registry
        )
        self._seconds = Histogram(
            "rsrag_http_request_seconds",
            "Seconds from a request to the end of its answer.",
            ("operation",),
            registry=self._registry,
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 20, 60),
        )
        self._active = Gauge(
            "rsrag_http_requests_active", "Under way.", registry=self._registry
        )
        self._generation = Gauge(
            "rsrag_index_generation",
            "Generation that is searched.",
            ("index",),
            registry=self._registry,
        )
        self._batch = Gauge(
            "rsrag_batch_size",
            "Queries that were embedded, and searched, together, on average.",
            ("index", "stage"),
            registry=self._registry,
        )
        self._waiting = Gauge(
            "rsrag_waiting",
            "Requests that wait for what is busy.",
            ("gate",),
            registry=self._registry,
        )
        self._chips = Gauge(
            "rsrag_index_chips", "Chips.", ("index",), registry=self._registry
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note how it went."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        start, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        scope["rsrag.metrics"] = self
        with self._active.track_inprogress():
            try:
                await self._app(scope, receive, noted)
            finally:
                self._note(scope, status, time.perf_counter() - start)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        operation = scope.get(OPERATION, "other")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(operation, method, str(status)).inc()
        self._seconds.labels(operation).observe(seconds)
        if _ACCESS.isEnabledFor(logging.INFO):
            caller = scope.get(CALLER)
            line = {
                "operation": operation,
                "method": method,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "caller": caller.name if caller else None,
            }
            _ACCESS.info(json.dumps(line), extra={"line": line})

    def page(self, asked: Asked) -> Response:
        """All of it, as Prometheus reads it."""
        for gate in self.gates:
            self._waiting.labels(gate.name).set(gate.waiting)
        for name in self.service.names:
            with self.service.index(name).use() as generation:
                for stage, size in generation.batches.items():
                    self._batch.labels(name, stage).set(size)
            manifest = self.service.index(name).manifest
            self._generation.labels(name).set(manifest.generation)
            self._chips.labels(name).set(manifest.rows)
        return Response(generate_latest(self._registry), media_type=_TEXT)


class _AsText(logging.Formatter):
    """A line for people: ``12:30:01 POST search 200, 12.3 ms, 127.0.0.1``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of one request."""
        line = record.__dict__["line"]
        return (
            f"{self.formatTime(record, '%H:%M:%S')} {line['method']} "
            f"{line['operation']} {line['status']}, {line['ms']} ms, {line['caller']}"
        )


def log_faults() -> None:
    """Write what failed by the service's own fault on stderr, whatever else is logged.

    Each stands under the number that its answer names.
    """
    handler = logging.StreamHandler()
    handler.setLevel(logging.ERROR)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("rsrag.serve")
    log.addHandler(handler)
    log.propagate = False


def log_requests(form: str) -> None:
    """Write a line of log on stderr for each request: ``json`` or ``text``."""
    handler = logging.StreamHandler()
    if form == "text":
        handler.setFormatter(_AsText())
    _ACCESS.addHandler(handler)
    _ACCESS.setLevel(logging.INFO)


_TEXT = "text/plain; version=0.0.4; charset=utf-8"

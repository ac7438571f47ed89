"""What the service counts, for Prometheus, and a line of log for each request."""

import contextlib
import json
import logging
import os
import time
from collections.abc import Iterator, Sequence

import anyio
import anyio.to_thread
from opentelemetry import trace
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rsrag.desk.imagery.stages import watched_by
from rsrag.serve.endpoints import OPERATION, Asked
from rsrag.serve.guard.protection import CALLER
from rsrag.serve.guard.request_limits import Gate
from rsrag.serve.processes.service_log import ACCESS
from rsrag.serve.processes.serving_plan import METRICS
from rsrag.serve.service import Service

_TRACER = trace.get_tracer("rsrag")
_LABELS = ("operation", "method", "status")
LOOK_S = 2.0
"""Seconds between two looks at what another process may be asked for."""
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
        self._stages = Histogram(
            "rsrag_search_seconds",
            "Seconds of a stage: encode, search, render; ask.",
            ("stage",),
            registry=self._registry,
            buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 20),
        )
        self._active = Gauge(
            "rsrag_http_requests_active",
            "Under way.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self._workers = Gauge(
            "rsrag_workers",
            "Processes that answer.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self._workers.set(1)
        self._generation = Gauge(
            "rsrag_index_generation",
            "Generation that is searched; by workers the oldest that one searches.",
            ("index",),
            registry=self._registry,
            multiprocess_mode="livemin",
        )
        self._batch = Gauge(
            "rsrag_batch_size",
            "Queries that were embedded, and searched, together, on average.",
            ("index", "stage"),
            registry=self._registry,
            multiprocess_mode="livemostrecent",
        )
        self._waiting = Gauge(
            "rsrag_waiting",
            "Requests that wait for what is busy.",
            ("gate",),
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self._chips = Gauge(
            "rsrag_index_chips",
            "Chips.",
            ("index",),
            registry=self._registry,
            multiprocess_mode="livemin",
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
        with self._active.track_inprogress(), watched_by(self._stage):
            try:
                await self._app(scope, receive, noted)
            finally:
                self._note(scope, status, time.perf_counter() - start)

    @contextlib.contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        """Time a stage; a span of it, too, for who collects spans."""
        with _TRACER.start_as_current_span(f"rsrag.{name}"):
            start = time.perf_counter()
            try:
                yield
            finally:
                self._stages.labels(name).observe(time.perf_counter() - start)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        operation = scope.get(OPERATION, "other")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests.labels(operation, method, str(status)).inc()
        self._seconds.labels(operation).observe(seconds)
        if ACCESS.isEnabledFor(logging.INFO):
            caller = scope.get(CALLER)
            line = {
                "operation": operation,
                "method": method,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "caller": caller.name if caller else None,
            }
            ACCESS.info(json.dumps(line), extra={"line": line})

    def page(self, asked: Asked) -> Response:
        """All of it, as Prometheus reads it; of all workers together, if there are."""
        self.look()
        registry = self._registry
        if METRICS in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), media_type=_TEXT)

    async def look_on(self) -> None:
        """Look again and again: another process may answer for all that is counted."""
        while METRICS in os.environ:
            await anyio.to_thread.run_sync(self.look)
            await anyio.sleep(LOOK_S)

    def look(self) -> None:
        """Note what holds now: who waits, and which generations are searched."""
        for gate in self.gates:
            self._waiting.labels(gate.name).set(gate.waiting)
        for name in self.service.names:
            with self.service.index(name).use() as generation:
                for stage, size in generation.batches.items():
                    self._batch.labels(name, stage).set(size)
            manifest = self.service.index(name).manifest
            self._generation.labels(name).set(manifest.generation)
            self._chips.labels(name).set(manifest.rows)


_TEXT = "text/plain; version=0.0.4; charset=utf-8"

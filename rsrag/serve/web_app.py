"""The service as one ASGI application."""

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rsrag.serve.chat.answer_routes import answer_routes
from rsrag.serve.chat.mcp_tools import McpDoor
from rsrag.serve.chat.openai_routes import openai_routes
from rsrag.serve.endpoints import Asked, endpoint, json_response
from rsrag.serve.failures import HttpFailure, failure_of
from rsrag.serve.guard.api_keys import KeyRing
from rsrag.serve.guard.protection import Protection
from rsrag.serve.guard.request_limits import Gate
from rsrag.serve.map_page import page_routes
from rsrag.serve.openapi import openapi_document, reference_page
from rsrag.serve.pictures.scene_routes import scene_routes
from rsrag.serve.pictures.served_pictures import ServedPictures
from rsrag.serve.serve_options import ServeOptions
from rsrag.serve.service import Service
from rsrag.serve.service_metrics import Observation
from rsrag.serve.stac.stac_collections import OPENAPI
from rsrag.serve.stac.stac_routes import stac_routes

_THREADS = 48
"""Requests that are answered side by side at most; queries of several are joined."""


def service_app(service: Service, rates: Path | None = None) -> Observation:
    """The application; the service stays the caller's to close.

    Args:
        rates: file in which the requests of each caller are counted, if several
            processes serve.
    """

    @contextlib.asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        await anyio.to_thread.run_sync(service.warm)
        async with (
            mcp.running() if mcp else contextlib.nullcontext(),
            anyio.create_task_group() as beside,
        ):
            beside.start_soon(seen.look_on)
            yield
            beside.cancel_scope.cancel()

    search = Gate("Search", _THREADS, 512)
    pictures = Gate("The reader of pictures", 8, 256)
    options = service.options
    words = Gate("The language model", options.llm_at_once, options.llm_queue)
    answers = words if service.knowledge.generator else Gate("Answering", 16, 128)
    scenes = Gate("The reader of scenes", max(1, service.settings.threads // 2), 16)
    mcp = McpDoor(service, answers, scenes) if options.mcp else None
    keys = KeyRing(options.keys) if options.keys else None
    routes: list[Route] = [
        *stac_routes(service, search),
        *ServedPictures(service).routes(service, pictures),
        endpoint(service, "healthz", "/healthz", _lives, scope=None),
        endpoint(service, "readyz", "/readyz", _ready, scope=None),
        endpoint(service, "api", "/api", _api, scope=None),
        endpoint(service, "docs", "/docs", _docs, scope=None),
    ]
    if options.metrics is None:
        routes.append(_metrics_route(service, lambda: seen))
    if options.chat:
        routes += [*answer_routes(service, answers), *openai_routes(service, answers)]
        routes += scene_routes(service, scenes)
    if options.ui:
        routes += page_routes(service)
    if mcp:
        routes.append(Route("/mcp", mcp, name="mcp"))
    inner = Starlette(
        routes=routes,
        lifespan=life,
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    inner.router.redirect_slashes = False
    gates = (search, pictures, answers, scenes)
    seen = Observation(Protection(inner, options, keys, rates), service, gates)
    return seen


def metrics_app(seen: Observation, options: ServeOptions) -> Protection:
    """What is counted, and nothing else: for an address of its own.

    Args:
        seen: the service that is counted.
        options: of that address.
    """
    inner = Starlette(
        routes=[_metrics_route(seen.service, lambda: seen)],
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    return Protection(inner, options, KeyRing(options.keys) if options.keys else None)


def _metrics_route(service: Service, seen: Callable[[], Observation]) -> Route:
    return endpoint(
        service, "metrics", "/metrics", lambda _, a: seen().page(a), scope="metrics"
    )


def _lives(service: Service, asked: Asked) -> Response:
    return json_response({"status": "lives"})


def _ready(service: Service, asked: Asked) -> Response:
    """Every index can be opened; encoders were loaded before the first request."""
    found = {name: service.index(name).manifest.generation for name in service.names}
    return json_response({"status": "ready", "generations": found})


def _api(service: Service, asked: Asked) -> Response:
    return json_response(openapi_document(asked.base, service.options), OPENAPI)


def _docs(service: Service, asked: Asked) -> Response:
    page = reference_page(openapi_document(asked.base, service.options))
    return Response(page, media_type="text/html")


def _refused(request: Request, error: Exception) -> Response:
    """What Starlette itself refuses."""
    assert isinstance(error, HTTPException)
    said = {404: "There is nothing at this path.", 405: "Not with this method."}
    headers = {k: v for k, v in (error.headers or {}).items() if k.lower() == "allow"}
    description = said.get(error.status_code, error.detail)
    return HttpFailure(error.status_code, description, headers=headers).response()


def _failed(request: Request, error: Exception) -> Response:
    return failure_of(error).response()

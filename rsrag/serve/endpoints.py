"""A function that answers, as an endpoint: scope, gate, thread, errors, metrics."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rsrag.serve.failures import HttpFailure, failure_of
from rsrag.serve.guard.protection import CALLER
from rsrag.serve.guard.request_limits import Gate, parse_json
from rsrag.serve.service import Service

OPERATION = "rsrag.operation"
"""Key of the ASGI scope under which the name of what is asked stands."""
_JSON = ("application/json", "application/geo+json")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, read.

    Attributes:
        base: address of the service as the client sees it, without a slash at its end.
        path: without it.
        names: parts of the path, by name.
        query: of the address, in order.
        body: JSON; ``None`` for GET.
        headers: of the request, names in lower case.
        scopes: what the caller may do.
    """

    method: str
    base: str
    path: str
    names: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    body: Any
    headers: Mapping[str, str]
    scopes: frozenset[str] = frozenset()


Answers = Callable[[Service, Asked], Response]


def json_response(
    value: Any, kind: str = "application/json", status: int = 200
) -> Response:
    """Plain values as a JSON answer."""
    try:
        return Response(orjson.dumps(value), status, media_type=kind)
    except TypeError:  # Half characters, and numbers beyond 64 bits.
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return Response(text.encode("utf-8", "replace"), status, media_type=kind)


async def json_body(request: Request) -> Any:
    """The body of a POST; ``None`` of other methods.

    Raises:
        HttpFailure: 415 or 400.
    """
    if request.method != "POST":
        return None
    kind = request.headers.get("content-type", _JSON[0]).partition(";")[0].strip()
    if kind.lower() not in _JSON:
        raise HttpFailure(415, f"The body is {kind[:80]!r}; it must be JSON.")
    raw = await request.body()
    try:
        return parse_json(raw.decode()) if raw.strip() else {}
    except UnicodeDecodeError:
        raise HttpFailure(400, "The body is no UTF-8.") from None


async def asked_of(
    request: Request,
    service: Service,
    read: Callable[[Request], Awaitable[Any]] = json_body,
) -> Asked:
    """Read a request.

    Args:
        read: reads its body.

    Raises:
        HttpFailure: 415 or 400.
    """
    body = await read(request)
    base = service.options.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return Asked(
        request.method,
        base.rstrip("/"),
        request.url.path,
        request.path_params,
        tuple(request.query_params.multi_items()),
        body,
        dict(request.headers),
        request.scope[CALLER].scopes,
    )


def endpoint(
    service: Service,
    operation: str,
    path: str,
    answer: Answers,
    *,
    methods: tuple[str, ...] = ("GET",),
    scope: str | None = "search",
    gate: Gate | None = None,
    read: Callable[[Request], Awaitable[Any]] = json_body,
) -> Route:
    """A route whose answer is made on a thread of its own.

    Args:
        operation: name for metrics and logs.
        path: of Starlette.
        answer: makes the answer; its errors become answers, too.
        methods: of HTTP.
        scope: that a caller needs, if any.
        gate: that it passes.
        read: reads the body.
    """

    async def run(request: Request) -> Response:
        request.scope[OPERATION] = operation
        try:
            if scope is not None:
                request.scope[CALLER].may(scope)
            asked = await asked_of(request, service, read)
            if gate is None:
                return await anyio.to_thread.run_sync(answer, service, asked)
            async with gate():
                return await anyio.to_thread.run_sync(answer, service, asked)
        except Exception as error:
            return failure_of(error).response(openai=path.startswith("/v1/"))

    return Route(path, run, methods=list(methods), name=operation)

"""The door: which host, whose page, whose key, how often, how large, how slow."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rsrag.serve.failures import HttpFailure
from rsrag.serve.guard.api_keys import KeyRing
from rsrag.serve.guard.caller_rates import Rates
from rsrag.serve.serve_options import ServeOptions

CALLER = "rsrag.caller"
"""Key of the ASGI scope under which the :class:`Caller` stands."""
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src "
    "'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action "
    "'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
_ALLOWED = "authorization, content-type, x-api-key"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        name: id of the key, or the address.
        keyed: shows a good key.
        scopes: what it may do.
    """

    name: str
    keyed: bool
    scopes: frozenset[str]

    def may(self, scope: str) -> None:
        """Check that it may do something.

        Raises:
            HttpFailure: 401 without a key, 403 with one for other things.
        """
        if scope in self.scopes:
            return
        if self.keyed:
            raise HttpFailure(403, f"This key is not good for {scope}.")
        raise HttpFailure(
            401,
            f"A key for {scope} is needed.",
            "send it as Authorization: Bearer KEY",
            {"www-authenticate": 'Bearer realm="rsrag"'},
        )


class Protection:
    """Middleware (ASGI) that everything passes, pages and MCP included.

    Args:
        rates: file in which the requests of each caller are counted, if several
            processes serve.
    """

    def __init__(
        self,
        app: ASGIApp,
        options: ServeOptions,
        keys: KeyRing | None,
        rates: Path | None = None,
    ) -> None:
        self._app, self._options, self._keys = app, options, keys
        self._hosts = options.hosts
        self._rates = Rates(options.rate, rates) if options.rate else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or hand it on with its body read."""
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        headers = Headers(scope=scope)
        origin = headers.get("origin")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    out.setdefault(name, value)
                if origin and self._foreign(origin):
                    out["access-control-allow-origin"] = origin
                    out["cross-origin-resource-policy"] = "cross-origin"
                    out.add_vary_header("origin")
            await send(message)

        try:
            self._check_host(headers)
            self._check_origin(scope, origin)
            if scope["method"] == "OPTIONS" and origin and self._foreign(origin):
                return await _preflight(guarded)
            scope[CALLER] = caller = self._caller(scope, headers)
            if self._rates:
                self._rates.check(caller.name)
            body = await self._body(headers, receive)
        except HttpFailure as failure:
            return await failure.response()(scope, receive, guarded)
        await self._app(scope, _replayed(body, receive), guarded)

    def _check_host(self, headers: Headers) -> None:
        given = headers.getlist("host")
        try:
            name = urlsplit(f"//{given[0]}").hostname if len(given) == 1 else None
        except ValueError:
            name = None
        if (name or "") not in self._hosts:
            raise HttpFailure(
                421, "This is not the host that was asked.", "--allow-host names hosts"
            )

    def _check_origin(self, scope: Scope, origin: str | None) -> None:
        """A page of another site may not send what a visitor's browser allows."""
        if origin is None or scope["method"] in ("GET", "HEAD"):
            return
        try:
            own = urlsplit(origin).hostname in self._hosts
        except ValueError:
            own = False
        if not own and not self._foreign(origin):
            raise HttpFailure(403, "Pages of other origins may not ask here.")

    def _foreign(self, origin: str) -> bool:
        """Whether pages of another origin are let in."""
        return origin in self._options.cors or "*" in self._options.cors

    def _caller(self, scope: Scope, headers: Headers) -> Caller:
        word, _, shown = headers.get("authorization", "").partition(" ")
        text = shown.strip() if word.lower() == "bearer" else headers.get("x-api-key")
        address = scope["client"][0] if scope.get("client") else "?"
        if self._keys is None or not text:
            return Caller(address, False, self._options.scopes)
        key = self._keys.holder(text)
        if key is None:
            if self._rates:
                self._rates.check(address)
            raise HttpFailure(
                401,
                "This key is not known, or its time is over.",
                headers={"www-authenticate": 'Bearer realm="rsrag"'},
            )
        return Caller(key.id, True, frozenset(key.scopes) | self._options.scopes)

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        most = int(self._options.max_body_mb * 1e6)
        too_large = HttpFailure(413, f"The body is larger than {most:,} bytes.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 18 or int(length) > most:
            raise too_large
        if length == "0" and "transfer-encoding" not in headers:
            return b""
        pieces, size = [], 0
        try:
            async with asyncio.timeout(self._options.body_s):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise HttpFailure(400, "The body broke off.")
                    pieces.append(message.get("body", b""))
                    size += len(pieces[-1])
                    if size > most:
                        raise too_large
                    if not message.get("more_body"):
                        return b"".join(pieces)
        except TimeoutError:
            raise HttpFailure(
                408,
                f"The body took longer than {self._options.body_s:g} s.",
                headers={"connection": "close"},
            ) from None


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A body that was read, once more; then what the connection says."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


async def _preflight(send: Send) -> None:
    """What a browser asks before a page of another origin may ask."""
    names = {"access-control-allow-headers": _ALLOWED, "access-control-max-age": "600"}
    names["access-control-allow-methods"] = "GET, POST, OPTIONS"
    raw = [(name.encode(), value.encode()) for name, value in names.items()]
    await send({"type": "http.response.start", "status": 204, "headers": raw})
    await send({"type": "http.response.body", "body": b""})

"""A small archive behind the service, in this process and on a socket."""

import asyncio
import base64
import contextlib
import dataclasses
import io
import os
import subprocess
import sys

import pytest

import rsrag
from rsrag.config import Settings
from tests.commands.known_places import write_knowledge
from tests.desk.conftest import build, write_archive


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    """Folder of ``archive``, ``indexes`` and ``knowledge``, which tests only read.

    ``world`` has ten chips, ``dated`` the nine of them that have a place and a time.
    """
    root = tmp_path_factory.mktemp("serve")
    write_archive(root / "archive")
    write_knowledge(root / "knowledge")
    build(root).close()
    (root / "archive" / "plain.png").rename(root / "plain.png")
    words = {"metadata": root / "facts.json", "indexes": root / "indexes"}
    rsrag.build(root / "archive", name="dated", **words).close()
    (root / "plain.png").rename(root / "archive" / "plain.png")
    return root


def settings_at(root, indexes=None):
    given = Settings.from_environment()
    return dataclasses.replace(
        given, indexes=indexes or root / "indexes", knowledge=(root / "knowledge",)
    )


def data_uri(picture, kind="PNG"):
    out = io.BytesIO()
    picture.save(out, kind)
    text = base64.b64encode(out.getvalue()).decode()
    return f"data:image/{kind.lower()};base64,{text}"


def post(ask, path, **body):
    return ask(path, "POST", body)


class Answer:
    """An answer of the application."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        import json

        return json.loads(self.body)


class Caller:
    """Asks an ASGI application, without a socket."""

    def __init__(self, app, service):
        self.app, self.service = app, service

    def __call__(self, path, method="GET", body=None, headers=(), pieces=None, **query):
        return asyncio.run(self._ask(path, method, body, dict(headers), pieces, query))

    async def _ask(self, path, method, body, headers, pieces, query):
        import json
        from urllib.parse import urlencode

        raw = b""
        if body is not None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers = {"content-type": "application/json"} | headers
            headers.setdefault("content-length", str(len(raw)))
        headers = {"host": "localhost"} | headers
        path, _, given = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": (given or urlencode(query)).encode(),
            "root_path": "",
            "headers": [
                (k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()
            ],
            "client": ("127.0.0.1", 4),
            "server": ("localhost", 80),
        }
        waiting = list(pieces or [(raw, False)])
        sent = []

        async def receive():
            if not waiting:
                await asyncio.Event().wait()
            piece, more = waiting.pop(0)
            return {"type": "http.request", "body": piece, "more_body": more}

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        start = next(m for m in sent if m["type"] == "http.response.start")
        found = b"".join(m.get("body", b"") for m in sent)
        out = {k.decode(): v.decode() for k, v in start["headers"]}
        return Answer(start["status"], out, found)


@contextlib.contextmanager
def service_of(root, names=(), generator=None, indexes=None, **options):
    from rsrag.serve.serve_options import ServeOptions
    from rsrag.serve.service import Service

    options = {"cache_mb": 1.0} | options
    service = Service(
        settings_at(root, indexes), ServeOptions(**options), names, generator
    )
    try:
        yield service
    finally:
        service.close()


@contextlib.contextmanager
def asking(root, **options):
    from rsrag.serve.web_app import service_app

    with service_of(root, **options) as service:
        yield Caller(service_app(service), service)


@pytest.fixture(scope="session")
def ask(root):
    """Ask the service of all that is there, on this machine, without keys."""
    with asking(root) as caller:
        yield caller


@contextlib.contextmanager
def listening(root, *words, metrics=False, started=False, **variables):
    """``rsrag serve`` in a process of its own, on a free port; gives its address.

    Args:
        metrics: give the address of its metrics, too.
        started: and the number of the process, too.
        **variables: of its environment.
    """
    folders = ["--indexes", root / "indexes", "--knowledge", root / "knowledge"]
    command = [sys.executable, "-m", "rsrag", "serve", "--port", "0"]
    process = subprocess.Popen(
        [*command, *map(str, folders), *words],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | variables,
    )
    try:
        line = process.stderr.readline()
        assert line.startswith("serving at "), line + process.stderr.read()
        told = [line.split()[-1].removesuffix("ui/").rstrip("/")]
        told += [process.stderr.readline().split()[-1]] if metrics else []
        told += [process.pid] if started else []
        yield tuple(told) if len(told) > 1 else told[0]
    finally:
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "Traceback" not in said, said


@pytest.fixture(scope="session")
def address(root):
    """The same on a socket."""
    with listening(root) as address:
        yield address

"""A web server for the tests that answers requests for ranges, on this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server on a free port: its address, as long as the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Served:
    """What the server has been asked, and how it shall behave.

    Attributes:
        url: of its root.
        requests: method, path with query, and range of each request.
        sent: bytes of all answers.
        ranges: whether it knows ranges.
        etag: whether it tells versions apart.
        login: what the header ``Authorization`` must be.
        fail: status to answer with, by path.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[tuple[str, str, str]] = []
        self.sent = 0
        self.ranges = True
        self.etag = True
        self.login: str | None = None
        self.fail: dict[str, int] = {}


@contextmanager
def serve(folder: Path) -> Iterator[Served]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(True)

        def do_HEAD(self) -> None:
            self._answer(False)

        def _answer(self, with_body: bool) -> None:
            asked = self.headers.get("Range", "")
            served.requests.append((self.command, self.path, asked))
            path = unquote(urlsplit(self.path).path)
            file = folder / path.lstrip("/")
            status = served.fail.get(path, 200 if file.is_file() else 404)
            if served.login and self.headers.get("Authorization") != served.login:
                status = 401
            body = file.read_bytes() if status == 200 else b""
            whole = len(body)
            if status == 200 and asked and served.ranges:
                first, _, last = asked.removeprefix("bytes=").partition("-")
                start = int(first)
                end = min(int(last or whole - 1), whole - 1)
                status, body = (
                    (206, body[start : end + 1]) if start < whole else (416, b"")
                )
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="x"')
            if status == 206:
                self.send_header("Content-Range", f"bytes {start}-{end}/{whole}")
            if status in (200, 206) and served.etag:
                self.send_header("ETag", f'"{file.stat().st_mtime_ns}"')
            if status in (301, 302):
                self.send_header("Location", "/moved.tif")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                # Before the client can have it: it may look at once.
                served.sent += len(body)
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with listening(Handler) as url:
        served = Served(url)
        yield served

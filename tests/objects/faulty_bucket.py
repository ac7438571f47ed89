"""A server that speaks enough of S3 to be asked, and fails as it is told to."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ERROR = "<Error><Code>{}</Code><Message>{}</Message></Error>"


class FaultyBucket(ThreadingHTTPServer):
    """Keeps objects in memory, and no condition on a put.

    Attributes:
        objects: bytes by path.
        refusal: status, code and words that each put is answered with, if any.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.refusal: tuple[int, str, str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FaultyBucket

    def log_message(self, *words: object) -> None:
        pass

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.refusal is not None:
            status, code, words = self.server.refusal
            self._answer(status, ERROR.format(code, words).encode())
        else:
            self.server.objects[self.path] = data
            self._answer(200)

    def do_GET(self) -> None:
        data = self.server.objects.get(self.path)
        if data is None:
            self._answer(404, ERROR.format("NoSuchKey", "none").encode())
        else:
            self._answer(200, data)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Delete the objects that are named, as ``?delete`` asks."""
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        bucket = self.path.partition("?")[0]
        keys = re.findall("<Key>([^<]*)</Key>", text)
        for key in keys:
            self.server.objects.pop(f"{bucket}/{key}", None)
        gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def faulty_bucket() -> Iterator[FaultyBucket]:
    """A server of its own, while the block runs."""
    with FaultyBucket() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()

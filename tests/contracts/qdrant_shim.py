"""Qdrant's REST API over a real socket, before the client's engine in memory.

It speaks what the store asks for, checks the key, and lets faults happen: each request
takes the next one of a list, if there is any.
"""

import json
import socket
import struct
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from qdrant_client import QdrantClient, models

FAULTS = ("429", "500", "503", "half", "cut", "reset", "lost", "slow", "html")
"""An answer of that status; half a body; no answer; a connection that is reset; the
work done and no answer; none in time; a page of a proxy."""


class Shim(ThreadingHTTPServer):
    """A server on a free port of the loopback.

    Attributes:
        faults: of the next requests, in order; ``""`` for none.
        asked: method and path of each request, in order.
    """

    daemon_threads = True

    def __init__(self, key=None):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.client, self.key = QdrantClient(":memory:"), key
        self.faults, self.asked = [], []
        self.one_at_a_time = threading.Lock()
        self.closing = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def close(self):
        self.closing.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _any(self):
        shim = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0].strip("/").split("/")
        with shim.one_at_a_time:
            shim.asked.append(f"{self.command} {self.path}")
            fault = shim.faults.pop(0) if shim.faults else ""
        if shim.key and self.headers.get("api-key") != shim.key:
            said = f"wrong key {self.headers.get('api-key')}"
            return self._answer(401, {"status": {"error": said}})
        if fault == "cut":
            return self._end()
        if fault == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return self._end()
        if fault == "slow":
            shim.closing.wait(20)
            return self._end()
        if fault == "html":
            return self._send(200, b"<html>Sign in</html>", "text/html")
        if fault.isdigit():
            more = {"Retry-After": "0"} if fault == "429" else {}
            said = {"status": {"error": "not now"}}
            return self._answer(int(fault), said, more)
        try:
            with shim.one_at_a_time:
                result = answer(shim.client, self.command, path, body)
        except (ValueError, KeyError) as exc:
            return self._answer(400, {"status": {"error": str(exc)}})
        if fault == "lost":
            return self._end()
        self._answer(200, {"result": result, "status": "ok", "time": 0.0}, half=fault)

    do_GET = do_PUT = do_POST = do_DELETE = _any

    def _answer(self, status, value, more=None, half=""):
        data = json.dumps(value, allow_nan=False).encode()
        self._send(status, data, "application/json", more, half)

    def _send(self, status, data, kind, more=None, half=""):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if half else data)
        if half:
            self._end()

    def _end(self):
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
        self.connection.close()

    def log_message(self, *words):
        pass


def answer(client, method, path, body):
    """What the API gives for a request; ``ValueError`` where it cannot be."""
    _, name, *rest = path
    what = (method, *rest)
    if what == ("GET", "exists"):
        return {"exists": client.collection_exists(name)}
    if what == ("GET",):
        return client.get_collection(name).model_dump(mode="json")
    if what == ("PUT",):
        made = models.CreateCollection.model_validate_json(body)
        return client.create_collection(name, vectors_config=made.vectors)
    if what == ("DELETE",):
        return client.delete_collection(name)
    if not client.collection_exists(name):
        raise ValueError(f"no collection {name}")
    done = {"operation_id": 1, "status": "completed"}
    if what == ("PUT", "index"):
        models.CreateFieldIndex.model_validate_json(body)
    elif what == ("PUT", "points"):
        points = models.PointsList.model_validate_json(body).points
        client.upsert(name, points)
    elif what == ("POST", "points", "delete"):
        client.delete(name, models.PointIdsList.model_validate_json(body).points)
    elif what == ("POST", "points", "vectors", "delete"):
        asked = models.DeleteVectors.model_validate_json(body)
        client.delete_vectors(name, asked.vector, asked.points)
    else:
        return _asked(client, name, rest, body)
    return done


def _asked(client, name, rest, body):
    if rest == ["points", "query"]:
        one = models.QueryRequest.model_validate_json(body)
        found = client.query_points(
            name,
            query=one.query,
            using=one.using,
            query_filter=one.filter,
            limit=one.limit,
            with_payload=one.with_payload,
            with_vectors=one.with_vector or False,
        )
    elif rest == ["points"]:
        one = models.PointRequest.model_validate_json(body)
        how = {"with_payload": one.with_payload, "with_vectors": one.with_vector}
        return [_plain(each) for each in client.retrieve(name, one.ids, **how)]
    elif rest == ["points", "scroll"]:
        one = models.ScrollRequest.model_validate_json(body)
        points, following = client.scroll(
            name,
            scroll_filter=one.filter,
            limit=one.limit,
            offset=one.offset,
            with_payload=one.with_payload,
            with_vectors=one.with_vector or False,
        )
        plain = [_plain(each) for each in points]
        return {"points": plain, "next_page_offset": following}
    elif rest == ["facet"]:
        one = models.FacetRequest.model_validate_json(body)
        found = client.facet(
            name, one.key, facet_filter=one.filter, limit=one.limit, exact=one.exact
        )
    elif rest == ["points", "count"]:
        one = models.CountRequest.model_validate_json(body)
        found = client.count(name, count_filter=one.filter, exact=one.exact)
    else:
        raise ValueError(f"no {rest}")
    return _plain(found)


def _plain(found):
    return found.model_dump(mode="json")

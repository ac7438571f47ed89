"""Requests that once were good, each changed at some places, and what answers them.

    python -m bench.serving.mutated http://127.0.0.1:8000 --requests 20000

Bytes are flipped, cut and doubled, values exchanged for odd ones, whole heads broken.
Wrong is: a status of 5xx, a path of this machine or a traceback in an answer, and no
answer at all to a head that the server reads (it takes 64 kB). Exit code 1 if there is
one.
"""

import argparse
import collections
import json
import random
import re
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote, urlsplit

from bench.serving.good_requests import Good, good_requests

WAIT_S = 120
HEAD = 60_000
"""Bytes of a head that is read in any case."""
_LEAK = re.compile(
    rb"(?<![\w:/])/(?:home|root|tmp|srv|work|usr|var|opt)/[\w.-]+|Traceback|\.py\b"
)
_ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 1e308, 10**30, "", " ", "\0", "a" * 9_000, [], {}, [[[[]]]]),
    *("../../etc/passwd", "..%2f..%2fetc", "/etc/passwd", "file:///etc/passwd", "NaN"),
    *("http://127.0.0.1:1/", "rsrag://../x", "\ud83d\ude00", "é" * 300, "%s%n{0}"),
    *("' OR 1=1 --", "data:image/png;base64,AAAA", "2020-13-45T99:99:99Z", "9" * 40),
)
_BYTES = b"\0\xff\xc3(%/\\\"'{}[]<>&?=;:,.\r\n0aZ"


def mutated(good: Good, draw: random.Random) -> bytes:
    """The bytes of the request, changed at one place or some."""
    query, body, path = list(good.query), good.body, good.path
    raw: bytes | None = None
    headers = {"host": "localhost", "content-type": "application/json"}
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        kind = draw.random()
        if kind < 0.45 and body is not None:
            body = _other(body, draw)
        elif kind < 0.6 and query:
            at = draw.randrange(len(query))
            name, value = query[at]
            odd = draw.choice((_text(draw.choice(_ODD)), _bent(value, draw)))
            query[at] = draw.choice(((name, odd), (odd, value), (name, value * 40)))
        elif kind < 0.7:
            odd = _text(draw.choice(_ODD))
            query.append((draw.choice(("q", "token", "limit", "ids", odd)), odd))
        elif kind < 0.8:
            path = quote(_bent(path, draw), safe=draw.choice(("/", "/%", "/%?&=")))
        elif kind < 0.9:
            name = draw.choice(
                ("accept", "origin", "content-type", "authorization", "x-api-key")
            )
            odd = _text(draw.choice(_ODD))[:200]
            headers[name] = re.sub(r"[^\x20-\x7e]", "?", odd)
        elif body is not None:
            raw = _broken(json.dumps(body).encode(), draw)
    if raw is None:
        raw = b"" if body is None else json.dumps(body).encode()
    words = "&".join("=".join(quote(p, errors="replace") for p in q) for q in query)
    target = path + (f"?{words}" if words else "")
    lines = [f"{good.method} {target} HTTP/1.1"]
    if good.method == "POST" or raw:
        headers["content-length"] = str(len(raw))
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines).encode("latin-1", "replace")
    if draw.random() < 0.05:
        head = _broken(head, draw)
    return head + b"\r\nconnection: close\r\n\r\n" + raw


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _bent(text: str, draw: random.Random) -> str:
    data = _broken(text.encode("utf-8", "replace"), draw)
    return data.decode("latin-1")


def _broken(data: bytes, draw: random.Random) -> bytes:
    """Some bytes are others, more, or gone."""
    out = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 5))):
        at = draw.randrange(len(out) + 1)
        kind = draw.randrange(4)
        if kind == 0 and at < len(out):
            out[at] = draw.choice(_BYTES)
        elif kind == 1:
            out[at:at] = bytes([draw.choice(_BYTES)]) * draw.choice((1, 2, 50))
        elif kind == 2:
            del out[at : at + draw.choice((1, 2, 20))]
        else:
            out[at:at] = out[max(0, at - 10) : at]
    return bytes(out)


def _other(value: Any, draw: random.Random) -> Any:
    """JSON in which one value, or one name, is another."""
    if isinstance(value, dict) and value and draw.random() < 0.8:
        name = draw.choice(list(value))
        rest = {key: one for key, one in value.items() if key != name}
        kind = draw.random()
        if kind < 0.1:
            return rest
        if kind < 0.2:
            return rest | {_text(draw.choice(_ODD))[:100]: value[name]}
        return value | {name: _other(value[name], draw)}
    if isinstance(value, list) and value and draw.random() < 0.7:
        at = draw.randrange(len(value))
        kind = draw.random()
        if kind < 0.2:
            return value * draw.choice((2, 40))
        return [*value[:at], _other(value[at], draw), *value[at + 1 :]]
    if isinstance(value, str) and draw.random() < 0.5:
        return _bent(value, draw)
    if isinstance(value, int | float) and draw.random() < 0.5:
        return draw.choice((-value, value * 1e9, value + 0.5, str(value)))
    if draw.random() < 0.05:
        deep: Any = []
        for _ in range(draw.choice((40, 700))):
            deep = [deep]
        return deep
    return draw.choice(_ODD)


def answered(address: str, sent: bytes) -> tuple[int, bytes]:
    """Status and body; status 0 where the connection was only closed."""
    where = urlsplit(address)
    with socket.create_connection((where.hostname, where.port), WAIT_S) as link:
        link.sendall(sent)
        response = HTTPResponse(link)
        try:
            response.begin()
            return response.status, response.read()
        except (HTTPException, ConnectionError):
            return 0, b""


def mutated_faults(
    address: str, count: int, seed: int = 1, connections: int = 4
) -> tuple[list[str], "collections.Counter[int]"]:
    """What was wrong, a line each, and how often each status was answered.

    Args:
        address: of the service.
        count: requests.
        seed: of what is changed.
        connections: that ask side by side.
    """
    kinds = good_requests(address)
    faults = [
        f"{_name(one)} is answered with {status} before anything is changed"
        for one in {id(good): good for good in kinds}.values()
        if (status := _plain(address, one)) != 200
    ]
    statuses: collections.Counter[int] = collections.Counter()

    def one(number: int) -> tuple[int, str | None]:
        draw = random.Random(f"{seed} {number}")
        good = draw.choice(kinds)
        sent = mutated(good, draw)
        try:
            status, body = answered(address, sent)
        except OSError as error:
            if len(sent.partition(b"\r\n\r\n")[0]) > HEAD:
                return 0, None
            return 0, f"{_name(good)}, request {number}: {error!r}"
        found = _LEAK.search(body) if good.path not in ("/ui/", "/docs") else None
        if status >= 500 or found:
            why = found[0].decode() if found else body[:200].decode("utf-8", "replace")
            return status, f"{_name(good)}, request {number}: {status}: {why}"
        return status, None

    with ThreadPoolExecutor(connections) as pool:
        for status, fault in pool.map(one, range(count)):
            statuses[status] += 1
            faults += [fault] if fault else []
    return faults, statuses


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--connections", type=int, default=4)
    given = parser.parse_args()
    faults, statuses = mutated_faults(
        given.address, given.requests, given.seed, given.connections
    )
    for line in faults[:50]:
        print(line)
    told = ", ".join(f"{status}: {n:,}" for status, n in sorted(statuses.items()))
    print(f"{given.requests:,} requests, {len(faults)} faults; answers {told}")
    return bool(faults)


def _name(good: Good) -> str:
    return f"{good.method} {good.path}"


def _plain(address: str, good: Good) -> int:
    """The status of a request as it was."""
    words = "&".join(f"{quote(k)}={quote(v)}" for k, v in good.query)
    raw = b"" if good.body is None else json.dumps(good.body).encode()
    target = good.path + (f"?{words}" if words else "")
    head = (
        f"{good.method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
    )
    head += "accept: application/json, text/event-stream\r\n"
    if raw:
        head += f"content-type: application/json\r\ncontent-length: {len(raw)}\r\n"
    return answered(address, head.encode() + b"\r\n" + raw)[0]


if __name__ == "__main__":
    sys.exit(main())

"""The service under load, on loopback: requests a second, delays, processor time.

    python -m bench.serving.load --chips 100000 --seconds 5

An index of made vectors, ``rsrag serve`` over it in a process of its own, and clients
in another; beside them the same searches in one process, without HTTP. Clients keep
``--connections`` busy (a closed loop), so delays are those of a full service. Before a
kind is measured it is asked for a second: that warms what is made on first use.
"""

import argparse
import dataclasses
import itertools
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

from bench.serving.served_process import cpu_s, memory_mb, served

FACT = "How deep is Lake Baikal?"
WORDS = (
    *("snow", "ice", "sand", "dunes", "forest", "river", "delta", "harbour"),
    *("city", "farms", "clouds", "sea"),
)
_JSON = {"content-type": "application/json"}


@dataclasses.dataclass(frozen=True, slots=True)
class Load:
    """What one kind of request took.

    Attributes:
        kind: in words.
        rate: requests a second.
        median_ms, p99_ms: delay.
        cpu_ms: processor time of the service, a request.
        wrong: answers that were not 200.
    """

    kind: str
    rate: float
    median_ms: float
    p99_ms: float
    cpu_ms: float
    wrong: int


def distinct() -> Iterator[str]:
    """Texts of which no two are alike."""
    draw = random.Random(1)
    for number in itertools.count():
        yield f"{' and '.join(draw.sample(WORDS, 3))} {number}"


def boxes() -> Iterator[str]:
    """Boxes of 40 by 28 degrees, anywhere."""
    draw = random.Random(2)
    while True:
        west, south = draw.uniform(-180, 130), draw.uniform(-90, 60)
        yield f"bbox={west:.3f},{south:.3f},{west + 40:.3f},{south + 28:.3f}"


def closed_loop(
    address: str,
    pid: int,
    kind: str,
    path: Callable[[], str],
    given: argparse.Namespace,
    body: str | None = None,
) -> Load:
    """Ask without a pause over some connections.

    Args:
        body: of a POST; without it the path is got.
    """
    end = time.perf_counter() + given.seconds
    lock = threading.Lock()

    def one(_: int) -> tuple[list[float], int]:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
        took, wrong = [], 0
        while time.perf_counter() < end:
            with lock:
                wanted = path()
            start = time.perf_counter()
            if body is None:
                connection.request("GET", wanted)
            else:
                connection.request("POST", wanted, body, _JSON)
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - start)
            wrong += answer.status != 200
        return took, wrong

    before, start = cpu_s(pid), time.perf_counter()
    with ThreadPoolExecutor(given.connections) as clients:
        rows = list(clients.map(one, range(given.connections)))
    wall, used = time.perf_counter() - start, cpu_s(pid) - before
    took = sorted(one for row, _ in rows for one in row)
    return Load(
        kind,
        len(took) / wall,
        statistics.median(took) * 1000,
        took[int(len(took) * 0.99)] * 1000,
        used / len(took) * 1000,
        sum(wrong for _, wrong in rows),
    )


def floor(indexes: Path, given: argparse.Namespace) -> Load:
    """The same distinct texts in this process, one after the other."""
    import rsrag

    with rsrag.open(indexes=indexes) as index:
        texts = distinct()
        index.search(next(texts))
        took, end = [], time.perf_counter() + given.seconds
        before = time.process_time()
        while time.perf_counter() < end:
            start = time.perf_counter()
            index.search(next(texts))
            took.append(time.perf_counter() - start)
        used = time.process_time() - before
    took.sort()
    return Load(
        "in one process, no HTTP",
        len(took) / sum(took),
        statistics.median(took) * 1000,
        took[int(len(took) * 0.99)] * 1000,
        used / len(took) * 1000,
        0,
    )


def main() -> None:
    """The command."""
    from rsrag.desk.chosen_settings import one_thread

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chips", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    one_thread()
    from bench.cold.indexes import mini_index

    with tempfile.TemporaryDirectory() as folder:
        indexes = Path(folder)
        mini_index(indexes, given.chips)
        texts, boxed = distinct(), boxes()
        kinds: dict[str, Callable[[], str]] = {
            "/healthz": lambda: "/healthz",
            "/search, distinct q": lambda: f"/search?q={quote(next(texts))}",
            "/search, one q": lambda: "/search?q=white%20snow",
            "/search, one q, a box": lambda: f"/search?q=white%20snow&{next(boxed)}",
            "/ask, a fact": lambda: "/ask",
        }
        since = time.perf_counter()
        with served(indexes, None, given.workers) as (address, pid):
            urlopen(f"{address}/readyz").read()
            ready_s, ready_cpu_s = time.perf_counter() - since, cpu_s(pid)
            warming = argparse.Namespace(**vars(given) | {"seconds": 1.0})
            rows = []
            for kind, path in kinds.items():
                fact = (
                    json.dumps({"question": FACT}) if kind == "/ask, a fact" else None
                )
                for how in (warming, given):
                    row = closed_loop(address, pid, kind, path, how, fact)
                rows.append(row)
            held = memory_mb(pid)
        rows.append(floor(indexes, given))
    for row in rows:
        print(json.dumps(dataclasses.asdict(row)))
    print(
        f"{given.chips:,} chips; ready in {ready_s:.1f} s ({ready_cpu_s:.1f} s of "
        f"processor); {held}"
    )


if __name__ == "__main__":
    main()

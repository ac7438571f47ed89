"""The service while its index is rebuilt again and again, and after kill -9.

    python -m bench.serving.rebuilds --chips 100000 --seconds 60 --every 10 --rate 500
    python -m bench.serving.rebuilds --chips 100000 --seconds 3600 --every 300 --rate 75

Searches come at a fixed rate, as near as the machine allows (an open loop: none waits
for another's answer before its time), while another process publishes one generation
after the other. Wrong is: an answer that is not 200, or one whose items are not all of
one generation. Then builder and service are killed (SIGKILL) in the middle of a build,
and another service must find the generation that was there, whole.
"""

import argparse
import collections
import dataclasses
import json
import multiprocessing
import os
import queue
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote, urlsplit

from bench.serving.load import distinct
from bench.serving.served_process import cpu_s, served

NAME = "again"
_BOX = (40.0, 28.0)


@dataclasses.dataclass(slots=True)
class Seen:
    """What came of all requests."""

    took: list[float] = dataclasses.field(default_factory=list)
    wrong: collections.Counter[str] = dataclasses.field(
        default_factory=collections.Counter
    )
    generations: collections.Counter[str] = dataclasses.field(
        default_factory=collections.Counter
    )


def build(root: str, count: int, number: int) -> None:
    """Publish generation ``number``, which stands in the name of every scene."""
    os.nice(5)
    from bench.clouds import Clustered
    from bench.made_index import SCENE, make_index, request_for
    from rsrag.config import Settings
    from rsrag.factory import EncoderChoice
    from rsrag.indexing.format.ledger import Entry

    choice = EncoderChoice("mini")
    identity = choice.load(Settings.from_environment()).identity
    request = request_for(Path(root), NAME, identity, choice.to_json())
    shutil.rmtree(request.directory.building, ignore_errors=True)
    scenes = [
        Entry(
            f"/archive/g{number:05d}-{scene:07d}.tif",
            sha256=f"{scene:064x}",
            chips=min(SCENE, count - scene * SCENE),
            position=scene,
        ).settle()
        for scene in range(-(-count // SCENE))
    ]
    make_index(request, Clustered(count, identity.dim), scenes)


def started(root: Path, count: int, number: int) -> multiprocessing.Process:
    """The same in a process of its own."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=build, args=(str(root), count, number))
    process.start()
    return process  # type: ignore[return-value]


def paths() -> Iterator[str]:
    """Searches: half by texts of which no two are alike, a quarter within boxes."""
    texts, draw = distinct(), random.Random(3)
    while True:
        kind = draw.random()
        if kind < 0.5:
            yield f"/search?q={quote(next(texts))}"
        elif kind < 0.75:
            yield "/search?q=white%20snow&limit=20"
        else:
            west, south = draw.uniform(-180, 130), draw.uniform(-80, 50)
            box = (west, south, west + _BOX[0], south + _BOX[1])
            yield "/search?q=sand&bbox=" + ",".join(f"{side:.3f}" for side in box)


@contextmanager
def asking(address: str, rate: float, connections: int, seen: Seen) -> Iterator[None]:
    """Ask at a rate until the end of the block."""
    waiting: queue.SimpleQueue[tuple[float, str] | None] = queue.SimpleQueue()
    over, lock = threading.Event(), threading.Lock()

    def give() -> None:
        due, words = time.perf_counter(), paths()
        while not over.is_set():
            time.sleep(max(0.0, due - time.perf_counter()))
            waiting.put((due, next(words)))
            due += 1 / rate
            if waiting.qsize() > 4 * connections:  # As fast as it can, then.
                due = max(due, time.perf_counter())
                time.sleep(0.01)

    def ask() -> None:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
        while (one := waiting.get()) is not None:
            since = time.perf_counter()
            try:
                connection.request("GET", one[1])
                answer = connection.getresponse()
                status, body = answer.status, answer.read()
            except (OSError, HTTPException) as error:
                connection.close()
                status, body = 0, repr(error).encode()
            took = time.perf_counter() - since
            with lock:
                _note(seen, status, body, took)

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    giver = threading.Thread(target=give)
    for thread in (*threads, giver):
        thread.start()
    try:
        yield
    finally:
        over.set()
        giver.join()
        for _ in threads:
            waiting.put(None)
        for thread in threads:
            thread.join()


def _note(seen: Seen, status: int, body: bytes, took: float) -> None:
    seen.took.append(took)
    if status != 200:
        seen.wrong[f"status {status}: {body[:80]!r}"] += 1
        return
    items = json.loads(body)["features"]
    found = {item["properties"]["rsrag:source"].split("-")[0] for item in items}
    seen.generations.update(found)
    if len(found) != 1:
        seen.wrong[f"items of {sorted(found)}"] += 1


def resident_mb(pid: int) -> float:
    """Of a process, now."""
    fields = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(one for one in fields if one.startswith("VmRSS")).split()[1]) / 1024


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chips", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--every", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--connections", type=int, default=16)
    given = parser.parse_args()
    seen, number = Seen(), 1
    resident: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        started(root, given.chips, number).join()
        with served(root, None) as (address, pid):
            with asking(address, given.rate, given.connections, seen):
                end = time.monotonic() + given.seconds
                before = cpu_s(pid)
                while time.monotonic() < end:
                    due = time.monotonic() + given.every
                    number += 1
                    started(root, given.chips, number).join()
                    while time.monotonic() < min(due, end):
                        time.sleep(0.2)
                    resident.append(resident_mb(pid))
                    _tell(seen, pid, number)
            used = cpu_s(pid) - before
            builder = started(root, given.chips, number + 1)
            time.sleep(2.0)
            for killed in (builder.pid, pid):
                os.kill(killed or 0, signal.SIGKILL)
            builder.join()
        with served(root, None) as (address, _):
            connection = HTTPConnection(urlsplit(address).netloc, timeout=60)
            connection.request("GET", "/search?q=snow")
            answer = connection.getresponse()
            after = Seen()
            _note(after, answer.status, answer.read(), 0.0)
    took = sorted(seen.took)
    print(
        json.dumps(
            {
                "requests": len(took),
                "a_second": round(len(took) / given.seconds, 1),
                "p50_ms": round(took[len(took) // 2] * 1000, 1),
                "p99_ms": round(took[int(len(took) * 0.99)] * 1000, 1),
                "cpu_ms": round(used / len(took) * 1000, 2),
                "resident_mb": [round(one) for one in resident],
                "generations": len(seen.generations),
                "wrong": dict(seen.wrong),
                "after_kill": [*after.generations, *after.wrong],
            }
        )
    )
    return bool(seen.wrong or after.wrong)


def _tell(seen: Seen, pid: int, number: int) -> None:
    print(
        f"{len(seen.took):,} requests, generation {number}, "
        f"{resident_mb(pid):.0f} MB resident, {sum(seen.wrong.values())} wrong",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())

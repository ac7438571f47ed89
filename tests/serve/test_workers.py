"""Several processes behind one address."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from bench.serving.served_process import family
from rsrag.errors import ConfigError
from rsrag.serve.failures import HttpFailure
from rsrag.serve.guard.caller_rates import Rates
from rsrag.serve.serve_options import ServeOptions
from tests.serve.conftest import listening
from tests.serve.test_rebuilt_under_load import build, own, sensors  # noqa: F401


def get(address, path="", **query):
    words = f"?{urllib.parse.urlencode(query)}" if query else ""
    with urllib.request.urlopen(f"{address}{path}{words}", timeout=60) as answer:
        return answer.read()


def workers_of(pid):
    """Its children that serve."""
    found = []
    for one in family(pid):
        with contextlib.suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes():
                found.append(one)
    return found


@contextlib.contextmanager
def alone(worker, workers):
    """Only one worker answers in the block; the others stand still."""
    others = [one for one in workers if one != worker]
    for one in others:
        os.kill(one, signal.SIGSTOP)
        while not all(
            stat.read_text().rpartition(")")[2].split()[0] in "Tt"
            for stat in Path(f"/proc/{one}/task").glob("*/stat")
        ):
            pass  # Its threads stop one after the other.
    try:
        yield
    finally:
        for one in others:
            os.kill(one, signal.SIGCONT)


def counted(page, name):
    rows = (line.split() for line in page.decode().splitlines())
    return sum(float(row[-1]) for row in rows if row and row[0].startswith(name))


def test_two_workers_behind_one_address(own):  # noqa: F811
    with listening(own, "--workers", "2", metrics=True, started=True) as told:
        address, metrics, parent = told
        while counted(get(metrics), "rsrag_workers") != 2:
            pass  # The second is still warming.
        workers = workers_of(parent)
        assert len(workers) == 2

        # What one says of the next page, another understands.
        with alone(workers[0], workers):
            first = json.loads(get(address, "/search", q="snow", limit=2))
        after = next(one["href"] for one in first["links"] if one["rel"] == "next")
        with alone(workers[1], workers):
            following = json.loads(get(after))
            whole = json.loads(get(address, "/search", q="snow", limit=4))
        pages = first["features"] + following["features"]
        assert [one["id"] for one in pages] == [one["id"] for one in whole["features"]]

        # Whichever is asked, it tells what all have done. A request is counted when it
        # is answered: who was stopped right then counts it as soon as it goes on.
        total = 'rsrag_http_requests_total{method="GET"'
        while counted(get(metrics), total) < 3:
            pass
        for worker in workers:
            with alone(worker, workers):
                page = get(metrics)
            assert counted(page, total) == 3

        # One is killed: requests go on, and another comes in its place.
        os.kill(workers[0], signal.SIGKILL)
        for _ in range(10):
            assert json.loads(get(address, "/search", q="snow"))["features"]
        while len(workers_of(parent)) < 2 or workers[0] in workers_of(parent):
            get(address, "/healthz")
        while counted(get(metrics), "rsrag_workers") != 2:
            pass
        now = workers_of(parent)
        assert workers[1] in now

        # Each finds the index that is built meanwhile.
        build(own, "G2")
        for worker in now:
            with alone(worker, now):
                while sensors(get(address, "/search", limit=9)) != {"G2"}:
                    pass

        # SIGHUP puts new ones in their place; somebody answers all the while.
        os.kill(parent, signal.SIGHUP)
        while set(workers_of(parent)) & set(now):
            get(address, "/healthz")
        assert sensors(get(address, "/search", limit=9)) == {"G2"}


def test_callers_have_one_rate_with_all_workers(root):
    words = ("--workers", "2", "--rate", "0.001")
    with listening(root, *words, metrics=True, started=True) as told:
        address, metrics, parent = told
        while counted(get(metrics), "rsrag_workers") != 2:
            pass
        workers = workers_of(parent)
        with alone(workers[0], workers):
            get(address, "/healthz")
        for worker in workers:
            with (
                alone(worker, workers),
                pytest.raises(urllib.error.HTTPError, match="429"),
            ):
                get(address, "/healthz")


def test_workers_end_with_the_process_that_watches_them(root, tmp_path):
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "rsrag", "serve", "--port", "0", "--workers", "2"),
            *("--indexes", str(root / "indexes"), "--no-ui"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    ) as started:
        address = started.stderr.readline().split()[-1]
        workers = workers_of(started.pid)
        started.kill()
        # It is shared with the workers, and ends with the last of them.
        assert "Traceback" not in started.stderr.read()
    assert len(workers) == 2
    with pytest.raises(urllib.error.URLError, match="refused"):
        get(address)


def test_workers_that_cannot_start_say_why_once(root, tmp_path):
    words = ["-m", "rsrag", "serve", "--port", "0", "--workers", "2"]
    done = subprocess.run(
        [sys.executable, *words, "--indexes", str(tmp_path), "--index", "nope"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("No index 'nope'") == 1 and "Traceback" not in done.stderr


def test_how_many_workers_there_may_be():
    assert ServeOptions().workers == 1
    for wrong in (0, -1, 65):
        with pytest.raises(ConfigError, match=f"workers is {wrong}"):
            ServeOptions(workers=wrong)


def test_rates_are_counted_in_one_file_by_several(tmp_path):
    one, other = (Rates(2.0, tmp_path / "rates") for _ in range(2))
    for rates in (one, other, one, other):
        rates.check("a", now=5.0)
    for rates in (one, other):
        with pytest.raises(HttpFailure):
            rates.check("a", now=5.0)
    other.check("b", now=5.0)
    one.check("a", now=5.6)


def test_the_caller_that_asked_longest_ago_is_forgotten():
    rates = Rates(0.001)
    for number in range(200_000):
        rates.check(f"caller {number}", now=1.0 + number)
    with pytest.raises(HttpFailure):
        rates.check("caller 199999", now=200_001.0)
    rates.check("caller 0", now=200_001.0)

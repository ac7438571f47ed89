"""The index is replaced while it is asked, and the service killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

import rsrag
from tests.desk.conftest import write_archive
from tests.serve.conftest import asking, listening


def build(root, sensor):
    """A generation whose chips all name one sensor."""
    file = root / "facts.json"
    facts = json.loads(file.read_text())
    named = {name: {**one, "sensor": sensor} for name, one in facts.items()}
    file.write_text(json.dumps(named))
    rsrag.build(
        root / "archive", name="again", metadata=file, indexes=root / "indexes"
    ).close()


@pytest.fixture
def own(root, tmp_path):
    write_archive(tmp_path / "archive")
    (tmp_path / "archive" / "plain.png").unlink()
    (tmp_path / "knowledge").symlink_to(root / "knowledge")
    build(tmp_path, "G1")
    return tmp_path


def sensors(body):
    return {one["properties"]["platform"] for one in json.loads(body)["features"]}


def test_every_answer_is_of_one_generation(own):
    over, seen = threading.Event(), []

    def ask_on(ask):
        while not over.is_set():
            for path in ("/search?q=snow&limit=9", "/search?limit=9"):
                answer = ask(path)
                assert answer.status == 200, answer.body
                seen.append(sensors(answer.body))
        return True

    with asking(own) as ask, ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask_on, ask) for _ in range(4)]
        try:
            for sensor in ("G2", "G3"):
                build(own, sensor)
                ask.service.index("again")._watched.look_again()
                while sensors(ask("/search?limit=9").body) != {sensor}:
                    assert not any(one.done() for one in asked)
        finally:
            over.set()
        assert all(one.result() for one in asked)
    assert all(len(one) == 1 for one in seen)


def test_a_service_that_is_killed_leaves_the_index_alone(own):
    def files():
        return {
            path: path.stat().st_mtime_ns
            for path in (own / "indexes").rglob("*")
            if path.is_file()
        }

    before = files()
    words = [sys.executable, "-m", "rsrag", "serve", "--port", "0"]
    words += ["--indexes", str(own / "indexes"), "--knowledge", str(own / "knowledge")]
    started = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    address = started.stderr.readline().split()[-1].removesuffix("/ui/")
    urllib.request.urlopen(f"{address}/search?q=snow").read()
    build_again = threading.Thread(target=build, args=(own, "G2"))
    build_again.start()
    os.kill(started.pid, signal.SIGKILL)
    assert started.wait() == -signal.SIGKILL
    started.stderr.close()
    build_again.join()
    kept = {path: when for path, when in files().items() if path in before}
    assert all(
        kept.get(path) == when for path, when in before.items() if "000001" in str(path)
    )
    with listening(own) as address:
        body = urllib.request.urlopen(f"{address}/search?q=snow").read()
    assert sensors(body) == {"G2"}

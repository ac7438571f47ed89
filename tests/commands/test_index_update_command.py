"""``rsrag index update``, ``rollback``, ``tag``, ``prune``; Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from rsrag.commands import main


def draw(path: Path, number: int, side: int = 16) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    colour = (number % 256, number // 256 % 256, 90)
    Image.new("RGB", (side, side), colour).save(path)
    stamp = time.time() - 1000 + number
    os.utime(path, (stamp, stamp))


@pytest.fixture
def folder(tmp_path) -> Path:
    for number in range(3):
        draw(tmp_path / "archive" / f"{number}.png", 50 * number)
    return tmp_path / "archive"


@pytest.fixture
def call(tmp_path, capfd, folder):
    """Run a command over a small index: exit code, stdout, stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main([*words, "--indexes", str(tmp_path / "indexes")])
        out, err = capfd.readouterr()
        return code, out, err

    assert run("index", "build", str(folder), "--name", "small")[0] == 0
    return run


def test_an_update_from_the_command_line(call, folder) -> None:
    code, out, err = call("index", "update", "small")
    assert (code, out) == (0, "")
    assert "sources: 0 added, 0 changed, 0 moved, 0 removed, 3 unchanged." in err
    assert "'small' is up to date: generation 1, 3 chips" in err

    draw(folder / "new.png", 201)
    (folder / "0.png").rename(folder / "moved.png")
    code, _, err = call("index", "update", "small", "--dry-run")
    assert code == 0
    assert "would be 1 added, 0 changed, 1 moved, 0 removed, 2 unchanged." in err
    assert f"added: {folder.as_posix()}/new.png" in err
    assert "nothing was written" in err

    code, out, err = call("index", "update", "small", "--json")
    assert (code, err) == (0, "")
    data = json.loads(out)
    found = data["sources"]
    assert (found["added"], found["moved"], data["encoded"]) == (1, 1, 1)
    assert (data["generation"], found["published"], data["rows"]) == (2, True, 4)
    assert call("search", "x", "--index", "small", "--json")[0] == 0


def test_sources_come_and_go(call, folder, tmp_path) -> None:
    draw(tmp_path / "other" / "o.png", 77)
    other = str(tmp_path / "other")
    code, _, err = call("index", "update", "small", other)
    assert (code, "1 added" in err) == (0, True)
    assert call("index", "update", "small")[2].startswith("sources: 0 added")
    code, _, err = call("index", "update", "small", "--remove", str(folder))
    assert (code, "3 removed" in err) == (0, True)
    code, _, err = call("index", "update", "small", "--remove", str(folder))
    assert code == 1
    assert f"has no source {folder}; it has {other}" in err
    code, _, err = call("index", "update", "small", "--remove", other)
    assert code == 1
    assert "would have no source left" in err


def test_skipped_files(call, folder) -> None:
    (folder / "bad.png").write_bytes(b"\x89PNG")
    code, _, err = call("index", "update", "small")
    assert code == 0
    assert "left out: 1: 1 ImageReadError." in err
    assert "rsrag index update small --retry-skipped" in err
    draw(folder / "bad.png", 99)
    code, _, err = call("index", "update", "small", "--retry-skipped")
    assert (code, "1 embedded" in err) == (0, True)


def test_generations(call, folder) -> None:
    code, out, _ = call("index", "tag", "small", "first")
    assert (code, "generation 1 of 'small' is 'first' now" in out) == (0, True)
    draw(folder / "new.png", 201)
    assert call("index", "update", "small")[0] == 0
    code, out, _ = call("index", "info", "small")
    assert "generation  1 [first]: " in out
    assert "generation  2: " in out and ", searched" in out
    code, out, _ = call("index", "rollback", "small", "--json")
    assert (code, json.loads(out)) == (
        0,
        {"index": "small", "before": 2, "generation": 1},
    )
    code, out, _ = call("index", "prune", "small", "--json")
    assert json.loads(out) == {"index": "small", "removed": [2], "generations": [1]}
    code, _, err = call("index", "rollback", "small", "--to", "2")
    assert (code, "has no generation '2'; there are 1, first" in err) == (1, True)
    code, out, _ = call("index", "tag", "small", "first", "--delete")
    assert (code, "no tag 'first' any more" in out) == (0, True)


def test_no_such_index(call) -> None:
    for words in (["update"], ["rollback"], ["prune"], ["tag", "x"]):
        code, _, err = call("index", words[0], "nowhere", *words[1:])
        assert (code, "No index 'nowhere'" in err) == (1, True)


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done(tmp_path) -> None:
    """A build in a process of its own is stopped, and taken up again."""
    for number in range(150):
        draw(tmp_path / "archive" / f"{number:03}.png", number)
    # Batches of 8 chips, so that many are left when the first one is seen.
    code = "import sys; from rsrag.commands import main; import rsrag.indexing.build"
    code += ".batches as batches; batches.WRITE_ROWS = 8; sys.exit(main())"
    words = [sys.executable, "-c", code, "index", "build"]
    words += [str(tmp_path / "archive"), "--name", "small", "--batch-size", "1"]
    words += ["--indexes", str(tmp_path / "indexes"), "--json"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    plan = tmp_path / "indexes" / "small" / "building" / "plan.json"
    try:
        for _ in range(1200):
            begun = len(list(plan.parent.glob("batches/*.parquet"))) >= 1
            if begun or process.poll() is not None:
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    text = err.decode()
    assert process.returncode == 130, text
    assert "stopping after the batch in flight" in text
    assert "Run the same command again to go on" in text
    assert "Traceback" not in text
    batches = plan.parent.glob("batches/*.parquet")
    staged = sum(pq.read_metadata(path).num_rows for path in batches)
    again = subprocess.run(words, capture_output=True, timeout=120, check=True)
    data = json.loads(again.stdout)
    assert data["rows"] == 150
    assert 0 < staged < 150
    assert data["encoded"] == 150 - staged


def test_a_name_that_no_index_has(call, folder) -> None:
    assert call("index", "build", str(folder), "--name", "harbours")[0] == 0
    for words in (["index", "update"], ["index", "verify"], ["list"]):
        code, _, err = call(*words, "nope")
        assert code == 1
        assert "There are: harbours, small." in err
        assert err.endswith(" next: rsrag index list\n")

"""``rsrag index build --on``, and ``plan``, ``embed-shard``, ``commit`` for others."""

import json
import os
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pyarrow.dataset as ds
import pytest
from known_places import textured

from rsrag.commands import main

THREADS = "OPENBLAS_NUM_THREADS"
LOADED_WITH = os.environ.get(THREADS)


@pytest.fixture(autouse=True)
def threads_of_this_process(monkeypatch):
    """Processes sum with as many threads as this one, so that bits can be compared.

    Commands that other tests ran here set the variable, too late for this process.
    """
    if LOADED_WITH is None:
        monkeypatch.delenv(THREADS, raising=False)
    else:
        monkeypatch.setenv(THREADS, LOADED_WITH)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(7):
        textured((20 * number, 90, 40), number).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def built(pictures, tmp_path):
    """Ids and vectors of the index that one process builds."""
    root = tmp_path / "one"
    words = ["--name", "one", "--indexes", str(root)]
    assert main(["index", "build", str(pictures), *words]) == 0
    return rows(root / "one")


def rows(index):
    number = (index / "CURRENT").read_text().strip()
    folder = index / "generations" / number / "parts/image"
    table = ds.dataset(folder, format="parquet").to_table(["id", "embedding"])
    ids = table["id"].to_pylist()
    assert len(set(ids)) == len(ids)
    return dict(zip(ids, map(np.float32, table["embedding"].to_pylist()), strict=True))


def equal(one, other):
    assert one.keys() == other.keys()
    return all(one[key].tobytes() == other[key].tobytes() for key in one)


def test_processes_build_what_one_builds(pictures, built, tmp_path, capfd):
    root, work = tmp_path / "ix", tmp_path / "work"
    words = ["index", "build", str(pictures), "--name", "two", "--indexes", str(root)]
    on = ["--on", "local:2", "--work", str(work), "--shard-chips", "3"]
    assert main([*words, *on]) == 0
    assert "7 chips of 7 scenes in 'two'" in capfd.readouterr().out
    assert equal(rows(root / "two"), built)
    assert main([*words, *on]) == 0
    assert equal(rows(root / "two"), built)
    assert main(["index", "verify", "two", "--indexes", str(root)]) == 0


def test_an_array_of_slurm_builds_what_one_builds(pictures, built, tmp_path, slurm):
    root, work = tmp_path / "ix", tmp_path / "work"
    words = ["index", "build", str(pictures), "--name", "two", "--indexes", str(root)]
    on = ["--on", "slurm:work", "--work", str(work), "--shard-chips", "3"]
    assert main([*words, *on]) == 0
    assert equal(rows(root / "two"), built)
    assert len(list((work / "slurm").glob("*.log"))) == 3


def test_the_bare_commands(pictures, built, tmp_path, capfd, monkeypatch):
    root, work = str(tmp_path / "ix"), str(tmp_path / "work")
    words = ["index", "plan", str(pictures), "--name", "bare", "--work", work]
    assert main([*words, "--shard-chips", "4", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    plan = told["plan"]
    assert told["shards"] == 2 and plan.startswith(work)
    commit = ["index", "commit", plan, "--indexes", root]
    assert main(commit) == 1
    assert "2 of 2 shards are not done" in capfd.readouterr().err
    assert main(["index", "embed-shard", plan, "--number", "0"]) == 0
    assert capfd.readouterr().out == "shard 0: embedded\n"
    assert main(["index", "embed-shard", plan, "--number", "0"]) == 0
    assert capfd.readouterr().out == "shard 0: was there\n"
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "1")
    assert main(["index", "embed-shard", plan, "--array"]) == 0
    assert main(commit) == 0
    assert equal(rows(tmp_path / "ix/bare"), built)
    capfd.readouterr()
    assert main(commit) == 0
    assert "nothing was to be done" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["build", ".", "--name", "x", "--on", "local:2"], "needs a place"),
        (["build", ".", "--name", "x", "--work", "w"], "go with --on"),
        (["build", ".", "--name", "x", "--on", "moon", "--work", "w"], "local:4, ray"),
        (["build", ".", "--name", "x", "--on", "local:0", "--work", "w"], "no place"),
        (["embed-shard", "w/plans/x.json", "--number", "0"], "is no plan"),
        (["embed-shard", "w/plans/x.json"], "Which shard?"),
        (["embed-shard", "w/plans/x.json", "--array"], "holds a number"),
        (["embed-shard", "p", "--array", "--number", "1"], "Which shard?"),
        (["commit", "nothing"], "is no plan"),
        (["plan", "nowhere", "--name", "x", "--work", "w"], "is not there"),
        (["plan", ".", "--name", "x", "--work", "ftp://a/b"], "no place for objects"),
    ],
)
def test_what_cannot_be_is_told(words, said, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["index", *words]) in (1, 2)
    assert said in capfd.readouterr().err
    assert not list(tmp_path.glob("*/generations"))


def test_a_driver_that_is_killed_is_run_again(pictures, built, tmp_path):
    root, work = tmp_path / "ix", tmp_path / "work"
    words = ["index", "build", str(pictures), "--name", "two", "--indexes", str(root)]
    words += ["--on", "local:1", "--work", str(work), "--shard-chips", "1"]
    driver = subprocess.Popen([sys.executable, "-m", "rsrag", *words])
    reports = work / "reports"
    while driver.poll() is None and len(list(reports.glob("*.json"))) < 2:
        with suppress(subprocess.TimeoutExpired):
            driver.wait(0.05)
    driver.kill()
    driver.wait()
    assert not (root / "two/CURRENT").exists()
    assert main(words) == 0
    assert equal(rows(root / "two"), built)

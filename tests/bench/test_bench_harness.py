"""The entry itself: with made-up benchmarks, each still in a process of its own."""

import json
import os
from pathlib import Path

import pytest

from bench import __main__ as entry, one
from bench.machine import base_versions, describe, usable_cores, versions_of
from bench.options import Options
from bench.registry import BENCHMARKS, Benchmark
from bench.result import Result, Table
from bench.terminal import WIDTH, shown, table

WORKS = """
import os
from bench.result import Result, Table
def measure(options):
    print("a stray line")
    (options.work / "big").write_text("x")
    options.say(f"work at {options.work}")
    seen = {"mode": options.mode, "sizes": list(options.sizes),
            "rounds": options.rounds, "pid": os.getpid(),
            "data": options.data and options.data.name,
            "empty": os.listdir(options.work) == ["big"]}
    rows = [["rsrag", 1.5]]
    return Result("works", "It works", "Text.", "full", settings=seen,
                  versions={"numpy": "mine", "peer": "1"}, machine={"load": "none"},
                  tables=[Table("Peers", ("engine", "ms"), rows)])
"""
FAILS = """
def measure(options):
    raise RuntimeError("the peer\\nfell over")
"""
DIES = """
import os, signal
def measure(options):
    os.kill(os.getpid(), signal.SIGKILL)
"""
LEAVES = """
def measure(options):
    raise SystemExit(0)
"""


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    sources = {"works": WORKS, "fails": FAILS, "dies": DIES, "leaves": LEAVES}
    folder = tmp_path / "modules"
    folder.mkdir()
    for name, source in sources.items():
        (folder / f"made_up_{name}.py").write_text(source)
        monkeypatch.setitem(BENCHMARKS, name, Benchmark(f"made_up_{name}", "made up"))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.delenv("RSRAG_BENCH_DATA", raising=False)
    return tmp_path / "out"


def test_list_prints_the_names_and_runs_nothing(capsys, tmp_path):
    assert entry.main(["--list", "--out", str(tmp_path / "out")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(BENCHMARKS)
    assert not (tmp_path / "out").exists()


def test_a_result_is_completed_and_kept(made_up, capfd):
    assert entry.main(["works", "--out", str(made_up), "--sizes", "200,1_0"]) == 0
    result = Result.read(made_up / "works.json")
    assert result.mode == "quick"
    assert result.command == "python -m bench works --sizes 10,200"
    assert result.settings["sizes"] == [10, 200]
    assert result.settings["rounds"] == 3
    assert result.settings["empty"]
    assert result.settings["pid"] != os.getpid()
    assert result.versions["peer"] == "1"
    assert result.versions["numpy"] == "mine"
    assert "pyarrow" in result.versions
    assert result.machine["cores"] == usable_cores()
    told = capfd.readouterr()
    assert "It works (quick" in told.out
    assert "All of it took" in told.out
    assert "a stray line" not in told.out
    assert "a stray line" in told.err
    (line,) = (one for one in told.err.splitlines() if one.startswith("work at "))
    assert not Path(line.removeprefix("work at ")).exists()


def test_full_mode_data_and_rounds(made_up, tmp_path, monkeypatch):
    (tmp_path / "pictures").mkdir()
    monkeypatch.setenv("RSRAG_BENCH_DATA", str(tmp_path / "pictures"))
    assert entry.main(["works", "--full", "--rounds", "2", "--out", str(made_up)]) == 0
    result = Result.read(made_up / "works.json")
    assert (result.mode, result.settings["rounds"]) == ("full", 2)
    assert result.settings["data"] == "pictures"
    # Folders of this machine are none of a reader's business.
    assert result.command == "python -m bench works --full --rounds 2 --data DATA"
    assert str(tmp_path) not in (made_up / "works.json").read_text()


def test_one_that_fails_is_named_and_the_others_go_on(made_up, capfd):
    names = ["fails", "dies", "leaves", "works"]
    assert entry.main([*names, "--out", str(made_up)]) == 1
    assert [path.name for path in made_up.iterdir()] == ["works.json"]
    failed = capfd.readouterr().err.splitlines()[-3:]
    assert failed == [
        "failed: fails: RuntimeError: the peer fell over",
        "failed: dies: ended by SIGKILL (out of memory?)",
        "failed: leaves: ended with exit code 0; see above",
    ]


def test_one_that_fails_leaves_the_result_of_before(made_up):
    made_up.mkdir()
    (made_up / "fails.json").write_text("of before")
    assert entry.main(["fails", "--out", str(made_up)]) == 1
    assert (made_up / "fails.json").read_text() == "of before"


def test_kept_scratch_is_met_again(made_up, tmp_path):
    arguments = ["works", "--out", str(made_up), "--keep", str(tmp_path / "kept")]
    assert entry.main(arguments) == 0
    assert (tmp_path / "kept" / "works" / "big").read_text() == "x"
    assert entry.main(arguments) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such"],
        ["--sizes", "0"],
        ["--sizes", "many"],
        ["--rounds", "0"],
        ["--data", "/no/such/folder"],
    ],
)
def test_wrong_arguments(arguments, capsys, tmp_path):
    with pytest.raises(SystemExit) as caught:
        entry.main([*arguments, "--out", str(tmp_path / "out")])
    assert caught.value.code == 2
    assert arguments[-1] in capsys.readouterr().err


def test_the_machine_is_described_without_its_folders(tmp_path):
    described = describe(tmp_path)
    assert {"cpu", "cores", "memory", "python"} <= described.keys()
    assert str(tmp_path) not in json.dumps(described)
    assert os.uname().nodename not in described.values()


def test_versions_are_of_what_is_installed():
    assert versions_of(["numpy", "no-such-distribution"]).keys() == {"numpy"}
    assert base_versions()["rsrag"].startswith("0.")


def test_folders_of_this_machine_have_names(tmp_path):
    options = Options("quick", tmp_path / "work", tmp_path / "data", (), 1)
    data = {"said": [f"in\n{options.work}/a.py, {one.ROOT}", 5, str(options.data)]}
    told = one.without_folders(data, options)
    assert told == {"said": ["in\nWORK/a.py, .", 5, "DATA"]}
    # Others, whose names are longer.
    for text in (f"/mnt{options.work}/a", f"{options.work}-2/a"):
        assert "WORK" not in one.without_folders(text, options)


def test_progress_goes_to_stderr(capsys, tmp_path):
    Options("quick", tmp_path, None, (), 1).say("at 3 of 4")
    assert capsys.readouterr() == ("", "at 3 of 4\n")


def wide(columns, text="a few words of it"):
    heads = tuple(f"column number {i}, ms" for i in range(columns))
    return Table("Wide", heads, [[text] * columns, [None, *[1234.5] * (columns - 1)]])


@pytest.mark.parametrize("columns", [1, 2, 6, 9, 30])
def test_tables_fit_a_terminal_and_lose_nothing(columns):
    lines = table(wide(columns)).splitlines()
    assert max(map(len, lines)) <= WIDTH
    words = " ".join(lines).split()
    assert words.count("few") == columns
    assert words.count("1,230") == columns - 1
    assert words.count("–") == 1


def test_figures_stand_to_the_right():
    shown_table = table(Table("t", ("engine", "n"), [["a", 5], ["b", 12345]]))
    assert shown_table.splitlines()[2:] == [
        "engine       n",
        "------  ------",
        "a            5",
        "b       12,345",
    ]


def test_goals_and_what_was_tried_are_shown():
    from test_bench_result import full_result

    text = shown(full_result())
    assert "MISSED  recall: wanted at least 0.97, measured 0.95 (few)" in text
    assert "float16: 2 % slower" in text
    assert "sizes 1,000 / 10,000" in text

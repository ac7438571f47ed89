"""The benchmark of cold starts, at a tiny size and without its heavy peers."""

import sys

import pytest

from bench.children import medians, parse_import_times, surroundings, told, waits
from bench.cold import shell
from bench.cold.growth import growth
from bench.cold.indexes import mini_index
from bench.cold.inside import LIBRARY, by_package, imports, memory
from bench.cold.shell import Shelf
from bench.options import Options


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    work = tmp_path_factory.mktemp("cold")
    return Options("quick", work, None, (), 1)


@pytest.fixture(scope="module")
def shelf(options):
    root = options.work / "indexes"
    name, store = mini_index(root, 40)
    assert (name, store) == ("mini-40", "faiss flat")
    return Shelf(root, name, 40, None)


@pytest.mark.slow
def test_commands_are_timed_and_missing_peers_are_dashes(options, shelf, monkeypatch):
    monkeypatch.setattr(shell, "NEEDS", dict.fromkeys(shell.NEEDS, "no_such_package"))
    table, goal = shell.shell(options, shelf)
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows[shell.SEARCH][0] > rows[shell.PYTHON][0] > 0
    assert rows[shell.SEARCH_ST] == [None] * 4
    assert "rsrag[bench]" in table.note
    assert goal.met == (rows[shell.SEARCH][0] < shell.GOAL_S)
    assert goal.met == (not goal.why)


@pytest.mark.slow
def test_growth_has_a_line_for_each_series(options, shelf):
    tables, plot = growth(options, shelf.root, {40: (shelf.name, "faiss flat")})
    assert [len(line.points) for line in plot.lines] == [1] * 5
    sizes, split = tables
    assert sizes.rows[0][:2] == [40, "faiss flat"]
    assert all(value > 0 for value in split.rows[0])


def test_imports_name_what_a_search_needs_and_no_more(options, shelf):
    packages, modules = imports(options, shelf)
    names = {row[0] for row in packages.rows}
    assert {"rsrag", "numpy", "typer"} <= names
    assert not names & {"torch", "transformers", "geopandas", "pandas"}
    assert packages.rows[-1][0] == "all"
    assert len(modules.rows) > 5


def test_memory_grows_from_step_to_step(options, shelf, monkeypatch):
    monkeypatch.setattr(shell, "NEEDS", dict.fromkeys(shell.NEEDS, "no_such_package"))
    table = memory(options, shelf)
    steps = [row for row in table.rows if "search" in row[0]]
    assert steps[0][1] == "Python alone"
    assert steps[-1][2] > steps[0][2]
    for _, _, rss, own, files in table.rows:
        assert rss == pytest.approx(own + files)


def test_a_command_that_fails_is_no_timing(options):
    with pytest.raises(RuntimeError, match="boom"):
        told("raise SystemExit('boom')", surroundings(options.work))


def test_children_run_the_copied_package(options):
    env = surroundings(options.work)
    where = told("import rsrag\nprint(json.dumps(rsrag.__file__))", env)
    assert where.startswith(str(options.work))


def test_waits_are_of_each_command(options):
    env = surroundings(options.work)
    naps = {
        nap: [sys.executable, "-c", f"import time; time.sleep({nap})"] for nap in "01"
    }
    found = waits(naps, env, 1)
    assert found["1"].median_s >= 1
    assert found["1"].processor_s < found["1"].median_s


def test_import_times_are_read_by_module():
    text = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:       120 |        120 |   numpy.linalg\n"
        "noise\n"
        "import time:        30 |        150 | numpy\n"
        "import time:         5 |          5 | json\n"
    )
    times = parse_import_times(text)
    assert times == {"numpy.linalg": 120, "numpy": 30, "json": 5}
    assert by_package(times, frozenset({"numpy"})) == {
        "numpy": (2, 150),
        LIBRARY: (1, 5),
    }


def test_medians_go_down_into_mappings():
    runs = [{"a": value, "in": {"b": -value}} for value in (3, 1, 2)]
    assert medians(runs) == {"a": 2, "in": {"b": -2}}

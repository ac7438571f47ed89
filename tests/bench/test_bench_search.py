import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from bench.clouds import Clustered
from bench.options import Options
from bench.result import Result
from bench.search import child, measure, measuring
from bench.search.oracle import NONE, nearest, recall
from bench.search.places import REGIONS
from bench.search.processes import Ended, run_child
from bench.search.rows import Rows, prepare
from bench.search.systems import SYSTEMS, System

DIM = 16


class Scan(System):
    """Exact; ``off`` of its answers' rows are replaced by wrong ones."""

    packages = ()
    tuned = "nothing"
    off = 0

    def build(self, rows):
        (self.folder / "made").write_bytes(b"x" * 100)

    def open(self, rows):
        self.vectors, self.places = rows.vectors(0, rows.count), rows.places()

    def search(self, queries, k, setting):
        found = np.argsort(-(queries @ self.vectors.T), axis=1)[:, :k]
        found[:, : self.off] = -1
        return found

    def inside(self, query, k, setting, region):
        allowed = np.flatnonzero(region.holds(self.places))
        best = np.argsort(-(self.vectors[allowed] @ query))[:k]
        return allowed[best].tolist()[self.off :]


class Sloppy(Scan):
    off = 3


class Dialled(Scan):
    settings = ({"off": 9}, {"off": 0}, {"off": 5})

    def search(self, queries, k, setting):
        self.off = setting["off"]
        return super().search(queries, k, setting)


def job(rows, tmp_path):
    return child.Job(
        phase="serve",
        system="rsrag",
        folder=str(tmp_path),
        rows=str(rows.folder),
        count=rows.count,
        dim=rows.dim,
        truth=str(rows.folder / "truth.npz"),
        target=0.97,
        singles=30,
        limit_s=5,
        rounds=1,
        report=str(tmp_path / "report"),
    )


def test_serving_measures_every_kind_and_region(rows, truth, tmp_path):
    system = Scan(tmp_path)
    assert child.build(system, rows)["disk"] > 0
    told = child.serve(system, rows, job(rows, tmp_path))
    assert told["reached"]
    assert told["sweep"][0]["recall"] == {"image": 1, "text": 1}
    assert told["sweep"][0]["qps"] > 0
    assert told["single"]["asked"] == 30
    assert told["single"]["p50_ms"] <= told["single"]["p99_ms"]
    for region in REGIONS:
        one = told["filtered"][region.name]
        known = truth[region.name][0, 0] >= 0
        assert not known or one["recall"] == 1
        assert (one["asked"], one["short"]) == (8, 0)
    assert json.loads(json.dumps(told))["chosen"] == {}


def test_a_system_that_answers_wrongly_shows(rows, truth, tmp_path):
    told = child.serve(Sloppy(tmp_path), rows, job(rows, tmp_path))
    assert told["sweep"][0]["recall"] == pytest.approx({"image": 0.7, "text": 0.7})
    assert not told["reached"]
    assert told["filtered"]["50 %"]["recall"] == pytest.approx(0.7)
    assert told["filtered"]["50 %"]["short"] == 1


def test_the_first_setting_that_finds_enough_is_taken(rows, truth, tmp_path):
    told = child.serve(Dialled(tmp_path), rows, job(rows, tmp_path))
    assert told["chosen"] == {"off": 0}
    assert [one["setting"]["off"] for one in told["sweep"]] == [9, 0]
    assert told["sweep"][0]["recall"]["image"] == pytest.approx(0.1)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_finds_what_there_is(name, tmp_path):
    system = SYSTEMS[name].load()
    for package in system.packages:
        name = package.removesuffix("-cpu").removesuffix("-py").replace("-", "_")
        pytest.importorskip(name)
    rows = prepare(Clustered(300, 32), tmp_path / "rows")
    asked = Clustered(300, 32).queries("image", 6)
    truth = nearest(rows, asked, child.K, REGIONS, 6)
    folder = tmp_path / "index"
    folder.mkdir()
    system(folder).build(rows)
    opened = system(folder)
    opened.open(rows)
    setting = opened.settings[-1]
    assert recall(opened.search(asked, child.K, setting), truth[NONE]) > 0.95
    one = opened.search(asked[:1], child.K, setting)
    assert recall(one, truth[NONE][:1]) > 0.85
    places = rows.places()
    for region in REGIONS[:2]:
        found = [opened.inside(q, child.K, setting, region) for q in asked]
        assert all(region.holds(places[one]).all() for one in found)
        padded = np.array([one + [-1] * (child.K - len(one)) for one in found])
        assert recall(padded, truth[region.name]) > 0.95


def options(tmp_path, *sizes):
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    return Options("quick", work, None, sizes, 1)


@pytest.fixture
def chosen(monkeypatch):
    monkeypatch.setenv("RSRAG_BENCH_SYSTEMS", "rsrag,rsrag-exact")
    for name in ("CLOUDS", "AGAIN", "LIMIT_H"):
        monkeypatch.delenv(f"RSRAG_BENCH_{name}", raising=False)
    plan = replace(measuring.PLANS["quick"], queries=20, filtered=8, singles=20)
    monkeypatch.setitem(measuring.PLANS, "quick", plan)


@pytest.fixture
def at_once(monkeypatch):
    """Children do their work in this process, which starts sooner."""

    def run(phase, told, work, limit_s):
        one = child.Job(**told, phase=phase, report="")
        rows = Rows(Path(one.rows), one.count, one.dim)
        system = SYSTEMS[one.system].load()(Path(one.folder))
        if phase == "build":
            return {**child.build(system, rows), "peak": 2, "peak_anonymous": 1}
        return child.serve(system, rows, one)

    monkeypatch.setattr(measuring, "run_child", run)


def test_a_piece_is_built_and_served_by_children(tmp_path, chosen, monkeypatch):
    monkeypatch.setenv("RSRAG_BENCH_SYSTEMS", "rsrag-exact")
    result = measure(options(tmp_path, 300))
    _, speed, memory = result.tables[:3]
    assert speed.rows[0][2:4] == [1.0, 1.0]
    assert memory.rows[0][2] > 0.01


def test_pieces_are_measured_once_and_put_together(
    tmp_path, chosen, at_once, monkeypatch
):
    result = measure(options(tmp_path, 300))
    started = []
    monkeypatch.setattr(measuring, "run_child", lambda *job: started.append(job))
    again = measure(options(tmp_path, 300))
    assert started == []
    assert again.tables == result.tables
    short, first, _, filtered = result.tables[:4]
    assert [cells[0] for cells in first.rows] == ["rsrag", "rsrag, exact"]
    assert [cells[2:4] for cells in first.rows] == [[1.0, 1.0]] * 2
    assert [cells[1] for cells in short.rows] == [1.0] * 2
    slowest = max(cells[5] for cells in filtered.rows if cells[1] == "rsrag")
    assert [short.rows[0][at] for at in (2, 5)] == [first.rows[0][4], slowest]
    assert {goal.met for goal in result.goals} == {True}
    result.write(tmp_path / "result.json")
    assert Result.read(tmp_path / "result.json") == result


def test_growth_needs_two_sizes(tmp_path, chosen, at_once, monkeypatch):
    monkeypatch.setenv("RSRAG_BENCH_SYSTEMS", "rsrag")
    path = tmp_path / "work" / "pieces" / "quick"
    assert "Growth" not in {t.title for t in measure(options(tmp_path, 200)).tables}
    piece = json.loads((path / "clustered-200-rsrag.json").read_text())
    piece["build"]["seconds"] *= 4
    (path / "clustered-400-rsrag.json").write_text(json.dumps({**piece, "count": 400}))
    result = measure(options(tmp_path, 200))
    (table,) = (table for table in result.tables if table.title == "Growth")
    assert table.rows[0][:3] == ["rsrag", "clustered", "200, 400"]
    assert table.rows[0][3] == pytest.approx(2)
    assert any(plot.log_x and plot.log_y for plot in result.plots)


def test_what_does_not_fit_or_is_not_there_is_a_row_that_says_why(
    tmp_path, chosen, monkeypatch
):
    monkeypatch.setenv("RSRAG_BENCH_SYSTEMS", "faiss-hnsw,hnswlib,qdrant-edge")
    monkeypatch.setattr(measuring, "machine", lambda: 1000)
    monkeypatch.setattr(SYSTEMS["hnswlib"].load(), "packages", ("no-such-package",))
    monkeypatch.setattr(SYSTEMS["qdrant-edge"].load(), "disk", lambda *_: 10**18)
    result = measure(options(tmp_path, 300))
    (table,) = (table for table in result.tables if table.title == "Not measured")
    reasons = {cells[0]: str(cells[3]) for cells in table.rows}
    assert "GB of memory" in reasons["faiss HNSW"]
    assert "pip install 'rsrag[bench]'" in reasons["hnswlib"]
    assert "GB of disk" in reasons["Qdrant Edge"]
    assert not list((tmp_path / "work" / "pieces").rglob("*.json"))


def test_a_child_that_fails_or_is_late_is_told(tmp_path, rows):
    told = asdict(job(rows, tmp_path))
    del told["phase"], told["report"]
    nowhere = {**told, "rows": str(tmp_path / "nowhere")}
    with pytest.raises(Ended, match="build failed") as failed:
        run_child("build", nowhere, tmp_path, 60)
    assert failed.value.again
    with pytest.raises(Ended, match="not done within") as late:
        run_child("build", told, tmp_path, 0)
    assert not late.value.again


def test_unknown_systems_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("RSRAG_BENCH_SYSTEMS", "rsrag,nonsense")
    with pytest.raises(ValueError, match="nonsense"):
        measure(options(tmp_path, 300))

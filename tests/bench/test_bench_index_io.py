"""The benchmark of indexes on disk, at tiny sizes."""

import json

import numpy as np
import pytest

from bench.clouds import Clustered
from bench.index_io import growing, layout_tables, layouts, mapping, rounding, tables
from bench.made_index import make_index, request_for
from bench.options import Options
from bench.pieces import piece
from rsrag.commands import main
from rsrag.types import EncoderIdentity


@pytest.fixture
def options(tmp_path):
    return Options("quick", tmp_path, None, (), 1)


def test_a_made_index_is_whole(options, capsys):
    identity = EncoderIdentity("synthetic", "0" * 64, "none", 16)
    root = options.work / "indexes"
    request = request_for(root, "made", identity, {"name": "synthetic"})
    made = make_index(request, Clustered(100, 16))
    assert made.store == "faiss flat"
    assert main(["index", "verify", "made", "--indexes", str(root)]) == 0
    assert "100 rows" in capsys.readouterr().out


@pytest.mark.slow
def test_steps_at_two_sizes_make_tables_and_a_plot(options, monkeypatch):
    monkeypatch.setattr(growing, "NEW", 3)
    monkeypatch.setattr(growing, "DIM", 16)
    indexes = {count: growing.index_of(options, count, "flat") for count in (20, 40)}
    assert indexes[40]["grown"]["added"] == 3
    assert indexes[40]["unchanged"]["unchanged"] == 40
    files = {count: growing.files_of(options, count) for count in (20, 40)}
    assert files[20]["walk"]["seen"] == 20
    lines = tables.growth_lines(indexes, files)
    assert len(tables.plot(lines).lines) == len(tables.growth(lines)[0].rows) == 6
    for table in (
        tables.opening(indexes, indexes[40]),
        tables.updating(indexes, indexes[40]),
    ):
        assert [row[0] for row in table.rows] == [20, 40, 40]
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert [row[0] for row in tables.scanning(files).rows] == [20, 40]
    assert not list(options.work.glob("index-*"))


def test_an_update_that_does_something_else_is_refused():
    with pytest.raises(RuntimeError, match="added"):
        growing._expect({"added": 0, "chips": 5}, added=3, chips=5)


def test_every_layout_gives_its_vectors_back(options, monkeypatch):
    monkeypatch.setattr(layouts, "ROWS", {"quick": 300})
    found = layouts.measure_layouts(options)
    names = [(one["name"], one["group"]) for one in found]
    assert len(set(names)) == len(names)
    by_name = {one["name"]: one for one in found if one["group"] == layouts.GROUP}
    whole, half = by_name["float32, none"], by_name["float16, none"]
    assert half["embedding_bytes"] < 0.6 * whole["embedding_bytes"]
    assert whole["embedding_bytes"] > 300 * layouts.DIM * 4
    table = layout_tables.layouts(found, 300)
    assert len(table.rows) == len(found)


def test_a_layout_that_loses_vectors_is_found(options, monkeypatch):
    monkeypatch.setattr(layouts, "ROWS", {"quick": 20})
    monkeypatch.setattr(layouts, "read_vectors", lambda *_: np.zeros((20, 512)))
    with pytest.raises(RuntimeError, match="other vectors"):
        layouts.measure_layouts(options)


def test_peers_read_the_same_part(options, monkeypatch):
    monkeypatch.setattr(layouts, "ROWS", {"quick": 50})
    found = layouts.measure_peers(options)
    table = layout_tables.peers(found, 50)
    assert table.rows[0][0] == layouts.OURS
    assert table.rows[0][-1] == 1


def test_recall_counts_true_neighbours_only():
    true = np.array([[1, 2, 3, 4], [5, 6, 7, 8]])
    assert rounding.recall(true[:, ::-1], true) == 1
    assert rounding.recall(np.array([[1, 2, 9, 9], [0, 0, 0, 5]]), true) == 0.375


def test_the_best_of_blocks_is_the_best_of_all():
    cloud = Clustered(500, 32)
    rows, queries = cloud.block(0), cloud.queries("text", 7)
    best = rounding.Best(len(queries), rounding.TOP)
    for low in range(0, 500, 64):
        block = rows[low : low + 64]
        best.show(queries @ block.T, np.arange(low, low + len(block)))
    wanted = np.argsort(-(queries @ rows.T), axis=1)[:, : rounding.TOP]
    assert rounding.recall(best.rows, wanted) == 1


def test_brain_floats_keep_eight_bits():
    rows = np.array([1.0, 1 + 2**-8, 1 + 2**-7, -3.14159274], np.float32)
    assert rounding.brain(rows).tolist() == [1, 1, 1 + 2**-7, -3.140625]


def test_coarse_rounding_loses_neighbours(options, monkeypatch):
    monkeypatch.setattr(rounding, "COUNTS", {"quick": (2_000, 20)})
    monkeypatch.setattr(
        rounding,
        "ROUNDINGS",
        {"same": lambda rows: rows, "signs": lambda rows: np.sign(rows) / 20},
    )
    same, signs = rounding.measure_rounding(options)
    assert (same["image"], same["text"], same["worst"]) == (1, 1, 0)
    assert signs["image"] < 0.9
    assert len(layout_tables.rounding([same, signs]).rows) == 2


def test_mapped_and_read_are_measured_alike(options, monkeypatch):
    monkeypatch.setattr(mapping, "SHARES", (0.5,))
    found = mapping.measure_mapping(options, 50)
    assert {one["how"] for one in found} == {"mapped", "whole"}
    table = layout_tables.mapping(found, 50)
    assert len(table.rows) == len(found)
    assert all(row[4] >= row[3] for row in table.rows)


def test_a_piece_is_measured_once(options, capsys):
    taken = []

    def measure():
        taken.append(1)
        return {"count": len(taken)}

    first = piece(options, "one", measure)
    assert piece(options, "one", measure) == first == {"count": 1}
    other = Options("full", options.work, None, (), 1)
    assert piece(other, "one", measure) == {"count": 2}
    kept = options.work / "pieces" / "one-quick-1.json"
    assert json.loads(kept.read_text()) == first
    assert "as measured before" in capsys.readouterr().err

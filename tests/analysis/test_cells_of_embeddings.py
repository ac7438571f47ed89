"""Rasters that hold an embedding a pixel, imported as an index of their cells."""

import json

import pytest
from embedding_files import (
    TRANSFORM,
    made_vectors,
    write_alphaearth,
    write_tessera,
)
from pyproj import Transformer

import rsrag
from rsrag.commands import main

SPOTS = ((16, 32), (80, 8), (48, 40))


@pytest.fixture
def vectors():
    return made_vectors(96, 64, 64, SPOTS)


def imported(tmp_path, capfd, path, *words: str):
    capfd.readouterr()
    given = ["index", "import", str(path), "--name", "cells", "--json", *words]
    code = main([*given, "--indexes", str(tmp_path / "indexes")])
    out, err = capfd.readouterr()
    return code, json.loads(out) if code == 0 else err


def test_cells_are_means_and_find_their_like(tmp_path, capfd, vectors) -> None:
    path = write_alphaearth(tmp_path / "a.tif", vectors, [(0, 0)])
    code, report = imported(tmp_path, capfd, path, "--stride", "4")
    assert code == 0, report
    assert report["spaces"]["image"]["rows"] == 24 * 16
    assert report["spaces"]["image"]["encoder"] == "external:alphaearth"
    with rsrag.open("cells", indexes=tmp_path / "indexes") as index:
        here, *others = (middle(row + 2, column + 2) for row, column in SPOTS)
        (asked,) = index.browse(near=here, radius=0.005)
        assert asked.gsd_m == pytest.approx(40, rel=0.01)
        found = index.search(chip=asked.id, top_k=3)
        boxes = [hit.bbox for hit in found if hit.id != asked.id]
        for lon, lat in others:
            assert any(b[0] < lon < b[2] and b[1] < lat < b[3] for b in boxes[:2])


def middle(row: float, column: float) -> tuple[float, float]:
    to_degrees = Transformer.from_crs("EPSG:32630", "EPSG:4326", always_xy=True)
    return to_degrees.transform(*(TRANSFORM @ (column, row)))


def test_a_tile_of_tessera(tmp_path, capfd, vectors) -> None:
    path = write_tessera(tmp_path, vectors)
    code, report = imported(tmp_path, capfd, path, "--stride", "8")
    assert code == 0, report
    assert report["spaces"]["image"]["rows"] == 12 * 8
    assert report["spaces"]["image"]["encoder"] == "external:tessera"


def test_one_row_a_pixel_leaves_out_what_is_masked(tmp_path, capfd, vectors) -> None:
    path = write_alphaearth(tmp_path / "a.tif", vectors[:20, :20], [(3, 4), (5, 5)])
    code, report = imported(tmp_path, capfd, path, "--stride", "1")
    assert code == 0, report
    assert report["spaces"]["image"]["rows"] == 398


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--stride 16 reads rasters"),
        (("--stride", "0"), "at least 1"),
        (("--values", "plain"), "--stride 16"),
        (("--stride", "4", "--values", "loud"), "says nothing"),
    ],
)
def test_what_cannot_be(tmp_path, capfd, vectors, words, said) -> None:
    path = write_alphaearth(tmp_path / "a.tif", vectors[:8, :8])
    code, err = imported(tmp_path, capfd, path, *words)
    assert code != 0
    assert said in err
    assert not (tmp_path / "indexes" / "cells").exists()


def test_values_of_unknown_meaning_are_refused(tmp_path, capfd, vectors) -> None:
    path = write_alphaearth(tmp_path / "a.tif", vectors[:8, :8] * 40, dtype="int16")
    code, err = imported(tmp_path, capfd, path, "--stride", "4")
    assert code == 1
    assert "does not say what they stand for" in err
    path = write_alphaearth(tmp_path / "b.tif", vectors[:8, :8], dtype="float32")
    code, err = imported(tmp_path, capfd, path, "--stride", "4")
    assert code == 1
    assert "--encoder external:NAME" in err

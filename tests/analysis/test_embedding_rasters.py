"""Rasters of embeddings: read as their makers mean them, refused else; places found."""

import json

import numpy as np
import pytest
import rasterio
from embedding_files import (
    CRS,
    TRANSFORM,
    made_vectors,
    write_alphaearth,
    write_tessera,
)
from pyproj import Transformer

import rsrag
from rsrag.commands import main
from rsrag.errors import ImageReadError, QueryError, SourceNotFoundError
from rsrag.imagery.embeddings.embedding_opening import open_embeddings
from rsrag.imagery.embeddings.embedding_raster import alphaearth
from rsrag.types import Window

SPOTS = ((20, 30), (20, 150), (100, 60))
SIZE = (140, 180)


def degrees(row, column):
    x, y = TRANSFORM @ (column + 0.5, row + 0.5)
    return Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(x, y)


def vectors(dim=64):
    return made_vectors(*SIZE, dim, SPOTS)


def whole(path, values="auto"):
    raster = open_embeddings(path, values)
    cells = raster.read(Window(0, 0, raster.width, raster.height))
    raster.close()
    return raster, cells


def test_values_of_alphaearth_by_hand() -> None:
    stored = np.zeros((1, 64), np.int8)
    stored[0, :3] = 127, -51, 1
    found, valid = alphaearth(stored)
    assert found[0, :3].tolist() == pytest.approx(
        [(127 / 127.5) ** 2, -((51 / 127.5) ** 2), (1 / 127.5) ** 2]
    )
    assert valid.tolist() == [True]
    stored[0, 5] = -128
    assert alphaearth(stored)[1].tolist() == [False]


@pytest.mark.parametrize("upward", [False, True])
def test_alphaearth_is_read_as_it_is_meant(tmp_path, upward) -> None:
    true = vectors()
    path = write_alphaearth(tmp_path / "a.tif", true, [(3, 4)], upward)
    raster, cells = whole(path)
    assert raster.law.startswith("AlphaEarth")
    assert not cells.valid[3, 4]
    assert cells.valid.sum() == true[..., 0].size - 1
    assert np.abs(cells.vectors - true)[cells.valid].max() < 0.01
    assert tuple(raster.place.transform) == tuple(TRANSFORM)[:6]
    part = open_embeddings(path).read(Window(30, 20, 8, 5)).vectors
    assert (part == cells.vectors[20:25, 30:38]).all()


def test_tessera_is_multiplied_with_its_scales(tmp_path) -> None:
    true = vectors(128)
    raster, cells = whole(write_tessera(tmp_path, true))
    assert raster.dim == 128
    assert "scales" in raster.law
    unit = cells.vectors / np.linalg.norm(cells.vectors, axis=2, keepdims=True)
    assert np.abs(unit - true).max() < 0.01
    # The lengths are those before quantising, not those of the bytes.
    lengths = np.linalg.norm(cells.vectors, axis=2)
    assert 0.45 < lengths.min() < 0.7 < 2.8 < lengths.max() < 3.1


def float_raster(path, true, **more):
    profile = {"count": true.shape[2], "height": SIZE[0], "width": SIZE[1]}
    given = {"dtype": "float32", "crs": CRS, "transform": TRANSFORM, **profile, **more}
    with rasterio.open(path, "w", driver="GTiff", **given) as file:
        file.write(np.moveaxis(true, 2, 0).astype(given["dtype"]))
    return path


def test_floats_and_tags_of_a_scale(tmp_path) -> None:
    true = vectors(16)
    _, cells = whole(float_raster(tmp_path / "a.tif", true))
    assert np.abs(cells.vectors - true).max() < 1e-6
    path = float_raster(tmp_path / "b.tif", np.rint(true * 1000 + 500), dtype="int16")
    with pytest.raises(ImageReadError, match="does not say"):
        open_embeddings(path)
    asked = whole(path, "0.001,-0.5")[1].vectors
    assert np.abs(asked - true).max() < 0.001
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.001,) * 16, (-0.5,) * 16
    raster, cells = whole(path)
    assert "tags" in raster.law
    assert (cells.vectors == asked).all()


def test_bytes_that_only_look_like_alphaearth_are_refused(tmp_path) -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(*SIZE, 64)).clip(-1, 1)
    path = write_alphaearth(tmp_path / "a.tif", noise)
    with pytest.raises(ImageReadError, match="length"):
        open_embeddings(path)
    path = write_alphaearth(tmp_path / "b.tif", vectors(), nodata=None)
    with rasterio.open(path, "r+") as file:
        file.descriptions = [None] * 64
    with pytest.raises(ImageReadError, match="does not say"):
        open_embeddings(path)
    assert whole(path, "alphaearth")[1].valid.all()
    with pytest.raises(ImageReadError, match="AlphaEarth's have 64"):
        open_embeddings(float_raster(tmp_path / "c.tif", vectors()), "alphaearth")


@pytest.mark.parametrize("values", ["x", "", "1,2,3", "0", "nan", "1,inf"])
def test_values_that_say_nothing(tmp_path, values) -> None:
    path = float_raster(tmp_path / "a.tif", vectors(16))
    with pytest.raises(ImageReadError, match="says nothing"):
        open_embeddings(path, values)


def test_files_of_a_tile_that_do_not_fit(tmp_path) -> None:
    path = write_tessera(tmp_path, vectors(128))
    beside = path.with_name(f"{path.stem}_scales.npy")
    scales = np.load(beside)
    np.save(beside, scales[:-1])
    with pytest.raises(ImageReadError, match="not a scale for each"):
        open_embeddings(path)
    beside.unlink()
    with pytest.raises(ImageReadError, match="quantised"):
        open_embeddings(path)
    np.save(beside, scales)
    np.save(path, np.load(path).astype(np.float32))
    with pytest.raises(ImageReadError, match="int8"):
        open_embeddings(path)
    path.write_bytes(b"no array")
    with pytest.raises(ImageReadError, match="cannot be read"):
        open_embeddings(path)


def test_a_tile_without_a_place(tmp_path) -> None:
    path = write_tessera(tmp_path, vectors(128))
    land = tmp_path / "global_0.1_degree_tiff_all" / f"{path.stem}.tiff"
    land.unlink()
    with pytest.raises(ImageReadError, match="says no place"):
        open_embeddings(path)
    write_tessera(tmp_path / "other", vectors(128)[:50])
    (tmp_path / "other" / "global_0.1_degree_tiff_all" / land.name).rename(land)
    with pytest.raises(ImageReadError, match="different tiles"):
        open_embeddings(path)


def test_pictures_and_no_files(tmp_path) -> None:
    with pytest.raises(ImageReadError, match="3 bands"):
        open_embeddings(float_raster(tmp_path / "a.tif", vectors(16)[..., :3]))
    with pytest.raises(ImageReadError, match="no place"):
        open_embeddings(float_raster(tmp_path / "b.tif", vectors(16), crs=None))
    with pytest.raises(SourceNotFoundError):
        open_embeddings(tmp_path / "none.tif")
    (tmp_path / "c.tif").write_bytes(b"II*")
    with pytest.raises(ImageReadError, match="cannot be read"):
        open_embeddings(tmp_path / "c.tif")


@pytest.mark.parametrize("kind", ["alphaearth", "tessera"])
@pytest.mark.parametrize("stride", [1, 3])
def test_places_like_one_are_found(tmp_path, kind, stride) -> None:
    if kind == "alphaearth":
        path = write_alphaearth(tmp_path / "a.tif", vectors())
    else:
        path = write_tessera(tmp_path, vectors(128))
    told = []
    found = rsrag.similar_places(
        path,
        at=degrees(21, 31),
        stride=stride,
        top_k=2,
        apart_m=300,
        progress=lambda *one: told.append(one),
    )
    spots = {(round(p.row / 10) * 10, round(p.column / 10) * 10) for p in found.places}
    assert spots == {(20, 150), (100, 60)}
    for place in found.places:
        assert place.score > 0.8
        lon, lat = degrees(place.row - 0.5, place.column - 0.5)
        assert (place.lon, place.lat) == pytest.approx((lon, lat), abs=1e-6)
    assert told[-1][1:] == (SIZE[0], SIZE[0])
    assert found.vectors == 1
    cosine = found.heats[0].cosine
    assert cosine.shape == (-(-SIZE[0] // stride), -(-SIZE[1] // stride))
    assert np.nanmax(cosine) <= 1.0001


def test_the_command_and_its_files(tmp_path, capfd) -> None:
    one = write_alphaearth(tmp_path / "a.tif", vectors(), [(0, 0)])
    lon, lat = degrees(21, 31)
    out, points = tmp_path / "heat.tif", tmp_path / "places.geojson"
    words = ["similar-places", str(one), f"--at={lon},{lat}", "--top-k", "2"]
    words += ["--out", str(out), "--places", str(points)]
    assert main(words) == 0
    text, err = capfd.readouterr()
    assert "AlphaEarth" in text
    assert text.count("a.tif") == 2
    assert f"wrote {out}" in err
    with rasterio.open(out) as file:
        assert file.crs == CRS
        assert file.transform == TRANSFORM
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        heat = file.read(1)
        assert np.isnan(heat[0, 0])
        assert heat[21, 31] == pytest.approx(1, abs=1e-3)
    features = json.loads(points.read_text())["features"]
    assert [one["properties"]["rank"] for one in features] == [1, 2]
    area = {"type": "Polygon", "coordinates": [[list(degrees(r, c)) for r, c in RING]]}
    words = ["similar-places", str(one), "--area", json.dumps(area), "--json"]
    assert main(words) == 0
    told = json.loads(capfd.readouterr().out)
    assert 9 <= told["vectors"] <= 16
    assert told["places"][0]["score"] > 0.8


RING = ((20, 30), (20, 33), (23, 33), (23, 30), (20, 30))


def test_several_tiles_and_a_folder(tmp_path, capfd) -> None:
    one = write_tessera(tmp_path, vectors(128))
    other = write_tessera(tmp_path, vectors(128), "grid_0.25_52.05")
    lon, lat = degrees(21, 31)
    words = ["similar-places", str(one), str(other), f"--at={lon},{lat}"]
    assert main([*words, "--out", str(tmp_path / "heats"), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["vectors"] == 2
    assert len(list((tmp_path / "heats").glob("*-similarity.tif"))) == 2
    assert main([*words, "--out", str(tmp_path / "one.tif")]) == 2
    third = write_alphaearth(tmp_path / "a.tif", vectors())
    with pytest.raises(QueryError, match="different makers"):
        rsrag.similar_places([one, third], at=degrees(21, 31))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "one place"),
        ({"at": (0, 0), "area": "POINT (0 0)"}, "one place"),
        ({"at": (100.0, 10.0)}, "No embedding lies"),
        ({"at": "x"}, "longitude"),
        ({"at": (-3.0, 40.6), "stride": 0}, "stride is 0"),
        ({"at": (-3.0, 40.6), "top_k": 0}, "top_k 0"),
        ({"at": (-3.0, 40.6), "apart_m": -1}, "apart -1"),
    ],
)
def test_what_cannot_be_asked(tmp_path, given, said) -> None:
    path = write_alphaearth(tmp_path / "a.tif", vectors())
    with pytest.raises(QueryError, match=said):
        rsrag.similar_places(path, **given)

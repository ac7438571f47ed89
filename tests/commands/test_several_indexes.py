"""Several indexes in one ranking, merged, and a chip as a file of its own."""

import json

import numpy as np
import pytest
import rasterio
from known_places import textured, world_file
from PIL import Image
from test_search_command import hits_of

from rsrag.commands import main


@pytest.fixture
def both(indexes, tmp_path, capfd):
    """A copy of the indexes of all tests, and another index, ``more``, beside it."""
    import shutil

    root = tmp_path / "indexes"
    shutil.copytree(indexes / "world", root / "world")
    folder = tmp_path / "more"
    folder.mkdir()
    for column in range(3):
        textured((240, 240, 250), 70 + column).save(folder / f"ice-{column}.png")
        name = folder / f"ice-{column}.pgw"
        name.write_bytes(world_file(10.0 * column, -40.0))
    words = ["index", "build", str(folder), "--name", "more", "--indexes", str(root)]
    assert main(words) == 0
    capfd.readouterr()
    return root


@pytest.fixture
def ask(both, capfd):
    def call(*words):
        code = main([*words, "--indexes", str(both)])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def test_one_ranking_of_two(ask) -> None:
    apart = [
        hit
        for name in ("world", "more")
        for hit in hits_of(ask, "white snow", "--index", name, "-k", "99")
    ]
    found = hits_of(ask, "white snow", "--index", "world,more", "-k", "99")
    best = sorted(apart, key=lambda hit: (-hit["score"], hit["id"]))
    assert [hit["id"] for hit in found] == [hit["id"] for hit in best]
    assert [hit["score"] for hit in found] == [hit["score"] for hit in best]
    named = {hit["source"].rsplit("/", 1)[1][:3]: hit["index"] for hit in found}
    assert named["ice"] == "more"
    assert named["sno"] == "world"
    few = hits_of(ask, "white snow", "--index", "world, more", "-k", "4")
    assert [hit["id"] for hit in few] == [hit["id"] for hit in best[:4]]


def test_filters_and_an_honest_nothing_of_two(ask) -> None:
    north = ("--bbox", "-180", "0", "180", "90")
    found = hits_of(ask, "snow", "--index", "world,more", "-k", "99", *north)
    assert {hit["index"] for hit in found} == {"world"}
    code, _, err = ask("search", "a cake", "--index", "world,more", "--min-prob", "1")
    assert code == 0
    assert err.count("nothing in this index looks like that") == 1


@pytest.mark.parametrize(
    ("names", "code", "said"),
    [
        ("world,world", 1, "stands twice"),
        ("world,", 1, "A name is missing"),
        ("world,nowhere", 1, "nowhere"),
    ],
)
def test_names_that_will_not_do(ask, names, code, said) -> None:
    found, out, err = ask("search", "snow", "--index", names)
    assert (found, out) == (code, "")
    assert said in err


def test_a_merge_has_each_chip_once(ask) -> None:
    code, out, err = ask("index", "merge", "world", "more", "world", "--name", "all")
    assert code == 0, err
    assert "13 chips" in out
    assert ask("list", "all", "--count")[1] == "13\n"
    merged = hits_of(ask, "white snow", "--index", "all", "-k", "99")
    found = hits_of(ask, "white snow", "--index", "world,more", "-k", "99")
    assert [hit["id"] for hit in merged] == [hit["id"] for hit in found]
    assert ask("index", "verify", "all")[0] == 0


def test_what_cannot_be_merged(ask, both) -> None:
    code, _, err = ask("index", "merge", "world", "--name", "all")
    assert (code, "two indexes or more" in err) == (1, True)
    code, _, err = ask("index", "merge", "world", "more", "--name", "world")
    assert (code, "There is an index 'world' already" in err) == (1, True)
    assert not (both / "all").exists()


def test_other_encoders_are_not_compared(ask, both, monkeypatch) -> None:
    source = np.random.default_rng(0).normal(size=(4, 256)).astype(np.float32)
    np.save(both / "v.npy", source)
    words = ("--encoder", "external:other", "--name", "other")
    assert ask("index", "import", str(both / "v.npy"), *words)[0] == 0
    for words in (
        ("search", "snow", "--index", "world,other"),
        ("index", "merge", "world", "other", "--name", "all"),
    ):
        code, out, err = ask(*words)
        assert (code, out) == (1, "")
        assert "'world' is of mini" in err
        assert "'other' is of external:other" in err


def test_a_chip_is_cut_out_where_it_lies(ask, both, tmp_path) -> None:
    big = tmp_path / "big"
    big.mkdir()
    pixels = np.random.default_rng(1).integers(0, 255, (3, 128, 192), np.uint8)
    profile = {"driver": "GTiff", "width": 192, "height": 128, "count": 3}
    place = rasterio.Affine(10, 0, 500_000, 0, -10, 4_000_000)
    profile |= {"dtype": "uint8", "crs": "EPSG:32633", "transform": place}
    with rasterio.open(big / "scene.tif", "w", **profile) as file:
        file.write(pixels)
    words = ("index", "build", str(big), "--name", "big", "--chip-size", "64")
    assert ask(*words)[0] == 0
    hits = hits_of(ask, "a town", "--index", "big", "-k", "6")
    (hit,) = [hit for hit in hits if hit["window"] == [64, 64, 64, 64]]
    out = tmp_path / "chip.tif"
    code, _, err = ask("chip", hit["id"], "--index", "big", "--out", str(out))
    assert (code, err) == (0, f"wrote {out}\n")
    with rasterio.open(out) as file:
        assert file.crs == "EPSG:32633"
        assert file.transform == place @ rasterio.Affine.translation(64, 64)
        assert file.read().shape == (3, 64, 64)
        assert file.tags()["RSRAG_CHIP"] == hit["id"]
    picture = tmp_path / "chip.png"
    code, _, err = ask("chip", hit["id"], "--index", "big", "--out", str(picture))
    assert (code, "says no place" in err) == (0, True)
    with rasterio.open(out) as file:
        cut = np.moveaxis(file.read(), 0, 2)
    assert np.array_equal(np.asarray(Image.open(picture)), cut)


def test_a_chip_that_cannot_be_written(ask, tmp_path) -> None:
    chip = json.loads(ask("list", "world", "--json")[1])[0]["id"]
    code, _, err = ask("chip", chip, "--index", "world", "--out", str(tmp_path / "a.x"))
    assert (code, "ends in .x" in err) == (1, True)
    code, _, err = ask("chip", "nope", "--index", "world", "--out", "a.tif")
    assert (code, "nope" in err) == (1, True)

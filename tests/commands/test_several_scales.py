"""One index over several ground sizes: built, searched, updated; what is too coarse."""

import json

import numpy as np
import pytest
import rasterio
from PIL import Image

import rsrag
from rsrag.commands import main


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A scene of 640 x 640 pixels of 10 m: green noise with a large blue square."""
    root = tmp_path_factory.mktemp("scales")
    (root / "pictures").mkdir()
    rng = np.random.default_rng(2)
    pixels = np.empty((640, 640, 3), np.uint8)
    pixels[:] = (30, 120, 40)
    pixels[128:384, 128:384] = (10, 40, 140)
    grain = rng.normal(0, 12, pixels.shape)
    pixels = np.clip(pixels + grain, 0, 255).astype(np.uint8)
    transform = rasterio.Affine(10, 0, 500_000, 0, -10, 4_500_000)
    profile = {"width": 640, "height": 640, "count": 3, "dtype": "uint8"}
    with rasterio.open(
        root / "pictures" / "scene.tif",
        "w",
        driver="GTiff",
        crs="EPSG:32630",
        transform=transform,
        **profile,
    ) as file:
        file.write(np.moveaxis(pixels, 2, 0))
    words = ["index", "build", str(root / "pictures"), "--name", "several"]
    words += ["--scales", "64,128,256", "--indexes", str(root / "indexes")]
    assert main(words) == 0
    return root


@pytest.fixture
def index(root):
    with rsrag.open("several", indexes=root / "indexes") as opened:
        yield opened


def sides(hits) -> set[int]:
    return {max(hit.window.width, hit.window.height) for hit in hits}


def test_chips_of_all_sizes_are_there_once(index) -> None:
    # The last of the largest is cut at the edges to one of the middle size.
    assert len(index) == 100 + 25 + 9 - 1
    assert sides(index.browse(limit=200)) == {64, 128, 256}
    assert index.manifest.imagery.options["scales"] == ["64px", "128px", "256px"]


def test_hits_of_one_place_come_in_one_size(index) -> None:
    hits = index.search("dark blue water", top_k=40)
    for at, hit in enumerate(hits):
        for other in hits[:at]:
            a, b = hit.window, other.window
            if max(a.width, a.height) == max(b.width, b.height):
                continue
            across = min(a.col_off + a.width, b.col_off + b.width) - max(
                a.col_off, b.col_off
            )
            down = min(a.row_off + a.height, b.row_off + b.height) - max(
                a.row_off, b.row_off
            )
            smaller = min(a.width * a.height, b.width * b.height)
            assert 2 * max(across, 0) * max(down, 0) < smaller
    assert hits[0].pixels().shape == (64, 64, 3)


def test_an_update_finds_nothing_new(root, capfd) -> None:
    words = ["index", "update", "several", "--indexes", str(root / "indexes")]
    assert main([*words, "--json"]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["encoded"] == 0, report


def test_what_pixels_cannot_show_is_told(root, capfd) -> None:
    words = ["search", "parked cars", "--indexes", str(root / "indexes")]
    assert main(words) == 0
    err = capfd.readouterr().err
    assert "at most 6 m long, which is 0.6 pixels of 10 m here" in err
    assert "pictures of 0.5 m a pixel or less could show it" in err
    assert main(["search", "ships", "--indexes", str(root / "indexes")]) == 0
    assert "pixels of" not in capfd.readouterr().err
    assert main(["search", "a lake - cars", "--indexes", str(root / "indexes")]) == 0
    assert "pixels of" not in capfd.readouterr().err


def test_pictures_without_a_place_have_scales_in_pixels_alone(tmp_path, capfd) -> None:
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (200, 200), "green").save(tmp_path / "pictures" / "a.png")
    words = ["index", "build", str(tmp_path / "pictures"), "--name", "plain"]
    words += ["--indexes", str(tmp_path / "indexes")]
    assert main([*words, "--scales", "100m,1km"]) == 1
    assert "ground sampling distance" in capfd.readouterr().err


@pytest.mark.parametrize("scales", ["64", "64,64", "64,1km", "64,x", "", ","])
def test_sizes_that_cannot_be(root, capfd, scales) -> None:
    words = ["index", "build", str(root / "pictures"), "--name", "other"]
    words += ["--indexes", str(root / "indexes"), "--scales", scales]
    capfd.readouterr()
    assert main(words) != 0
    out, err = capfd.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert not (root / "indexes" / "other").exists()

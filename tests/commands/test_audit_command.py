"""``rsrag index audit``: what it prints, draws and gives to programs."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rsrag.commands import main
from tests.commands.known_places import textured, world_file

TEXT = """\
'odd', generation 1: 28 chips of 28 scenes.
unplaced: 2 scenes have no place on the Earth
  PLACE/mask.png
  PLACE/plain.png
  next: --crs, --bounds or --metadata FILE, and build again
undated: 27 scenes have no time of acquisition
  PLACE/far.png
  PLACE/mask.png
  PLACE/plain.png
  ... and 24 more
  next: --metadata FILE with datetime, and build again
far away: 1 scenes lie over 100 km, and over ten times as far as half of their folder \
do, from its middle
  PLACE/far.png
  next: mend what places them, then rsrag index update odd
copies: 1 files have the bytes of another
  PLACE/plain2.png
near copies: 1 pairs of scenes show nearly the same (cosine 0.999 and more), of 27 \
chips that were compared with all
  PLACE/plain.png and PLACE/tile_2020-01-31.png
  next: --dedupe leaves out those of the same ground
one colour: 1 chips are one colour all over: searches leave them out
  PLACE/mask.png
  next: --exclude GLOB leaves files out of a build
holes: 1 places without a chip lie amid the others
  12.0833 46 12.9167 47
+------------------------------------------------------------------------+
|                                  .................                 ....|
|        ############            .....                                   |
|        ############               ......                               |
|        ############                   .......                          |
|        ########################################################        |
|        ########################################################........|
|        ########################################################        |
|        ########################################################        |
|........########################################################        |
|   .....########################################################        |
|        #######################........  #######################........|
|   .....#######################       ...#######################        |
|........########################################################        |
|        ########################################################........|
|        ########################################################........|
|        ########################################################        |
|        ########################################################        |
|        ########################################################..      |
|.....   ######################################################## .......|
|.   .......                               .....        ..........       |
+------------------------------------------------------------------------+
# chips   . outlines  9.28 43.28 to 15.72 50.72 degrees
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Five by five tiles of a degree without the middle one, and five odd files."""
    folder = tmp_path_factory.mktemp("audit") / "in"
    folder.mkdir()

    def put(name: str, picture: Image.Image, west: float, north: float) -> None:
        picture.save(folder / f"{name}.png")
        (folder / f"{name}.pgw").write_bytes(world_file(west, north))

    for x in range(5):
        for y in range(5):
            if (x, y) != (2, 2):
                colour = tuple(np.random.default_rng([x, y]).integers(30, 220, 3))
                put(f"t{x}{y}", textured(colour, 7 * x + y), 10.0 + x, 45.0 + y)
    put("far", textured((200, 20, 20), 90), 10.0, -40.0)
    picture = textured((20, 120, 30), 99)
    put("tile_2020-01-31", picture, 10.0, 50.0)
    picture.save(folder / "plain.png", compress_level=1)
    shutil.copy(folder / "plain.png", folder / "plain2.png")
    Image.new("RGB", (64, 64)).save(folder / "mask.png")
    return folder


@pytest.fixture(scope="module")
def indexes(place) -> Path:
    root = place.parent / "indexes"
    words = ["index", "build", str(place), "--name", "odd", "--indexes", str(root)]
    assert main(words) == 0
    return root


def test_what_it_prints(place, indexes, capsys) -> None:
    assert main(["index", "audit", "odd", "--indexes", str(indexes)]) == 0
    assert capsys.readouterr().out.replace(str(place), "PLACE") == TEXT


def test_programs_get_all_of_it(place, indexes, capsys) -> None:
    words = ["index", "audit", "odd", "--json", "--indexes", str(indexes)]
    assert main(words) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["chips"], data["scenes"]) == (28, 28)
    kinds = {one["kind"]: one["count"] for one in data["doubts"]}
    assert kinds == {
        "unplaced": 2,
        "undated": 27,
        "far away": 1,
        "copies": 1,
        "near copies": 1,
        "one colour": 1,
        "holes": 1,
    }
    assert data["coverage"]["box"] == pytest.approx([10, 44, 15, 50])
    (hole,) = data["holes"]
    assert 12 <= hole[0] < hole[2] <= 13 and 46 <= hole[1] < hole[3] <= 47


def test_the_picture(place, indexes, capsys) -> None:
    out = place.parent / "coverage.png"
    words = ["index", "audit", "odd", "--indexes", str(indexes), "--out", str(out)]
    assert main(words) == 0
    with Image.open(out) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    # The map begins at 48, 92; tiles, the hole between them, and its orange frame.
    middle = pixels[92 + (pixels.shape[0] - 92 - 84) * 22 // 37, :]
    blue = (middle[:, 2] - middle[:, 0]) > 60
    assert blue[400] and blue[1000] and not blue[60]
    assert ((pixels == (217, 115, 13)).all(axis=2)).sum() > 100


@pytest.mark.parametrize("name", ["map.jpg", "no/map.png"])
def test_a_picture_that_cannot_be_written(place, indexes, capsys, name) -> None:
    words = ["index", "audit", "odd", "--indexes", str(indexes), "--out"]
    assert main([*words, str(place.parent / name)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "--out" in err


def test_an_index_without_a_place_or_a_doubt_about_it(tmp_path, capsys) -> None:
    textured((20, 120, 30), 1).save(tmp_path / "a_2020-01-31.png")
    words = ["--name", "one", "--indexes", str(tmp_path / "indexes")]
    assert main(["index", "build", str(tmp_path / "a_2020-01-31.png"), *words]) == 0
    capsys.readouterr()
    assert main(["index", "audit", "one", *words[2:]]) == 0
    out = capsys.readouterr().out
    assert out.startswith("'one', generation 1: 1 chips of 1 scenes.\nunplaced: 1 ")
    assert "+--" not in out and "undated" not in out
    drawn = ["index", "audit", "one", *words[2:], "--out", str(tmp_path / "c.png")]
    assert main(drawn) == 1
    assert "No chip of 'one' has a place" in capsys.readouterr().err

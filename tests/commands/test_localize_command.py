"""``rsrag localize`` on the command line."""

import json

import numpy as np
import pytest
from known_places import textured
from PIL import Image

from rsrag.commands import main
from tests.analysis.made_scenes import write_scene


@pytest.fixture(scope="module")
def coast(tmp_path_factory):
    """Sand in the west, a deep blue sea in the east, 10 m a pixel."""
    path = tmp_path_factory.mktemp("coast") / "coast.tif"
    sand = textured((222, 190, 130), 1).resize((320, 320), Image.Resampling.NEAREST)
    sea = textured((10, 40, 110), 2).resize((320, 320), Image.Resampling.NEAREST)
    pixels = np.concatenate([np.asarray(sand), np.asarray(sea)], axis=1)
    write_scene(path, pixels)
    return path


def test_places_are_printed_and_written(coast, tmp_path, capfd) -> None:
    words = ["localize", str(coast), "the deep blue sea", "-k", "1"]
    files = {name: tmp_path / name for name in ("h.tif", "p.gpkg", "o.png")}
    options = ["--heat", "--polygons", "--overlay"]
    for option, path in zip(options, files.values(), strict=True):
        words += [option, str(path)]
    assert main(words) == 0
    out, err = capfd.readouterr()
    title, head, best, seen = out.splitlines()
    assert title == f"the deep blue sea in {coast}"
    assert head.split() == ["RANK", "SCORE", "LON", "LAT", "COLUMN", "ROW", "AREA"]
    assert int(best.split()[4]) > 320
    assert (
        seen == "Seen by mini-dense in windows of 96 px (960 m) and 160 px (1,600 m)."
    )
    assert err.count("wrote") == 3 and all(path.exists() for path in files.values())
    with Image.open(files["o.png"]) as drawn:
        assert drawn.size == (640, 320)


def test_json_says_all(coast, capfd) -> None:
    assert main(["localize", str(coast), "a desert of sand", "--json"]) == 0
    (found,) = json.loads(capfd.readouterr().out)
    assert found["source"] == str(coast) and found["encoder"] == "mini-dense"
    assert found["windows_px"] == [96, 160] and found["stride_px"] == 32
    assert 0 <= found["relevance"] <= 1
    assert found["peaks"][0]["peak_px"][0] < 320
    assert found["peaks"][0]["geometry"]["type"] == "Polygon"


def test_a_picture_may_be_looked_for(coast, tmp_path, capfd) -> None:
    textured((222, 190, 130), 5).save(tmp_path / "sand.png")
    like = ["--like", str(tmp_path / "sand.png"), "--window", "960m", "--exact"]
    assert main(["localize", str(coast), *like, "--stride", "64", "--json"]) == 0
    (found,) = json.loads(capfd.readouterr().out)
    assert found["encoder"] == "mini" and found["windows_px"] == [96]
    assert found["peaks"][0]["peak_px"][0] < 320


def test_scenes_of_an_index_are_looked_over(run) -> None:
    code, out, _ = run(
        "localize", "--index", "world", "white snow", "--scenes", "2", "--json"
    )
    found = json.loads(out)
    assert code == 0 and len(found) == 2
    assert all("snow" in one["source"] for one in found)


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["SCENE"], "Say what to look for", 2),
        (["SCENE", " "], "The query is empty", 1),
        (["SCENE", "sea", "--like", "SCENE"], "words, or a picture", 2),
        (["SCENE", "sea", "--window", "wide"], "'wide' is not a size", 2),
        (["SCENE", "sea", "--window", "20m"], "too few to see", 1),
        (["SCENE", "sea", "--bbox", "0", "0", "1", "1"], "one scene is named", 2),
        (["nowhere.tif", "sea"], "nowhere.tif", 1),
        (["--index", "world"], "one word more to give", 2),
        ([], "no scene to look over", 2),
    ],
)
def test_what_cannot_be_is_told(coast, capfd, words, said, code) -> None:
    given = [str(coast) if word == "SCENE" else word for word in words]
    assert main(["localize", *given]) == code
    out, err = capfd.readouterr()
    assert out == "" and err.startswith("error: ") and said in err

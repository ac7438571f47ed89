"""``rsrag segment`` and ``rsrag eval segment`` on the command line."""

import json

import numpy as np
import pytest
from known_places import textured
from PIL import Image

import rsrag
from rsrag.commands import main
from rsrag.errors import QueryError
from tests.analysis.made_scenes import write_scene

CLASSES = "sand=a desert of sand,sea=the deep blue sea"


@pytest.fixture(scope="module")
def coast(tmp_path_factory):
    """Sand in the west, a deep blue sea in the east, 10 m a pixel; and its mask."""
    folder = tmp_path_factory.mktemp("coast")
    sand = textured((222, 190, 130), 1).resize((320, 320), Image.Resampling.NEAREST)
    sea = textured((10, 40, 110), 2).resize((320, 320), Image.Resampling.NEAREST)
    pixels = np.concatenate([np.asarray(sand), np.asarray(sea)], axis=1)
    (folder / "images").mkdir()
    (folder / "masks").mkdir()
    write_scene(folder / "images" / "coast.tif", pixels)
    mask = np.full((320, 640), 7, np.uint8)
    mask[:, 320:] = 8
    mask[:10] = 99
    Image.fromarray(mask).save(folder / "masks" / "coast.png")
    (folder / "classes.yaml").write_text(
        "- {name: sand, words: [a desert of sand], values: [7]}\n"
        "- {name: sea, words: [the deep blue sea], values: [8]}\n"
    )
    return folder


def test_shares_are_printed_and_files_written(coast, tmp_path, capfd) -> None:
    scene = coast / "images" / "coast.tif"
    names = ("c.tif", "c.geojson", "p.tif", "o.png")
    options = ("--out", "--polygons", "--probabilities", "--overlay")
    words = ["segment", str(scene), "--classes", CLASSES, "--head", "text"]
    for option, name in zip(options, names, strict=True):
        words += [option, str(tmp_path / name)]
    assert main([*words, "--margin", "0"]) == 0
    out, err = capfd.readouterr()
    title, head, sand, sea, none, seen = out.splitlines()
    assert title == str(scene) and head.split() == ["CLASS", "SHARE", "AREA", "HEAD"]
    assert sand.split()[0] == "sand" and 45 < float(sand.split()[1][:-1]) < 55
    assert sea.split()[0] == "sea" and sea.split()[-1] == "text"
    assert none.split()[:3] == ["no", "class", "0.0%"]
    assert seen == "Seen by mini-dense in cells of 4 px (40 m)."
    assert err.count("wrote") == 4
    with Image.open(tmp_path / "o.png") as drawn:
        assert drawn.size == (640, 320)
    collection = json.loads((tmp_path / "c.geojson").read_text())
    assert {one["properties"]["class"] for one in collection["features"]} == {
        "sand",
        "sea",
    }


def test_json_and_python_say_the_same(coast, capfd) -> None:
    scene = coast / "images" / "coast.tif"
    words = ["segment", str(scene), "--classes", CLASSES, "--head", "text", "--json"]
    assert main(words) == 0
    said = json.loads(capfd.readouterr().out)
    assert [one["class"] for one in said["classes"]] == ["sand", "sea", "no class"]
    found = rsrag.segment(scene, ["sand=a desert of sand", "sea=the deep blue sea"])
    assert isinstance(found, rsrag.Segmented)
    with pytest.raises(QueryError, match="in one way"):
        rsrag.segment(scene)


def test_one_thing_that_is_not_there_leaves_no_file(coast, tmp_path, capfd) -> None:
    flat = tmp_path / "flat.png"
    Image.new("RGB", (200, 200), (90, 90, 90)).save(flat)
    out = tmp_path / "mask.tif"
    words = ["segment", str(flat), "a harbour with yachts", "--out", str(out)]
    assert main(words) == 0
    _, err = capfd.readouterr()
    assert "nothing stands out" in err and "No file" in err and not out.exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "in one way"),
        (["a river", "--preset", "landcover"], "in one way"),
        (["--preset", "moon"], "no preset 'moon'"),
        (["--classes", "road"], "only class"),
        (["--classes", "road,road"], "twice"),
        (["--classes", CLASSES, "--margin", "2"], "--margin is 2.0"),
        (["--classes", CLASSES, "--head", "tail"], "--head is 'tail'"),
        (["--classes", CLASSES, "--min-area", "much"], "size of an area"),
        (["a river, a road"], "not one thing"),
        (["a plane left of the hangar"], 'rsrag segment SCENE "plane"'),
    ],
)
def test_what_cannot_be_is_told(coast, capfd, words, expected) -> None:
    if "--classes" in words and "--head" not in words:
        words = [*words, "--head", "text"]
    assert main(["segment", str(coast / "images" / "coast.tif"), *words]) in (1, 2)
    assert expected in capfd.readouterr().err


def test_evaluation_scores_a_mask(coast, tmp_path, capfd) -> None:
    words = ["eval", "segment", "--images", str(coast / "images")]
    words += ["--masks", str(coast / "masks"), "--classes", str(coast / "classes.yaml")]
    assert main([*words, "--head", "text"]) == 1
    assert "--ignore 99" in capfd.readouterr().err
    words += ["--head", "text", "--ignore", "99"]
    assert main([*words, "--json"]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["pixels"] == 310 * 640 and report["images"] == 1
    assert report["miou"]["value"] > 0.9 and report["accuracy"]["value"] > 0.95
    assert report["majority"]["miou"] == pytest.approx(0.25)
    assert np.sum(report["confusion"]) == report["pixels"]
    assert main([*words, "--out", str(tmp_path / "report")]) == 0
    out = capfd.readouterr().out
    assert "mean IoU" in out and (tmp_path / "report").is_dir()


def test_masks_of_colours_and_endings_are_read(coast, tmp_path, capfd) -> None:
    (tmp_path / "masks").mkdir()
    colours = np.zeros((320, 640, 3), np.uint8)
    colours[:, :320], colours[:, 320:], colours[:10] = (9, 0, 0), (0, 0, 9), (1, 1, 1)
    Image.fromarray(colours).save(tmp_path / "masks" / "coast_label.png")
    held = {
        "endings": ["_label"],
        "classes": [
            {
                "name": "sand",
                "words": ["a desert of sand"],
                "mask_colours": [[9, 0, 0]],
            },
            {"name": "sea", "words": ["the deep sea"], "mask_colours": [[0, 0, 9]]},
        ],
    }
    (tmp_path / "c.json").write_text(json.dumps(held))
    words = ["eval", "segment", "--images", str(coast / "images")]
    words += ["--masks", str(tmp_path / "masks"), "--classes", str(tmp_path / "c.json")]
    assert main([*words, "--head", "text", "--json"]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["miou"]["value"] > 0.9 and report["pixels"] == 310 * 640
    assert report["unscored"] == 10 * 640
    assert main([*words, "--head", "text"]) == 0
    assert "and 6,400 that are not scored" in capfd.readouterr().out


def test_evaluation_says_what_is_missing(coast, tmp_path, capfd) -> None:
    words = ["eval", "segment", "--images", str(coast / "images")]
    assert main([*words, "--masks", str(tmp_path), "--preset", "korea"]) == 1
    assert "holds no pictures" in capfd.readouterr().err
    Image.new("L", (4, 4)).save(tmp_path / "other.png")
    assert main([*words, "--masks", str(tmp_path), "--preset", "korea"]) == 1
    assert "coast.tif has no mask" in capfd.readouterr().err
    Image.new("L", (4, 4), 10).save(tmp_path / "coast.png")
    assert main([*words, "--masks", str(tmp_path), "--preset", "korea"]) == 1
    assert "4 x 4 and its picture 640 x 320" in capfd.readouterr().err
    assert main([*words, "--masks", str(tmp_path), "--preset", "landcover"]) == 1
    assert "no value in masks" in capfd.readouterr().err
    Image.new("L", (640, 320)).save(tmp_path / "coast.png")
    assert main([*words, "--masks", str(tmp_path), "--preset", "loveda"]) == 1
    assert "No pixel of the masks is of a class" in capfd.readouterr().err


def test_classify_labels_cells(coast, tmp_path, capfd) -> None:
    scene, out = str(coast / "images" / "coast.tif"), tmp_path / "cells.geojson"
    words = [
        "classify",
        scene,
        "--grid",
        "--closed",
        "--labels",
        "a sandy desert,the sea",
    ]
    assert main([*words, "--geojson", str(out), "--json"]) == 0
    (found,) = json.loads(capfd.readouterr().out)
    shares = {one["class"]: one["share"] for one in found["classes"]}
    assert shares["a sandy desert"] > 0.3 and shares["the sea"] > 0.3
    assert {
        one["properties"]["class"] for one in json.loads(out.read_text())["features"]
    }
    assert main([*words, scene, "--geojson", str(out)]) == 1
    assert "of one picture" in capfd.readouterr().err

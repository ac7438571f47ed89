"""``rsrag ground`` on the command line."""

import json

import geopandas
import numpy as np
import pytest
import shapely
from known_places import textured
from PIL import Image, ImageDraw
from rasterio import Affine

import rsrag
from rsrag.commands import main
from tests.analysis.made_scenes import write_scene


def planes(size, places) -> np.ndarray:
    """Grey ground with white planes drawn on it, wings out, noses up."""
    ground = textured((120, 120, 118), 3).resize(size, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(ground)
    for x, y, length in places:
        half, body = length / 2, max(2, length / 14)
        pen.ellipse((x - body, y - half, x + body, y + half), fill=(245, 245, 245))
        pen.polygon(
            [
                (x, y - length / 8),
                (x - half, y + length / 8),
                (x + half, y + length / 8),
            ],
            fill=(235, 235, 235),
        )
        tail = y + half - length / 10
        pen.polygon(
            [(x, tail), (x - half / 3, y + half), (x + half / 3, y + half)],
            fill=(235, 235, 235),
        )
    return np.asarray(ground)


def written(path, pixels, **profile):
    half = {"transform": Affine(0.5, 0, 5e5, 0, -0.5, 5e6)}
    return write_scene(path, pixels, **{**half, **profile})


@pytest.fixture(scope="module")
def apron(tmp_path_factory):
    """Two planes, a large one in the upper left, a smaller one in the lower right."""
    path = tmp_path_factory.mktemp("apron") / "apron.tif"
    return written(path, planes((512, 512), [(140, 150, 110), (380, 390, 60)]))


def test_the_box_stands_in_pixels_and_on_the_map(apron, tmp_path, capfd) -> None:
    files = [tmp_path / "b.gpkg", tmp_path / "o.png"]
    words = ["ground", str(apron), "the largest plane", "--json", "--boxes"]
    assert main([*words, str(files[0]), "--overlay", str(files[1])]) == 0
    out, err = capfd.readouterr()
    found = json.loads(out)
    assert found["found"] and found["head"] == "objects" and found["nothing"] is None
    assert (found["phrase"], found["size"]) == ("plane", "largest")
    (box,) = found["boxes"]
    left, top, right, bottom = box["bbox_px"]
    assert left < 140 < right and top < 150 < bottom and right < 300
    assert any("plane" in why for why in box["why"])
    west, south, east, north = box["bbox"]
    frame = geopandas.read_file(files[0])
    assert frame.total_bounds == pytest.approx([west, south, east, north], abs=1e-6)
    assert frame["query"].tolist() == ["the largest plane"]
    area = (right - left) * (bottom - top) * 0.25
    assert box["area_m2"] == pytest.approx(area, rel=0.01)
    with Image.open(files[1]) as drawn:
        assert drawn.size == (512, 512)
    assert err.count("wrote") == 2


def test_position_decides_between_two(apron, capfd) -> None:
    for words, x in (
        ("plane at the bottom right", 380),
        ("plane at the top left", 140),
    ):
        assert main(["ground", str(apron), words, "-k", "2"]) == 0
        title, head, best, *rest = capfd.readouterr().out.splitlines()
        assert title == f"{words} in {apron}"
        assert head.split() == ["RANK", "SCORE", "LEFT", "TOP", "RIGHT", "BOTTOM"]
        assert float(best.split()[2]) < x < float(best.split()[4])
        assert rest[-1] == "Looked for with mini-dense, by its object head."


def test_not_found_is_an_answer(tmp_path, capfd) -> None:
    path = written(tmp_path / "bare.tif", planes((512, 512), []))
    assert main(["ground", str(path), "a bridge", "--json"]) == 0
    out, err = capfd.readouterr()
    found = json.loads(out)
    assert not found["found"] and found["boxes"] == [] and found["nothing"]
    assert "not found" in err


def test_too_small_is_said_and_nothing_is_read(tmp_path, capfd) -> None:
    coarse = Affine(10, 0, 5e5, 0, -10, 5e6)
    path = written(tmp_path / "coarse.tif", planes((64, 64), []), transform=coarse)
    boxes = tmp_path / "boxes.geojson"
    assert main(["ground", str(path), "the red car", "--boxes", str(boxes)]) == 0
    err = capfd.readouterr().err
    assert "6 m long, which is 0.6 pixels of 10 m" in err
    assert f"{boxes} is not written: there are no boxes." in err
    assert not boxes.exists()


def test_words_that_were_not_understood_are_said(apron, capfd) -> None:
    assert main(["ground", str(apron), "two planes with propellers"]) == 0
    err = capfd.readouterr().err
    assert "'propellers' was not understood" in err and "'two'" in err


def test_other_things_are_found_by_words(tmp_path, capfd) -> None:
    sand = np.asarray(textured((222, 190, 130), 1).resize((480, 480)))
    pixels = sand.copy()
    pixels[160:320, 320:480] = np.asarray(textured((10, 40, 110), 9).resize((160, 160)))
    path = tmp_path / "sea.png"
    Image.fromarray(pixels).save(path)
    assert main(["ground", str(path), "the deep blue sea", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["head"] == "text" and found["phrase"] == "deep blue sea"
    left, top, right, bottom = found["boxes"][0]["bbox_px"]
    assert left < 400 < right and top < 240 < bottom
    assert found["boxes"][0]["bbox"] is None


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["the one at the top"], "does not say which thing", 1),
        (["a plane", "--overlay", "x.nothing"], "does not end in .png", 2),
    ],
)
def test_what_cannot_be_is_refused(apron, capfd, words, said, code) -> None:
    assert main(["ground", str(apron), *words]) == code
    out, err = capfd.readouterr()
    assert out == "" and said in " ".join(err.split())


def test_boxes_of_a_picture_without_a_place_are_refused(tmp_path, capfd) -> None:
    path = tmp_path / "apron.png"
    Image.fromarray(planes((256, 256), [(128, 128, 90)])).save(path)
    boxes = tmp_path / "b.geojson"
    assert main(["ground", str(path), "a plane", "--boxes", str(boxes)]) == 1
    assert "has no place on the Earth" in capfd.readouterr().err
    assert not boxes.exists()


@pytest.mark.parametrize("size", [(1, 1), (9, 300)])
def test_scenes_of_a_few_pixels_are_answered(tmp_path, capfd, size) -> None:
    path = tmp_path / "plain.png"
    Image.new("RGB", size, (90, 110, 80)).save(path)
    for thing in ("a plane", "a river"):
        assert main(["ground", str(path), thing, "--json"]) == 0
        assert not json.loads(capfd.readouterr().out)["found"]


def test_a_scene_without_data_is_told(tmp_path, capfd) -> None:
    empty = np.zeros((128, 128, 3), np.uint8)
    path = written(tmp_path / "empty.tif", empty, nodata=0)
    for thing in ("a plane", "a river"):
        assert main(["ground", str(path), thing]) == 1
        assert "no pixel with data" in capfd.readouterr().err


def test_captions_and_answers_tell_of_objects(apron, tmp_path) -> None:
    plain = tmp_path / "plain.png"
    with Image.open(apron) as picture:
        picture.convert("RGB").save(plain)
    said = "2 planes are seen: 1 at the top left, 1 at the bottom right [1]."
    with rsrag.Knowledge() as knowledge:
        answer = knowledge.ask("How many planes are there?", image=apron)
        assert (answer.text, answer.value, answer.route) == (said, "2", "image")
        assert answer.grounded and answer.confidence <= 0.5 and answer.notes
        area = shapely.from_wkb(answer.citations[0].evidence.geometry)
        assert area.geom_type == "MultiPolygon" and len(area.geoms) == 2
        assert knowledge.ask("Is there a plane?", image=plain).text == said
        assert knowledge.ask("Are there any ships?", image=apron).refused
        assert knowledge.ask("What colour is the plane?", image=apron).refused
        assert "2 planes are seen" in knowledge.caption(apron).text
        # How fine its pixels are is not known, so it is not told unasked.
        assert "planes" not in knowledge.caption(plain).text

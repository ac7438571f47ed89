import json
from pathlib import Path

import numpy as np
import pytest
from drawing import chips_of, colours, encoded, read_all, tar_of

from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import read_chip
from rsrag.imagery.sources.source_lookup import find_item
from rsrag.imagery.sources.sources import SourceItem, iter_sources

JPEG = encoded(colours(20, 30))
OTHER = encoded(colours(20, 30, seed=1))
FACTS = {
    "datetime": "2021-05-06T07:08:09Z",
    "bbox": [10, 45, 11, 46],
    "caption": "an airport",
    "nested": {"left": "out"},
    "url": "https://example.com/1.jpg",
}


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("first", ["picture", "words"])
def test_members_of_a_sample_are_joined(tmp_path: Path, mode: str, first: str) -> None:
    sample = {
        "shard/0001.jpg": JPEG,
        "shard/0001.json": json.dumps(FACTS).encode(),
        "shard/0001.txt": b"an airport with two runways\n\n many aeroplanes \n",
        "shard/0001.cls": b"7\n",
        "shard/0002.jpg": OTHER,
        "shard/0002.cls": b"harbour",
    }
    order = list(sample) if first == "picture" else list(reversed(sample))
    path = tar_of(tmp_path / "00000.tar", {name: sample[name] for name in order}, mode)
    found = {chip.record.source[-8:]: chip for chip in _chips(path)}
    one, two = found["0001.jpg"], found["0002.jpg"]
    assert one.record.properties == {
        "captions": ["an airport with two runways", "many aeroplanes"],
        "class": 7,
        "caption": "an airport",
        "url": "https://example.com/1.jpg",
    }
    assert one.record.datetime is not None and one.record.datetime.year == 2021
    assert one.record.bbox == pytest.approx((10, 45, 11, 46))
    assert two.record.properties == {"class": "harbour"} and two.record.bbox is None
    for chip in found.values():
        again = read_chip(chip.record.source, chip.record.window, ImageryOptions())
        np.testing.assert_array_equal(again, chip.pixels)
    assert find_item(one.record.source).companions.keys() == {".json", ".txt", ".cls"}


def _chips(path: Path) -> list:
    from rsrag.imagery.scenes import open_scene

    chips = []
    for item in iter_sources([path]):
        assert isinstance(item, SourceItem)
        scene = open_scene(item, ImageryOptions())
        chips += scene.chips()
        scene.close()
    return chips


def test_geometry_places_a_picture_only_if_it_is_a_box(tmp_path: Path) -> None:
    ring = [[10, 45], [11, 45], [11, 46], [10, 46], [10, 45]]
    box = {"type": "Polygon", "coordinates": [ring]}
    slanted = {"type": "Polygon", "coordinates": [[[10, 45], [11, 46], [9, 46]]]}
    for geometry, bbox in (
        (box, (10, 45, 11, 46)),
        (slanted, None),
        ({"type": "Point", "coordinates": [1, 2]}, None),
        ({"type": "Polygon", "coordinates": "x"}, None),
        (7, None),
    ):
        facts = json.dumps({"geometry": geometry}).encode()
        path = tar_of(tmp_path / "a.tar", {"1.jpg": JPEG, "1.json": facts})
        (chip,) = chips_of(path)
        assert chip.record.bbox == (pytest.approx(bbox) if bbox else None)


@pytest.mark.parametrize(
    "facts", [{"bbox": [120, 300, 400, 500]}, {"bbox": [5e5, 4e6, 6e5, 5e6]}]
)
def test_a_box_in_pixels_costs_no_picture(tmp_path: Path, facts: dict) -> None:
    members = {"1.jpg": JPEG, "1.json": json.dumps({**facts, "a": 1}).encode()}
    (chip,) = chips_of(tar_of(tmp_path / "a.tar", members))
    assert chip.record.bbox is None and chip.record.properties == {"a": 1}


def test_broken_words_cost_no_picture(tmp_path: Path) -> None:
    members = {"1.jpg": JPEG, "1.json": b"{", "1.txt": b"\xff\xfe", "1.cls": b"\xff"}
    chip = read_all(tar_of(tmp_path / "a.tar", members))[-1]
    assert chip.record.properties["captions"] == ["\ufffd\ufffd"]
    huge = {"1.jpg": JPEG, "1.txt": b"x" * 70_000}
    (chip,) = chips_of(tar_of(tmp_path / "b.tar", huge))
    assert chip.record.properties == {}


def test_plain_tars_are_as_they_were(tmp_path: Path) -> None:
    members = {
        "a/1.jpg": JPEG,
        "a/2.png": encoded(colours(), "PNG"),
        "readme.txt": b"x",
    }
    items = list(iter_sources([tar_of(tmp_path / "a.tar", members)]))
    assert [(i.name, dict(i.companions)) for i in items] == [
        ("a/1.jpg", {}),
        ("a/2.png", {}),
    ]

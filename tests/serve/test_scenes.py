"""What lies in pictures that are sent, or that are chips of an index."""

import pytest
from PIL import Image, ImageDraw

from tests.serve.conftest import data_uri, post

BOX = [10.0, 50.0, 10.02, 50.01]


@pytest.fixture(scope="session")
def field():
    """Noisy green, 256 x 128."""
    noise = Image.effect_noise((256, 128), 40)
    bands = [noise.point(lambda value, k=k: int(value * k)) for k in (0.5, 0.9, 0.4)]
    return Image.merge("RGB", bands)


@pytest.fixture(scope="session")
def lake(field):
    """The same with deep blue over its western half."""
    made = field.copy()
    ImageDraw.Draw(made).rectangle((0, 0, 127, 127), fill=(12, 38, 92))
    return data_uri(made)


def chip(ask, words):
    found = ask(f"/search?q={words}&collections=dated&limit=1").json["features"][0]
    return f"rsrag://dated/{found['id']}", found["bbox"]


def test_a_picture_is_divided_and_its_areas_lie_where_it_does(ask, lake):
    found = post(ask, "/segment", image=lake, bbox=BOX)
    assert found.status == 200, found.body
    shares = {row["class"]: row["share"] for row in found.json["classes"]}
    assert shares["water"] > 0.3, shares
    water = [
        one
        for one in found.json["geojson"]["features"]
        if one["properties"]["class"] == "water"
    ]
    longitudes = [x for one in water for x, _ in one["geometry"]["coordinates"][0]]
    assert min(longitudes) > 9.999 and max(longitudes) < 10.013
    plain = post(ask, "/segment", image=lake, classes=["water", "trees"]).json
    assert plain["geojson"]["features"] == [] and plain["areas"][0]["area_m2"] is None
    assert [one["class"] for one in plain["classes"]] == ["water", "trees", "no class"]


def test_chips_keep_their_place_and_their_name(ask):
    image, (west, south, east, north) = chip(ask, "white+snow")
    found = post(ask, "/localize", image=image, query="snow").json
    assert found["source"] == image
    lon, lat = found["peaks"][0]["peak"]
    assert west <= lon <= east and south <= lat <= north
    found = post(ask, "/ground", image=image, phrase="the largest plane").json
    assert found["source"] == image and found["size"] == "largest"


def test_what_changed_between_two_pictures(ask, field, lake):
    before = data_uri(field)
    question = "how much of the ground changed?"
    asked = {"bbox": BOX, "questions": [question]}
    found = post(ask, "/change", before=before, after=lake, **asked)
    assert found.status == 200, found.body
    found = found.json
    assert found["changed"] and found["before"] == "the picture before"
    assert 0.2 < found["share"] < 0.8, found["share"]
    assert found["answers"][0]["question"] == question and found["sentences"]
    assert found["geojson"]["features"][0]["geometry"]["type"] == "Polygon"
    same = post(ask, "/change", before=lake, after=lake).json
    assert not same["changed"] and same["components"] == []


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("localize", {}, "Say what to look for"),
        ("localize", {"query": "a", "like": "rsrag://world/x"}, "There is no chip"),
        ("localize", {"query": "sea"}, "There is no image"),
        ("localize", {"query": "sea", "window": "12parsec"}, "no image|not a size"),
        ("localize", {"query": "sea", "top_k": 0}, "top_k is '0'"),
        ("segment", {"classes": ["trees"], "preset": "roads"}, "in one way"),
        ("segment", {"classes": ["/etc/hosts.yaml"]}, "classes is"),
        ("segment", {"preset": "/etc/hosts.yaml"}, "preset"),
        ("segment", {"head": "x"}, "head is 'x'"),
        ("segment", {"min_area": "1 acre"}, "not the size"),
        ("ground", {}, "no phrase"),
        ("ground", {"phrase": "a" * 5000}, "phrase is"),
        ("change", {}, "no before"),
        ("change", {"clouds": "/etc/hosts"}, "clouds is"),
        ("change", {"classes": ["x.yaml"]}, "classes is"),
        ("change", {"register": "far"}, "register is 'far'"),
        ("change", {"maps": ["a", "b"]}, "no parameter 'maps'"),
        ("change", {"questions": [""]}, "questions is"),
    ],
)
def test_what_cannot_be_looked_for(ask, path, body, said):
    answer = post(ask, f"/{path}", **body)
    assert answer.status in (400, 404), answer.body
    import re

    assert re.search(said, answer.json["description"]), answer.body
    assert "--" not in answer.body.decode() and "/etc" not in answer.body.decode()


def test_boxes_that_cannot_be(ask, lake):
    for box in ([1, 2, 1, 3], [0, 10, 1, 5], [0, 0, 1, 95], [0, 0, 1]):
        answer = post(ask, "/segment", image=lake, bbox=box)
        assert answer.status == 400, box
    image, _ = chip(ask, "sand")
    answer = post(ask, "/localize", image=image, query="sand", bbox=BOX)
    assert answer.status == 400 and "place already" in answer.json["description"]


def test_large_pictures_are_not_looked_over(ask):
    large = data_uri(Image.new("L", (2100, 2100)))
    answer = post(ask, "/localize", image=large, query="sand")
    assert answer.status == 413 and "2100 x 2100" in answer.json["description"]

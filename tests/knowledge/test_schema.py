"""Records as JSON: what is written is read back, what is bad is named."""

import json

import pytest
import shapely
from hypothesis import given, strategies as st

from rsrag.errors import KnowledgeError
from rsrag.knowledge.record_schema import from_json, to_json, to_line
from rsrag.knowledge.shapes import point_wkb
from rsrag.records import Fact, Landmark, Passage, fact_id, landmark_id, passage_id

ID = "0123456789abcdef"
NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=40
).filter(lambda text: text.strip())
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: text.strip()
)
POINTS = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(
    lambda place: point_wkb(*place)
)
LANDMARKS = st.builds(
    Landmark,
    id=NAMES.map(lambda name: landmark_id("test", name)),
    name=NAMES,
    source=NAMES,
    licence=NAMES,
    aliases=st.lists(NAMES, max_size=3).map(tuple),
    category=st.none() | NAMES,
    geometry=st.none() | POINTS,
    images=st.lists(NAMES, max_size=2).map(tuple),
)
FACTS = st.builds(
    Fact,
    id=TEXTS.map(lambda value: fact_id(ID, "ndvi", None, value)),
    landmark_id=st.just(ID),
    variable=st.sampled_from(["ndvi", "maximum_depth", "höhe_2"]),
    value=TEXTS,
    source=NAMES,
    licence=NAMES,
    period=st.none() | st.sampled_from(["2019", "2019-01", "2019-01-31", "1996/1998"]),
    number=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    unit=st.none() | NAMES,
)
PASSAGES = st.builds(
    Passage,
    id=TEXTS.map(lambda text: passage_id(None, "history", text)),
    text=TEXTS,
    chunk_type=NAMES,
    source=NAMES,
    licence=NAMES,
    landmark_id=st.none() | st.just(ID),
    title=st.none() | NAMES,
)


@given(LANDMARKS | FACTS | PASSAGES)
def test_a_record_survives_its_line(record) -> None:
    line = to_line(record)
    assert "\n" not in line
    line.encode()
    again = from_json(type(record), json.loads(line), "here")
    assert again == record
    assert to_line(again) == line


def test_the_json_is_what_the_page_says() -> None:
    landmark = Landmark(
        ID,
        "Lake Baikal",
        "me",
        "CC0-1.0",
        category="lake",
        geometry=point_wkb(108, 53.5),
    )
    assert to_json(landmark) == {
        "id": ID,
        "name": "Lake Baikal",
        "source": "me",
        "licence": "CC0-1.0",
        "category": "lake",
        "geometry": {"type": "Point", "coordinates": [108.0, 53.5]},
    }
    fact = Fact(ID, ID, "maximum_depth", "1,642 m", "me", "CC0-1.0", None, 1642.0, "m")
    assert to_line(fact).endswith('"CC0-1.0", "number": 1642, "unit": "m"}')


def test_outlines_keep_their_coordinates() -> None:
    ring = [[0.1, 0.2], [10.123456789012345, 0.3], [5, 7.7], [0.1, 0.2]]
    data = {"id": ID, "name": "a", "source": "s", "licence": "l"}
    data["geometry"] = {"type": "Polygon", "coordinates": [ring]}
    landmark = from_json(Landmark, data, "here")
    assert to_json(landmark)["geometry"] == data["geometry"]
    assert landmark.bbox == (0.1, 0.2, 10.123456789012345, 7.7)


def test_what_crosses_itself_is_made_valid() -> None:
    bow = [[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]
    data = {"id": ID, "name": "a", "source": "s", "licence": "l"}
    data["geometry"] = {"type": "Polygon", "coordinates": [bow]}
    assert shapely.is_valid(from_json(Landmark, data, "here").shape)


GOOD = {
    Landmark: {"id": ID, "name": "a", "source": "s", "licence": "l"},
    Fact: {
        "id": ID,
        "landmark_id": ID,
        "variable": "v",
        "value": "1",
        "source": "s",
        "licence": "l",
    },
    Passage: {"id": ID, "text": "t", "chunk_type": "c", "source": "s", "licence": "l"},
}


def deep(levels: int) -> list:
    node: list = []
    for _ in range(levels):
        node = [node]
    return node


@pytest.mark.parametrize(
    ("kind", "key", "value", "said"),
    [
        (Landmark, "id", "xyz", "id: 'xyz' is not an id"),
        (Landmark, "id", 7, "id: 7 is not an id"),
        (Landmark, "name", "", "name: '' is empty"),
        (Landmark, "name", "  ", "is empty"),
        (Landmark, "name", None, "name: None is not text"),
        (Landmark, "name", 5, "name: 5 is not text"),
        (Landmark, "name", "a\nb", "holds a control character"),
        (Landmark, "name", "a\x1b[2J", "holds a control character"),
        (Landmark, "name", "x" * 501, "has 501 characters"),
        (Landmark, "name", "\ud800", "holds half of a surrogate pair"),
        (Landmark, "source", "", "source: '' is empty"),
        (Landmark, "licence", None, "licence: None is not text"),
        (Landmark, "aliases", "b", "aliases: 'b' is not a list"),
        (Landmark, "aliases", [1], "aliases: 1 is not text"),
        (Landmark, "images", [""], "images: '' is empty"),
        (Landmark, "categroy", "lake", "'categroy' is no field of a landmark"),
        (Landmark, "geometry", "POINT (1 2)", "is not GeoJSON"),
        (Landmark, "geometry", {"type": "Dot"}, "is not GeoJSON"),
        (Landmark, "geometry", {"type": 5}, "is not GeoJSON"),
        (Landmark, "geometry", {"type": "Point", "coordinates": []}, "empty"),
        (Landmark, "geometry", {"type": "Point", "coordinates": ["x", 1]}, "geometry"),
        (Landmark, "geometry", {"type": "Point", "coordinates": None}, "geometry"),
        (Landmark, "geometry", {"type": "Point", "coordinates": deep(60)}, "geometry"),
        (Landmark, "geometry", {"type": "Point", "coordinates": [1, 95]}, "beyond"),
        (
            Landmark,
            "geometry",
            {"type": "Point", "coordinates": [float("nan"), 5]},
            "geometry",
        ),
        (
            Landmark,
            "geometry",
            {"type": "LineString", "coordinates": [[0, 0], [181, 5]]},
            "beyond the Earth",
        ),
        (Fact, "landmark_id", None, "landmark_id: None is not an id"),
        (Fact, "variable", "Max Depth", "is not in snake case"),
        (Fact, "variable", "_x", "is not in snake case"),
        (Fact, "value", 5, "value: 5 is not text"),
        (Fact, "value", "x" * 100_001, "has 100,001 characters"),
        (Fact, "period", "May 1953", "is not 2019"),
        (Fact, "period", "2019-13", "is not 2019"),
        (Fact, "number", "5", "is not a finite number"),
        (Fact, "number", True, "is not a finite number"),
        (Fact, "number", float("inf"), "is not a finite number"),
        (Fact, "number", 10**400, "is vast"),
        (Passage, "text", " ", "text: ' ' is empty"),
        (Passage, "chunk_type", [], "chunk_type: [] is not text"),
        (Passage, "landmark_id", "q", "is not an id"),
    ],
)
def test_bad_records_are_named(kind, key, value, said) -> None:
    with pytest.raises(KnowledgeError) as caught:
        from_json(kind, {**GOOD[kind], key: value}, "facts.jsonl, line 3")
    assert str(caught.value).startswith("facts.jsonl, line 3")
    assert said in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("kind", GOOD)
def test_no_field_may_be_missing(kind) -> None:
    assert from_json(kind, GOOD[kind], "x")
    for key in GOOD[kind]:
        rest = {k: v for k, v in GOOD[kind].items() if k != key}
        with pytest.raises(KnowledgeError, match=f"{key} is missing"):
            from_json(kind, rest, "x")


@pytest.mark.parametrize("value", [None, 5, [], "x"])
def test_a_record_is_an_object(value) -> None:
    with pytest.raises(KnowledgeError, match="is not an object"):
        from_json(Fact, value, "x")

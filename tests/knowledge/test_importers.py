"""Every format: what is read, what is skipped and why, what ends the import."""

import itertools
import json
import tempfile
from pathlib import Path

import geopandas
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from rsrag.errors import KnowledgeError
from rsrag.knowledge.importers.detect import import_paths
from rsrag.knowledge.importers.import_options import ImportOptions, ImportResult
from rsrag.knowledge.record_schema import check, from_json, to_json
from rsrag.records import Landmark

OURS = {"source": "me", "licence": "CC0-1.0"}


def take(path: Path, **options) -> ImportResult:
    return import_paths([path], ImportOptions(**options))


def file(tmp_path: Path, name: str, content: object) -> Path:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.write_text(content, "utf-8")
    else:
        path.write_text(json.dumps(content), "utf-8")
    return path


def facts_of(result: ImportResult, name: str) -> dict[str, str]:
    ids = {one.id for one in result.records.landmarks if one.name == name}
    return {f.variable: f.value for f in result.records.facts if f.landmark_id in ids}


def only(result: ImportResult) -> Landmark:
    (landmark,) = result.records.landmarks
    return landmark


def place(landmark: Landmark) -> tuple[float, float]:
    return landmark.shape.x, landmark.shape.y


EVEREST = {
    "name": "Mount Everest",
    "category": "Mountain",
    "lon": 86.925,
    "lat": 27.9881,
    "aliases": ["Qomolangma", "Sagarmatha"],
    "facts": {
        "elevation": "8,849 m",
        "first_ascent": {"value": "29 May 1953", "period": "1953-05-29"},
        "climbers": [{"value": "Edmund Hillary"}, "Tenzing Norgay"],
        "death_toll": 340,
    },
    "text": ["The highest mountain above sea level.", "It stands on a border."],
    **OURS,
}


def test_cards(tmp_path) -> None:
    result = take(file(tmp_path, "cards.json", [EVEREST]))
    everest = only(result)
    assert (everest.name, everest.category) == ("Mount Everest", "mountain")
    assert everest.aliases == ("Qomolangma", "Sagarmatha")
    assert place(everest) == (86.925, 27.9881)
    facts = {(f.variable, f.value): f for f in result.records.facts}
    height = facts["elevation", "8,849 m"]
    assert (height.number, height.unit) == (8849, "m")
    assert facts["first_ascent", "29 May 1953"].period == "1953-05-29"
    assert ("climbers", "Edmund Hillary") in facts
    assert ("climbers", "Tenzing Norgay") in facts
    assert facts["death_toll", "340"].number == 340
    assert [p.text for p in result.records.passages] == EVEREST["text"]
    assert {p.chunk_type for p in result.records.passages} == {"description"}
    assert {r.licence for g in result.records.groups for r in g} == {"CC0-1.0"}


@pytest.mark.parametrize(
    "where",
    [
        {"lon": 10, "lat": 5},
        {"lon": "10.0", "lat": "5"},
        {"geometry": {"type": "Point", "coordinates": [10, 5]}},
        {"geometry": "POINT (10 5)"},
        {"wkt": "POINT Z (10 5 300)"},
        {"bbox": [9, 4, 11, 6]},
        {"bbox": "9, 4, 11, 6"},
        {"coordinates": "5°00′N 10°00′E"},
    ],
)
def test_a_card_may_say_its_place_in_many_ways(tmp_path, where) -> None:
    landmark = only(take(file(tmp_path, "a.json", {"name": "A", **OURS, **where})))
    assert landmark.shape.centroid.coords[0] == pytest.approx((10, 5))


def test_a_box_may_cross_the_antimeridian(tmp_path) -> None:
    card = {"name": "Fiji", "bbox": [177, -19, -179, -16], **OURS}
    assert only(take(file(tmp_path, "a.json", card))).bbox == (177, -19, -179, -16)


def test_lines_are_cards_and_bad_ones_are_skipped(tmp_path) -> None:
    lines = [
        json.dumps({"name": "A", **OURS}),
        "",
        '{"name": "B"',
        '{"name": "C", "name": "D"}',
        json.dumps({"name": "E", **OURS, "lat": 95, "lon": 5}),
        '{"name": "F", "source": "s", "licence": "l", "lat": NaN, "lon": 5}',
        json.dumps({"name": 5, **OURS}),
        json.dumps({"name": "G", **OURS, "facts": {"a": {"b": 1}}}),
        json.dumps({"name": "H", **OURS, "facts": [1]}),
        json.dumps({"name": "I", **OURS, "lon": 0, "lat": 0}),
        "[" * 5000,
        json.dumps({"name": "x" * 501, **OURS}),
        json.dumps({"name": "\u0000\u202e ", **OURS}),
        json.dumps({"name": "J", **OURS, "bbox": [1, 2, 3]}),
        json.dumps({"name": "K", **OURS, "aliases": {"a": 1}}),
        json.dumps({"name": "L", **OURS, "wkt": "POLYGON ((0 0"}),
        json.dumps({"name": "M", **OURS, "period": "x", "facts": {"a": "\ud800"}}),
        "5",
    ]
    path = file(tmp_path, "cards.jsonl", "\ufeff" + "\n".join(lines))
    result = take(path)
    assert [one.name for one in result.records.landmarks] == ["A"]
    said = [f"{skip.source}: {skip.reason}" for skip in result.skipped]
    for line, word in [
        (3, "not JSON"),
        (4, "'name' stands twice"),
        (5, "coordinates: (5.0, 95.0) are not lon/lat degrees"),
        (6, "lat: 'NaN' is not a number of degrees"),
        (7, "name: 5 is not text"),
        (8, "a: {'b': 1} has keys that no fact has"),
        (9, "facts: [1] is not an object"),
        (10, "0/0 is a gap"),
        (11, "nested too deeply"),
        (12, "name: 'xxxxx"),
        (13, "name: "),
        (14, "bbox: [1, 2, 3] is not W S E N"),
        (15, "aliases: {'a': 1} is not text or a list of texts"),
        (16, "wkt: 'POLYGON ((0 0' is not WKT"),
        (17, "surrogate"),
        (18, "record: 5 is not an object"),
    ]:
        (hit,) = [text for text in said if text.startswith(f"{path}, line {line}: ")]
        assert word in hit
    assert len(said) == 16
    with pytest.raises(KnowledgeError, match="line 3 is not JSON"):
        take(path, strict=True)


def test_a_bad_record_leaves_nothing_behind(tmp_path) -> None:
    bad = {"name": "B", **OURS, "facts": {"good": "1 m", "bad": {"x": 1}}}
    result = take(file(tmp_path, "a.json", [{"name": "A", **OURS}, bad]))
    assert only(result).name == "A"
    assert result.records.facts == ()
    assert len(result.skipped) == 1


@pytest.mark.parametrize("missing", ["source", "licence"])
def test_every_record_needs_a_source_and_a_licence(tmp_path, missing) -> None:
    card = {"name": "A", **OURS}
    del card[missing]
    path = file(tmp_path, "a.json", [card])
    with pytest.raises(KnowledgeError, match=f"it has no {missing}") as caught:
        take(path)
    assert f"--{missing}" in caught.value.hint
    assert getattr(only(take(path, **{missing: "given"})), missing) == "given"


def test_namesakes_elsewhere_are_two_landmarks(tmp_path) -> None:
    cards = [
        {"name": "Paris", "lon": 2.35, "lat": 48.85, **OURS},
        {"name": "Paris", "lon": 2.3501, "lat": 48.8501, "category": "city", **OURS},
        {"name": "Paris", "lon": -95.55, "lat": 33.66, **OURS},
    ]
    result = take(file(tmp_path, "a.json", cards))
    assert len(result.records.landmarks) == 2
    assert {one.category for one in result.records.landmarks} == {"city", None}
    again = take(file(tmp_path, "b.json", cards))
    assert again.records == result.records


def test_names_lose_what_is_not_seen(tmp_path) -> None:
    card = {"name": " Lake\u200b \x1b[2JBaikal\n", "aliases": ["a\x00b"], **OURS}
    landmark = only(take(file(tmp_path, "a.json", card)))
    assert landmark.name == "Lake [2JBaikal"
    assert landmark.aliases == ("ab",)


def test_csv_with_its_own_words(tmp_path) -> None:
    text = (
        "NAME;X;Y;HÖHE (m);Type\n"
        "Zugspitze;;47.4;2962;peak\n"
        "Zugspitze;10,985;47.421;2962;peak\n"
        "\n"
        "Watzmann;12.92;47.55\n"
        'Großglockner;12.694;47.074;3798;"peak; horn"\n'
    )
    path = file(tmp_path, "peaks.csv", text)
    result = take(path, **OURS, columns={"elevation_m": "HÖHE (m)"})
    assert [one.name for one in result.records.landmarks] == [
        "Zugspitze",
        "Großglockner",
    ]
    assert facts_of(result, "Großglockner") == {"elevation": "3798 m"}
    assert result.records.landmarks[1].category == "peak; horn"
    assert [skip.source.rpartition(", ")[2] for skip in result.skipped] == [
        "line 2",
        "line 5",
    ]
    assert "lon: None is not a number" in result.skipped[0].reason
    assert "3 cells, where the header has 5" in result.skipped[1].reason
    assert facts_of(take(path, **OURS), "Zugspitze") == {"height": "2962 m"}
    assert facts_of(take(path, **OURS, drop=True), "Zugspitze") == {}


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        ("a,b\n1,2\n", {}, "no column is the name"),
        ("name,b\n1,2\n", {"lon": "X"}, "there is no column 'X'"),
        ("name,b,b\n1,2,3\n", {}, "two columns are named 'b'"),
        ("name,b\n1,2\n", {"lon": "b", "lat": "b"}, "is mapped to lon and lat"),
        ('name,b\n"1,2\n', {}, "line "),
    ],
)
def test_a_table_that_does_not_fit(tmp_path, text, columns, said) -> None:
    with pytest.raises(KnowledgeError, match=r"column|line") as caught:
        take(file(tmp_path, "t.csv", text), columns=columns, **OURS)
    assert said in str(caught.value)


def frame() -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(
        {
            "NAME": ["Square", None, "Empty", "Far"],
            "floors": [3, 1, 2, None],
            "opened": ["1999", "", "", ""],
        },
        geometry=[
            shapely.box(11, 48, 11.1, 48.1),
            shapely.Point(1, 1),
            shapely.Point(),
            None,
        ],
        crs="EPSG:4326",
    )


@pytest.mark.parametrize("name", ["a.gpkg", "a.parquet", "a.fgb", "a.geojson", "a.shp"])
def test_vector_files(tmp_path, name) -> None:
    path = tmp_path / name
    table = frame().to_crs("EPSG:25832") if name != "a.geojson" else frame()
    if name == "a.fgb":  # which refuses empty geometries itself
        table = table[:2]
    if name == "a.shp":  # which has areas or points, not both
        table = table.iloc[[0, 3]]
    if name == "a.parquet":
        table.to_parquet(path)
    else:
        table.to_file(path)
    result = take(path, **OURS, category="building")
    square = only(result)
    assert (square.name, square.category) == ("Square", "building")
    assert square.bbox == pytest.approx((11, 48, 11.1, 48.1), abs=1e-3)
    facts = facts_of(result, "Square")
    assert facts == {"floors": "3", "opened": "1999"}
    reasons = " ".join(skip.reason for skip in result.skipped)
    assert ("name: None is not a name" in reasons) == (name != "a.shp")
    assert len(result.skipped) == len(table) - 1


def test_a_vector_file_has_to_say_its_crs(tmp_path) -> None:
    path = tmp_path / "a.shp"
    frame()[:1].to_file(path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(KnowledgeError, match="coordinate system") as caught:
        take(path, **OURS)
    assert "--crs" in caught.value.hint
    assert only(take(path, **OURS, crs="EPSG:4326")).name == "Square"
    with pytest.raises(KnowledgeError, match="coordinate system"):
        take(path, **OURS, crs="EPSG:nonsense")
    frame()[:1].to_file(tmp_path / "b.gpkg")
    with pytest.raises(KnowledgeError, match="not in EPSG:25832"):
        take(tmp_path / "b.gpkg", **OURS, crs="EPSG:25832")


def test_several_layers_have_to_be_chosen_from(tmp_path) -> None:
    path = tmp_path / "a.gpkg"
    frame()[:1].to_file(path, layer="one")
    frame()[:1].assign(NAME="Two").to_file(path, layer="two")
    with pytest.raises(KnowledgeError, match="has 2 layers") as caught:
        take(path, **OURS)
    assert "one | two" in caught.value.hint
    assert only(take(path, **OURS, layer="two")).name == "Two"
    with pytest.raises(KnowledgeError, match="no layer 'six'") as caught:
        take(path, **OURS, layer="six")
    assert "one, two" in caught.value.hint


@pytest.mark.parametrize(
    "head", [b"SQLite format 3\0rest", b"PAR1rest", b"fgb\x03rest", b"PK\x03\x04rest"]
)
def test_files_that_are_not_what_they_claim(tmp_path, head) -> None:
    with pytest.raises(KnowledgeError, match="cannot be read"):
        take(file(tmp_path, "a.gpkg", head), **OURS)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", "", "is empty"),
        ("a.json", "{", "is not JSON"),
        ("a.json", "[" * 50_000, "nested too deeply"),
        ("a.json", '{"a": 1}', "of no format known here"),
        ("q.jsonl", '{"question": "?"}\n{"question": "!"}\n', "holds questions"),
        ("q.json", '[{"question": "?"}]', "holds questions"),
        ("a.md", b"caf\xe9\n\xff", "line 1: byte 0xe9 is not UTF-8"),
        ("a.bin", b"\x89PNG\0\0\0", "is binary"),
        ("a.py", "import os\n", "of no format known here"),
        ("a.json", "[]", "of no format"),
        ("a.json", '{"type": "FeatureCollection", "features": 5}', "a.json"),
        ("a.geojson", '{"type": "FeatureCollection", "features": []}', "a.geojson"),
    ],
)
def test_files_that_hold_no_knowledge(tmp_path, name, content, said) -> None:
    with pytest.raises(KnowledgeError) as caught:
        take(file(tmp_path, name, content), **OURS)
    assert said in str(caught.value)


def test_what_is_not_there(tmp_path) -> None:
    with pytest.raises(KnowledgeError, match="is not there"):
        take(tmp_path / "none.json")
    with pytest.raises(KnowledgeError, match="no format 'shape'"):
        take(tmp_path, form="shape")
    with pytest.raises(KnowledgeError, match="Nothing could be imported"):
        take(tmp_path)


def test_a_folder_is_read_whole(tmp_path) -> None:
    file(tmp_path, "a.json", {"name": "A", **OURS})
    (tmp_path / "sub").mkdir()
    file(tmp_path / "sub", "b.csv", "name,lon,lat\nB,1,2\n")
    file(tmp_path / "sub", "c.md", "# C\n\nWords.\n")
    file(tmp_path, "d.bin", b"\0\0\0")
    file(tmp_path, ".hidden.json", "{")
    frame()[:1].to_file(tmp_path / "s.shp")
    result = take(tmp_path, **OURS)
    names = {one.name for one in result.records.landmarks}
    assert names == {"A", "B", "Square"}
    assert result.formats == {"cards": 1, "csv": 1, "documents": 1, "vector": 1}
    assert [Path(skip.source).name for skip in result.skipped] == ["d.bin"]
    # One bad file among those that are named ends it.
    with pytest.raises(KnowledgeError, match="binary"):
        take(tmp_path / "d.bin")


def test_a_collection_can_be_imported(tmp_path) -> None:
    from rsrag.knowledge.collection import write_collection

    result = take(file(tmp_path, "a.json", [EVEREST]))
    write_collection(tmp_path / "c", result.records)
    assert set(take(tmp_path / "c").records.facts) == set(result.records.facts)


def test_periods_may_be_in_words(tmp_path) -> None:
    facts = {"a": {"value": "1", "period": "May 1953"}}
    (fact,) = take(
        file(tmp_path, "a.json", {**OURS, "name": "A", "facts": facts})
    ).records.facts
    assert fact.period == "1953-05"
    facts["a"]["period"] = "some day"
    with pytest.raises(KnowledgeError, match="a: 'some day' is no period"):
        take(
            file(tmp_path, "b.json", {**OURS, "name": "A", "facts": facts}), strict=True
        )


def test_pictures_beside_a_card_are_kept(tmp_path) -> None:
    file(tmp_path, "a.jpg", b"x")
    card = {"name": "A", "images": ["a.jpg", "b.jpg"], **OURS}
    result = take(file(tmp_path, "a.json", card))
    assert only(result).images == (str(tmp_path / "a.jpg"),)
    (skip,) = result.skipped
    assert skip.reason == "image 'b.jpg' is not there"


PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["A", "1,642 m", "5°N 5°E", "POINT (1 2)", "\x00", "2019", ""])
    | st.text(max_size=5)
)
WORDS = (
    "name|image_name|world knowledge|monthly expert knowledge|caption|lon|lat|geometry|"
    "wkt|bbox|facts|text|aliases|images|category|source|licence|value|period|number|"
    "unit|type|features|properties|coordinates|tags|@id|Name|Location|NDVI 2019 May|"
    "Event|Major_Events|id|geometries"
)
KEYS = st.sampled_from(WORDS.split("|"))
TREES = st.recursive(
    PLAIN,
    lambda node: st.lists(node, max_size=3) | st.dictionaries(KEYS, node, max_size=5),
    max_leaves=12,
)


@settings(max_examples=150)
@given(
    st.dictionaries(KEYS, TREES, max_size=6),
    st.sampled_from(["cards", "rswk", "osm", "vector", None]),
)
def test_any_json_is_read_or_refused(tree, form) -> None:
    data: object = [{"name": "A", "image_name": "A", "caption": "x", **tree}]
    if form in ("osm", "vector"):
        feature = {"type": "Feature", "properties": {}, "geometry": None, **tree}
        data = {"type": "FeatureCollection", "features": [feature]}
    with tempfile.TemporaryDirectory() as folder:
        path = file(Path(folder), "a.geojson", data)
        try:
            result = take(path, form=form, **OURS)
        except KnowledgeError as error:
            assert str(error)
        else:
            for record in itertools.chain(*result.records.groups):
                check(record, "here")
                assert from_json(type(record), to_json(record), "here") == record


@settings(max_examples=150)
@given(st.text(max_size=80), st.sampled_from(["csv", "documents", "cards", None]))
def test_any_text_is_read_or_refused(text, form) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = text.encode("utf-8", "surrogatepass")
        path = file(Path(folder), "a.txt", data)
        try:
            result = take(path, form=form, **OURS)
        except KnowledgeError as error:
            assert str(error)
        else:
            for record in itertools.chain(*result.records.groups):
                check(record, "here")


def test_strict_reaches_into_folders(tmp_path) -> None:
    file(tmp_path, "a.json", {"name": "A", **OURS})
    rows = [{"name": "B", **OURS}, {"name": 5, **OURS}]
    file(tmp_path, "b.jsonl", "\n".join(json.dumps(row) for row in rows))
    file(tmp_path, "q.json", [{"question": "?"}])
    result = take(tmp_path)
    assert len(result.records.landmarks) == 2
    assert [skip.kind for skip in result.skipped] == ["KnowledgeError", "foreign"]
    with pytest.raises(KnowledgeError, match="line 2: name: 5 is not text"):
        take(tmp_path, strict=True)


def test_a_readme_in_a_folder_is_no_fault(tmp_path) -> None:
    file(tmp_path, "README.md", "# Data\n\nThis folder holds data.\n")
    with pytest.raises(KnowledgeError, match="Nothing could be imported") as caught:
        take(tmp_path)
    assert "--source" in caught.value.hint
    file(tmp_path, "a.json", {"name": "A", **OURS})
    result = take(tmp_path)
    assert only(result).name == "A"
    assert "it has no source" in result.skipped[0].reason


def test_dust_at_the_edge_of_the_map_is_brushed_off(tmp_path) -> None:
    path = tmp_path / "a.gpkg"
    west = shapely.box(-180.00000000000003, -17, -179, -16)
    east = shapely.box(177, -17, 179.99999999999997, -16)
    both = shapely.MultiPolygon([west, east])
    geopandas.GeoDataFrame({"name": ["Fiji"]}, geometry=[both], crs=4326).to_file(path)
    assert only(take(path, **OURS)).bbox == (177, -17, -179, -16)


def test_features_may_stand_one_a_line(tmp_path) -> None:
    rows = [
        {
            "type": "Feature",
            "id": f"node/{number}",
            "properties": {"name": f"Peak {number}", "natural": "peak"},
            "geometry": {"type": "Point", "coordinates": [number, 5]},
        }
        for number in (1, 2)
    ]
    path = file(tmp_path, "a.geojsonl", "\n".join(json.dumps(row) for row in rows))
    result = take(path)
    assert result.formats == {"osm": 1}
    assert {one.name for one in result.records.landmarks} == {"Peak 1", "Peak 2"}
    lines = [{"image_name": name, "caption": "A mill."} for name in ("A", "B")]
    path = file(tmp_path, "b.jsonl", "\n".join(json.dumps(row) for row in lines))
    assert take(path).formats == {"rswk": 1}

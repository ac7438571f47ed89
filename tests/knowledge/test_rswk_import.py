"""RSWK's own files: values word for word, misfiled ones where they belong."""

import json
from pathlib import Path

import pytest

from rsrag.errors import KnowledgeError
from rsrag.knowledge.importers.detect import import_paths
from rsrag.knowledge.importers.import_options import ImportOptions, ImportResult
from rsrag.knowledge.importers.rswk_repair import location_field, name_is_visitors
from rsrag.records import landmark_id

BATH = "24°35′18″S 26°9′26″E \ufeff / \ufeff 24.58833°S 26.15722°E"


def world(name: str, **fields: object) -> dict:
    knowledge = {"Name": name, "Category": "Historic Site", **fields}
    return {"image_name": name, "world knowledge": knowledge}


def monthly(name: str, **values: str) -> dict:
    months = {key.replace("_", " "): value for key, value in values.items()}
    return {"image_name": name, "monthly expert knowledge": months}


def folder(tmp_path: Path, **files: object) -> Path:
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content), "utf-8")
    return tmp_path


def take(path: Path, **options) -> ImportResult:
    return import_paths([path], ImportOptions(**options))


def facts(result: ImportResult) -> dict[tuple[str, str | None], str]:
    return {(f.variable, f.period): f.value for f in result.records.facts}


def test_files_unite_by_name_and_values_stay_as_they_are(tmp_path) -> None:
    path = folder(
        tmp_path,
        world_knowledge=[world("Old Mill", Location=BATH, Construction_Period="1982")],
        monthly_knowledge=[
            monthly("Old Mill", TS_2019_January="-3.07°C", NDVI_2022_July="0.45"),
            monthly("New Mill", ALBEDO_2019_December="0.0"),
        ],
    )
    result = take(path)
    names = {one.name: one for one in result.records.landmarks}
    assert set(names) == {"Old Mill", "New Mill"}
    mill = names["Old Mill"]
    assert mill.id == landmark_id("rswk", "Old Mill")
    assert mill.category == "historic site"
    assert mill.bbox == pytest.approx((26.15722, -24.58833) * 2)
    assert facts(result) == {
        ("name", None): "Old Mill",
        ("category", None): "Historic Site",
        ("location", None): BATH,
        ("construction_period", None): "1982",
        ("ts", "2019-01"): "-3.07°C",
        ("ndvi", "2022-07"): "0.45",
        ("albedo", "2019-12"): "0.0",
    }
    by_variable = {f.variable: f for f in result.records.facts}
    assert (by_variable["ts"].number, by_variable["ts"].unit) == (-3.07, "°C")
    assert by_variable["construction_period"].number is None
    assert by_variable["ndvi"].source == "RSWK monthly_knowledge.json"
    assert {r.licence for g in result.records.groups for r in g} == {"LicenseRef-RSWK"}
    assert result.notices == ()


def test_prose_is_a_fact_and_passages(tmp_path) -> None:
    long = " ".join(f"Sentence {n} has just six words." for n in range(60))
    path = folder(tmp_path, w=[world("A", Historical_Background=long)])
    result = take(path)
    assert facts(result)["historical_background", None] == long
    passages = result.records.passages
    assert {p.chunk_type for p in passages} == {"history"}
    assert all(len(p.text.split()) <= 150 for p in passages)
    assert all(p.text.endswith(".") for p in passages)
    words = sorted(word for p in passages for word in p.text.split())
    assert words == sorted(long.split())


EVENTS = "2007 Name change: The park was renamed. 2012 New ride: It was opened."
PROSE = "The mill stands on a hill and was built by monks. It is open in summer."


def test_misfiled_values_are_filed_where_they_belong(tmp_path) -> None:
    singer = world("Stadion Kantrida")
    singer["world knowledge"]["Name"] = "Eros Ramazzotti"
    tower = world("Leaning Tower of Pisa")
    tower["world knowledge"]["Name"] = "Tower of Pisa"
    path = folder(
        tmp_path,
        w=[singer, tower, world("A", Location=EVENTS), world("B", Location=PROSE)],
    )
    result = take(path)
    names = {one.name: one for one in result.records.landmarks}
    assert names["Stadion Kantrida"].aliases == ()
    assert names["Leaning Tower of Pisa"].aliases == ("Tower of Pisa",)
    values = {
        (f.landmark_id, f.variable): f.value
        for f in result.records.facts
        if f.variable != "category"
    }
    kantrida = landmark_id("rswk", "Stadion Kantrida")
    assert values[kantrida, "notable_visitors"] == "Eros Ramazzotti"
    assert (kantrida, "name") not in values
    assert values[landmark_id("rswk", "A"), "major_events"] == EVENTS
    assert values[landmark_id("rswk", "B"), "description"] == PROSE
    assert result.notices == (
        "1 values of Location are prose and were filed as description",
        "1 values of Location are lists of events and were filed as major_events",
        "1 values of Name name persons and were filed as notable_visitors",
    )


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Jean Metzinger、André Derain", "Château de Clisson"),
        ("Lord Byron", "Bridge of Sighs"),
        ("Steve Keene", "Museum Ludwig"),
        ("King Christian X", "Storstrøm Bridge"),
        ("Jessie du Pont (Alfred I. du Pont's third wife)", "Nemours Mansion"),
        ("Daniel Rhodes Hanna、Max Faetkenheuer", "Hanna Theatre"),
    ],
)
def test_visitors(name: str, title: str) -> None:
    assert name_is_visitors(name, title)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Bridge of Sighs", "Bridge of Sighs"),
        ("Tower of Pisa", "Leaning Tower of Pisa"),
        ("Santa Maria del Fiore", "Florence Cathedral"),
        ("Uluru", "Ayers Rock"),
        ("Notre-Dame de la Garde", "Bonne Mère"),
        ("King's College Chapel", "Chapel of King's College"),
        ("Hanna Theatre", "Hanna Theater (Cleveland)"),
    ],
)
def test_names(name: str, title: str) -> None:
    assert not name_is_visitors(name, title)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("Rome, Italy", "location"),
        ("40°11′27″N 29°02′46″E", "location"),
        ("1010 North W.C. MacInnes Place Tampa, Florida, United States", "location"),
        ("1928 E Washington St, New Castle, Pennsylvania", "location"),
        ("West of the town, about 40 miles (64 km) southwest of Baku", "location"),
        ("3 km north of the village of St. Mary.", "location"),
        (EVENTS, "major_events"),
        ("Around 1500 Fire: The castle was burnt.", "major_events"),
        ("6th century First bridge: It was recorded.", "major_events"),
        ("2000-2005 Closure: The park was closed.", "major_events"),
        ("1844, 1859 Discovery: A codex was found.", "major_events"),
        (PROSE, "description"),
        ("It may refer to several places; no details are given here.", "description"),
    ],
)
def test_locations(value: str, field: str) -> None:
    assert location_field(value) == field


def test_ori_data_is_flattened(tmp_path) -> None:
    record = {
        "ID": "008374",
        "image_name": "Old Mill",
        "world knowledge": {
            "Name": "Old Mill",
            "Category": "Historic Site",
            "Physical_Area": "51.9 hectares",
            "Address": None,
            "Major_Events": [
                {"Event": "Fire", "Year": "1901", "Description": "It burnt down."},
                {"Event": "Rebuilt", "Year": 1903, "Description": ""},
            ],
            "Notable_Visitors": ["Ada", "Bea"],
        },
        "remote sensing expert knowledge": {
            "ALBEDO": 0.2,
            "EMIS(Surface emissivity)": "0.97",
            "LST_Day_1km": "26.27°C",
        },
    }
    result = take(folder(tmp_path, a=record, b={**record, "image_name": "New Mill"}))
    mill = landmark_id("rswk", "Old Mill")
    found = {f.variable: f for f in result.records.facts if f.landmark_id == mill}
    assert found["major_events"].value == "1901 Fire: It burnt down. 1903 Rebuilt"
    assert found["notable_visitors"].value == "Ada、Bea"
    assert found["albedo"].value == "0.2"
    assert (found["emis"].number, found["lst_day_1km"].unit) == (0.97, "°C")
    assert (found["physical_area"].number, found["physical_area"].unit) == (51.9, "ha")
    assert "address" not in found
    assert {one.source for one in result.records.landmarks} == {"RSWK ori_data"}


def test_descriptions_and_captions(tmp_path) -> None:
    path = folder(
        tmp_path,
        a=[{"image_name": "A", "image description": "A mill on a hill."}],
        b=[{"image_name": "A", "captions": ["A mill.", "A hill."]}],
    )
    passages = take(path).records.passages
    assert {(p.chunk_type, p.text) for p in passages} == {
        ("description", "A mill on a hill."),
        ("caption", "A mill."),
        ("caption", "A hill."),
    }


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"image_name": 5, "caption": "x"}, "image_name: 5 is not a name"),
        ({"image_name": "A", "world knowledge": [1]}, "world_knowledge: [1] is not an"),
        ({"image_name": "A", "caption": 5}, "caption: 5 is not text"),
        (monthly("A", TS_2019_Juny="1"), "'TS 2019 Juny' names no month"),
        (world("A", **{"!?": "x"}), "variable: '' has no letter"),
        (["A"], "record: ['A'] is not an object"),
    ],
)
def test_bad_records(tmp_path, row, said) -> None:
    path = folder(tmp_path, w=[world("Good"), row])
    result = take(path)
    assert [one.name for one in result.records.landmarks] == ["Good"]
    (skip,) = result.skipped
    assert said in skip.reason
    assert skip.source.endswith("w.json, record 2")
    with pytest.raises(KnowledgeError, match="record 2"):
        take(path / "w.json", strict=True)

"""Landmarks of one name: one place is one landmark, whatever files tell of it."""

import itertools
import json
from pathlib import Path

import pytest

from rsrag.desk.upkeep.knowledge_import import import_records
from rsrag.errors import KnowledgeError
from rsrag.knowledge.collection import Records, read_collection
from rsrag.knowledge.importers.import_options import ImportOptions

PLACES = {
    "kansas": (-98.0, 38.0, 10),
    "ohio": (-82.0, 40.0, 25),
    "texas": (-99.0, 31.0, 33),
}


def take(tmp_path: Path, *paths: Path, source: str = "register", **options) -> dict:
    return import_records(
        [tmp_path / "knowledge"],
        "dams",
        paths,
        ImportOptions(source=source, licence="CC0-1.0", **options),
    )


def held(tmp_path: Path) -> Records:
    return read_collection(tmp_path / "knowledge" / "dams")


def dams(tmp_path: Path, kind: str = "csv", **more: str) -> list[Path]:
    """A file a state, each with a Mill Dam and a dam of its own."""
    paths = []
    for state, (lon, lat, height) in PLACES.items():
        rows = [
            {
                "name": "Mill Dam",
                "lat": lat,
                "lon": lon,
                "height": f"{height} m",
                **more,
            },
            {"name": f"Dam of {state}", "lat": lat + 1, "lon": lon, "height": "1 m"},
        ]
        path = tmp_path / "in" / f"{state}.{kind}"
        path.parent.mkdir(exist_ok=True)
        if kind == "csv":
            head = ",".join(rows[0])
            lines = [",".join(str(row.get(key, "")) for key in rows[0]) for row in rows]
            path.write_text("\n".join([head, *lines]))
        elif kind == "json":
            path.write_text(json.dumps(rows))
        else:
            features = [
                {
                    "type": "Feature",
                    "properties": {
                        k: v for k, v in row.items() if k not in ("lat", "lon")
                    },
                    "geometry": {
                        "type": "Point",
                        "coordinates": [row["lon"], row["lat"]],
                    },
                }
                for row in rows
            ]
            path.write_text(
                json.dumps({"type": "FeatureCollection", "features": features})
            )
        paths.append(path)
    return paths


def heights(records: Records, name: str = "Mill Dam") -> dict[tuple[float, float], set]:
    """Heights of all landmarks of a name, by place."""
    found = {}
    for one in records.landmarks:
        if one.name == name:
            values = {f.value for f in records.facts if f.landmark_id == one.id}
            found[one.shape.x, one.shape.y] = values
    return found


EXPECTED = {(lon, lat): {f"{height} m"} for lon, lat, height in PLACES.values()}


@pytest.mark.parametrize("kind", ["csv", "json", "geojson"])
@pytest.mark.parametrize("how", ["files", "folder", "sources"])
def test_namesakes_of_several_files_are_landmarks_of_their_own(
    tmp_path, kind, how
) -> None:
    paths = dams(tmp_path, kind)
    if how == "files":
        take(tmp_path, *paths)
    elif how == "folder":
        take(tmp_path, tmp_path / "in")
    else:
        for path in paths:
            take(tmp_path, path, source=path.stem)
    assert heights(held(tmp_path)) == EXPECTED
    assert len(held(tmp_path).landmarks) == 6


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_an_import_in_another_order_changes_nothing(tmp_path, order) -> None:
    paths = dams(tmp_path)
    take(tmp_path, *paths)
    before = held(tmp_path)
    report = take(tmp_path, *(paths[number] for number in order))
    assert (report["added"], report["changed"], report["removed"]) == (0, 0, 0)
    assert held(tmp_path) == before


def test_a_row_less_leaves_the_ids_of_others(tmp_path) -> None:
    paths = dams(tmp_path)
    take(tmp_path, *paths)
    ids = {
        one.shape.x: one.id for one in held(tmp_path).landmarks if "Mill" in one.name
    }
    paths[0].write_text("name,lat,lon\nElse,1,1\n")
    report = take(tmp_path, *paths)
    now = {
        one.shape.x: one.id for one in held(tmp_path).landmarks if "Mill" in one.name
    }
    assert now == {x: ids[x] for x in (-82.0, -99.0)}
    assert any("gone, as" in notice for notice in report["notices"])


def test_one_source_after_the_other_is_replaced_and_told(tmp_path) -> None:
    for path in dams(tmp_path):
        report = take(tmp_path, path)
    assert heights(held(tmp_path)) == {(-99.0, 31.0): {"33 m"}}
    told = " ".join(report["notices"])
    assert "'Mill Dam' by 1,8" in told and "km" in told
    assert "gone, as" in told and "'Dam of ohio'" in told
    assert "--source" in told


@pytest.mark.parametrize(("metres", "told"), [(0, False), (200, True), (5000, True)])
def test_a_corrected_place_is_told(tmp_path, metres, told) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,lat,lon\nMill Dam,38,-98\n")
    take(tmp_path, path)
    (before,) = held(tmp_path).landmarks
    path.write_text(f"name,lat,lon\nMill Dam,{38 + metres / 111_195},-98\n")
    report = take(tmp_path, path)
    (after,) = held(tmp_path).landmarks
    assert (after.id == before.id) == (metres < 1000)
    far = f"{metres} m" if metres < 1000 else "5.0 km"
    assert any(f"'Mill Dam' by {far}" in line for line in report["notices"]) == told


@pytest.mark.parametrize("first", [True, False])
def test_a_record_without_a_place_goes_to_the_only_namesake(tmp_path, first) -> None:
    places = tmp_path / "places.csv"
    places.write_text("name,lat,lon\nMill Dam,38,-98\n")
    facts = tmp_path / "facts.csv"
    facts.write_text("name,owner\nMILL DAM,the county\n")
    for path in (facts, places) if first else (places, facts):
        take(tmp_path, path, source=path.stem)
    (one,) = held(tmp_path).landmarks
    assert (one.shape.x, one.shape.y) == (-98, 38)
    assert [fact.landmark_id for fact in held(tmp_path).facts] == [one.id]
    for path in (facts, places, facts):
        report = take(tmp_path, path, source=path.stem)
        assert (report["added"], report["removed"]) == (0, 0)
        (one,) = held(tmp_path).landmarks
        assert (one.shape.x, one.shape.y) == (-98, 38)


def test_a_record_without_a_place_and_several_namesakes_is_told(tmp_path) -> None:
    facts = tmp_path / "in" / "a.csv"
    paths = dams(tmp_path)
    facts.write_text("name,owner\nMill Dam,the county\nDam of ohio,the state\n")
    report = take(tmp_path, tmp_path / "in")
    owners = [fact for fact in held(tmp_path).facts if fact.variable == "owner"]
    assert [fact.value for fact in owners] == ["the state"]
    (skip,) = report["skipped"]
    assert skip["source"] == f"{facts}, line 2"
    assert "'Mill Dam' is the name of 3 landmarks" in skip["reason"]
    assert "38.00, -98.00" in skip["reason"]
    with pytest.raises(KnowledgeError, match="3 landmarks"):
        take(tmp_path, facts, *paths, strict=True)


def test_what_was_known_without_a_place_is_told_when_places_come(tmp_path) -> None:
    facts = tmp_path / "facts.csv"
    facts.write_text("name,owner\nMill Dam,the county\n")
    take(tmp_path, facts, source="facts")
    report = take(tmp_path, *dams(tmp_path))
    assert any(
        "of which went what was known without one: 'Mill Dam'" in line
        for line in report["notices"]
    )
    assert len(heights(held(tmp_path))) == 3


def test_texts_about_a_name_of_several(tmp_path) -> None:
    paths = dams(tmp_path)
    text = tmp_path / "notes.md"
    text.write_text("# Mill Dam\n\nIt is old.\n\n# Dam of ohio\n\nIt is new.\n")
    report = take(tmp_path, *paths, text)
    about = {p.text: p.landmark_id for p in held(tmp_path).passages}
    assert about["It is old."] is None
    names = {one.id: one.name for one in held(tmp_path).landmarks}
    assert names[about["It is new."]] == "Dam of ohio"
    assert any("'Mill Dam' is the name of 3" in line for line in report["notices"])
    report = take(tmp_path, *paths, text, landmark="Mill Dam")
    assert "'Mill Dam' is the name of 3 landmarks" in report["skipped"][0]["reason"]


def test_an_id_may_stand_in_several_files(tmp_path) -> None:
    for path in dams(tmp_path):
        head, *rows = path.read_text().splitlines()
        rows = [f"{row},{line}" for line, row in enumerate(rows, 1)]
        path.write_text("\n".join([f"{head},id", *rows]))
    report = take(tmp_path, tmp_path / "in")
    before = held(tmp_path)
    assert heights(before) == EXPECTED and len(before.landmarks) == 6
    assert not any(one.aliases for one in before.landmarks)
    assert any("something else has their id" in line for line in report["notices"])
    again = take(tmp_path, tmp_path / "in")
    assert (again["added"], again["changed"], again["removed"]) == (0, 0, 0)


def test_an_id_outlives_a_new_name_and_a_new_place(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,name,lat,lon\n7,Mill Dam,38,-98\n")
    take(tmp_path, path)
    (before,) = held(tmp_path).landmarks
    for row in ("7,Old Mill Dam,38,-98", "7,Old Mill Dam,39,-98"):
        path.write_text(f"id,name,lat,lon\n{row}\n")
        take(tmp_path, path)
        (after,) = held(tmp_path).landmarks
        assert after.id == before.id


def test_a_point_in_an_area_of_its_name_and_category(tmp_path) -> None:
    box = [[[0.5, 10], [2, 10], [2, 12], [0.5, 12], [0.5, 10]]]
    feature = {
        "type": "Feature",
        "properties": {"name": "Big Lake"},
        "geometry": {"type": "Polygon", "coordinates": box},
    }
    area = tmp_path / "a.geojson"
    area.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    depth = tmp_path / "b.csv"
    depth.write_text("name,lat,lon,depth\nBig Lake,11.9,1,70 m\n")
    take(tmp_path, area, depth, category="lake")
    (lake,) = held(tmp_path).landmarks
    assert lake.shape.geom_type == "Polygon"
    assert [fact.landmark_id for fact in held(tmp_path).facts] == [lake.id]
    take(tmp_path, area, depth)  # a state and a city may share a name
    assert len(held(tmp_path).landmarks) == 2


def test_many_of_one_name_are_told_apart_quickly(tmp_path) -> None:
    rows = [f"Pond,{n / 100:.2f},{m / 10:.1f}" for n in range(100) for m in range(30)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["name,lat,lon", *rows]))
    take(tmp_path, path)
    assert len(held(tmp_path).landmarks) == len(rows) - 1  # 0/0 is a gap


@pytest.mark.parametrize(
    "header", ["Name;Breitengrad;Längengrad", "name;LATITUD;LONGITUD"]
)
def test_columns_of_places_in_other_languages(tmp_path, header) -> None:
    path = tmp_path / "w.csv"
    path.write_text(f"{header}\nWehr;48,1;11,5\nWehr;50,1;8,6\n")
    report = take(tmp_path, path)
    assert report["notices"] == []
    assert len(held(tmp_path).landmarks) == 2 and not held(tmp_path).facts


def test_rows_of_one_name_and_no_place_are_told(tmp_path) -> None:
    """Breite and Länge may be the width and the length of a bridge."""
    path = tmp_path / "w.csv"
    path.write_text("Name;Breite;Länge\nWehr;48,1;11,5\nWehr;50,1;8,6\nSteg;1;2\n")
    (note,) = take(tmp_path, path)["notices"]
    assert "no column says where" in note and note.endswith("'Wehr'")
    assert "--map lat=COLUMN" in note
    path.write_text("Name;Breite\nWehr;48,1\nSteg;1\n")
    (note,) = take(tmp_path, path)["notices"]
    assert "--map lat=COLUMN" in note and note.endswith("landmarks have no place")
    path.write_text("name,lat,lon\n")
    with pytest.raises(KnowledgeError, match="a header and no rows"):
        take(tmp_path, path)

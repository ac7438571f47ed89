"""OpenStreetMap extracts as GeoJSON, however the tool writes tags and ids."""

import json
from pathlib import Path

import pytest

from rsrag.errors import KnowledgeError
from rsrag.knowledge.importers.detect import import_paths
from rsrag.knowledge.importers.import_options import ImportOptions, ImportResult
from rsrag.records import landmark_id

TAGS = {
    "name": "Zugspitze",
    "alt_name": "Zugspitz;Zugspitzmassiv",
    "name:en": "Zugspitze Mountain",
    "natural": "peak",
    "ele": "2962.06",
    "wikidata": "Q3375",
    "addr:city": "Grainau",
    "addr:street": "Am Gipfel",
    "addr:housenumber": "1",
    "description": "The highest mountain of Germany.",
}
POINT = {"type": "Point", "coordinates": [10.985, 47.421]}


def feature(properties: object, geometry: object = POINT, **more) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": geometry, **more}


def take(tmp_path: Path, *features: object, **options) -> ImportResult:
    path = tmp_path / "extract.geojson"
    data = {"type": "FeatureCollection", "features": list(features)}
    path.write_text(json.dumps(data), "utf-8")
    return import_paths([path], ImportOptions(**options))


@pytest.mark.parametrize(
    "row",
    [
        feature(TAGS, id="node/27384190"),
        feature({**TAGS, "@id": "node/27384190"}),
        feature({"id": 27384190, "type": "node", "tags": TAGS}),
        feature({"osm_id": "27384190", "osm_type": "node", "tags": json.dumps(TAGS)}),
    ],
)
def test_tags(tmp_path, row) -> None:
    result = take(tmp_path, row)
    assert result.formats == {"osm": 1}
    (peak,) = result.records.landmarks
    assert peak.id == landmark_id("osm", "node/27384190")
    assert (peak.name, peak.category) == ("Zugspitze", "peak")
    assert peak.aliases == ("Zugspitz", "Zugspitzmassiv", "Zugspitze Mountain")
    assert (peak.source, peak.licence) == ("OpenStreetMap", "ODbL-1.0")
    facts = {f.variable: f for f in result.records.facts}
    assert facts["elevation"].value == "2962.06 m"
    assert (facts["elevation"].number, facts["elevation"].unit) == (2962.06, "m")
    assert facts["address"].value == "1, Am Gipfel, Grainau"
    assert facts["wikidata"].number is None
    assert [p.text for p in result.records.passages] == [TAGS["description"]]


@pytest.mark.parametrize(
    ("tags", "category"),
    [
        ({"building": "yes", "tourism": "museum"}, "museum"),
        ({"building": "yes"}, "building"),
        ({"aeroway": "aerodrome", "military": "airfield"}, "aerodrome"),
        ({"man_made": "water_tower"}, "water tower"),
        ({"bridge": "no", "highway": "footway"}, "footway"),
        ({"leisure": "stadium;pitch"}, "stadium"),
        ({}, None),
    ],
)
def test_categories(tmp_path, tags, category) -> None:
    result = take(tmp_path, feature({"name": "A", "@id": "way/1", **tags}))
    assert result.records.landmarks[0].category == category


def test_heights_with_units_keep_them(tmp_path) -> None:
    tags = {"name": "A", "@id": "way/1", "height": "141 ft", "start_date": "1889"}
    facts = {f.variable: f for f in take(tmp_path, feature(tags)).records.facts}
    assert (facts["height"].number, facts["height"].unit) == (141, "ft")
    assert facts["start_date"].number is None


def test_what_is_left_out_is_counted(tmp_path) -> None:
    result = take(
        tmp_path,
        feature(TAGS, id="node/1"),
        feature({"natural": "tree"}),
        feature({"natural": "tree"}),
        feature({**TAGS, "@id": "node/2"}, None),
        feature({**TAGS, "@id": "node/3"}, {"type": "Point", "coordinates": [1, 95]}),
        feature([1]),
        "x",
    )
    assert len(result.records.landmarks) == 1
    reasons = [skip.reason for skip in result.skipped]
    assert any("beyond the Earth" in reason for reason in reasons)
    assert "geometry: None is missing." in reasons
    assert result.skipped[-1].count == 2
    assert "2 features have no name" in result.skipped[-1].reason
    assert len(result.skipped) == 5


def test_features_that_are_no_osm_need_a_source(tmp_path) -> None:
    plain = feature({"name": "A", "natural": "peak"})
    with pytest.raises(KnowledgeError, match="it has no source"):
        take(tmp_path, plain)
    assert take(tmp_path, plain, form="osm").formats == {"osm": 1}
    ours = take(tmp_path, plain, source="me", licence="MIT")
    assert ours.formats == {"vector": 1}
    assert {f.variable: f.value for f in ours.records.facts} == {"natural": "peak"}

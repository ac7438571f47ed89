"""``rsrag geojoin`` over a small index and a made map."""

import json

import geopandas
import pytest
from page_world import write_tif
from shapely import box

from rsrag.commands import main

OSM = """<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="40.1" lon="-5.9"/><node id="2" lat="40.1" lon="-5.6"/>
<node id="3" lat="40.4" lon="-5.6"/><node id="4" lat="40.4" lon="-5.9"/>
<way id="9"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
<tag k="landuse" v="farmland"/></way></osm>"""


@pytest.fixture
def index(tmp_path, monkeypatch):
    monkeypatch.setenv("RSRAG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RSRAG_INDEXES", str(tmp_path / "indexes"))
    (tmp_path / "imagery").mkdir()
    for number, kind in enumerate(("lake", "desert")):
        west = -6 + number
        path = tmp_path / "imagery" / f"{kind}.tif"
        write_tif(path, kind, number, (west, 40, west + 0.5, 40.5))
    words = ["index", "build", str(tmp_path / "imagery"), "--name", "made"]
    assert main(words) == 0
    return tmp_path


def test_tags_sentences_and_pairs(index, capsys) -> None:
    map_ = geopandas.GeoDataFrame(
        {"natural": ["water", None], "landuse": [None, "forest"]},
        geometry=[box(-6, 40, -5.5, 40.5), box(-6, 40.4, -5.5, 40.5)],
        crs="EPSG:4326",
    )
    map_.to_file(index / "map.gpkg")
    capsys.readouterr()
    words = ["geojoin", "made", str(index / "map.gpkg")]
    assert main(words) == 0
    shown = capsys.readouterr()
    (row,) = map(json.loads, shown.out.splitlines())
    assert row["file"].endswith("lake.tif")
    assert row["center_tags"] == [{"natural": "water"}]
    assert row["surrounding_tags"] == [{"landuse": "forest"}]
    assert row["title"] == "a satellite image of water"
    assert "2 features, 2 chips: 1 with tags" in shown.err
    pairs = index / "pairs.jsonl"
    assert main([*words, "--pairs", str(pairs), "--best", "0.5"]) == 0
    (pair,) = map(json.loads, pairs.read_text().splitlines())
    assert pair["captions"] == [
        "a satellite image of water",
        "a satellite image of water, surrounded by forest",
    ]


def test_cards_are_known_to_ask(index, capsys) -> None:
    """A roof's shape, asked for by the place of the chip."""
    tags = {"building": ["church"], "roof:shape": ["gabled"]}
    house = geopandas.GeoDataFrame(
        tags, geometry=[box(-5.9, 40.1, -5.6, 40.4)], crs="EPSG:4326"
    )
    house.to_file(index / "map.gpkg")
    cards = index / "cards.jsonl"
    known = ["--knowledge", str(index / "known")]
    words = ["geojoin", "made", str(index / "map.gpkg"), "--cards", str(cards)]
    assert main(words) == 0
    (card,) = map(json.loads, cards.read_text().splitlines())
    assert card["facts"] == {"building": "church", "roof_shape": "gabled"}
    assert (card["lon"], card["lat"]) == pytest.approx((-5.75, 40.25))
    words = ["knowledge", "import", str(cards), "--name", "tags", *known]
    assert main([*words, "--licence", "ODbL-1.0"]) == 0
    capsys.readouterr()
    assert main(["ask", "What lies here?", "--at", "-5.75,40.25", *known]) == 0
    shown = capsys.readouterr().out
    assert "lake.tif" in shown
    name = card["name"]
    assert main(["ask", f"What is the roof shape of {name}?", *known, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == "gabled"


def test_unnamed_things_of_openstreetmap_are_read(index, capsys) -> None:
    (index / "map.osm").write_text(OSM)
    capsys.readouterr()
    assert main(["geojoin", "made", str(index / "map.osm")]) == 0
    (row,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert row["title"] == "a satellite image of farmland"


def test_what_cannot_be_is_told(index, capsys) -> None:
    (index / "map.gpkg").write_text("no map")
    assert main(["geojoin", "made", str(index / "map.gpkg")]) == 1
    assert "cannot be read as features" in capsys.readouterr().err
    assert main(["geojoin", "made", str(index / "none.gpkg")]) == 1
    assert main(["geojoin", "other", str(index / "map.gpkg")]) == 1
    (index / "map.osm").write_text(OSM)
    assert main(["geojoin", "made", str(index / "map.osm"), "--best", "2"]) == 1
    assert "--best is 2" in capsys.readouterr().err

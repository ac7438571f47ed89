"""What is written opens in other tools, and means there what it meant here."""

import io
import json

import antimeridian
import geopandas
import numpy as np
import pandas
import pytest
import shapely

from rsrag.answers import Answer, Citation, Evidence
from rsrag.rendering.answers.answer_pages import answer_text, evidence_geojson
from rsrag.rendering.hits.geoparquet import hits_frame
from rsrag.rendering.hits.hit_formats import CSV_COLUMNS, hits_text
from rsrag.rendering.text_table import columns_wide
from rsrag.retrieval.chip_hit import ChipHit

ODD = 'a, "b"\nc;é東.tif'


@pytest.fixture
def odd(hits: list[ChipHit]) -> list[ChipHit]:
    """With a name that a careless table would break at."""
    hits[0].payload["source"] = ODD
    return hits


def test_csv_opens_in_pandas(odd):
    frame = pandas.read_csv(io.StringIO(hits_text(odd, "csv")))
    assert frame.columns.tolist() == list(CSV_COLUMNS)
    assert frame["source"][0] == ODD
    assert frame["rank"].tolist() == [1, 2, 3] and frame["rank"].dtype == np.int64
    assert frame[["west", "east"]].iloc[1].tolist() == [176.0, -177.0]
    assert frame["west"].isna().tolist() == [False, False, True]
    assert pandas.to_datetime(frame["datetime"])[0].isoformat() == (
        "2020-06-01T10:30:00+00:00"
    )
    assert json.loads(frame["properties"][0]) == {"cloud": None, "path": 4}


def test_geojson_opens_in_geopandas_and_is_cut_where_rfc_7946_wants_it(odd):
    text = hits_text(odd, "geojson")
    frame = geopandas.read_file(io.StringIO(text))
    assert frame["source"].tolist() == [hit.source for hit in odd]
    for outline in frame.geometry[:2]:
        assert outline.is_valid
        west, south, east, north = outline.bounds
        assert -180 <= west < east <= 180 and -90 <= south < north <= 90
        for part in getattr(outline, "geoms", [outline]):
            assert part.exterior.is_ccw and part.exterior.is_closed
    fiji = shapely.Polygon([(176, -20), (-177, -20), (-177, -14), (176, -14)])
    assert frame.geometry[1].equals(antimeridian.fix_polygon(fiji, great_circle=False))
    placed = json.loads(text)["features"][:2]
    fixed = [antimeridian.fix_geojson(feature) for feature in placed]
    for one, other in zip(fixed, placed, strict=True):
        shapes = [shapely.geometry.shape(f["geometry"]) for f in (one, other)]
        assert shapes[0].equals(shapes[1])


def test_a_frame_says_what_the_table_says(odd):
    frame = hits_frame(odd)
    assert frame.crs == "EPSG:4326" and frame["rank"].tolist() == [1, 2, 3]
    assert frame["source"].tolist() == [hit.source for hit in odd]
    assert frame["datetime"].dt.year.tolist()[:1] == [2020]
    assert frame.geometry[2] is None and frame["col_off"].tolist() == [180, 0, 0]


def answer(text: str, source: str) -> Answer:
    place = shapely.to_wkb(shapely.Point(107, 53))
    piece = Evidence(
        kind="fact",
        id="f1",
        text="It is 1,642 m deep.",
        source=source,
        licence="CC0-1.0",
        landmark="Baikal",
        geometry=place,
    )
    nowhere = Evidence(kind="passage", id="p1", text="word " * 200, source="Notes")
    citations = (Citation(1, piece), Citation(2, nowhere))
    return Answer("How deep?", text, "fact", citations=citations)


def test_an_answer_is_wrapped_and_its_evidence_stands_under_it():
    said = "Lake Baikal is 1,642 m deep [1]. " + "It is told of often. " * 8 + "[2]"
    text = answer_text(answer(said, "Own \x1b[31mnotes\u202e"), width=60)
    lines = text.splitlines()
    assert max(map(columns_wide, lines)) <= 64 and "\x1b" not in text
    assert "\u202e" not in text
    first = lines.index("")
    assert lines[first + 1] == (
        "[1] fact · Baikal · Own \\x1b[31mnotes\\u202e · CC0-1.0"
    )
    assert lines[-1].startswith("    word") and lines[-1].endswith("…")
    assert answer_text(answer("é", "x"), ascii_only=True).isascii()


def test_evidence_opens_in_geopandas():
    found = evidence_geojson([answer("It is deep [1].", "Own notes")])
    frame = geopandas.read_file(io.StringIO(json.dumps(found)))
    assert frame["citation"].tolist() == [1, 2]
    assert frame.geometry[0].equals(shapely.Point(107, 53))
    assert frame.geometry[1] is None
    assert set(frame["question"]) == {"How deep?"}

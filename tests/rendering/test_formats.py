import csv
import io
import json

import geopandas
import pytest
import shapely
from hypothesis import given, strategies as st

from rsrag.errors import ConfigError
from rsrag.rendering import text_table
from rsrag.rendering.hits import hit_table as fields
from rsrag.rendering.hits.hit_formats import (
    CSV_COLUMNS,
    FORMATS,
    hit_mapping,
    hits_text,
    render_hits,
)
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import BBox

TABLE = r"""
RANK   SCORE  PLACE          LAT LON         DATE            GSD  SOURCE                                      WINDOW
   1   0.312  Sahara, Libya  25.00N 10.00E   2020-06-01  7.42 km  /data/earth.tif                             180,20 60x60
   2   0.300  Fiji           17.00S 179.50E                 10 m  /data/a.tar!/x/fiji.tif                     0,0 60x60
   3  -0.050                                                      /p/<script>alert("1")</script>\x1b[31m.jpg  0,0 9x5
"""  # noqa: E501

TABLE_80 = r"""
RANK   SCORE  PLACE          LAT LON         DATE            GSD  SOURCE
   1   0.312  Sahara, Libya  25.00N 10.00E   2020-06-01  7.42 km  /data/earth.tif
   2   0.300  Fiji           17.00S 179.50E                 10 m  …a.tar!/x/fiji.tif
   3  -0.050                                                      …ript>\x1b[31m.jpg
"""

JSONL_1 = (
    '{"rank": 1, "id": "a1", "score": 0.312346, "probability": null, '
    '"source": "/data/earth.tif", '
    '"window": [180, 20, 60, 60], "bbox": [8.0, 23.0, 12.0, 27.0], "geometry": '
    '{"type": "Polygon", "coordinates": [[[12.0, 23.0], [12.0, 27.0], [8.0, 27.0], '
    '[8.0, 23.0], [12.0, 23.0]]]}, "datetime": "2020-06-01T10:30:00Z", '
    '"gsd_m": 7421.3, "sensor": "MODIS", "nodata_share": 0.1, "place": '
    '"Sahara, Libya", "crs": "EPSG:4326", "placed_by": null, "dated_by": null, '
    '"bands": null, "properties": {"cloud": null, "path": 4}}'
)

CSV_2 = (
    "2,b2,0.3,,/data/a.tar!/x/fiji.tif,0,0,60,60,176.0,-20.0,-177.0,-14.0,,10.0,,,Fiji,"
    ",,,,"
)


def test_table(hits: list[ChipHit]) -> None:
    assert hits_text(hits, "table") == TABLE.lstrip("\n")


def test_a_table_of_cells_tells_reference_systems_in_few_words(
    hits: list[ChipHit],
) -> None:
    import pyproj

    hits[0].payload["crs"] = pyproj.CRS("+proj=eqearth +lon_0=7").to_wkt()
    (row,) = csv.DictReader(io.StringIO(hits_text(hits[:1], "csv")))
    assert "+proj=eqearth" in row["crs"] and len(row["crs"]) < 80


def test_a_narrow_table_cuts_sources_and_drops_columns(hits: list[ChipHit]) -> None:
    assert hits_text(hits, "table", width=84) == TABLE_80.lstrip("\n")
    for width in range(45, 130):
        lines = hits_text(hits, "table", width=width).splitlines()
        assert max(map(len, lines)) <= width
        assert lines[0].startswith("RANK   SCORE  PLACE") and "fiji.tif" in lines[2]
    plain = hits_text(hits, "table", width=100, ascii_only=True)
    assert plain.isascii() and "...a.tar!/x/fiji.tif" in plain


def test_a_table_of_plain_pictures_has_three_columns(hits: list[ChipHit]) -> None:
    plain = ChipHit("p", 0.5, {"source": "/p/a.jpg", "window": None})
    assert hits_text([plain], "table") == (
        "RANK  SCORE  SOURCE\n   1  0.500  /p/a.jpg\n"
    )
    assert hits_text([], "table") == "RANK  SCORE  SOURCE\n"


def test_wide_characters_keep_the_columns(hits: list[ChipHit]) -> None:
    rows = [
        ChipHit(
            i,
            0.5,
            {
                "source": s,
                "window": {"col_off": 1, "row_off": 1, "width": 2, "height": 2},
            },
        )
        for i, s in (("a", "東京.tif"), ("b", "tokyo.tif"))
    ]
    lines = hits_text(rows, "table").splitlines()
    assert [text_table.columns_wide(line) for line in lines[1:]] == [31, 31]


def test_jsonl_and_json_say_the_same(hits: list[ChipHit]) -> None:
    lines = hits_text(hits, "jsonl").splitlines()
    assert lines[0] == JSONL_1
    rows = json.loads(hits_text(hits, "json"))
    assert rows == [json.loads(line) for line in lines]
    assert rows == [hit_mapping(hit, rank) for rank, hit in enumerate(hits, 1)]
    assert rows[1]["bbox"] == [176, -20, -177, -14]
    assert set(rows[0]) == set(rows[2])
    assert rows[2]["geometry"] is rows[2]["bbox"] is rows[2]["place"] is None
    assert hits_text([], "json") == "[]\n" and hits_text([], "jsonl") == ""


def test_csv(hits: list[ChipHit]) -> None:
    text = hits_text(hits, "csv")
    assert text.splitlines()[0] == ",".join(CSV_COLUMNS)
    assert text.splitlines()[2] == CSV_2
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[2]["source"] == hits[2].payload["source"]
    assert rows[2]["west"] == "" and rows[0]["col_off"] == "180"


def test_geojson(hits: list[ChipHit]) -> None:
    found = json.loads(hits_text(hits, "geojson"))
    assert found["type"] == "FeatureCollection"
    first, fiji, plain = found["features"]
    assert first["bbox"] == [8, 23, 12, 27] and first["id"] == "a1"
    assert fiji["bbox"] == [176, -20, -177, -14]  # RFC 7946, 5.2
    assert fiji["geometry"]["type"] == "MultiPolygon"
    assert plain["geometry"] is None and "bbox" not in plain
    assert first["properties"]["rank"] == 1
    assert json.loads(hits_text([], "geojson"))["features"] == []


def test_paths_are_listed_once_in_order(hits: list[ChipHit]) -> None:
    assert hits_text([hits[1], hits[0], hits[1]], "paths") == (
        "/data/a.tar!/x/fiji.tif\n/data/earth.tif\n"
    )


def test_geoparquet_opens_in_geopandas(hits: list[ChipHit]) -> None:
    out = io.BytesIO()
    render_hits(hits, "geoparquet", out)
    frame = geopandas.read_parquet(io.BytesIO(out.getvalue()))
    assert frame["id"].tolist() == ["a1", "b2", "c3"]
    assert frame["place"].tolist()[:2] == ["Sahara, Libya", "Fiji"]
    assert frame.geometry.iloc[0].equals(shapely.box(8, 23, 12, 27))
    assert frame.geometry.iloc[2] is None
    assert frame["score"].iloc[0] == 0.31234567
    empty = io.BytesIO()
    render_hits([], "geoparquet", empty)
    assert len(geopandas.read_parquet(io.BytesIO(empty.getvalue()))) == 0


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_takes_a_path_that_is_no_unicode(format: str) -> None:
    raw = b"/p/caf\xe9.jpg"
    hit = ChipHit("x", 0.5, {"source": raw.decode("utf-8", "surrogateescape")})
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="ascii")  # closes buffer when it goes
    render_hits([hit], format, stream)
    written = buffer.getvalue()
    assert (raw if format in ("paths", "gdal") else b"udce9") in written
    if format in ("json", "jsonl", "geojson"):
        assert json.loads(written)  # and the escape is JSON's own


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_geoparquet_does_not_garble_a_terminal(hits: list[ChipHit]) -> None:
    with pytest.raises(ConfigError, match="not text"):
        render_hits(hits, "geoparquet", Terminal())


@pytest.mark.parametrize("format", ["table", "paths", "json"])
def test_no_file_name_drives_a_terminal(hits: list[ChipHit], format: str) -> None:
    screen = Terminal()
    render_hits(hits, format, screen)
    assert "\x1b" not in screen.getvalue() and "31m" in screen.getvalue()


def test_an_unknown_format_is_refused(hits: list[ChipHit]) -> None:
    with pytest.raises(ConfigError, match="'xml'") as caught:
        render_hits(hits, "xml", io.StringIO())
    assert "geoparquet" in str(caught.value.hint)


def test_bounds_leave_out_the_widest_gap() -> None:
    boxes = [BBox(170, 0, -150, 1), BBox(-175, -5, -173, 1), BBox(-100, 0, -95, 9)]
    assert fields.bounds(boxes) == BBox(170, -5, -95, 9)
    assert fields.bounds([BBox(-10, 0, 5, 1), None, BBox(7, 0, 9, 2)]) == BBox(
        -10, 0, 9, 2
    )
    assert fields.bounds([BBox(-180, 0, 180, 1)]) == BBox(-180, 0, 180, 1)
    assert fields.bounds([None]) is None


@given(
    st.lists(
        st.tuples(st.integers(-180, 179), st.integers(1, 120), st.integers(-9, 0)),
        min_size=1,
        max_size=5,
    )
)
def test_bounds_hold_every_box(parts: list[tuple[int, int, int]]) -> None:
    boxes = [
        BBox(w, s, w + d if w + d <= 180 else w + d - 360, s + 1) for w, d, s in parts
    ]
    around = fields.bounds(boxes)
    assert around is not None
    span = (around.east - around.west) % 360 or 360
    for w, d, _ in parts:
        assert (w - around.west) % 360 + d <= span


@given(st.text(max_size=30), st.integers(3, 20))
def test_cut_texts_fit(text: str, width: int) -> None:
    for cut in (text_table.cut_left(text, width), text_table.cut_right(text, width)):
        assert text_table.columns_wide(cut) <= width

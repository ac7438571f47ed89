"""Vector files as people have them: lists, objects, encodings, formats, broken rows."""

import base64
import json
import shutil
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from rsrag.errors import KnowledgeError
from rsrag.knowledge.importers.detect import import_paths
from rsrag.knowledge.importers.import_options import ImportOptions, ImportResult

OURS = {"source": "me", "licence": "CC0-1.0"}


def take(*paths: Path, **options) -> ImportResult:
    return import_paths(paths, ImportOptions(**OURS, **options))


def facts(result: ImportResult) -> set[tuple[str, str]]:
    return {(fact.variable, fact.value) for fact in result.records.facts}


def names(result: ImportResult) -> list[str]:
    return sorted(one.name for one in result.records.landmarks)


def geojson(path: Path, *properties: dict, geometry: object = None) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"name": f"A{number}", **one},
            "geometry": geometry or {"type": "Point", "coordinates": [10 + number, 50]},
        }
        for number, one in enumerate(properties)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["dam", "old"], {("k", "dam"), ("k", "old")}),
        ([1, 2, 3], {("k", "1"), ("k", "2"), ("k", "3")}),
        ([1.5], {("k", "1.5")}),
        ([], set()),
        ([None, "a"], {("k", "a")}),
        ([True, False], {("k", "yes"), ("k", "no")}),
        ([[1, 2], [3]], {("k", "1"), ("k", "2"), ("k", "3")}),
        ({"city": "Ulm", "no": 5}, {("k_city", "Ulm"), ("k_no", "5")}),
        ({"a": {"b": {"c": ["d", "e"]}}}, {("k_a_b_c", "d"), ("k_a_b_c", "e")}),
        ([{"a": 1}, {"a": 2, "b": None}], {("k_a", "1"), ("k_a", "2")}),
        ({"value": "5 m", "period": "2019"}, {("k", "5 m")}),
        ({}, set()),
        ({"a": {"b": {"c": {"d": {"e": "f"}}}}}, {("k_a_b_c_d", '{"e": "f"}')}),
        (list(range(60)), {("k", json.dumps(list(range(60))))}),
    ],
)
@pytest.mark.parametrize("form", ["geojson", "cards", "parquet"])
def test_lists_and_objects_become_facts(tmp_path, value, expected, form) -> None:
    path = geojson(tmp_path / "a.geojson", {"k": value, "y": "z"}, {"y": "z"})
    if form == "cards":
        path = tmp_path / "a.json"
        path.write_text(
            json.dumps([{"name": "A0", "k": value, "y": "z"}, {"name": "A1"}])
        )
    elif form == "parquet":
        path = tmp_path / "a.parquet"
        frame = pd.DataFrame(
            {"name": ["A0", "A1"], "k": [value, None], "y": ["z", "z"]}
        )
        try:
            column = pa.array(frame["k"].tolist())
        except pa.ArrowInvalid:
            pytest.skip("no column of Arrow holds this")
        if value == {}:
            pytest.skip("Parquet has no empty objects")
        table = pa.Table.from_pandas(frame.drop(columns="k")).append_column("k", column)
        geometry = pa.array(
            shapely.to_wkb(shapely.points([(10, 50), (11, 50)])).tolist()
        )
        about = {"encoding": "WKB", "geometry_types": ["Point"]}
        meta = {
            "version": "1.1.0",
            "primary_column": "geometry",
            "columns": {"geometry": about},
        }
        table = table.append_column("geometry", geometry)
        pq.write_table(table.replace_schema_metadata({"geo": json.dumps(meta)}), path)
    result = take(path)
    assert names(result) == ["A0", "A1"] and result.skipped == ()
    assert facts(result) - {("y", "z")} == expected
    apart = any(variable.startswith("k_") for variable, _ in expected)
    assert any(line.startswith("k is an object") for line in result.notices) == apart


def test_columns_of_objects_may_be_mapped(tmp_path) -> None:
    path = geojson(
        tmp_path / "a.geojson", {"name": {"en": "Ulm", "de": "Ulm an der Donau"}}
    )
    with pytest.raises(KnowledgeError, match="no column is the name") as caught:
        take(path)
    assert "name.en" in caught.value.hint
    result = take(path, columns={"name": "name.en"})
    assert names(result) == ["Ulm"]
    assert facts(result) == {("name_de", "Ulm an der Donau")}


def test_cells_of_every_kind(tmp_path) -> None:
    frame = geopandas.GeoDataFrame(
        {
            "name": ["A", "B"],
            "count": pd.array([3, None], dtype="Int64"),
            "share": np.array([0.5, np.nan], dtype="float32"),
            "seen": pd.to_datetime(["2020-01-02T03:04:05Z", None]),
            "built": pd.to_datetime(["1998-05-01", None]),
            "open": pd.array([True, None], dtype="boolean"),
            "kind": pd.Categorical(["dam", None]),
            "raw": [b"\0\1", None],
        },
        geometry=shapely.points([(10, 50), (11, 50)]),
        crs="EPSG:4326",
    )
    path = tmp_path / "a.parquet"
    frame.to_parquet(path)
    result = take(path)
    assert names(result) == ["A", "B"]
    assert {one.category for one in result.records.landmarks} == {"dam", None}
    assert facts(result) == {
        *[("count", "3"), ("share", "0.5"), ("built", "1998-05-01"), ("open", "yes")],
        ("seen", "2020-01-02T03:04:05+00:00"),
    }


def shapefile(path: Path, words: list[str], encoding: str, driver: int | None) -> Path:
    """A Shapefile without .cpg, and the language driver of its .dbf."""
    places = shapely.to_wkb(shapely.points([(10 + n, 50) for n in range(len(words))]))
    pyogrio.raw.write(
        path,
        places,
        [np.array(words, dtype=object)],
        ["name"],
        crs="EPSG:4326",
        driver="ESRI Shapefile",
        geometry_type="Point",
        encoding=encoding,
    )
    path.with_suffix(".cpg").unlink(missing_ok=True)
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = table[29] if driver is None else driver
    path.with_suffix(".dbf").write_bytes(table)
    return path


@pytest.mark.parametrize(
    ("word", "encoding", "driver", "read", "told"),
    [
        ("Zurich", "UTF-8", 0, "Zurich", None),
        ("Großglockner", "UTF-8", 0, "Großglockner", "as utf-8 ('Großglockner')"),
        ("Großglockner", "UTF-8", 0x57, "Großglockner", "as utf-8"),
        ("Großglockner", "CP1252", 0, "Großglockner", "as cp1252 ('Großglockner')"),
        ("São João", "CP1252", 0x57, "São João", "as cp1252 ('São')"),
        ("Łódź", "CP1250", 200, "Łódź", "as the language driver 200"),
        ("Москва", "CP1251", 201, "Москва", "as the language driver 201"),
        ("Łódź", "CP1250", 0, "£ódŸ", "as cp1252 ("),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_a_shapefile_that_names_no_encoding(
    tmp_path, word, encoding, driver, read, told, zipped
) -> None:
    path = shapefile(tmp_path / "a.shp", [word], encoding, driver)
    if zipped:
        with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
            for part in tmp_path.glob("a.*"):
                archive.write(part, f"sub/{part.name}")
        path = tmp_path / "b.zip"
    result = take(path)
    assert names(result) == [read]
    assert [told in line and "--encoding" in line for line in result.notices] == (
        [True] if told else []
    )
    right = take(path, encoding=encoding)
    assert names(right) == [word] and right.notices == ()


def test_an_encoding_that_is_none(tmp_path) -> None:
    path = shapefile(tmp_path / "a.shp", ["Łódź"], "CP1250", 0)
    for encoding, said in (("klingon", "no encoding"), ("utf-8", "not utf-8")):
        with pytest.raises(KnowledgeError, match=said) as caught:
            take(path, encoding=encoding)
        assert "--encoding" in caught.value.hint


def test_a_table_that_is_no_utf_8_is_guessed_and_told(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("name,lat,lon\nGroßglockner,47.07,12.69\n".encode("cp1252"))
    result = take(path)
    assert names(result) == ["Großglockner"]
    assert "as cp1252 ('Großglockner')" in result.notices[0]
    path.write_bytes("name,lat,lon\nŁódź,51.7,19.5\n".encode("cp1250"))
    result = take(path, encoding="cp1250")
    assert names(result) == ["Łódź"] and result.notices == ()
    path.write_bytes("name\tlat\tlon\nŁódź\t51.7\t19.5\n".encode("utf-16"))
    assert names(take(path)) == ["Łódź"]
    cards = tmp_path / "a.json"
    cards.write_bytes('[{"name": "Łódź"}]'.encode("cp1250"))
    with pytest.raises(KnowledgeError, match="not UTF-8") as caught:
        take(cards)
    assert "--encoding" in caught.value.hint
    assert names(take(cards, encoding="cp1250")) == ["Łódź"]


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>One</name><Placemark><name>Dam A</name>
<description>It is old.</description>
<ExtendedData><Data name="height"><value>5 m</value></Data></ExtendedData>
<Point><coordinates>10,50,0</coordinates></Point></Placemark></Folder>
<Folder><name>Two</name><Placemark><name>Dam B</name>
<Point><coordinates>11,50,0</coordinates></Point></Placemark></Folder>
</Document></kml>"""
GPX = """<?xml version="1.0"?>
<gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="50" lon="10"><ele>900</ele><name>Hut</name><type>shelter</type></wpt>
<trk><name>Ridge</name><trkseg><trkpt lat="50" lon="10"/><trkpt lat="50" lon="11"/>
</trkseg></trk></gpx>"""
GML = """<?xml version="1.0" encoding="utf-8"?>
<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/"
 xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><ogr:dams fid="dams.0">
<gml:boundedBy><gml:Envelope><gml:lowerCorner>50 10</gml:lowerCorner>
<gml:upperCorner>50 10</gml:upperCorner></gml:Envelope></gml:boundedBy>
<ogr:geometryProperty><gml:Point srsName="urn:ogc:def:crs:EPSG::4326">
<gml:pos>50 10</gml:pos></gml:Point></ogr:geometryProperty>
<ogr:name>Dam A</ogr:name></ogr:dams></gml:featureMember></ogr:FeatureCollection>"""
OSM = """<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="50" lon="10"><tag k="name" v="Hut"/><tag k="tourism" v="alpine_hut"/>
<tag k="ele" v="2000"/></node><node id="2" lat="50.1" lon="10"/>
<node id="3" lat="50.1" lon="10.1"/>
<way id="7"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="name" v="Lake"/>
<tag k="natural" v="water"/></way>
<way id="8"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way></osm>"""


def test_kml(tmp_path) -> None:
    path = tmp_path / "a.kml"
    path.write_text(KML)
    result = take(path)
    assert names(result) == ["Dam A", "Dam B"]
    assert facts(result) == {("height", "5 m")}
    assert [passage.text for passage in result.records.passages] == ["It is old."]
    with zipfile.ZipFile(tmp_path / "b.kmz", "w") as archive:
        archive.write(path, "doc.kml")
    assert names(take(tmp_path / "b.kmz")) == ["Dam A", "Dam B"]
    assert names(take(path, layer="Two")) == ["Dam B"]


def test_gpx(tmp_path) -> None:
    path = tmp_path / "a.gpx"
    path.write_text(GPX)
    result = take(path)
    assert names(result) == ["Hut", "Ridge"]
    assert facts(result) == {("ele", "900")}
    kinds = {one.name: one.shape.geom_type for one in result.records.landmarks}
    assert kinds == {"Hut": "Point", "Ridge": "MultiLineString"}


def test_gml_leaves_nothing_behind(tmp_path) -> None:
    path = tmp_path / "a.gml"
    path.write_text(GML)
    result = take(path)
    (dam,) = result.records.landmarks
    assert result.records.facts == ()
    assert (dam.name, dam.shape.x, dam.shape.y) == ("Dam A", 10, 50)
    assert list(tmp_path.iterdir()) == [path]


def test_mapinfo(tmp_path) -> None:
    frame = geopandas.GeoDataFrame({"name": ["Łódź"]}, geometry=[shapely.Point(1, 2)])
    for name in ("a.tab", "b.mif"):
        frame.set_crs("EPSG:4326").to_file(
            tmp_path / name, driver="MapInfo File", encoding="UTF-8"
        )
        assert names(take(tmp_path / name)) == ["Łódź"]


# The same in OpenStreetMap's own binary form, by pyosmium's SimpleWriter.
OSM_PBF = (
    "0000D3JFhBO-N;7WMy&~I}k4#H+Y;=;`1-g4NlHT%}vw|Gte_r;&MsND^B&xPf0CqVid^9Ov*3L%"
    "`DB;H_|gQ)-wbEUuO=J0000B3I|V9O+;aIVHkA~bsBMaoa55xVgN#xyu{p8E@qF?5-#?V{L-S#;#"
    "@AS#GHc6ywvy%pdfQ<PAV6Rk%57Mkdu%D7c&zRla?eGGXn#I5QvZh5lSFJi<yam!HKhB%IiDK4V_"
    "gCUK|ZA>*E=K%pguCW)@a9cAz2voB<a{0000B3I|V9O+;aIVHjx;YZ_&Eoa55xV&G!QOUzB>V$Vw"
    "~DJ@FO;bQSg%ueNEEl(^-Edt82XJn>llqXhlu@oehWC&SE$#Ad>F)=bpF)_0!ad9vRFi0>cFlewk"
    "u`n?)F-u8sa0oH7Ninjc$N{AQqA?Jz"
)


@pytest.mark.parametrize("name", ["a.osm", "a.osm.pbf"])
def test_openstreetmap(tmp_path, name) -> None:
    path = tmp_path / name
    path.write_bytes(OSM.encode() if name == "a.osm" else base64.b85decode(OSM_PBF))
    options = ImportOptions(namespace="elsewhere")
    result = import_paths([path], options)
    found = {one.name: one for one in result.records.landmarks}
    assert {name: one.category for name, one in found.items()} == {
        "Hut": "alpine hut",
        "Lake": "water",
    }
    assert {one.licence for one in found.values()} == {"ODbL-1.0"}
    assert ("elevation", "2000 m") in facts(result)
    assert result.formats == {"osm": 1}
    assert any("without a name" in line for line in result.notices)
    tags = {"name": "Lake", "natural": "water", "@id": "way/7"}
    same = {"type": "Feature", "properties": tags, "geometry": {"type": "Point"}}
    same["geometry"]["coordinates"] = [10.05, 50.05]
    extract = tmp_path / "b.geojson"
    extract.write_text(json.dumps({"type": "FeatureCollection", "features": [same]}))
    (lake,) = import_paths([extract], options).records.landmarks
    assert lake.id == found["Lake"].id


def test_styles_and_tables_are_no_layers_to_choose_from(tmp_path) -> None:
    path = tmp_path / "a.gpkg"
    frame = geopandas.GeoDataFrame({"name": ["A"]}, geometry=[shapely.Point(1, 2)])
    frame.set_crs("EPSG:4326").to_file(path, layer="dams")
    for table in ("layer_styles", "notes"):
        pyogrio.write_dataframe(
            pd.DataFrame({"x": [1]}), path, layer=table, append=False
        )
    assert names(take(path)) == ["A"]


def test_names_that_are_numbers(tmp_path) -> None:
    frame = geopandas.GeoDataFrame(
        {"name": [12, 13], "type": [1.0, 2.0]},
        geometry=shapely.points([(1, 2), (3, 4)]),
    )
    frame.set_crs("EPSG:4326").to_file(tmp_path / "a.gpkg")
    result = take(tmp_path / "a.gpkg")
    assert names(result) == ["12", "13"]
    assert {one.category for one in result.records.landmarks} == {"1", "2"}


RING = [[0, 0], [1, 1], [1, 0]]


@pytest.mark.parametrize(
    ("ring", "kept"),
    [
        (RING, True),  # not closed
        ([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]], True),  # a bow tie
        ([[0, 0], [1, 1]], False),
        ([[0, 0], [1, 1], [2, 2], [0, 0]], False),
        ([[170, 0], [190, 0], [190, 5], [170, 0]], True),  # over the antimeridian
    ],
)
def test_one_broken_geometry_costs_one_row(tmp_path, ring, kept) -> None:
    broken = {"type": "Polygon", "coordinates": [ring]}
    path = geojson(tmp_path / "a.geojson", {}, {}, geometry=broken)
    data = json.loads(path.read_text())
    data["features"][0]["geometry"] = {"type": "Point", "coordinates": [10, 50]}
    path.write_text(json.dumps(data))
    result = take(path)
    assert names(result) == (["A0", "A1"] if kept else ["A0"])
    assert [skip.source for skip in result.skipped] == (
        [] if kept else [f"{path}, feature 2"]
    )
    for skip in result.skipped:
        assert "geometry" in skip.reason
    for one in result.records.landmarks:
        assert one.shape.is_valid


def test_one_broken_geometry_in_geoparquet(tmp_path) -> None:
    path = tmp_path / "a.parquet"
    frame = geopandas.GeoDataFrame(
        {"name": ["A", "B"]},
        geometry=shapely.points([(1, 2), (3, 4)]),
        crs="EPSG:25832",
    )
    frame.to_parquet(path)
    table = pq.read_table(path)
    shapes = [table["geometry"][0].as_py(), b"\1\3\0\0"]
    number = table.column_names.index("geometry")
    pq.write_table(table.set_column(number, "geometry", pa.array(shapes)), path)
    pq.write_table(
        pq.read_table(path).replace_schema_metadata(table.schema.metadata), path
    )
    result = take(path)
    assert names(result) == ["A"]
    assert "broken" in result.skipped[0].reason


def test_metres_that_are_called_degrees(tmp_path) -> None:
    metres = {"type": "Point", "coordinates": [1113194.9, 6446275.8]}
    path = geojson(tmp_path / "a.geojson", {}, geometry=metres)
    with pytest.raises(KnowledgeError, match="beyond the Earth") as caught:
        take(path)
    assert "--crs" in caught.value.hint
    (one,) = take(path, crs="EPSG:3857").records.landmarks
    assert (one.shape.x, one.shape.y) == pytest.approx((10, 50), abs=1e-4)


@pytest.mark.parametrize(
    ("row", "options"),
    [
        ("10.5,50.25", {}),
        ("10°30'E,50°15'N", {}),
        ("10 30 E,N 50 15", {}),
        ('"10,5","50,25"', {}),
        ("10.5°,50.25°", {}),
        ("-10.5,50.25", {"side": -1}),
        ("10.5 W,50.25 N", {"side": -1}),
        ("606939.9168,5567503.8156", {"crs": "EPSG:25832"}),
        ('"606,939.9168","5,567,503.8156"', {"crs": "EPSG:25832"}),
        ('"606.939,9168","5.567.503,8156"', {"crs": "EPSG:25832"}),
        ("606 939.9168,5 567 503.8156", {"crs": "EPSG:25832"}),
        ("606’939.9168,5’567’503.8156", {"crs": "EPSG:25832"}),
    ],
)
def test_coordinates_of_tables(tmp_path, row, options) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"name,x,y\nA,{row}\n")
    side = options.pop("side", 1)
    (one,) = take(path, **options).records.landmarks
    assert (one.shape.x, one.shape.y) == pytest.approx((10.5 * side, 50.25), abs=1e-6)


@pytest.mark.parametrize(
    "cell", ["10°70'E", "10 N", "ten", "1,2,3", "-10 E", "NaN", ""]
)
def test_coordinates_that_are_none(tmp_path, cell) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'name,lon,lat\nA,"{cell}",50\nB,1,2\n')
    result = take(path)
    assert names(result) == ["B"]
    assert "lon" in result.skipped[0].reason


NUMBERS = [
    ("name;height\nA;2962,06 m\n", ("2962.06 m", 2962.06, "m")),
    ("name;height\nA;2.962,06 m\n", ("2962.06 m", 2962.06, "m")),
    ("name;height\nA;1.234.567\n", ("1.234.567", 1_234_567, None)),
    ("name\theight\nA\t1,234 m\n", ("1,234 m", 1234, "m")),
    ("name\theight\nA\t1,25 km2\n", ("1.25 km2", 1.25, "km2")),
    ('name,height\nA,"1,234 m"\n', ("1,234 m", 1234, "m")),
]


@pytest.mark.parametrize(("text", "fact"), NUMBERS)
@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_numbers_of_tables(tmp_path, text, fact, name) -> None:
    path = tmp_path / name
    path.write_text(text)
    if name == "a.txt" and "\t" not in text:
        assert take(path).formats == {"documents": 1}
        return
    (one,) = take(path).records.facts
    assert (one.value, one.number, one.unit) == fact


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("SRID=4326;POINT (10 50)", {}),
        ("srid=3857;POINT (1113194.9079327357 6446275.841017158)", {}),
        ("POINT (1113194.9079327357 6446275.841017158)", {"crs": "EPSG:3857"}),
    ],
)
def test_wkt_of_tables(tmp_path, text, options) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'name,geom\nA,"{text}"\n')
    (one,) = take(path, **options).records.landmarks
    assert (one.shape.x, one.shape.y) == pytest.approx((10, 50))


def test_a_reference_system_that_is_none(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,x,y\nA,1,2\n")
    with pytest.raises(KnowledgeError, match="no reference system"):
        take(path, crs="EPSG:nonsense")


def test_a_folder_of_all_kinds(tmp_path) -> None:
    for name, text in (("a.kml", KML), ("b.gpx", GPX), ("c.gml", GML), ("d.osm", OSM)):
        (tmp_path / name).write_text(text)
    shapefile(tmp_path / "e.shp", ["Łódź"], "UTF-8", 0)
    shutil.copy(tmp_path / "e.shp", tmp_path / "f.cpg")
    result = take(tmp_path)
    assert names(result) == ["Dam A", "Dam B", "Hut", "Hut", "Lake", "Ridge", "Łódź"]
    assert result.skipped == ()


@pytest.mark.parametrize("name", ["a.xlsx", "a.ods"])
def test_a_spreadsheet_is_refused_with_what_to_do(tmp_path, name) -> None:
    table = pd.DataFrame({"name": ["Dam"], "lat": [50.5], "lon": [10.25]})
    pyogrio.write_dataframe(table, tmp_path / name)
    with pytest.raises(KnowledgeError, match="is a spreadsheet") as caught:
        take(tmp_path / name)
    assert "CSV" in str(caught.value.hint)

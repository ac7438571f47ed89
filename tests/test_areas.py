"""Areas of interest: every way in which people have them at hand."""

import json

import geopandas
import pytest
import shapely

from rsrag.desk.areas import read_area
from rsrag.errors import GeometryError

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]],
}


def as_feature(geometry):
    return {"type": "Feature", "properties": {}, "geometry": geometry}


@pytest.mark.parametrize(
    "node",
    [
        SQUARE,
        as_feature(SQUARE),
        {
            "type": "FeatureCollection",
            "features": [as_feature(SQUARE), as_feature(None)],
        },
        {"type": "GeometryCollection", "geometries": [SQUARE]},
        {"type": "FeatureCollection", "features": [as_feature(SQUARE)] * 2},
    ],
)
def test_areas_from_geojson_and_its_files(node, tmp_path):
    file = tmp_path / "area.geojson"
    file.write_text(json.dumps(node))
    for value in (json.dumps(node), f"  {json.dumps(node)}\n", str(file)):
        assert read_area(value).equals(shapely.box(0, 0, 2, 2))


def test_areas_from_wkt_and_its_files(tmp_path):
    file = tmp_path / "area.wkt"
    file.write_text("POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))")
    for value in (str(file), file.read_text(), file.read_text().lower()):
        assert read_area(value).equals(shapely.box(0, 0, 2, 2))


def test_a_bow_tie_is_mended():
    area = read_area("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")
    assert area.is_valid
    assert area.area == pytest.approx(2)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "no-such-file.geojson",
        "{",
        "{}",
        '{"type": "Polygon"}',
        '{"type": "Nonsense", "coordinates": []}',
        '{"type": "FeatureCollection", "features": [7]}',
        '{"type": "FeatureCollection", "features": []}',
        '{"type": "FeatureCollection", "features": null}',
        '{"type": "Polygon", "coordinates": [[["x", 0], [1, 1], [2, 0], ["x", 0]]]}',
        "POLYGON ((0 0, 1",
        "POLYGON EMPTY",
        "POINT (500000 4649776)",
        "POINT (0 91)",
        "POINT (nan 0)",
        "a\0b",
        "x" * 5000,
    ],
)
def test_what_is_no_area(value):
    with pytest.raises(GeometryError):
        read_area(value)


def test_a_directory_is_no_area(tmp_path):
    with pytest.raises(GeometryError):
        read_area(str(tmp_path))


def square_in(crs: str) -> geopandas.GeoSeries:
    return geopandas.GeoSeries([shapely.box(0, 0, 2, 2)], crs="EPSG:4326").to_crs(crs)


KML = """<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><Polygon>
<outerBoundaryIs><LinearRing><coordinates>0,0 2,0 2,2 0,2 0,0</coordinates></LinearRing>
</outerBoundaryIs></Polygon></Placemark></kml>"""


@pytest.mark.parametrize(
    "name",
    [
        *("a.gpkg", "a.shp", "a.fgb", "a.parquet", "a.kml", "a.geojson", "a.gml"),
        *("b.gpkg", "b.geojson", "bom.geojson", "a.zip"),
    ],
)
def test_areas_from_files_of_any_kind(name, tmp_path):
    file = tmp_path / name
    frame = square_in("EPSG:3857" if name[0] == "b" else "EPSG:4326").to_frame(
        "geometry"
    )
    if name == "a.kml":
        file.write_text(KML)
    elif name == "bom.geojson":
        file.write_text(json.dumps(SQUARE), "utf-8-sig")
    elif name == "a.parquet":
        frame.to_parquet(file)
    elif name == "a.zip":
        frame.to_file(f"{file}.shz", driver="ESRI Shapefile")
        (tmp_path / "a.zip.shz").rename(file)
    else:
        frame.to_file(file)
    before = sorted(tmp_path.iterdir())
    area = read_area(str(file))
    assert area.symmetric_difference(shapely.box(0, 0, 2, 2)).area < 1e-6
    assert sorted(tmp_path.iterdir()) == before, "reading leaves nothing behind"


@pytest.mark.parametrize(
    "crs", ["EPSG:3857", "urn:ogc:def:crs:EPSG::3857", "urn:ogc:def:crs:OGC:1.3:CRS84"]
)
def test_geojson_may_name_its_system(crs):
    geometry = json.loads(shapely.to_geojson(square_in(crs)[0]))
    node = {
        "crs": {"type": "name", "properties": {"name": crs}},
        **as_feature(geometry),
    }
    area = read_area(json.dumps(node))
    assert area.symmetric_difference(shapely.box(0, 0, 2, 2)).area < 1e-6


def test_ewkt():
    assert read_area("SRID=4326;POINT (10 50)").equals(shapely.Point(10, 50))
    x, y = square_in("EPSG:3857")[0].exterior.coords[2]
    area = read_area(f"srid=3857; POINT ({x} {y})")
    assert area.coords[0] == pytest.approx((0, 2), abs=1e-6)


@pytest.mark.parametrize(
    ("west", "east", "split"),
    [
        (170, 190, [(-180, -170), (170, 180)]),
        (-190, -170, [(-180, -170), (170, 180)]),
        (200, 210, [(-160, -150)]),
        (180, 190, [(-180, -170)]),
        (0, 360, [(-180, 0), (0, 180)]),
    ],
)
def test_longitudes_beyond_the_antimeridian(west, east, split):
    area = read_area(shapely.box(west, -20, east, -10).wkt)
    strips = [shapely.box(w, -20, e, -10) for w, e in split]
    assert area.equals(shapely.union_all(strips))


def test_a_layer_of_several(tmp_path):
    file = tmp_path / "a.gpkg"
    for layer, width in (("one", 1), ("two", 2)):
        box = shapely.box(0, 0, width, 1)
        geopandas.GeoSeries([box], crs="EPSG:4326").to_file(file, layer=layer)
    assert read_area(f"{file}:two").equals(shapely.box(0, 0, 2, 1))
    with pytest.raises(GeometryError, match="2 layers") as caught:
        read_area(str(file))
    assert caught.value.hint == f"{file}:one | two"


def test_a_shapefile_without_a_system_is_refused(tmp_path):
    square_in("EPSG:4326").to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    with pytest.raises(GeometryError, match="does not say its") as caught:
        read_area(str(tmp_path / "a.shp"))
    assert "--crs" not in caught.value.hint


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("SRID=99999;POINT (0 0)", "99999"),
        ('{"crs": {"type": "link"}, "type": "Point", "coordinates": [0, 0]}', "crs"),
        ('{"features": [{"geometry": {"rings": []}}]}', "no GeoJSON"),
        ("POLYGON ((500000 0, 500001 0, 500001 1, 500000 0))", "beyond the Earth"),
        ("nothing.kml", "No such file"),
    ],
)
def test_a_refusal_says_what_and_what_to_type(value, said):
    with pytest.raises(GeometryError, match=said) as caught:
        read_area(value)
    assert caught.value.hint
    assert len(str(caught.value).splitlines()) == 1


def test_text_that_is_no_area(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("somewhere")
    with pytest.raises(GeometryError, match="neither GeoJSON nor WKT"):
        read_area(str(file))


def test_wkt_is_longer_than_the_name_of_a_file_may_be():
    import numpy as np
    import shapely

    turns = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = shapely.Polygon(np.column_stack([np.cos(turns), np.sin(turns)]))
    assert len(circle.wkt) > 4_096
    assert read_area(circle.wkt).symmetric_difference(circle).area < 1e-9

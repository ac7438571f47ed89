"""Hits as a GeoPackage: read by GDAL, with the style that QGIS looks for."""

import io
import json
import sqlite3
import xml.etree.ElementTree as ET

import geopandas
import pyogrio
import pytest

from rsrag.rendering.hits.geopackage import SHADES, style
from rsrag.rendering.hits.hit_formats import hit_mapping, render_hits
from rsrag.rendering.hits.sections import render_sections

ABOUT = {"query": "sand", "index": "coast", "encoder": "mini", "filter": "gsd ..30"}


@pytest.fixture
def file(tmp_path, hits):
    out = io.BytesIO()
    render_hits(hits, "gpkg", out, about=ABOUT)
    path = tmp_path / "hits.gpkg"
    path.write_bytes(out.getvalue())
    return path


def test_gdal_reads_what_was_found(file, hits) -> None:
    frame = geopandas.read_file(file, layer="hits")
    assert frame.crs.to_epsg() == 4326
    assert frame["id"].tolist() == [hit.id for hit in hits]
    assert frame["score"].tolist() == [hit.score for hit in hits]
    rows = [hit_mapping(hit, rank) for rank, hit in enumerate(hits, 1)]
    assert [json.loads(p) for p in frame["properties"]] == [
        row["properties"] for row in rows
    ]
    for hit, outline in zip(hits, frame.geometry, strict=True):
        assert (outline is None) == (hit.wkb is None)
        assert outline is None or outline.equals(hit.footprint)


def test_each_row_says_what_it_came_from(file) -> None:
    frame = geopandas.read_file(file, layer="hits")
    for name, value in ABOUT.items():
        assert set(frame[name]) == {value}
    with sqlite3.connect(file) as database:
        (said,) = database.execute(
            "SELECT description FROM gpkg_contents WHERE table_name = 'hits'"
        ).fetchone()
    assert "encoder: mini" in said


def test_the_style_is_the_default_and_covers_all_scores(file, hits) -> None:
    assert "layer_styles" in pyogrio.list_layers(file)[:, 0]
    with sqlite3.connect(file) as database:
        qml, default, column = database.execute(
            "SELECT styleQML, useAsDefault, f_geometry_column FROM layer_styles"
        ).fetchone()
    assert (default, column) == (1, "geom")
    ranges = ET.fromstring(qml).findall(".//range")
    scores = [hit.score for hit in hits]
    assert float(ranges[0].get("lower")) <= min(scores) + 1e-6
    assert float(ranges[-1].get("upper")) >= max(scores) - 1e-6
    for lower, upper in zip(ranges[1:], ranges, strict=False):
        assert lower.get("lower") == upper.get("upper")


@pytest.mark.parametrize("scores", [[], [0.5], [0.5, 0.5], [-1.0, 1.0]])
def test_a_style_of_few_scores(scores) -> None:
    assert len(ET.fromstring(style(scores)).findall(".//symbol")) == len(SHADES)


def test_many_queries_are_told_apart(tmp_path, hits) -> None:
    out = io.BytesIO()
    sections = [("sand", hits[:1]), ("ice", hits)]
    render_sections(sections, "gpkg", out, batch=True, about={"index": "coast"})
    (tmp_path / "two.gpkg").write_bytes(out.getvalue())
    frame = geopandas.read_file(tmp_path / "two.gpkg", layer="hits")
    assert frame["query"].tolist() == ["sand"] + ["ice"] * len(hits)


def test_no_hits_are_a_layer_without_rows(tmp_path) -> None:
    out = io.BytesIO()
    render_hits([], "gpkg", out, about=ABOUT)
    (tmp_path / "none.gpkg").write_bytes(out.getvalue())
    assert len(geopandas.read_file(tmp_path / "none.gpkg", layer="hits")) == 0

"""GDAL and OGR open every file that ``localize``, ``segment`` and ``ground`` write.

It is the library that QGIS reads with. Names of classes have no place in rasterio, so
GDAL is asked to tell them in a VRT.
"""

import re

import numpy as np
import pyogrio
import pytest
import rasterio
from known_places import textured
from PIL import Image
from rasterio.shutil import copy

from rsrag.commands import main
from tests.analysis.made_scenes import write_scene

SIDE = 320


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """A coast with a rim of nodata, looked over for everything."""
    folder = tmp_path_factory.mktemp("outputs")
    sides = (textured((222, 190, 130), 1), textured((10, 40, 110), 2))
    sized = [one.resize((SIDE, SIDE), Image.Resampling.NEAREST) for one in sides]
    pixels = np.concatenate([np.asarray(one) for one in sized], axis=1)
    pixels = np.maximum(pixels, 1)
    pixels[:, :64] = 0
    scene = str(write_scene(folder / "scene.tif", pixels, nodata=0))

    def run(*words: str) -> None:
        options = {
            name: folder / path
            for name, path in zip(words[1::2], words[2::2], strict=True)
        }
        flat = [part for name, path in options.items() for part in (name, str(path))]
        more = ["the deep blue sea"] if words[0] != "segment" else []
        more += ["--preset", "landcover"] if words[0] == "segment" else []
        assert main([words[0], scene, *more, *flat]) == 0

    run("localize", "--heat", "heat.tif", "--polygons", "areas.gpkg")
    run("localize", "--polygons", "areas.geojson", "--overlay", "heat.png")
    run("segment", "--out", "cover.tif", "--polygons", "cover.gpkg")
    run("segment", "--probabilities", "shares.tif", "--polygons", "cover.geojson")
    run("ground", "--boxes", "boxes.gpkg", "--overlay", "boxes.jpg")
    run("ground", "--boxes", "boxes.geojson")
    return folder


@pytest.mark.parametrize(
    ("name", "cell", "bands", "dtype", "nodata"),
    [
        ("heat.tif", 32, ("cosine", "rank"), "float32", float("nan")),
        ("cover.tif", 4, ("class",), "uint8", 0),
        ("shares.tif", 4, None, "uint8", 255),
    ],
)
def test_rasters_lie_over_the_scene(outputs, name, cell, bands, dtype, nodata) -> None:
    with rasterio.open(outputs / name) as file:
        assert file.crs == "EPSG:32633" and set(file.dtypes) == {dtype}
        assert file.transform.a == 10 * cell and file.transform.c == 5e5
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        np.testing.assert_equal(file.nodata, nodata)
        assert bands in (None, file.descriptions) and all(file.descriptions)
        valid = file.read_masks(1) > 0
        assert not valid[:, : 64 // cell].any() and valid[:, 96 // cell :].all()


def test_gdal_knows_names_and_colours(outputs, tmp_path) -> None:
    copy(outputs / "cover.tif", tmp_path / "told.vrt", driver="VRT")
    told = (tmp_path / "told.vrt").read_text()
    names = re.findall(r"<Category>(.*?)</Category>|<Category */>", told)
    assert names[1:9] == [
        *("building", "road", "water", "trees"),
        *("low vegetation", "bare", "snow", "cloud"),
    ]
    assert names[255] == "no class" and "<NoDataValue>0</NoDataValue>" in told
    entries = re.findall(r'<Entry c1="(\d+)" c2="(\d+)" c3="(\d+)" c4="(\d+)"', told)
    assert entries[3] == ("49", "104", "189", "255")


@pytest.mark.parametrize("ending", [".gpkg", ".geojson"])
@pytest.mark.parametrize(
    ("stem", "columns"),
    [
        ("areas", ("rank", "score", "area_m2", "query")),
        ("cover", ("class", "head", "score", "area_m2")),
        ("boxes", ("rank", "score", "area_m2", "query", "why")),
    ],
)
def test_ogr_reads_areas(outputs, stem, columns, ending) -> None:
    path = outputs / f"{stem}{ending}"
    # QGIS keeps styles of a GeoPackage in a table beside its layers.
    layer = "areas" if ending == ".gpkg" else None
    told = pyogrio.read_info(path, layer=layer)
    assert told["crs"] == "EPSG:4326" and told["features"] >= 1
    assert set(columns) <= set(told["fields"])
    west, south, east, north = told["total_bounds"]
    assert 14.99 < west < east < 15.09 and 45.11 < south < north < 45.16
    frame = pyogrio.read_dataframe(path, layer=layer)
    assert frame.geometry.is_valid.all() and (frame.area_m2 > 0).all()


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_pictures_open(outputs) -> None:
    for name in ("heat.png", "boxes.jpg"):
        with rasterio.open(outputs / name) as file:
            assert (file.width, file.height, file.count) == (2 * SIDE, SIDE, 3)

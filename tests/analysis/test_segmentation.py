"""Maps of classes over scenes whose every corner is known."""

import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest
import rasterio
from made_scenes import Colours, opened, write_scene
from rasterio import Affine

from rsrag.analysis.cover.cover_areas import AreaSize, area_mappings, class_mappings
from rsrag.analysis.cover.cover_classes import CoverClass, parse_classes
from rsrag.analysis.cover.cover_files import (
    cover_overlay,
    write_cover,
    write_cover_polygons,
    write_shares,
)
from rsrag.analysis.cover.cover_map import heads_for
from rsrag.analysis.cover.one_thing import segment_one
from rsrag.analysis.cover.segmentation import segment
from rsrag.analysis.dense_scan import ScanPlan
from rsrag.analysis.exact_windows import dense
from rsrag.encoders.cover_head import CoverHead
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.errors import ConfigError, ImageReadError, QueryError

PLAN = ScanPlan((32,), 32)
RED, GREEN, BLUE, GREY = (
    CoverClass(name, (name,), covers, colour)
    for name, covers, colour in (
        ("red", (), (255, 0, 0)),
        ("green", ("trees",), (0, 255, 0)),
        ("blue", ("water",), (0, 0, 255)),
        ("grey", (), (128, 128, 128)),
    )
)
BY_COLOUR = CoverHead(
    ("water", "trees", "bare"),
    np.arange(3),
    np.zeros(3, np.float32),
    np.ones(3, np.float32),
    # gelu is nearly the identity above 2, and nearly zero below -2.
    np.array([[-4, -4, 9], [-4, 9, -4], [9, -4, -4]], np.float32),
    np.zeros(3, np.float32),
    np.eye(3, dtype=np.float32),
    np.zeros(3, np.float32),
)


def halves(width: int = 256, height: int = 128) -> np.ndarray:
    """Green in the west, blue in the east."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 1] = 255
    pixels[:, width // 2 :, 2] = 255
    return pixels


def by_text(path, classes, plan=PLAN, **options):
    encoder = dense(Colours())
    vectors = encoder.encode_texts([one.name for one in classes])
    heads = ["text"] * len(classes)
    with opened(path) as scene:
        return segment(
            scene,
            encoder,
            classes,
            heads,
            vectors,
            plan,
            head=None,
            temperature=0.05,
            **options,
        )


@pytest.fixture(scope="module")
def mini():
    return MiniEncoder()


def by_head(mini, path, classes, **options):
    heads = heads_for(classes, "auto", BY_COLOUR)
    vectors = np.zeros((len(classes), mini.identity.dim), np.float32)
    with opened(path) as scene:
        return segment(
            scene,
            mini,
            classes,
            heads,
            vectors,
            ScanPlan((96,), 32),
            head=BY_COLOUR,
            temperature=0.05,
            **options,
        )


def test_texts_divide_a_scene(tmp_path) -> None:
    path = write_scene(tmp_path / "a.tif", halves())
    found = by_text(path, [RED, GREEN, BLUE], keep_shares=True)
    assert found.labels.shape == (32, 64) and found.cell_px == 4
    assert (found.labels[:, :28] == 2).all() and (found.labels[:, 36:] == 3).all()
    assert (found.shares.astype(int).sum(axis=0) - 100).__abs__().max() <= 2
    rows = {row["class"]: row for row in class_mappings(found)}
    assert rows["green"]["share"] == pytest.approx(0.5, abs=0.02)
    # 2,560 m x 1,280 m of UTM, whose scale on its meridian is 0.9996.
    total = sum(row["area_m2"] for row in rows.values())
    assert total == pytest.approx(2560 * 1280 / 0.9996**2, rel=1e-3)
    assert rows["green"]["head"] == "text" and rows["no class"]["share"] == 0


def test_a_head_sees_what_is_finer_than_a_window(mini, tmp_path) -> None:
    pixels = halves()
    pixels[60:68] = (0, 0, 255)
    path = write_scene(tmp_path / "a.tif", pixels)
    found = by_head(mini, path, [GREEN, BLUE])
    assert found.heads == ("cover", "cover")
    assert (found.labels[:15, :31] == 1).all() and (found.labels[15:17] == 2).all()


def test_blocks_leave_no_seam(mini, tmp_path) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (64, 1200, 3), dtype=np.uint8)
    tiled = {"tiled": True, "blockxsize": 16, "blockysize": 16}
    one = by_head(mini, write_scene(tmp_path / "a.tif", pixels), [GREEN, BLUE])
    other = by_head(
        mini, write_scene(tmp_path / "b.tif", pixels, **tiled), [GREEN, BLUE]
    )
    assert (one.labels == other.labels).all()


def test_covers_that_nobody_asked_for_are_no_class(mini, tmp_path) -> None:
    pixels = halves()
    pixels[:, :64] = (255, 0, 0)
    path = write_scene(tmp_path / "a.tif", pixels)
    found = by_head(mini, path, [GREEN, BLUE])
    assert (found.labels[:, :15] == 255).all() and (found.labels[:, 17:31] == 1).all()
    closed = by_head(mini, path, [GREEN, BLUE], closed=True)
    assert not (closed.labels == 255).any()


def test_a_margin_leaves_what_is_unclear_without_class(tmp_path) -> None:
    pixels = np.full((128, 128, 3), 90, np.uint8)
    pixels[0, 0] = 100  # of one colour there would be nothing to tell apart
    path = write_scene(tmp_path / "a.tif", pixels)
    assert (by_text(path, [RED, GREEN], margin=0.1).labels == 255).all()
    assert (by_text(path, [GREEN, GREY], margin=0.1).labels == 2).all()


def test_no_data_is_kept(mini, tmp_path) -> None:
    pixels = halves()
    pixels[:, :64] = 0
    path = write_scene(tmp_path / "a.tif", pixels, nodata=0)
    # Green and blue pixels hold zeros too: all three bands must be.
    found = by_head(mini, path, [GREEN, BLUE])
    assert (found.labels[:, :16] == 0).all() and (found.labels[:, 16:] > 0).all()
    rows = {row["class"]: row["share"] for row in class_mappings(found)}
    assert rows["green"] == pytest.approx(1 / 3, abs=0.02)
    empty = write_scene(tmp_path / "b.tif", np.zeros((64, 64, 3), np.uint8), nodata=0)
    with pytest.raises(ImageReadError, match="no pixel with data"):
        by_text(empty, [RED, GREEN])


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (33, 1)])
def test_small_scenes_have_maps(tmp_path, size) -> None:
    path = write_scene(tmp_path / "a.tif", np.full((*size, 3), (0, 0, 255), np.uint8))
    found = by_text(path, [RED, BLUE], closed=True)
    assert found.labels.shape == tuple(-(-side // 4) for side in size)
    assert (found.labels == 2).all()
    (_, blue, _) = class_mappings(found)
    assert blue["area_m2"] == pytest.approx(100 * size[0] * size[1], rel=2e-3)


@pytest.mark.parametrize(
    ("crs", "transform", "expected"),
    [
        # A degree at 60 N: 55.8 km by 111.4 km.
        ("EPSG:4326", Affine(1 / 64, 0, 10, 0, -1 / 64, 60.5), 55.8e3 * 111.4e3),
        # Turned by 30 degrees.
        (
            "EPSG:32633",
            Affine.translation(5e5, 5e6) @ Affine.rotation(30) @ Affine.scale(10, -10),
            640.0**2,
        ),
        # Across the antimeridian.
        ("EPSG:4326", Affine(1 / 64, 0, 179.5, 0, -1 / 64, 0.5), 111.3e3 * 110.6e3),
    ],
)
def test_areas_are_those_of_the_ellipsoid(tmp_path, crs, transform, expected) -> None:
    pixels = np.full((64, 64, 3), (0, 0, 255), np.uint8)
    where = {"crs": crs, "transform": transform}
    path = write_scene(tmp_path / "a.tif", pixels, **where)
    found = by_text(path, [RED, BLUE], closed=True)
    (_, blue, _) = class_mappings(found)
    assert blue["area_m2"] == pytest.approx(expected, rel=2e-3)
    (area,) = area_mappings(found, None)
    assert area["area_m2"] == pytest.approx(blue["area_m2"], rel=1e-3)


def test_a_gis_finds_names_colours_and_nodata(tmp_path) -> None:
    pixels = halves()
    pixels[:32] = 0
    found = by_text(
        write_scene(tmp_path / "a.tif", pixels, nodata=0),
        [GREEN, BLUE],
        keep_shares=True,
    )
    out = tmp_path / "cover.tif"
    write_cover(out, found)
    with rasterio.open(out) as file:
        assert file.nodata == 0 and file.dtypes == ("uint8",)
        assert file.crs.to_epsg() == 32633 and file.transform.a == 40
        colours = file.colormap(1)
        assert colours[1] == (0, 255, 0, 255) and colours[2] == (0, 0, 255, 255)
        assert (file.read(1) == found.labels).all()
        assert not file.dataset_mask()[:8].any() and file.dataset_mask()[8:].all()
        assert file.tags()["RSRAG_HEADS"] == "green: text,blue: text"
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        names = [one for one in file.files if one.endswith(".aux.xml")]
    text = (tmp_path / "cover.tif.aux.xml").read_text()
    assert names and "<Category>green</Category><Category>blue</Category>" in text
    write_shares(tmp_path / "p.tif", found)
    with rasterio.open(tmp_path / "p.tif") as file:
        assert file.descriptions == ("green", "blue") and file.nodata == 255
        assert file.read(1)[20, 4] > 90 and file.read(1)[20, 60] < 10


def test_polygons_have_class_and_area(tmp_path) -> None:
    pixels = halves()
    pixels[64:96, 64:96] = (255, 0, 0)
    found = by_text(write_scene(tmp_path / "a.tif", pixels), [RED, GREEN, BLUE])
    count = write_cover_polygons(tmp_path / "a.gpkg", found, AreaSize.parse("1px"))
    import geopandas

    frame = geopandas.read_file(tmp_path / "a.gpkg", layer="areas")
    assert len(frame) == count and {*frame["class"]} == {"red", "green", "blue"}
    rows = {row["class"]: row for row in class_mappings(found)}
    for name, area in frame.groupby("class")["area_m2"].sum().items():
        assert area == pytest.approx(rows[name]["area_m2"], rel=1e-3)
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as database:
        ((style,),) = database.execute("SELECT styleQML FROM layer_styles")
    assert 'attr="class"' in style and 'value="255,0,0,115"' in style
    write_cover_polygons(tmp_path / "a.geojson", found, None)
    made = json.loads((tmp_path / "a.geojson").read_text())["features"]
    fills = {one["properties"]["class"]: one["properties"]["fill"] for one in made}
    assert fills["green"] == "#00ff00" and fills["blue"] == "#0000ff"
    large = area_mappings(found, AreaSize.parse("20ha"))
    assert {row["class"] for row in large} == {"green", "blue"}


def test_a_scene_without_a_place_has_pixels_alone(tmp_path) -> None:
    from PIL import Image

    path = tmp_path / "a.png"
    Image.fromarray(halves()).save(path)
    found = by_text(path, [GREEN, BLUE])
    assert [row["area_m2"] for row in class_mappings(found)] == [None] * 3
    with pytest.raises(ConfigError, match="no place"):
        write_cover_polygons(tmp_path / "a.geojson", found, None)
    with pytest.raises(ConfigError, match="square metres"):
        area_mappings(found, AreaSize.parse("5m2"))
    drawn = cover_overlay(halves(), found)
    assert tuple(drawn[64, 10]) == (0, 255, 0) and drawn.shape == (128, 256, 3)


@pytest.mark.parametrize("text", ["", "5", "m2", "-5m2", "5 acres"])
def test_what_is_no_size_of_an_area_is_told(text) -> None:
    with pytest.raises(ConfigError, match="not the size of an area"):
        AreaSize.parse(text)


def test_heads_are_chosen_by_what_they_know() -> None:
    known = [GREEN, BLUE]
    assert heads_for(known, "auto", None) == ("text", "text")
    assert heads_for([RED, *known], "auto", BY_COLOUR) == ("text", "cover", "cover")
    assert heads_for(known, "text", BY_COLOUR) == ("text", "text")
    with pytest.raises(QueryError, match="cannot tell red"):
        heads_for([RED, GREEN], "cover", BY_COLOUR)
    twins = parse_classes("trees=oak|forest,woods=beech|woodland").classes
    assert heads_for(twins, "auto", BY_COLOUR) == ("text", "text")
    with pytest.raises(QueryError, match="shares a cover"):
        heads_for(twins, "cover", BY_COLOUR)
    with pytest.raises(QueryError, match="no cover head"):
        heads_for(known, "cover", None)


def test_one_thing_is_there_or_not(tmp_path) -> None:
    pixels = halves()
    pixels[32:96, 32:96] = (255, 0, 0)
    path = write_scene(tmp_path / "a.tif", pixels)
    encoder = dense(Colours())
    with opened(path) as scene:
        found = segment_one(scene, encoder, RED, encoder.encode_texts(["red"]), PLAN)
    assert (found.labels[10:22, 10:22] == 1).all() and found.labels[2, 60] == 255
    flat = write_scene(tmp_path / "b.tif", np.full((128, 128, 3), 90, np.uint8))
    with opened(flat) as scene:
        found = segment_one(scene, encoder, RED, encoder.encode_texts(["red"]), PLAN)
    assert "of one colour" in found.nothing and not (found.labels == 1).any()

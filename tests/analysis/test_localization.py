"""Things of a known place are found there, and written where a GIS finds them."""

import geopandas
import numpy as np
import pytest
import rasterio
from made_scenes import Colours, opened, write_scene
from rasterio import Affine
from rasterio.control import GroundControlPoint
from shapely.geometry import shape

from rsrag.analysis.exact_windows import dense
from rsrag.analysis.heat_files import (
    overlay,
    peak_mappings,
    write_heat,
    write_polygons,
)
from rsrag.analysis.localization import localize, plan_for
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.errors import ConfigError, ImageReadError
from rsrag.imagery.imagery_options import Size


def scene_with_a_square(path, colour=(200, 10, 10), **profile):
    """Grey, and a square of 96 pixels 320 pixels across and 160 down."""
    pixels = np.full((400, 640, 3), 100, np.uint8)
    pixels[160:256, 320:416] = colour
    return write_scene(path, pixels, **profile)


def find(path, query="red", window="48px", bank=None, stride=16, beside=None):
    encoder = dense(Colours())
    with opened(path) as scene:
        plan = plan_for(encoder, scene.metadata.gsd_m, Size.parse(window), stride)
        vector = encoder.encode_texts([query])
        background = encoder.encode_texts([beside]) if beside else None
        return localize(
            scene, encoder, query, vector, plan, bank=bank, background=background
        )


def test_a_square_is_found_where_it_lies(tmp_path) -> None:
    found = find(scene_with_a_square(tmp_path / "a.tif"))
    (peak,) = peak_mappings(found)
    assert abs(peak["peak_px"][0] - 368) <= 48 and abs(peak["peak_px"][1] - 208) <= 48
    assert peak["area_m2"] == pytest.approx(960**2, rel=0.35)
    geometry = shape(peak["geometry"])
    lon, lat = peak["peak"]
    assert geometry.bounds[0] < lon < geometry.bounds[2]
    with rasterio.open(tmp_path / "a.tif") as file:
        x, y = file.xy(207, 367)
    ((true_lon,), (true_lat,)) = rasterio.warp.transform("EPSG:32633", 4326, [x], [y])
    assert abs(lon - true_lon) < 0.006 and abs(lat - true_lat) < 0.006


def test_what_is_as_much_like_other_words_does_not_stand_out(tmp_path) -> None:
    path = scene_with_a_square(tmp_path / "a.tif")
    found = find(path, beside="red")
    assert found.lift == pytest.approx(0, abs=1e-6)
    assert found.nothing.endswith("no more like it than like other words")
    found = find(path, beside="blue")
    # 200, 10, 10: cosine 0.9975 to red, 0.0499 to blue
    assert found.lift == pytest.approx(0.9476, abs=0.01) and not found.nothing
    assert find(path).lift is None


def test_the_heat_map_lies_over_the_scene(tmp_path) -> None:
    found = find(scene_with_a_square(tmp_path / "a.tif"))
    write_heat(tmp_path / "heat.tif", found)
    with rasterio.open(tmp_path / "heat.tif") as heat:
        assert heat.crs == "EPSG:32633"
        assert heat.transform == Affine(160, 0, 5e5, 0, -160, 5e6)
        assert heat.shape == (25, 40) and heat.dtypes == ("float32", "float32")
        assert heat.descriptions == ("cosine", "rank")
        tags = heat.tags()
        assert tags["RSRAG_QUERY"] == "red" and tags["RSRAG_ENCODER"] == "colours"
        assert "RSRAG_NOTHING" not in tags
        assert tags["RSRAG_WINDOW_PX"] == "48" and tags["RSRAG_WINDOW_M"] == "480"
        assert heat.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        cosine, rank = heat.read()
        assert cosine.min() >= -1 and cosine.max() <= 1.0001
        assert rank.max() == 1 and rank.min() > 0
        row, column = np.unravel_index(cosine.argmax(), cosine.shape)
        x, y = heat.xy(row, column)
        with rasterio.open(tmp_path / "a.tif") as scene:
            assert scene.read(1)[scene.index(x, y)] == 200


def test_where_there_is_no_data_there_is_none_in_the_map(tmp_path) -> None:
    pixels = np.full((128, 128, 3), 100, np.uint8)
    pixels[:, :64] = 0
    found = find(write_scene(tmp_path / "a.tif", pixels, nodata=0), "grey")
    write_heat(tmp_path / "h.tif", found)
    with rasterio.open(tmp_path / "h.tif") as heat:
        read = heat.read(masked=True)
    assert read.mask[:, :, :4].all() and not read.mask[:, :, 4:].any()


def test_a_scene_without_data_is_told(tmp_path) -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    with pytest.raises(ImageReadError, match="no pixel with data"):
        find(write_scene(tmp_path / "a.tif", pixels, nodata=0))


def test_a_scene_of_one_colour_says_nothing(tmp_path) -> None:
    pixels = np.full((200, 200, 3), 80, np.uint8)
    found = find(write_scene(tmp_path / "a.tif", pixels), "grey")
    assert found.nothing == "the scene is of one colour" and found.peaks == ()
    assert write_polygons(tmp_path / "p.geojson", found) == 0
    write_heat(tmp_path / "heat.tif", found)
    with rasterio.open(tmp_path / "heat.tif") as heat:
        assert heat.tags()["RSRAG_NOTHING"] == found.nothing
    assert not (tmp_path / "p.geojson").exists()


def test_foreign_pictures_tell_what_stands_out(tmp_path) -> None:
    path = scene_with_a_square(tmp_path / "a.tif", (110, 100, 100))
    bank = Colours().encode_texts(["red", "grey", "green", "blue"])
    found = find(path, bank=bank)
    assert found.relevance == 0.75 and "25% of pictures" in found.nothing
    clear = find(scene_with_a_square(tmp_path / "b.tif"), bank=bank[1:])
    assert clear.relevance == 1 and clear.nothing == ""


def test_areas_open_in_a_gis(tmp_path) -> None:
    found = find(scene_with_a_square(tmp_path / "a.tif"))
    for name in ("p.geojson", "p.gpkg"):
        assert write_polygons(tmp_path / name, found) == 1
        frame = geopandas.read_file(tmp_path / name)
        assert frame.crs == "EPSG:4326" and list(frame["rank"]) == [1]
        assert frame["query"][0] == "red"
        area = frame.to_crs(32633).area[0]
        assert area == pytest.approx(frame["area_m2"][0], rel=0.002)


def test_areas_are_cut_at_the_antimeridian(tmp_path) -> None:
    where = {"crs": "EPSG:32601", "transform": Affine(10, 0, 163000, 0, -10, 5e6)}
    found = find(scene_with_a_square(tmp_path / "a.tif", **where))
    (peak,) = peak_mappings(found)
    geometry = shape(peak["geometry"])
    assert geometry.is_valid and -180 <= geometry.bounds[0] <= geometry.bounds[2] <= 180
    assert peak["area_m2"] == pytest.approx(960**2, rel=0.35)


def test_places_beyond_180_are_told_in_the_west(tmp_path) -> None:
    where = {"crs": "EPSG:4326", "transform": Affine(0.01, 0, 178, 0, -0.01, 10)}
    (peak,) = peak_mappings(find(scene_with_a_square(tmp_path / "a.tif", **where)))
    lon, lat = peak["peak"]
    assert -178.8 <= lon <= -177.84 and 7.44 <= lat <= 8.4


def test_control_points_place_the_map(tmp_path) -> None:
    points = [
        GroundControlPoint(r, c, 10 + c / 1000 + r * r / 4e8, 50 - r / 1000)
        for r in (0, 200, 400)
        for c in (0, 320, 640)
    ]
    where = {"crs": "EPSG:4326", "gcps": points, "transform": None}
    found = find(scene_with_a_square(tmp_path / "a.tif", **where))
    write_heat(tmp_path / "h.tif", found)
    with rasterio.open(tmp_path / "h.tif") as heat:
        placed = heat.gcps[0] or heat.transform != Affine.identity()
    assert placed
    lon, lat = peak_mappings(found)[0]["peak"]
    assert lon == pytest.approx(10.368, abs=0.05) and lat == pytest.approx(
        49.792, abs=0.05
    )


def test_without_a_place_there_are_pixels(tmp_path) -> None:
    from PIL import Image

    pixels = np.full((200, 300, 3), 100, np.uint8)
    pixels[40:120, 100:180] = (0, 0, 220)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    found = find(tmp_path / "a.png", "blue")
    (peak,) = peak_mappings(found)
    assert peak["peak"] is None and peak["area_m2"] is None
    west, north, east, south = peak["bbox_px"]
    assert 80 <= west <= 110 and 170 <= east <= 200 and 20 <= north <= 50 <= south
    write_heat(tmp_path / "h.tif", found)
    with pytest.raises(ConfigError, match="no place on the Earth"):
        write_polygons(tmp_path / "p.geojson", found)
    with pytest.raises(ConfigError, match="does not say how large"):
        find(tmp_path / "a.png", "blue", "100m")


def test_windows_in_metres_follow_the_pixels(tmp_path) -> None:
    mini = MiniEncoder()
    assert plan_for(mini, 10, Size.parse("1600m")).windows_px == (160,)
    far = plan_for(mini, 0.1, Size.parse("100m"))
    assert far.shrink == 6 and far.windows_px == (167,)
    assert far.cell_px == 6 * 32
    assert plan_for(mini, None).windows_px == (96, 160)
    with pytest.raises(ConfigError, match="too few to see"):
        plan_for(mini, 10, Size.parse("100m"))


def test_the_overlay_is_warm_where_the_thing_is(tmp_path) -> None:
    found = find(scene_with_a_square(tmp_path / "a.tif"))
    drawn = overlay(np.full((200, 320, 3), 100, np.uint8), found).astype(int)
    assert drawn.shape == (200, 320, 3)
    assert drawn[104, 184, 0] > drawn[20, 20, 0] + 40  # yellow against blue
    assert (drawn == 255).all(axis=2).any()  # the outline


@pytest.mark.parametrize("size", [(3, 700), (40, 40_000)])
def test_scenes_of_odd_sizes_have_places_inside_them(tmp_path, size) -> None:
    pixels = np.full((*size, 3), 100, np.uint8)
    pixels[:, -size[1] // 5 :] = (200, 10, 10)
    found = find(write_scene(tmp_path / "odd.tif", pixels))
    assert found.size == size[::-1]
    assert found.heat.shape == (-(-size[0] // 16), -(-size[1] // 16))
    assert np.isfinite(found.heat).all()
    best = found.peaks[0]
    assert 0 <= best.row <= size[0] and size[1] * 0.78 <= best.column <= size[1]


def test_a_rotated_scene_is_found_where_it_lies(tmp_path) -> None:
    turned = (
        Affine.translation(5e5, 5e6) @ Affine.rotation(40) @ Affine.scale(10.0, -10.0)
    )
    path = scene_with_a_square(tmp_path / "r.tif", transform=turned)
    found = find(path)
    (best, *_) = peak_mappings(found)
    x, y = turned @ (368, 208)
    lon, lat = (one[0] for one in rasterio.warp.transform("EPSG:32633", 4326, [x], [y]))
    assert best["peak"] == pytest.approx([lon, lat], abs=0.006)
    write_heat(tmp_path / "heat.tif", found)
    with rasterio.open(tmp_path / "heat.tif") as file:
        assert file.transform.almost_equals(turned @ Affine.scale(16), 1e-3)


def test_nan_is_no_data(tmp_path) -> None:
    values = np.full((3, 160, 320), 100, np.float32)
    values[0, 32:96, 224:288] = 240
    values[:, :, :96] = np.nan
    path = tmp_path / "nan.tif"
    size = {"width": 320, "height": 160, "count": 3, "dtype": "float32"}
    where = {"crs": "EPSG:32633", "transform": Affine(10, 0, 5e5, 0, -10, 5e6)}
    with rasterio.open(path, "w", driver="GTiff", **size, **where) as file:
        file.write(values)
    found = find(path)
    assert np.isnan(found.heat[:, :5]).all() and np.isfinite(found.heat[:, 7:]).all()
    assert 224 <= found.peaks[0].column <= 288 and 32 <= found.peaks[0].row <= 96

"""Ground control points: bent swaths, the antimeridian, poles, points that won't do."""

import re

import numpy as np
import pytest
import shapely
from drawing import chips_of, colours, read_all, scene_of, write_raster
from pyproj import Geod, Transformer
from rasterio.control import GroundControlPoint

from rsrag.imagery.grid import Grid
from rsrag.imagery.imagery_options import Size
from rsrag.types import Chip, Skip, Window

GEOD = Geod(ellps="WGS84")
WIDTH, HEIGHT = 500, 330
RGB = colours(HEIGHT, WIDTH).transpose(2, 0, 1)


def swath(column, row, lat0, lon0, heading):
    """Ground under a pixel of a radar: across the track, which is a great circle."""
    lon, lat, back = GEOD.fwd(lon0, lat0, heading, row / HEIGHT * 165_000)
    azimuth = (back + 270) % 360
    lon, lat, _ = GEOD.fwd(lon, lat, azimuth, column / WIDTH * 250_000)
    return lon, lat


def write_swath(path, lat0, lon0, heading=-167.0):
    points = [
        GroundControlPoint(row, column, *swath(column, row, lat0, lon0, heading))
        for row in np.linspace(0, HEIGHT, 10)
        for column in np.linspace(0, WIDTH, 21)
    ]
    return write_raster(path, RGB, gcps=points, crs="EPSG:4326")


def nearest_vertex_m(polygon, lon, lat):
    rings = [part.exterior for part in getattr(polygon, "geoms", [polygon])]
    vertices = [vertex for ring in rings for vertex in ring.coords]
    return min(GEOD.inv(lon, lat, *vertex[:2])[2] for vertex in vertices)


@pytest.mark.parametrize(
    ("lat0", "lon0", "heading"),
    [
        (50.0, 10.0, -167.0),
        (75.0, 10.0, -167.0),
        (-17.0, 179.0, -167.0),
        (63.0, -179.9, -12.0),
        (84.0, 120.0, -40.0),
    ],
)
def test_the_outline_of_a_swath_follows_its_points(tmp_path, lat0, lon0, heading):
    path = write_swath(tmp_path / "s1.tif", lat0, lon0, heading)
    (chip,) = chips_of(path)
    outline = shapely.from_wkb(chip.record.footprint)
    assert outline.is_valid
    for column, row in [(0, 0), (WIDTH, 0), (0, HEIGHT), (WIDTH, HEIGHT)]:
        corner = swath(column, row, lat0, lon0, heading)
        assert nearest_vertex_m(outline, *corner) < 250  # Half a pixel of 500 m.
    assert chip.record.gsd_m == pytest.approx(500, rel=0.01)
    assert chip.record.crs == "EPSG:4326"


def test_every_window_lies_where_its_pixels_do(tmp_path):
    path = write_swath(tmp_path / "s1.tif", 63.0, 178.5)
    chips = chips_of(path, chip_size=Size(110, "px"))
    assert len(chips) == len(list(Grid(WIDTH, HEIGHT, 110, 110).windows()))
    for chip in chips:
        x, y, width, height = chip.record.window
        centre = swath(x + width / 2, y + height / 2, 63.0, 178.5, -167.0)
        lon = (centre[0] + 180) % 360 - 180
        outline = shapely.from_wkb(chip.record.footprint)
        assert outline.contains(shapely.Point(lon, centre[1]))
        assert outline.area < 6


def test_a_pole_amid_the_points(tmp_path):
    """No longitude can be averaged here; the pole is inside and lies where it does."""
    plane = Transformer.from_crs("EPSG:3995", "EPSG:4326", always_xy=True)
    points = [
        GroundControlPoint(row, column, *plane.transform(x, y))
        for row, y in ((0, 200_000), (100, 0), (200, -200_000))
        for column, x in ((0, -200_000), (100, 1_000), (200, 200_000))
    ]
    path = write_raster(
        tmp_path / "pole.tif",
        colours(200, 200).transpose(2, 0, 1),
        gcps=points,
        crs="EPSG:4326",
    )
    (chip,) = chips_of(path)
    outline = shapely.from_wkb(chip.record.footprint)
    assert outline.bounds[3] == 90 and outline.bounds[1] > 87
    assert outline.bounds[2] - outline.bounds[0] == 360


def test_points_on_a_circle_around_a_pole(tmp_path):
    """In degrees they lie on one line."""
    size = 64
    points = [
        GroundControlPoint(row, column, lon, 89.0)
        for row, column, lon in (
            (0, 0, -135),
            (0, size, 135),
            (size, 0, -45),
            (size, size, 45),
        )
    ]
    rgb = colours(size, size).transpose(2, 0, 1)
    (chip,) = chips_of(
        write_raster(tmp_path / "p.tif", rgb, gcps=points, crs="EPSG:4326")
    )
    outline = shapely.from_wkb(chip.record.footprint)
    assert outline.bounds[3] == 90
    assert outline.bounds[1] == pytest.approx(89, abs=0.01)


def test_points_of_a_projected_system(tmp_path):
    points = [
        GroundControlPoint(row, column, 500_000 + 10 * column, 5_000_000 - 10 * row)
        for row in (0, HEIGHT)
        for column in (0, WIDTH)
    ]
    path = write_raster(tmp_path / "utm.tif", RGB, gcps=points, crs="EPSG:32633")
    scene = scene_of(path)
    west, _, _, north = scene.footprint(Window(0, 0, WIDTH, HEIGHT))[1]
    back = Transformer.from_crs("EPSG:4326", "EPSG:32633", always_xy=True)
    assert back.transform(west, north)[0] == pytest.approx(500_000, abs=200)
    assert scene.crs == "EPSG:32633"
    assert scene.metadata.gsd_m == pytest.approx(10, rel=1e-3)
    scene.close()


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([(0, 0, 10, 50), (9, 9, 11, 49)], "2 control points"),
        ([(0, 0, 10, 50), (5, 5, 10.5, 49.5), (9, 9, 11, 49)], "one line"),
        ([(0, 0, 10, 50), (0, 9, 11, 50), (9, 0, 10, 95)], "latitude 95"),
        ([(0, 0, 10, 50), (0, 0, 10, 50), (9, 9, 11, 49)], "2 control points"),
    ],
)
def test_points_that_give_no_place_leave_a_plain_picture(tmp_path, points, words):
    control = [GroundControlPoint(*point) for point in points]
    path = write_raster(tmp_path / "a.tif", RGB, gcps=control, crs="EPSG:4326")
    found = read_all(path)
    (notice,) = [one for one in found if isinstance(one, Skip)]
    assert notice.kind == "notice:no-place" and words in notice.reason
    (chip,) = [one for one in found if isinstance(one, Chip)]
    assert chip.record.footprint is None


def test_points_far_off_a_straight_fit_are_told(tmp_path):
    """One point of twelve is wrong by a degree: the user should look at it."""
    points = [
        GroundControlPoint(row, column, 10 + column / 500, 50 - row / 500)
        for row in np.linspace(0, HEIGHT, 3)
        for column in np.linspace(0, WIDTH, 4)
    ]
    points[5].x += 1.0
    path = write_raster(tmp_path / "a.tif", RGB, gcps=points, crs="EPSG:4326")
    (notice,) = [one for one in read_all(path) if isinstance(one, Skip)]
    words = re.search(r"12 control points lie up to (\d+) pixels off", notice.reason)
    assert 32 < int(words[1]) < 500

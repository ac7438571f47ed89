import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st
from pyproj import Transformer

from rsrag.errors import GeometryError
from rsrag.geo import geometry_bbox
from rsrag.imagery.places.footprint import outline
from rsrag.imagery.places.georeference import Georeference, ground_sampling_m
from rsrag.types import BBox, Window

WORLD_M = 20037508.342789244


def good(polygon: shapely.Geometry) -> shapely.Geometry:
    assert polygon.is_valid and not polygon.is_empty
    west, south, east, north = polygon.bounds
    assert -180 <= west < east <= 180 and -90 <= south < north <= 90
    for part in getattr(polygon, "geoms", [polygon]):
        assert part.exterior.is_ccw
    return polygon


def test_north_up_degrees() -> None:
    place = Georeference("EPSG:4326", (0.5, 0, 10, 0, -0.25, 50))
    polygon = good(outline(place, Window(2, 4, 10, 8)))
    assert polygon.equals(shapely.box(11, 47, 16, 49))


def test_rotated_affine() -> None:
    # Columns go north-east, rows go south-east: a diamond.
    place = Georeference("EPSG:4326", (1, 1, 0, 1, -1, 0))
    polygon = good(outline(place, Window(0, 0, 2, 3)))
    assert polygon.equals(shapely.Polygon([(0, 0), (3, -3), (5, -1), (2, 2)]))


def test_utm_corners_and_edges() -> None:
    place = Georeference("EPSG:32633", (10, 0, 300_000, 0, -10, 5_000_000))
    polygon = good(outline(place, Window(100, 200, 512, 300)))
    to_utm = Transformer.from_crs("EPSG:4326", "EPSG:32633", always_xy=True)
    x, y = to_utm.transform(*np.array(polygon.exterior.coords).T)
    column, row = (x - 300_000) / 10, (5_000_000 - y) / 10
    # Every vertex lies on the border of the window, and all four corners are there.
    on_side = np.isclose(column, 100) | np.isclose(column, 612)
    on_edge = np.isclose(row, 200) | np.isclose(row, 500)
    assert (on_side | on_edge).all()
    assert len({(round(c), round(r)) for c, r in zip(column, row, strict=True)}) >= 4
    assert np.isclose([column.min(), column.max()], [100, 612]).all()
    assert np.isclose([row.min(), row.max()], [200, 500]).all()


def test_what_lies_between_vertices_is_straight_enough() -> None:
    # 2,000 km of UTM bend a good deal.
    place = Georeference("EPSG:32633", (2000, 0, -500_000, 0, -2000, 8_000_000))
    polygon = good(outline(place, Window(0, 0, 1000, 1000)))
    to_lon_lat = Transformer.from_crs("EPSG:32633", "EPSG:4326", always_xy=True)
    steps = np.linspace(0, 1, 401)
    lon, lat = to_lon_lat.transform(-500_000 + 2e6 * steps, np.full(401, 8_000_000))
    border = shapely.points(lon, lat)
    assert shapely.distance(polygon.exterior, border).max() < 0.02


@pytest.mark.parametrize(("crs", "sign"), [("EPSG:3413", 1), ("EPSG:3031", -1)])
def test_pole_inside_a_window(crs: str, sign: int) -> None:
    place = Georeference(crs, (1000, 0, -500_000, 0, -1000, 500_000))
    polygon = good(outline(place, Window(0, 0, 1000, 1000)))
    assert polygon.geom_type == "Polygon"
    box = geometry_bbox(polygon)
    assert (box.west, box.east) == (-180, 180)
    assert (box.north if sign > 0 else box.south) == 90 * sign
    # 500 km from the pole on all sides, 707 km in the corners.
    for lon in range(-175, 180, 10):
        assert polygon.contains(shapely.Point(lon, 86 * sign))
        assert not polygon.contains(shapely.Point(lon, 83 * sign))


@pytest.mark.parametrize(
    ("window", "west", "east"),
    [
        # EPSG:3413 has 45° W pointing down.
        (Window(500, 500, 500, 500), -45, 45),
        (Window(0, 500, 500, 500), -135, -45),
        (Window(500, 0, 500, 500), 45, 135),
        (Window(0, 0, 500, 500), 135, -135),
        (Window(0, 500, 1000, 500), -135, 45),
        (Window(0, 0, 500, 1000), 135, -45),
    ],
)
def test_pole_on_a_corner_or_an_edge(window: Window, west: int, east: int) -> None:
    place = Georeference("EPSG:3413", (1000, 0, -500_000, 0, -1000, 500_000))
    polygon = good(outline(place, window))
    box = geometry_bbox(polygon)
    assert box.north == 90
    assert (box.west, box.east) == pytest.approx((west, east))
    middle = west + (east - west) % 360 / 2
    inside = (middle + 180) % 360 - 180
    assert polygon.intersects(shapely.Point(inside, 89.9))
    opposite = (middle + 360) % 360 - 180
    assert not polygon.intersects(shapely.Point(opposite, 89.9))


def test_quarters_around_the_pole_make_the_whole() -> None:
    place = Georeference("EPSG:3413", (1000, 0, -500_000, 0, -1000, 500_000))
    quarters = [
        outline(place, Window(x, y, 500, 500)) for x in (0, 500) for y in (0, 500)
    ]
    whole = outline(place, Window(0, 0, 1000, 1000))
    assert sum(part.area for part in quarters) == pytest.approx(whole.area, rel=1e-3)


def test_antimeridian_is_cut_in_two() -> None:
    place = Georeference("EPSG:4326", (1, 0, 175, 0, -1, 10))
    polygon = good(outline(place, Window(0, 0, 10, 5)))
    assert polygon.geom_type == "MultiPolygon"
    expected = shapely.MultiPolygon(
        [shapely.box(175, 5, 180, 10), shapely.box(-180, 5, -175, 10)]
    )
    assert polygon.equals(expected)
    assert geometry_bbox(polygon) == BBox(175, 5, -175, 10)


@pytest.mark.parametrize(
    ("crs", "transform"),
    [
        ("EPSG:32660", (100, 0, 700_000, 0, -100, 1_000_000)),
        ("EPSG:32601", (100, 0, 100_000, 0, -100, 1_000_000)),
        ("EPSG:3857", (1000, 0, WORLD_M - 100_000, 0, -1000, 0)),
        ("EPSG:3857", (1000, 0, -WORLD_M - 100_000, 0, -1000, 0)),
        ("EPSG:3832", (1000, 0, 3_300_000, 0, -1000, 0)),
    ],
)
def test_antimeridian_in_projections(crs: str, transform: tuple) -> None:
    polygon = good(outline(Georeference(crs, transform), Window(0, 0, 2000, 300)))
    assert polygon.geom_type == "MultiPolygon"
    box = geometry_bbox(polygon)
    assert box.west > 170 and box.east < -160


@pytest.mark.parametrize(
    ("window", "box"),
    [
        (Window(0, 0, 360, 180), BBox(-180, -90, 180, 90)),
        (Window(180, 0, 180, 180), BBox(-180, -90, 0, 90)),
        (Window(0, 0, 180, 180), BBox(0, -90, 180, 90)),
        (Window(200, 0, 100, 100), BBox(-160, -10, -60, 90)),
        (Window(100, 0, 160, 180), BBox(100, -90, -100, 90)),
        (Window(20, 0, 340, 100), BBox(20, -10, 0, 90)),
    ],
)
def test_longitudes_of_0_to_360(window: Window, box: BBox) -> None:
    place = Georeference("EPSG:4326", (1, 0, 0, 0, -1, 90))
    assert geometry_bbox(good(outline(place, window))) == box


def test_the_whole_world_in_mercator() -> None:
    pixel = 2 * WORLD_M / 256
    place = Georeference("EPSG:3857", (pixel, 0, -WORLD_M, 0, -pixel, WORLD_M))
    polygon = good(outline(place, Window(0, 0, 256, 256)))
    assert polygon.equals(shapely.box(*polygon.bounds))
    assert polygon.bounds == pytest.approx((-180, -85.0511288, 180, 85.0511288))


def test_a_grid_of_cell_centres_is_clipped_at_the_poles() -> None:
    place = Georeference("EPSG:4326", (0.25, 0, -0.125, 0, -0.25, 90.125))
    polygon = good(outline(place, Window(0, 0, 1440, 721)))
    assert polygon.equals(shapely.box(-180, -90, 180, 90))


def test_a_full_disc_is_cut_to_the_earth() -> None:
    crs = "+proj=geos +h=35785831 +lon_0=0 +ellps=WGS84"
    place = Georeference(crs, (10_000, 0, -5_500_000, 0, -10_000, 5_500_000))
    polygon = good(outline(place, Window(0, 0, 1100, 1100)))
    assert polygon.contains(shapely.Point(0, 0))
    assert 65 < polygon.bounds[2] < 82
    with pytest.raises(GeometryError, match="beyond"):
        outline(place, Window(0, 0, 50, 50))


def test_the_empty_corner_of_a_sinusoidal_map_has_no_place() -> None:
    place = Georeference(
        "+proj=sinu +R=6371007.181", (1000, 0, -20_015_109, 0, -1000, 10_007_554)
    )
    with pytest.raises(GeometryError):
        outline(place, Window(0, 0, 1200, 1200))
    assert good(outline(place, Window(20_000, 5000, 1200, 1200)))


WORLD_MAPS = (
    *("eqearth", "natearth", "natearth2", "robin", "moll", "hammer", "aitoff", "eck4"),
    *("vandg", "wintri", "igh", "sinu", "wag4", "bonne +lat_1=45"),
)


@pytest.mark.parametrize("name", WORLD_MAPS)
def test_the_corners_of_any_map_of_the_world_have_no_place(name: str) -> None:
    crs = f"+proj={name} +R=6371000"
    to_map = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    lons, lats = np.meshgrid(np.linspace(-180, 180, 73), np.linspace(-90, 90, 37))
    x, y = to_map.transform(lons.ravel(), lats.ravel())
    x, y = x[np.isfinite(x)], y[np.isfinite(y)]
    pixel = np.ptp(x) / 4000
    width = 4000
    place = Georeference(crs, (pixel, 0, x.min(), 0, -pixel, y.max()))
    for column in (0, width - 60):
        with pytest.raises(GeometryError):
            outline(place, Window(column, 0, 60, 60))
    # A window in the middle lies where PROJ's own inverse puts its corners.
    x0, y0 = to_map.transform(12, 33)
    column, row = int((x0 - x.min()) / pixel), int((y.max() - y0) / pixel)
    polygon = good(outline(place, Window(column, row, 40, 40)))
    corners = [
        to_map.transform(*place.at(column + i, row + j), direction="INVERSE")
        for i in (0, 40)
        for j in (0, 40)
    ]
    expected = shapely.MultiPoint(corners).convex_hull
    assert polygon.symmetric_difference(expected).area < 0.02 * expected.area


def test_a_pole_that_is_a_line_takes_no_cap() -> None:
    crs = "+proj=eqearth +R=6371000"
    to_map = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    _, top = to_map.transform(0, 90)
    place = Georeference(crs, (10_000, 0, -500_000, 0, -10_000, top + 20_000))
    polygon = good(outline(place, Window(0, 0, 100, 100)))
    assert polygon.bounds[0] > -20 and polygon.bounds[2] < 20


def test_another_datum_and_another_meridian() -> None:
    degrees = Georeference("EPSG:4267", (1, 0, -100, 0, -1, 40))  # NAD27
    polygon = good(outline(degrees, Window(0, 0, 1, 1)))
    assert polygon.bounds == pytest.approx((-100, 39, -99, 40), abs=2e-3)
    paris = Georeference("EPSG:4807", (1, 0, 0, 0, -1, 50))  # grads from Paris
    polygon = good(outline(paris, Window(0, 0, 1, 1)))
    expected = (2.3372, 44.1, 3.2372, 45)
    assert polygon.bounds == pytest.approx(expected, abs=2e-3)


@settings(max_examples=60)
@given(
    st.sampled_from(["EPSG:3413", "EPSG:3031", "EPSG:3857", "EPSG:32601", "EPSG:3035"]),
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
    st.floats(0, math.tau),
    st.floats(1, 3000),
    st.integers(1, 900),
    st.integers(1, 900),
)
def test_any_window_gives_a_good_outline_around_its_centre(
    crs: str, x: float, y: float, turn: float, pixel: float, width: int, height: int
) -> None:
    if crs == "EPSG:3035":
        x, y = x / 2 + 4.3e6, y / 2 + 3.2e6
    if crs == "EPSG:32601":
        x, y, pixel = x / 10 + 5e5, y + 2e6, pixel / 10
    cos, sin = pixel * math.cos(turn), pixel * math.sin(turn)
    place = Georeference(crs, (cos, sin, x, sin, -cos, y))
    polygon = good(outline(place, Window(0, 0, width, height)))
    centre = place.at(width / 2, height / 2)
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(*centre)
    assert polygon.distance(shapely.Point(lon, lat)) < 1e-6


def test_ground_sampling() -> None:
    utm = Georeference("EPSG:32633", (10, 0, 3e5, 0, -10, 5e6))
    assert ground_sampling_m(utm, 100, 100) == 10
    feet = Georeference("EPSG:2263", (1, 0, 1e6, 0, -1, 2e5))  # US survey feet
    assert ground_sampling_m(feet, 10, 10) == pytest.approx(0.3048006)
    degrees = Georeference("EPSG:4326", (0.1, 0, 0, 0, -0.1, 60.5))
    # 0.1° at 60° north is 5.58 km by 11.14 km.
    expected = math.sqrt(5580.0 * 11141.0)
    assert ground_sampling_m(degrees, 10, 10) == pytest.approx(expected, rel=1e-3)
    # Web Mercator stretches by two at 60° north.
    mercator = Georeference("EPSG:3857", (10, 0, 0, 0, -10, 8399737.9))
    assert ground_sampling_m(mercator, 1, 1) == pytest.approx(5.0, rel=5e-3)

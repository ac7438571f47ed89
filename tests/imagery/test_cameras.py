"""Photographs of drones and phones, and satellite scenes with polynomials only."""

import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from drawing import colours, read_all, write_raster
from PIL import Image
from pyproj import Geod
from rasterio.rpc import RPC

from rsrag.types import Chip, Skip

GEOD = Geod(ellps="WGS84")
LON, LAT = 7.2500, 46.5100
DJI = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description
 drone-dji:RelativeAltitude="+100.00" drone-dji:GimbalPitchDegree="{pitch}"
 drone-dji:GimbalYawDegree="{yaw}" /></x:xmpmeta>"""


def parts(value: float) -> tuple[float, float, float]:
    degrees = int(value)
    minutes = (value - degrees) * 60
    return degrees, int(minutes), round((minutes - int(minutes)) * 60, 4)


def photograph(path: Path, *, xmp: str = "", focal: int = 24, **given) -> Path:
    exif = Image.Exif()
    exif[0x0112] = given.get("orientation", 1)
    exif.get_ifd(0x8769)[0xA405] = focal
    lon, lat = given.get("lon", LON), given.get("lat", LAT)
    exif.get_ifd(0x8825).update(
        {1: "N" if lat >= 0 else "S", 2: parts(abs(lat))}
        | {3: "E" if lon >= 0 else "W", 4: parts(abs(lon))}
    )
    picture = Image.fromarray(colours(60, 80))
    picture.save(path, exif=exif, xmp=xmp.encode(), quality=95)
    return path


def only(path: Path) -> Chip:
    (chip,) = [one for one in read_all(path) if isinstance(one, Chip)]
    return chip


@pytest.mark.parametrize("yaw", [0.0, 30.0, -120.0])
def test_a_drone_that_looks_straight_down(tmp_path: Path, yaw: float) -> None:
    """100 m up with 24 mm: 180.3 m across the diagonal, 144.2 x 108.2 m."""
    xmp = DJI.format(pitch="-90.00", yaw=f"{yaw:+.2f}")
    chip = only(photograph(tmp_path / "dji.jpg", xmp=xmp))
    outline = shapely.from_wkb(chip.record.footprint)
    area, _ = GEOD.geometry_area_perimeter(outline)
    wide, high = 100 * 43.267 / 24 * 0.8, 100 * 43.267 / 24 * 0.6
    assert abs(area) == pytest.approx(wide * high, rel=0.01)
    assert outline.centroid.x == pytest.approx(LON, abs=1e-6)
    assert chip.record.gsd_m == pytest.approx(wide / 80, rel=0.01)
    # The upper edge's middle lies where the camera's top points.
    lon, lat, _ = GEOD.fwd(LON, LAT, yaw, high / 2)
    assert outline.exterior.distance(shapely.Point(lon, lat)) < 1e-6
    assert outline.contains(shapely.Point(*GEOD.fwd(LON, LAT, yaw, high / 2 - 1)[:2]))
    sideways = GEOD.fwd(LON, LAT, yaw + 90, wide / 2 - 1)[:2]
    assert outline.contains(shapely.Point(*sideways))


@pytest.mark.parametrize(
    "given",
    [{}, {"xmp": DJI.format(pitch="-30.00", yaw="+5.00")}, {"orientation": 6}],
    ids=["phone", "aslant", "turned"],
)
def test_of_another_photograph_only_the_camera_is_placed(tmp_path, given) -> None:
    chip = only(photograph(tmp_path / "a.jpg", **given))
    west, south, east, north = chip.record.bbox
    assert ((west + east) / 2, (south + north) / 2) == pytest.approx((LON, LAT))
    assert GEOD.inv(west, LAT, east, LAT)[2] == pytest.approx(50, rel=0.01)
    assert chip.record.gsd_m is None
    turned = chip.record.window.height > chip.record.window.width
    assert turned == ("orientation" in given)


@pytest.mark.parametrize("place", [(-70.25, -33.5), (179.9999, 10.0)])
def test_all_quarters_of_the_earth(tmp_path: Path, place: tuple) -> None:
    chip = only(photograph(tmp_path / "a.jpg", lon=place[0], lat=place[1]))
    outline = shapely.from_wkb(chip.record.footprint)
    assert outline.distance(shapely.Point(*place)) < 1e-6


@pytest.mark.parametrize("place", [(0.0, 0.0)])
def test_a_camera_without_reception_has_no_place(tmp_path: Path, place) -> None:
    chip = only(photograph(tmp_path / "a.jpg", lon=place[0], lat=place[1]))
    assert chip.record.footprint is None


def polynomials(height_off: float = 200.0, lean: float = 0.0) -> RPC:
    """Columns go with longitude and, leaning, with height; rows with latitude."""
    none, one = [0.0] * 20, [1.0] + [0.0] * 19
    samp, line = list(none), list(none)
    samp[1], samp[3], line[2] = 1.0, lean, -1.0
    return RPC(
        height_off=height_off,
        height_scale=500,
        lat_off=48.5,
        lat_scale=0.1,
        line_off=128,
        line_scale=128,
        long_off=2.3,
        long_scale=0.1,
        samp_off=128,
        samp_scale=128,
        line_num_coeff=line,
        line_den_coeff=one,
        samp_num_coeff=samp,
        samp_den_coeff=one,
        err_bias=None,
        err_rand=None,
    )


def test_polynomials_place_a_scene_and_say_how_well(tmp_path: Path) -> None:
    bands = colours(256, 256).transpose(2, 0, 1)
    path = write_raster(tmp_path / "wv.tif", bands, rpcs=polynomials(lean=0.05))
    notice, chip = read_all(path)
    assert isinstance(notice, Skip) and notice.kind == "notice:rpc"
    assert "height of 200 m" in notice.reason
    # 0.05 of 0.1 degrees for 500 m: 73 m a hundred metres of height at 48.5 N.
    off = float(notice.reason.split(": ")[1].split(" m off")[0])
    metres = 0.05 * 0.1 / 5 * 111_320 * math.cos(math.radians(48.5))
    assert off == pytest.approx(metres, rel=0.03)
    with rasterio.open(path) as raster:
        assert raster.rpcs is not None and raster.transform.is_identity
    assert chip.record.bbox == pytest.approx((2.2, 48.4, 2.4, 48.6), abs=2e-3)
    assert np.isfinite(chip.record.gsd_m)


@pytest.mark.parametrize(
    ("gps", "said"),
    [
        ({1: "N", 2: parts(0), 3: "E", 4: parts(0)}, "without reception"),
        ({1: "N", 2: parts(99), 3: "E", 4: parts(7)}, "latitude 99, longitude 7"),
        ({1: "N", 2: parts(46.5), 3: "E", 4: parts(200)}, "longitude 200"),
        ({1: "N", 2: parts(46.5)}, "cannot be read"),
    ],
)
def test_a_position_that_places_nothing_is_told(tmp_path: Path, gps, said) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update(gps)
    Image.fromarray(colours(60, 80)).save(tmp_path / "a.jpg", exif=exif)
    told = [one for one in read_all(tmp_path / "a.jpg") if isinstance(one, Skip)]
    assert [one.kind for one in told] == ["notice:no-place"]
    assert said in told[0].reason
    assert only(tmp_path / "a.jpg").record.footprint is None


def test_a_photograph_without_a_position_is_told_nothing(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({29: "2020:01:31"})
    Image.fromarray(colours(60, 80)).save(tmp_path / "a.jpg", exif=exif)
    assert [one for one in read_all(tmp_path / "a.jpg") if isinstance(one, Skip)] == []

"""Rasters with a place: georeference, bands, nodata, windows, memory."""

import io
import subprocess
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from drawing import chips_of, colours, encoded, read_all, scene_of, write_raster
from pyproj import CRS
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp

from rsrag.errors import ImageReadError
from rsrag.imagery.archives import members
from rsrag.imagery.imagery_options import ImageryOptions, Size
from rsrag.imagery.scenes import load_picture, read_chip
from rsrag.imagery.sources import member_items
from rsrag.types import BBox, Chip, Skip, Window

UTM = {"crs": "EPSG:32633", "transform": Affine(10, 0, 300_000, 0, -10, 5_000_000)}
RGB = colours(70, 100).transpose(2, 0, 1)


def test_a_geotiff_in_windows(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", RGB, **UTM)
    chips = chips_of(path, chip_size=Size(640, "m"), stride=Size.parse("0.32km"))
    assert [tuple(chip.record.window) for chip in chips] == [
        *((0, 0, 64, 64), (32, 0, 64, 64), (64, 0, 36, 64)),
        *((0, 32, 64, 38), (32, 32, 64, 38), (64, 32, 36, 38)),
    ]
    for chip in chips:
        x, y, width, height = chip.record.window
        expected = np.zeros((64, 64, 3), np.uint8)
        part = RGB[:, y : y + height, x : x + width]
        expected[:height, :width] = np.moveaxis(part, 0, 2)
        assert (chip.pixels == expected).all()
        record = chip.record
        assert record.crs == "EPSG:32633" and record.gsd_m == 10
        assert record.footprint is not None and record.bbox is not None
        assert shapely.from_wkb(record.footprint).bounds == tuple(record.bbox)
        options = ImageryOptions(chip_size=Size(640, "m"), stride=Size(320, "m"))
        assert (read_chip(record.source, record.window, options) == chip.pixels).all()
    assert (load_picture(path) == np.moveaxis(RGB, 0, 2)).all()


@pytest.mark.parametrize(
    "layout",
    [
        {"tiled": True, "blockxsize": 16, "blockysize": 32},
        {"blockysize": 1},
        {"blockysize": 70, "compress": "deflate"},
        {"interleave": "band", "compress": "lzw"},
        {"driver": "PNG"},
        {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES"},
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_layouts_give_the_same_chips(
    tmp_path: Path, layout: dict, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rsrag.imagery.pixels import decoding

    monkeypatch.setattr(decoding, "PILLOW_PIXELS", 0)  # Everything through GDAL.
    bands = RGB.astype(dtype) * (257 if dtype == "uint16" else 1)
    path = write_raster(tmp_path / "a.tif", bands, **layout)
    chips = chips_of(path, chip_size=Size(32), stride=Size(20), stretch="range:0,65535")
    whole = np.moveaxis(RGB, 0, 2)
    assert len(chips) == 5 * 3
    if dtype == "uint8":
        chips = chips_of(path, chip_size=Size(32), stride=Size(20))
    for chip in chips:
        x, y, width, height = chip.record.window
        part = whole[y : y + height, x : x + width]
        assert (chip.pixels[:height, :width] == part).all()


def test_a_piece_in_many_threads(tmp_path: Path) -> None:
    bands = np.random.default_rng(0).integers(0, 255, (3, 640, 640), np.uint8)
    path = write_raster(
        tmp_path / "a.tif", bands, tiled=True, blockxsize=64, blockysize=64, **UTM
    )
    scene = scene_of(path, chip_size=Size(64))
    assert not scene.sequential and len(scene.pieces) == 4
    expected = [[chip.pixels for chip in scene.read(piece)] for piece in scene.pieces]
    wrong: list[int] = []

    def work() -> None:
        for piece in scene.pieces:
            for chip, pixels in zip(
                scene.read(piece), expected[piece.number], strict=True
            ):
                if not (chip.pixels == pixels).all():
                    wrong.append(piece.number)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    scene.close()
    assert not wrong


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "uint32"])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 13])
def test_any_band_count_and_dtype(tmp_path: Path, dtype: str, count: int) -> None:
    bands = np.random.default_rng(0).integers(1, 250, (count, 20, 30)).astype(dtype)
    path = write_raster(tmp_path / "a.tif", bands, photometric="minisblack")
    *notices, chip = read_all(path)
    # Of more than four bands, nothing says which are the colours.
    assert [notice.kind for notice in notices] == ["notice:bands"] * (count > 4)
    used = 3 if count >= 3 else 1
    picture = chip.pixels.astype(int)
    for band in range(used):  # Order within a band is kept, whatever the stretch.
        order = np.argsort(bands[band].ravel(), kind="stable")
        assert (np.diff(picture[..., band].ravel()[order]) >= 0).all()
    if used == 1:
        assert (picture == picture[..., :1]).all()


def test_bands_by_name(tmp_path: Path) -> None:
    bands = np.stack([np.full((4, 4), 10 * n, np.uint8) for n in range(1, 6)])
    names = ("B02", "B03", "B04", "B08", "SCL")
    path = write_raster(tmp_path / "a.tif", bands, descriptions=names)
    assert chips_of(path)[0].pixels[0, 0].tolist() == [30, 20, 10]
    wanted = ("B8", "b04", "3")
    assert chips_of(path, bands=wanted)[0].pixels[0, 0].tolist() == [40, 30, 30]
    assert chips_of(path, bands=("SCL",))[0].pixels[0, 0].tolist() == [50, 50, 50]
    for wrong in ("B11", "6", "0"):
        with pytest.raises(ImageReadError, match=wrong) as caught:
            scene_of(path, bands=(wrong,))
        assert "4: B08" in (caught.value.hint or "")


def test_bands_by_colour(tmp_path: Path) -> None:
    bands = np.stack([np.full((4, 4), 10 * n, np.uint8) for n in range(1, 5)])
    order = [
        ColorInterp.blue,
        ColorInterp.green,
        ColorInterp.red,
        ColorInterp.undefined,
    ]
    path = write_raster(tmp_path / "a.tif", bands, colorinterp=order)
    assert chips_of(path)[0].pixels[0, 0].tolist() == [30, 20, 10]


def test_complex_values_have_no_grey(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", np.ones((1, 4, 4), np.complex64))
    with pytest.raises(ImageReadError, match="complex"):
        scene_of(path)


@pytest.mark.parametrize("how", ["tag", "nan", "mask", "alpha", "option"])
def test_nodata_is_counted_black_and_kept_out_of_the_stretch(
    tmp_path: Path, how: str
) -> None:
    values = np.linspace(1000, 2000, 400).reshape(1, 20, 20).astype(np.float32)
    bands = np.repeat(values, 3, axis=0)
    hole = np.zeros((20, 20), bool)
    hole[:, :5] = True
    profile: dict = {}
    options: dict = {}
    if how == "tag":
        bands[:, hole] = -3.4028234663852886e38
        profile = {"nodata": -3.4028234663852886e38}
    elif how == "option":
        bands[:, hole] = 65000
        options = {"nodata": 65000.0}
    elif how == "nan":
        bands[:, hole] = np.nan
    elif how == "mask":
        bands[:, hole] = 9e9
        profile = {"mask": ~hole}
    else:
        bands = np.concatenate([bands, np.where(hole, 0, 255)[None]]).astype(np.float32)
        bands[:3, hole] = 9e9
        colour = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        profile = {"colorinterp": [*colour, ColorInterp.alpha]}
    path = write_raster(tmp_path / "a.tif", bands, **profile)
    (chip,) = chips_of(path, **options)
    assert chip.record.nodata_share == pytest.approx(0.25)
    assert not chip.pixels[hole].any()
    data = values[0][~hole]
    low, high = np.percentile(data.astype(np.float64), [2, 98])
    expected = np.clip(np.rint((data - low) * 255 / (high - low)), 0, 255)
    assert abs(chip.pixels[..., 0][~hole] - expected).max() <= 1


def test_one_missing_band_is_not_a_missing_pixel(tmp_path: Path) -> None:
    bands = RGB.copy()
    bands[0, :10] = 0
    bands[:, 60:] = 0
    (chip,) = chips_of(write_raster(tmp_path / "a.tif", bands, nodata=0))
    assert chip.record.nodata_share == pytest.approx(1 / 7)
    assert (chip.pixels == np.moveaxis(bands, 0, 2)).all()


def test_a_nodata_value_that_no_pixel_can_have(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", RGB)
    (chip,) = chips_of(path, nodata=-9999.0)
    assert chip.record.nodata_share == 0


def test_palette_raster_with_a_place(tmp_path: Path) -> None:
    bands = np.array([[[0, 1, 2, 1]]], np.uint8)
    table = {0: (0, 0, 0, 0), 1: (10, 20, 30, 255), 2: (1, 2, 3, 255)}
    path = write_raster(tmp_path / "a.tif", bands, colormap=table, **UTM)
    (chip,) = chips_of(path)
    assert chip.pixels[0, 1:].tolist() == [[10, 20, 30], [1, 2, 3], [10, 20, 30]]


def test_coordinates_without_a_system_are_indexed_with_a_notice(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", RGB, transform=UTM["transform"])
    notice, chip = read_all(path)
    assert isinstance(notice, Skip) and notice.kind == "notice:no-crs"
    assert "--crs" in notice.reason
    assert isinstance(chip, Chip) and chip.record.footprint is None
    notices = [r for r in read_all(path, chip_size=Size(8)) if isinstance(r, Skip)]
    assert len(notices) == 1  # Once for a scene, whatever its chips.
    (chip,) = chips_of(path, crs="EPSG:32633")
    (own,) = chips_of(write_raster(tmp_path / "b.tif", RGB, **UTM))
    assert chip.record.footprint == own.record.footprint
    local = CRS.from_wkt('LOCAL_CS["sheet",UNIT["metre",1]]').to_wkt()
    path = write_raster(tmp_path / "c.tif", RGB, crs=local, transform=UTM["transform"])
    assert [getattr(r, "kind", "chip") for r in read_all(path)] == [
        *("notice:no-crs", "chip")
    ]


@pytest.mark.parametrize(
    ("crs", "transform", "words"),
    [
        ("EPSG:4326", (0, 0, 10, 0, 0, 20), "singular"),
        ("EPSG:4326", (1, 1, 10, 1, 1, 20), "singular"),
        ("EPSG:4326", (1, 0, float("nan"), 0, -1, 20), "not finite"),
        ("EPSG:4326", (1, 0, 10, 0, -1, 95), "poles"),
        ("EPSG:4326", (1, 0, 10, 0, -4, 90), "poles"),
        ("EPSG:4326", (10, 0, 300_000, 0, -10, 5_000_000), "poles"),
        ("EPSG:4326", (1, 0, 900, 0, -1, 50), "longitude"),
        ("EPSG:4326", (5, 0, -180, 0, -1, 50), "longitude"),
    ],
)
def test_a_place_that_cannot_be(
    tmp_path: Path, crs: str, transform: tuple, words: str
) -> None:
    path = write_raster(tmp_path / "a.tif", RGB, crs=crs, transform=Affine(*transform))
    assert_plain(path, words)


def assert_plain(path: Path, words: str) -> None:
    """What cannot place a picture costs it its place, is told, and nothing more."""
    notice, chip = read_all(path)
    assert isinstance(notice, Skip) and notice.kind == "notice:no-place"
    assert words in notice.reason and notice.source == str(path)
    assert isinstance(chip, Chip) and chip.record.footprint is None


def four_bands(path: Path, fourth: np.ndarray, **profile) -> Path:
    """RGB and a fourth band, which rasterio's defaults call alpha."""
    bands = np.concatenate([colours(*fourth.shape).transpose(2, 0, 1), fourth[None]])
    return write_raster(path, bands, photometric="RGB", alpha="YES", **profile)


def test_infrared_that_is_called_alpha_masks_nothing(tmp_path: Path) -> None:
    """The lake in the right half is dark in the infrared, and no missing data."""
    infrared = np.random.default_rng(0).integers(40, 200, (200, 300), np.uint8)
    infrared[:, 150:] = 0
    path = four_bands(tmp_path / "naip.tif", infrared)
    notice, chip = read_all(path)
    assert notice.kind == "notice:bands" and "band 4" in notice.reason
    assert chip.record.nodata_share == 0
    assert (
        chip.pixels.tobytes()
        == read_all(path, bands=("1", "2", "3"))[0].pixels.tobytes()
    )


def test_a_lake_that_is_all_dark_in_the_infrared(tmp_path: Path) -> None:
    path = four_bands(tmp_path / "lake.tif", np.zeros((80, 90), np.uint8))
    notice, chip = read_all(path)
    assert notice.kind == "notice:bands" and chip.record.nodata_share == 0


def test_alpha_with_soft_edges_stays_a_mask(tmp_path: Path) -> None:
    alpha = np.full((200, 300), 255, np.uint8)
    alpha[:, :90] = 0
    alpha[:, 90:95] = np.arange(1, 251, 50)
    (chip,) = read_all(four_bands(tmp_path / "collar.tif", alpha))
    assert chip.record.nodata_share == pytest.approx(0.3)
    # Bands without it: the user decides.
    (chip,) = read_all(tmp_path / "collar.tif", bands=("1", "2", "3"))
    assert chip.record.nodata_share == 0


def test_ground_control_points(tmp_path: Path) -> None:
    corners = [(0, 0, 10, 50), (0, 100, 11, 50), (70, 0, 10, 49.3), (70, 100, 11, 49.3)]
    points = [GroundControlPoint(*corner) for corner in corners]
    path = write_raster(tmp_path / "a.tif", RGB, gcps=points, crs="EPSG:4326")
    (chip,) = chips_of(path)
    assert chip.record.bbox == pytest.approx((10, 49.3, 11, 50))


@pytest.mark.parametrize("packed", ["folder", "tar", "zip"])
def test_world_files(tmp_path: Path, packed: str) -> None:
    files = {
        "a.jpg": encoded(colours()),
        "a.jgw": b"0.01\n0\n0\n-0.01\n10.005\n49.995\n",
        "b.png": encoded(colours(seed=1), "PNG"),
        "b.wld": b"10 0 0 -10 300005 4999995",
        "b.prj": CRS.from_epsg(32633).to_wkt("WKT1_ESRI").encode(),
        "c.tif": encoded(colours(seed=2), "TIFF"),
        "c.tfw": b"0,01 0 0 -0,01 10,005 49,995",
    }
    place = tmp_path / "d"
    place.mkdir()
    if packed == "folder":
        for name, data in files.items():
            (place / name).write_bytes(data)
    elif packed == "tar":
        with tarfile.open(place / "x.tar", "w") as archive:
            for name, data in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    else:
        with zipfile.ZipFile(place / "x.zip", "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    from rsrag.imagery.scenes import open_scene
    from rsrag.imagery.sources.sources import iter_sources

    boxes = {}
    for item in iter_sources([place]):
        (chip,) = open_scene(item, ImageryOptions()).chips()
        boxes[item.name] = (chip.record.bbox, chip.record.crs)
    expected = pytest.approx((10, 49.6, 10.6, 50))
    # GDAL hands a TIFF's world file on without a system: it lies in degrees.
    assert boxes["a.jpg"] == (expected, "EPSG:4326")
    assert boxes["c.tif"] == (expected, "EPSG:4326")
    assert boxes["b.png"][1] == "EPSG:32633"
    assert boxes["b.png"][0] is not None and 12 < boxes["b.png"][0].west < 13


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (b"", "six numbers"),
        (b"1 2 3", "six numbers"),
        (b"a b c d e f", "six numbers"),
        (b"\xff\xfe1", "six numbers"),
        (b"10 0 0 -10 300000 5000000", "not degrees"),
        (b"0 0 0 0 10 50", "singular"),
        (b"nan 0 0 -1 10 50", "not"),
    ],
)
def test_wrong_world_files(tmp_path: Path, world: bytes, words: str) -> None:
    (tmp_path / "a.jpg").write_bytes(encoded(colours()))
    (tmp_path / "a.jgw").write_bytes(world)
    assert_plain(tmp_path / "a.jpg", words)


def test_bounds_for_pictures_without_a_place(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(encoded(colours()))
    (chip,) = chips_of(tmp_path / "a.jpg", bounds=(10, 40, 16, 44))
    assert chip.record.bbox == BBox(10, 40, 16, 44)
    assert chip.record.crs == "EPSG:4326" and chip.record.gsd_m
    (chip,) = chips_of(tmp_path / "a.jpg", bounds=(177, -2, -177, 2))
    assert chip.record.bbox == BBox(177, -2, -177, 2)
    (chip,) = chips_of(
        tmp_path / "a.jpg", bounds=(3e5, 4.9e6, 3.6e5, 4.94e6), crs="EPSG:32633"
    )
    assert chip.record.gsd_m == 1000
    # A file's own place is not overruled.
    path = write_raster(tmp_path / "b.tif", RGB, **UTM)
    (chip,) = chips_of(path, bounds=(10, 40, 16, 44))
    assert chip.record.crs == "EPSG:32633"
    with pytest.raises(ImageReadError, match="ground sampling") as caught:
        scene_of(tmp_path / "a.jpg", chip_size=Size(100, "m"))
    assert "pixels" in (caught.value.hint or "")


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip", "stored zip"])
def test_members_too_large_to_hold_stay_in_the_archive(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_raster(tmp_path / "a b.tif", RGB, **UTM)
    archive = tmp_path / f"x.{kind.split()[-1]}"
    if kind.endswith("zip"):
        method = 0 if "stored" in kind else 8
        with zipfile.ZipFile(archive, "w", method) as packed:
            packed.write(path, "d/a b.tif")
    else:
        with tarfile.open(archive, "w:gz" if kind == "tar.gz" else "w") as packed:
            packed.add(path, "d/a b.tif")
    (held,) = chips_of(archive)
    for module in (member_items, members):
        monkeypatch.setattr(module, "IN_MEMORY_LIMIT", 1000)
    scene = scene_of(archive, chip_size=Size(512))
    (chip,) = scene.chips()
    assert isinstance(chip, Chip)
    assert (chip.pixels == held.pixels).all()
    assert chip.record == held.record
    again = read_chip(chip.record.source, Window(0, 0, 100, 70), ImageryOptions())
    assert (again == held.pixels).all()


def test_a_tiff_may_not_open_other_files(tmp_path: Path) -> None:
    write_raster(tmp_path / "a.tif", RGB)
    (tmp_path / "b.tif").write_text(
        '<VRTDataset rasterXSize="4" rasterYSize="4"><VRTRasterBand dataType="Byte" '
        'band="1"><SimpleSource><SourceFilename relativeToVRT="1">a.tif'
        "</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(ImageReadError, match="is a VRT"):
        scene_of(tmp_path / "b.tif")


def test_damage_in_one_block_leaves_the_rest(tmp_path: Path) -> None:
    bands = np.random.default_rng(0).integers(0, 255, (1, 256, 512), np.uint8)
    layout = {"tiled": True, "blockxsize": 64, "blockysize": 64, "compress": "deflate"}
    path = write_raster(tmp_path / "a.tif", bands, **layout)
    data = bytearray(path.read_bytes())
    data[60_000:63_000] = bytes(3000)
    path.write_bytes(data)
    results = read_all(path, chip_size=Size(16))
    chips = [result for result in results if isinstance(result, Chip)]
    skips = [result for result in results if isinstance(result, Skip)]
    # Of the 32 tiles of 64 x 64 one or two are hit, each with 16 chips.
    assert len(chips) + sum(skip.count for skip in skips) == 512
    assert len(chips) in (480, 496)
    assert all(skip.kind == "ImageReadError" for skip in skips)
    assert "windows" in skips[0].reason


def test_pixels_that_are_only_claimed_are_no_data(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    layout = {"tiled": True, "blockxsize": 64, "blockysize": 64, "SPARSE_OK": True}
    with rasterio.open(
        path, "w", "GTiff", 256, 128, 1, dtype="uint8", **layout, **UTM
    ) as raster:
        raster.write(np.full((1, 64, 64), 9, np.uint8), window=((0, 64), (0, 64)))
    results = read_all(path, chip_size=Size(64))
    kinds = [getattr(result, "kind", "chip") for result in results]
    assert kinds == ["chip", *["nodata"] * 7]


MEASURE = """
import sys
from pathlib import Path
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import open_scene
from rsrag.imagery.sources.sources import iter_sources

(item,) = iter_sources([Path(sys.argv[1])])
scene = open_scene(item, ImageryOptions(max_nodata=1.0))
assert scene.width == scene.height == 40_000
count = 0
for piece in scene.pieces[:: int(sys.argv[2])]:
    count += len(scene.read(piece))
# Not getrusage: its peak is inherited from the process that started this one.
status = Path("/proc/self/status").read_text()
print(count, int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("layout", "every"),
    [
        ({"tiled": True, "blockxsize": 512, "blockysize": 512}, 8),
        ({"blockysize": 16, "interleave": "pixel"}, 12),
    ],
    ids=["tiled", "striped"],
)
def test_a_raster_of_40000_squared_needs_little_memory(
    tmp_path: Path, layout: dict, every: int
) -> None:
    path = tmp_path / "big.tif"
    with rasterio.open(
        path, "w", "GTiff", 40_000, 40_000, 3, dtype="uint16", SPARSE_OK=True,
        BIGTIFF="YES", **layout, **UTM,
    ) as raster:  # fmt: skip
        raster.write(np.full((3, 16, 512), 900, "u2"), window=((0, 16), (0, 512)))
    assert path.stat().st_size < 60e6
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), str(every)],
        capture_output=True,
        text=True,
        check=True,
    )
    count, megabytes = map(int, done.stdout.split())
    assert count >= 79 * 79 // every
    assert megabytes < 1000

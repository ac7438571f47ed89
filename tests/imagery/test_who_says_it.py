"""Who placed a scene, who dated it, and which bands it shows, as its chips keep it."""

import json
from pathlib import Path

import numpy as np
import pytest
from drawing import colours, encoded, read_all, write_raster
from rasterio.control import GroundControlPoint
from test_cameras import DJI, photograph
from test_sidecars import PAM, PRJ, RGB, UTM, WORLD

from rsrag.imagery.metadata.sidecar_metadata import MetadataTable, read_metadata
from rsrag.imagery.pixels.contrast import contrast
from rsrag.indexing.format.chip_schema import UNIFORM
from rsrag.types import Chip, ChipRecord

CORNERS = [(0, 0), (0, 64), (64, 0), (64, 64)]
POINTS = [
    GroundControlPoint(row, col, 10 + col / 1000, 50 - row / 1000)
    for row, col in CORNERS
]
COLOURS = "1,2,3 (colours of the bands)"


def record(path: Path, metadata: MetadataTable | None = None, **options) -> ChipRecord:
    found = read_all(path, metadata=metadata, **options)
    (chip,) = [one for one in found if isinstance(one, Chip)]
    return chip.record


def affine(folder: Path) -> Path:
    return write_raster(folder / "a.tif", RGB, **UTM)


def points(folder: Path) -> Path:
    return write_raster(folder / "a.tif", RGB, gcps=POINTS, crs="EPSG:4326")


def world_file(folder: Path) -> Path:
    (folder / "a.pgw").write_bytes(WORLD)
    (folder / "a.prj").write_bytes(PRJ)
    (folder / "a.png").write_bytes(encoded(colours(64, 64), "PNG"))
    return folder


def projection(folder: Path) -> Path:
    write_raster(folder / "a.tif", RGB, transform=UTM["transform"])
    (folder / "a.prj").write_bytes(PRJ)
    return folder


def auxiliary(folder: Path) -> Path:
    (folder / "a.png.aux.xml").write_bytes(PAM)
    (folder / "a.png").write_bytes(encoded(colours(64, 64), "PNG"))
    return folder


def json_beside(folder: Path) -> Path:
    said = {"bbox": [1, 2, 3, 4], "datetime": "2020-01-01"}
    (folder / "a.json").write_text(json.dumps(said))
    (folder / "a.png").write_bytes(encoded(colours(64, 64), "PNG"))
    return folder


def phone(folder: Path) -> Path:
    return photograph(folder / "a.jpg")


def drone(folder: Path) -> Path:
    return photograph(folder / "a.jpg", xmp=DJI.format(pitch="-90.00", yaw="+0.00"))


def plain(folder: Path) -> Path:
    return write_raster(folder / "a.tif", RGB)


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (affine, "affine"),
        (points, "gcp"),
        (world_file, "world file"),
        (projection, "affine, .prj beside it"),
        (auxiliary, ".aux.xml beside it"),
        (json_beside, "metadata"),
        (phone, "exif, square"),
        (drone, "exif, ground"),
        (plain, None),
    ],
)
def test_placed_by(tmp_path: Path, make, rule: str | None) -> None:
    found = record(make(tmp_path))
    assert found.placed_by == rule
    assert (found.footprint is None) == (rule is None)


def test_placed_by_the_option(tmp_path: Path) -> None:
    found = record(plain(tmp_path), bounds=(0, 0, 1, 1))
    assert found.placed_by == "--bounds"


@pytest.mark.parametrize(
    ("name", "tags", "rule"),
    [
        ("a.tif", {}, None),
        ("ortho_2019-06-05.tif", {}, "date in the name"),
        ("LC08_L1TP_193026_20200131_20200205_01_T1.tif", {}, "Landsat name"),
        ("a.tif", {"ACQUISITION_DATE": "2020-01-31"}, "tag ACQUISITION_DATE"),
        ("a.tif", {"TIFFTAG_DATETIME": "2020:01:31 10:00:00"}, None),
    ],
)
def test_dated_by(tmp_path: Path, name: str, tags: dict, rule: str | None) -> None:
    found = record(write_raster(tmp_path / name, RGB, tags=tags))
    assert found.dated_by == rule
    assert (found.datetime is None) == (rule is None)


def test_dated_by_metadata(tmp_path: Path) -> None:
    table = tmp_path / "m.csv"
    table.write_text("file,datetime\na.tif,2020-01-31\n")
    assert record(plain(tmp_path), read_metadata(table)).dated_by == "metadata"
    folder = tmp_path / "beside"
    folder.mkdir()
    assert record(json_beside(folder)).dated_by == ".json beside it"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, COLOURS),
        ({"bands": ("3", "2", "1")}, "3,2,1 (asked for)"),
        ({"bands": ("2",)}, "2 (asked for)"),
    ],
)
@pytest.mark.parametrize("driver", ["GTiff", "PNG"])
def test_bands(tmp_path: Path, options: dict, words: str, driver: str) -> None:
    path = write_raster(tmp_path / "a", RGB, driver=driver)
    assert record(path, **options).bands == words


def test_bands_by_name(tmp_path: Path) -> None:
    names = ["blue", "green", "red", "nir"]
    bands = np.concatenate([RGB, RGB[:1]])
    path = write_raster(
        tmp_path / "a.tif", bands, descriptions=names, photometric="MINISBLACK"
    )
    assert record(path).bands == "3,2,1 (names of the bands)"


def flat(value: int = 7, side: int = 300) -> np.ndarray:
    return np.full((side, side, 3), value, np.uint8)


def test_contrast_is_the_standard_deviation_of_the_channel_that_varies_most() -> None:
    pixels = flat(side=4)
    pixels[:2, :, 1] = 17
    assert contrast(pixels, None) == pytest.approx(5)
    assert contrast(flat(), None) == 0


def test_no_data_is_not_contrast() -> None:
    pixels, valid = flat(), np.ones((300, 300), bool)
    pixels[:, :100], valid[:, :100] = 0, False
    assert contrast(pixels, valid) == 0
    assert contrast(pixels, None) > 1
    assert contrast(pixels, np.zeros((300, 300), bool)) == 0


def test_one_ship_on_a_black_sea_is_seen() -> None:
    """Ten pixels by three, between the pixels of the sample."""
    pixels = flat(0, 512)
    pixels[201:204, 101:111] = 255
    assert contrast(pixels, None) > UNIFORM


def test_one_spoilt_pixel_is_not() -> None:
    pixels = flat(0, 512)
    pixels[200, 100] = 255
    assert contrast(pixels, None) < UNIFORM

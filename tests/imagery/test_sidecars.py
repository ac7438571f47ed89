"""Files beside pictures that place them, mask them, or say how: everywhere the same."""

import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.warp
from affine import Affine
from drawing import chips_of, colours, encoded, read_all, write_raster
from pyproj import CRS, Transformer

from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import open_scene
from rsrag.imagery.sources.items import SourceItem
from rsrag.imagery.sources.sources import iter_sources
from rsrag.types import Chip, Skip

RGB = colours(64, 64).transpose(2, 0, 1)
UTM = {"crs": "EPSG:32632", "transform": Affine(10, 0, 600_000, 0, -10, 5_700_000)}
WORLD = b"10\n0\n0\n-10\n600005\n5699995\n"
PRJ = CRS.from_epsg(32632).to_wkt("WKT1_ESRI").encode()
PAM = (
    b'<PAMDataset><SRS dataAxisToSRSAxisMapping="1,2">EPSG:32632</SRS>'
    b"<GeoTransform>600000,10,0,5700000,0,-10</GeoTransform></PAMDataset>"
)
WEST, SOUTH, EAST, NORTH = 10.4311, 51.4356, 10.4403, 51.4414


def pack(folder: Path, how: str) -> Path:
    """The files of a folder, there or in an archive."""
    archive = folder.with_suffix({"zip": ".zip", "tar": ".tar", "gz": ".tar.gz"}[how])
    files = sorted(folder.iterdir())
    if how == "zip":
        with zipfile.ZipFile(archive, "w") as out:
            for file in files:
                out.write(file, file.name)
    else:
        with tarfile.open(archive, "w:gz" if how == "gz" else "w") as out:
            for file in files:
                out.add(file, file.name)
    return archive


def placed(where: Path) -> dict[str, tuple]:
    """Bounds, system and share without data of each picture."""
    found = {}
    for item in iter_sources([where]):
        assert isinstance(item, SourceItem), item
        scene = open_scene(item, ImageryOptions(max_nodata=1))
        (chip,) = scene.chips()
        scene.close()
        assert isinstance(chip, Chip), chip
        record = chip.record
        found[item.name] = (record.bbox, record.crs, round(record.nodata_share, 2))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "pictures"
    place.mkdir()
    for name, form in (("a.jpg", "JPEG"), ("b.png", "PNG"), ("c.bmp", "BMP")):
        (place / name).write_bytes(encoded(colours(64, 64), form))
        (place / f"{name}.aux.xml").write_bytes(PAM)
    (place / "d.tif").write_bytes(encoded(colours(64, 64), "TIFF"))
    (place / "d.tif.aux.xml").write_bytes(PAM)
    for name, form in (("e.tif", "TIFF"), ("f.jp2", "JPEG2000"), ("g.png", "PNG")):
        (place / name).write_bytes(encoded(colours(64, 64), form))
        world = {".tif": ".tfw", ".jp2": ".j2w", ".png": ".pgw"}[Path(name).suffix]
        (place / name).with_suffix(world).write_bytes(WORLD)
        (place / name).with_suffix(".prj").write_bytes(PRJ)
    return place


@pytest.mark.parametrize("how", ["folder", "zip", "tar", "gz"])
def test_georeference_beside_a_picture(folder: Path, how: str) -> None:
    found = placed(folder if how == "folder" else pack(folder, how))
    assert sorted(found) == [
        *("a.jpg", "b.png", "c.bmp", "d.tif", "e.tif", "f.jp2", "g.png")
    ]
    true = Transformer.from_crs("EPSG:32632", "EPSG:4326", always_xy=True)
    west, north = true.transform(600_000, 5_700_000)
    for name, (bbox, crs, _) in found.items():
        assert crs == "EPSG:32632", name
        assert (bbox.west, bbox.north) == pytest.approx((west, north), abs=2e-4), name


@pytest.mark.parametrize("how", ["folder", "zip", "tar", "gz"])
def test_masks_and_missing_values_beside_a_picture(tmp_path: Path, how: str) -> None:
    place = tmp_path / "pictures"
    place.mkdir()
    mask = np.zeros((64, 64), np.uint8)
    mask[:, :16] = 255
    profile = {"driver": "GTiff", "count": 3, "height": 64, "width": 64, **UTM}
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False),
        rasterio.open(place / "masked.tif", "w", dtype="uint8", **profile) as out,
    ):
        out.write(RGB)
        out.write_mask(mask)
    values = np.full((1, 64, 64), -300, np.int16)
    values[:, :, :32] = np.arange(32)
    write_raster(place / "values.tif", values, **UTM)
    (place / "values.tif.aux.xml").write_text(
        '<PAMDataset><PAMRasterBand band="1"><NoDataValue>-300</NoDataValue>'
        "</PAMRasterBand></PAMDataset>"
    )
    (place / "photo.jpg").write_bytes(encoded(colours(64, 64)))
    (place / "photo.jpg.msk").write_bytes((place / "masked.tif.msk").read_bytes())
    found = placed(place if how == "folder" else pack(place, how))
    shares = {name: share for name, (_, _, share) in found.items()}
    assert shares == {"masked.tif": 0.75, "photo.jpg": 0.75, "values.tif": 0.5}


@pytest.mark.parametrize(
    "text",
    [
        b"0.01\n0\n0\n-0.01\n10.005\n49.995\n",
        b"0,01 0 0 -0,01 10,005 49,995",
        b"\xef\xbb\xbf0.01\r\n0\r\n0\r\n-0.01\r\n10.005\r\n49.995\r\n",
    ],
)
@pytest.mark.parametrize("name", ["c.tif", "c.png"])
def test_a_world_file_in_degrees(tmp_path: Path, name: str, text: bytes) -> None:
    form = {"c.tif": "TIFF", "c.png": "PNG"}[name]
    (tmp_path / name).write_bytes(encoded(colours(64, 64), form))
    (tmp_path / name).with_suffix(f".{name[2]}{name[-1]}w").write_bytes(text)
    (chip,) = chips_of(tmp_path / name)
    assert chip.record.crs == "EPSG:4326"
    assert chip.record.bbox == pytest.approx((10, 49.36, 10.64, 50))


@pytest.mark.parametrize("name", ["c.tif", "c.png"])
def test_a_prj_as_windows_writes_it_and_one_that_is_none(tmp_path, name) -> None:
    form = {"c.tif": "TIFF", "c.png": "PNG"}[name]
    (tmp_path / name).write_bytes(encoded(colours(64, 64), form))
    world = (tmp_path / name).with_suffix(f".{name[2]}{name[-1]}w")
    world.write_text("10\n0\n0\n-10\n500005\n4999995\n")
    prj = tmp_path / "c.prj"
    prj.write_bytes(b"\xef\xbb\xbf" + PRJ + b"\r\n")
    (chip,) = chips_of(tmp_path / name)
    assert chip.record.crs == "EPSG:32632" and chip.record.bbox is not None
    prj.write_text("garbage")
    notice, chip = read_all(tmp_path / name)
    assert notice.reason.count("garbage") == 1 and chip.record.bbox is None


def test_a_prj_explains_coordinates_without_a_system(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", RGB, transform=UTM["transform"])
    assert read_all(path)[0].kind == "notice:no-crs"
    path.with_suffix(".prj").write_bytes(PRJ)
    (chip,) = chips_of(path)
    assert chip.record.crs == "EPSG:32632"


def test_the_file_s_own_datum_shift_is_kept(tmp_path: Path) -> None:
    """The registry's entry for this system lies 227 m away."""
    system = "+proj=tmerc +lat_0=0 +lon_0=12 +k=1 +x_0=4500000 +y_0=0 +ellps=bessel "
    system += "+towgs84=0,0,0 +units=m"
    path = write_raster(
        tmp_path / "gk.tif",
        RGB,
        crs=rasterio.crs.CRS.from_string(system),
        transform=Affine(10, 0, 4_500_000, 0, -10, 5_700_000),
    )
    with rasterio.open(path) as raster:
        xs, ys = rasterio.warp.transform(
            raster.crs, "EPSG:4326", [4_500_000], [5_700_000]
        )
    (chip,) = chips_of(path)
    corner = chip.record.bbox.west, chip.record.bbox.north
    assert corner == pytest.approx((xs[0], ys[0]), abs=1e-6)


MARS = (
    'GEOGCS["Mars 2000",DATUM["D_Mars_2000",SPHEROID["Mars_2000_IAU_IAG",3396190,'
    '169.894447]],PRIMEM["Reference_Meridian",0],UNIT["degree",0.0174532925199433]]'
)


def test_another_planet_leaves_a_plain_picture(tmp_path: Path) -> None:
    path = write_raster(
        tmp_path / "mars.tif", RGB, crs=MARS, transform=Affine(1, 0, 10, 0, -1, 50)
    )
    notice, chip = read_all(path)
    assert isinstance(notice, Skip) and notice.kind == "notice:no-crs"
    assert isinstance(chip, Chip) and chip.record.footprint is None
    notice, chip = read_all(path, bounds=(1.0, 2.0, 3.0, 4.0))
    assert chip.record.bbox == pytest.approx((1, 2, 3, 4))
    chip = read_all(path, crs="EPSG:4326")[-1]
    assert chip.record.bbox == pytest.approx((10, -14, 74, 50))


@pytest.mark.parametrize(
    ("place", "kind", "said"),
    [
        ({"crs": "EPSG:4978", "transform": UTM["transform"]}, "no-crs", "no map"),
        (
            {"crs": "EPSG:32632", "transform": Affine(10, 0, 5e9, 0, -10, 5e9)},
            "no-place",
            "No part of the scene (5e+09 5e+09 5e+09 5e+09) lies on the Earth in "
            "EPSG:32632.",
        ),
        ({"crs": "EPSG:32632"}, "no-place", "not where its pixels lie"),
    ],
)
def test_what_is_nowhere_on_the_earth_costs_no_picture(
    tmp_path: Path, place: dict, kind: str, said: str
) -> None:
    path = write_raster(tmp_path / "far.tif", RGB, **place)
    notice, chip = read_all(path)
    assert isinstance(notice, Skip) and notice.kind == f"notice:{kind}"
    assert said in notice.reason
    assert isinstance(chip, Chip) and chip.record.footprint is None
    *_, chip = read_all(path, bounds=(1.0, 2.0, 3.0, 4.0))
    assert chip.record.bbox == pytest.approx((1, 2, 3, 4))


def test_a_sidecar_too_large_to_be_one_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.png", encoded(colours(64, 64), "PNG"))
        archive.writestr("a.png.aux.xml", bytes(9 * 2**20))
    found = list(iter_sources([tmp_path / "a.zip"]))
    (refused,) = [one for one in found if isinstance(one, Skip)]
    assert "a.png.aux.xml" in refused.source and "too many" in refused.reason

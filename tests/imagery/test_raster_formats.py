"""Formats beside TIFF, JPEG 2000 and photographs: each as GDAL itself places it."""

import io
import sys
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from drawing import colours, tar_of, write_raster, zip_of
from PIL import Image, features
from rasterio.transform import Affine

from rsrag.errors import ImageReadError, SourceNotFoundError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.pixels.raster_dataset import gdal
from rsrag.imagery.scenes import load_picture, open_scene, read_chip
from rsrag.imagery.sources.sources import SourceItem, iter_sources
from rsrag.types import Chip, Skip

GRID = {"crs": "EPSG:4326", "transform": Affine(0.1, 0, 10, 0, -0.1, 50)}
RGB = colours(30, 40).transpose(2, 0, 1)
FLOATS = np.arange(1200, dtype=np.float32).reshape(1, 30, 40)


def only(place: Path | str, **options) -> tuple[Chip, list[Skip]]:
    """The one chip of a source, read twice alike, and notices on it."""
    given = ImageryOptions(**options)
    (item,) = iter_sources([place], options=given)
    assert isinstance(item, SourceItem), item
    scene = open_scene(item, given)
    try:
        *notices, chip = scene.chips()
    finally:
        scene.close()
    assert isinstance(chip, Chip), chip
    again = read_chip(chip.record.source, chip.record.window, given)
    np.testing.assert_array_equal(again, chip.pixels)
    return chip, [one for one in notices if isinstance(one, Skip)]


def refusal(place: Path | str) -> str:
    (found,) = iter_sources([place])
    if isinstance(found, Skip):
        return found.reason
    with pytest.raises(ImageReadError) as caught:
        open_scene(found, ImageryOptions())
    return f"{caught.value} {caught.value.hint}"


def raster(path: Path, driver: str) -> Path:
    if driver == "netCDF":  # rasterio writes none, and copies.
        plain = write_raster(path.with_suffix(".tif"), RGB[:1], **GRID)
        rasterio.shutil.copy(plain, path, driver="netCDF")
        plain.unlink()
        return path
    more = {"ICORDS": "G"} if driver == "NITF" else {}
    write_raster(path, RGB, driver=driver, **more, **GRID)
    return path


FORMATS = [("HFA", "a.img"), ("NITF", "a.ntf"), ("ENVI", "a.dat"), ("ENVI", "a")]


@pytest.mark.parametrize("driver, name", [*FORMATS, ("netCDF", "a.nc")])
@pytest.mark.parametrize("where", ["file", "folder"])
def test_a_raster_lies_where_gdal_says(
    tmp_path: Path, driver: str, name: str, where: str
) -> None:
    path = raster(tmp_path / name, driver)
    with rasterio.open(path) as own:
        expected, count = own.bounds, own.count
    chip, _ = only(path if where == "file" else tmp_path, stretch="none")
    assert chip.record.bbox is not None
    np.testing.assert_allclose(chip.record.bbox, expected, atol=1e-4)
    wanted = RGB if count == 3 else np.repeat(RGB[:1], 3, axis=0)
    np.testing.assert_array_equal(chip.pixels, wanted.transpose(1, 2, 0))


@pytest.mark.parametrize(
    "written, read", [("20200131101231", "2020-01-31T10:12:31+00:00"), (None, None)]
)
def test_the_time_of_nitf_and_what_gdal_writes_for_want_of_one(
    tmp_path: Path, written: str | None, read: str | None
) -> None:
    more = {"IDATIM": written} if written else {}
    path = tmp_path / "a.ntf"
    write_raster(path, RGB, driver="NITF", ICORDS="G", **more, **GRID)
    moment = only(path)[0].record.datetime
    assert (moment and moment.isoformat()) == read


@pytest.mark.parametrize("driver, name", [("HFA", "a.img"), ("NITF", "a.ntf")])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_they_are_read_in_archives(
    tmp_path: Path, driver: str, name: str, kind: str
) -> None:
    data = raster(tmp_path / name, driver).read_bytes()
    of = zip_of if kind == "zip" else tar_of
    chip, _ = only(of(tmp_path / f"x.{kind}", {name: data}))
    assert chip.record.bbox is not None
    np.testing.assert_allclose(chip.record.bbox, (10, 47, 14, 50), atol=1e-4)
    np.testing.assert_array_equal(chip.pixels, RGB.transpose(1, 2, 0))


def test_raw_values_without_an_envi_header_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_bytes(b"x" * 99)
    (tmp_path / "a.hdr").write_text("BYTEORDER I\n")  # ESRI's
    (tmp_path / "b.dat").write_bytes(b"x" * 99)
    write_raster(tmp_path / "c.tif", RGB)
    assert [item.source[-5:] for item in iter_sources([tmp_path])] == ["c.tif"]


@pytest.mark.parametrize("name", ["a.dat", "a", "a.bsq"])
@pytest.mark.parametrize(
    ("archive", "held"),
    [
        *((f"x.{kind}", True) for kind in ("zip", "tar", "tar.gz", "tar.xz")),
        *((f"x.{kind}", False) for kind in ("zip", "tar", "tar.gz")),
        ("stored.zip", False),
    ],
)
def test_envi_is_read_in_archives(tmp_path, monkeypatch, name, archive, held) -> None:
    home = tmp_path / "home"
    home.mkdir()
    raw = raster(home / name, "ENVI")
    other = raster(tmp_path / "z.tif", "GTiff")
    files = {
        "b.bin": b"x" * 99,
        "b.hdr": b"BYTEORDER I",  # ESRI's
        "in/c.dat": b"x" * 99,
        f"in/{name}": raw.read_bytes(),
        "in/a.hdr": raw.with_suffix(".hdr").read_bytes(),
        "z.tif": other.read_bytes(),
    }
    path = tmp_path / archive
    if path.suffix == ".zip":
        zip_of(path, files, method=0 if archive == "stored.zip" else 8)
    else:
        tar_of(path, files, f"w:{path.suffix[1:]}" if path.suffix != ".tar" else "w")
    if not held:  # As a member that is too large to hold.
        monkeypatch.setattr("rsrag.imagery.sources.member_items.IN_MEMORY_LIMIT", 9)
    ignored: Counter[str] = Counter()
    items = {one.name: one for one in iter_sources([path], ignored=ignored)}
    assert items.keys() == {f"in/{name}", "z.tif"}
    assert ignored == {".bin": 1, ".dat": 1}
    given = ImageryOptions()
    scene = open_scene(items[f"in/{name}"], given)
    (chip,) = scene.chips()
    scene.close()
    assert isinstance(chip, Chip) and chip.record.bbox is not None
    np.testing.assert_allclose(chip.record.bbox, (10, 47, 14, 50), atol=1e-4)
    np.testing.assert_array_equal(chip.pixels, RGB.transpose(1, 2, 0))
    again = read_chip(chip.record.source, chip.record.window, given)
    np.testing.assert_array_equal(again, chip.pixels)


def test_wavelengths_of_envi_choose_the_bands(tmp_path: Path) -> None:
    steps = np.arange(6, dtype=np.uint8)[:, None, None] * 40
    cube = np.broadcast_to(steps, (6, 9, 9))
    write_raster(tmp_path / "a.dat", cube, driver="ENVI")
    with (tmp_path / "a.hdr").open("a") as header:
        header.write("wavelength units = Nanometers\n")
        header.write("wavelength = {450, 480, 550, 660, 850, 1600}\n")
    chip, _ = only(tmp_path)
    assert chip.pixels[0, 0].tolist() == [120, 80, 40]


# Parts of files.


def netcdf(path: Path, *names: str) -> Path:
    from scipy.io import netcdf_file

    with netcdf_file(path, "w") as file:
        for axis, start, step, size, unit in (
            *(("lat", 50, -0.1, 30, "north"), ("lon", 10, 0.1, 40, "east")),
        ):
            file.createDimension(axis, size)
            axis_values = file.createVariable(axis, "f8", (axis,))
            axis_values[:] = start + step * (np.arange(size) + 0.5)
            axis_values.units = f"degrees_{unit}"
        for at, name in enumerate(names):
            variable = file.createVariable(name, "f4", ("lat", "lon"))
            variable[:] = FLOATS[0] * (-1) ** at
        file.time_coverage_start = "2020-01-31T10:12:31Z"
    return path


def test_a_variable_is_named_behind_its_file(tmp_path: Path) -> None:
    path = netcdf(tmp_path / "a.nc", "temp", "wind")
    temp, _ = only(f"{path}:temp")
    wind, _ = only(f"{path}:wind")
    assert wind.record.source == f"{path.as_posix()}!/wind"
    assert wind.record.bbox is not None and wind.record.datetime is not None
    np.testing.assert_allclose(wind.record.bbox, (10, 47, 14, 50), atol=1e-4)
    assert wind.record.datetime.isoformat() == "2020-01-31T10:12:31+00:00"
    assert wind.record.id != temp.record.id
    np.testing.assert_allclose(
        wind.pixels.astype(int), 255 - temp.pixels.astype(int), atol=1
    )


def test_a_file_of_several_variables_says_which_there_are(tmp_path: Path) -> None:
    path = netcdf(tmp_path / "a.nc", "temp", "wind")
    said = refusal(path)
    assert "2 parts" in said and "FILE:PART" in said and "temp, wind" in said
    assert "its parts are temp, wind" in refusal(f"{path}:rain")
    alone, _ = only(netcdf(tmp_path / "b.nc", "temp"))
    assert alone.record.bbox is not None
    with pytest.raises(SourceNotFoundError):
        list(iter_sources([f"{tmp_path}/none.nc:temp"]))


def test_hdf5_by_the_name_of_its_dataset(tmp_path: Path) -> None:
    plain = write_raster(tmp_path / "a.tif", RGB[:2], **GRID)
    path = tmp_path / "a.h5"
    rasterio.shutil.copy(plain, tmp_path / "a.nc", driver="netCDF", FORMAT="NC4")
    (tmp_path / "a.nc").rename(path)
    assert "Band1, Band2" in refusal(path)
    first, _ = only(f"{path}:Band1", stretch="none")
    second, _ = only(f"{path}:Band2", stretch="none")
    seen = {first.pixels[..., 0].tobytes(), second.pixels[..., 0].tobytes()}
    flipped = {band[::-1].tobytes() for band in RGB[:2]}
    assert seen in (flipped, {band.tobytes() for band in RGB[:2]})


def test_further_pages_of_a_tiff_are_told_and_can_be_named(tmp_path: Path) -> None:
    pages = [Image.fromarray(np.full((20, 20), n, np.uint8)) for n in (50, 100, 150)]
    path = tmp_path / "a.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:])
    first, (notice,) = only(path)
    assert "first of its 3 pages" in notice.reason and "FILE:2" in notice.reason
    assert first.pixels[0, 0, 0] == 50
    assert [only(f"{path}:{n}")[0].pixels[0, 0, 0] for n in (1, 2, 3)] == [50, 100, 150]
    assert "its parts are 1, 2, 3" in refusal(f"{path}:4")


def test_overviews_and_masks_are_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    mask = np.full((30, 40), 255, np.uint8)
    write_raster(path, RGB, mask=mask, tiled=True, blockxsize=16, blockysize=16)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(path, "r+") as raster:
            raster.build_overviews([2])
    assert only(path)[1] == []


def test_a_query_by_picture_takes_the_same_files(tmp_path: Path) -> None:
    raw = raster(tmp_path / "a.dat", "ENVI")
    np.testing.assert_array_equal(load_picture(raw), RGB.transpose(1, 2, 0))
    wind = netcdf(tmp_path / "a.nc", "temp", "wind")
    assert load_picture(Path(f"{wind}:wind")).shape == (30, 40, 3)
    with pytest.raises(ImageReadError, match="2 parts"):
        load_picture(wind)


# Pictures of phones.


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
@pytest.mark.parametrize("packed", [False, True])
def test_avif(tmp_path: Path, packed: bool) -> None:
    stream = io.BytesIO()
    Image.fromarray(colours()).save(stream, "AVIF", quality=100, subsampling="4:4:4")
    place = tmp_path / "a.avif"
    place.write_bytes(stream.getvalue())
    if packed:
        place = zip_of(tmp_path / "a.zip", {"a.avif": stream.getvalue()})
    chip, _ = only(place)
    assert np.abs(chip.pixels.astype(int) - colours()).mean() < 12


HALVES = np.full((64, 64, 3), (200, 60, 30), np.uint8)
HALVES[:, 32:] = (20, 80, 160)


def heic(path: Path) -> Path:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    Image.fromarray(HALVES).save(path, quality=-1)
    return path


def test_heic(tmp_path: Path) -> None:
    chip, _ = only(heic(tmp_path / "a.heic"))
    assert np.abs(chip.pixels.astype(int) - HALVES).max() < 8


def test_heic_without_its_decoder_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = heic(tmp_path / "a.heic")
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    said = refusal(path)
    assert "pillow_heif, which is not installed" in said and "rsrag[heic]" in said


@pytest.mark.parametrize(
    "head",
    [
        b"\0\0\0\x1cftypavif",
        b"\0\0\0\x18ftypheic",
        b"\0\0\0\0ftypmif1",
        b"\xff\xff\xff\xffftypisom",
        b"NITF02.10",
        b"EHFA_HEADER_TAG\0",
        b"CDF\1",
        b"\x89HDF\r\n\x1a\n",
        b"<VRTDataset",
    ],
)
@pytest.mark.parametrize("suffix", [".avif", ".ntf", ".img", ".nc", ".h5", ".heic"])
def test_damaged_heads_end_in_errors_with_names(
    tmp_path: Path, head: bytes, suffix: str
) -> None:
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(head + bytes(range(200)) * 3)
    assert refusal(path)


def test_a_jpeg_of_12_bits_is_read(tmp_path) -> None:
    """Pillow takes eight bits only; GDAL's own decoder takes both."""
    grey = np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[None], 64, axis=0)
    stream = io.BytesIO()
    Image.fromarray(grey).save(stream, "JPEG", quality=95)
    data = bytearray(stream.getvalue())
    frame = data.index(b"\xff\xc0")
    data[frame + 1], data[frame + 4] = 0xC1, 12  # Extended, and its precision.
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    (item,) = iter_sources([path])
    (chip,) = open_scene(item, ImageryOptions()).chips()
    row = chip.pixels[0, :, 0].astype(int)
    assert row[-1] - row[0] > 200
    assert np.corrcoef(row, grey[0])[0, 1] > 0.99


def test_a_gdal_that_lacks_12_bits_says_how_to_convert() -> None:
    said = "a.tif: Unsupported JPEG data precision 12"
    with pytest.raises(ImageReadError, match="precision 12") as caught, gdal():
        raise rasterio.errors.RasterioIOError(said)
    assert "COMPRESS=DEFLATE" in caught.value.hint

"""VRT: placed as GDAL places it, and confined to its folder."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from drawing import colours, tar_of, write_raster, zip_of
from rasterio.transform import Affine

from rsrag.errors import ImageReadError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import load_picture, open_scene, read_chip
from rsrag.imagery.sources.source_lookup import find_item
from rsrag.imagery.sources.sources import SourceItem, iter_sources
from rsrag.types import Chip, Skip

LEFT, RIGHT = (colours(20, 20, seed).transpose(2, 0, 1) for seed in (1, 2))


def tile(path: Path, pixels: np.ndarray, west: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    grid = {"crs": "EPSG:32632", "transform": Affine(10, 0, west, 0, -10, 5e6)}
    return write_raster(path, pixels, **grid)


def source(name: str, band: int, x: int, *, relative: int = 1, kind="Simple") -> str:
    return f"""<{kind}Source><SourceFilename relativeToVRT="{relative}">{name}
    </SourceFilename><SourceBand>{band}</SourceBand>
    <SrcRect xOff="0" yOff="0" xSize="20" ySize="20"/>
    <DstRect xOff="{x}" yOff="0" xSize="20" ySize="20"/></{kind}Source>"""


def vrt(folder: Path, left="tiles/l.tif", right="tiles/r.tif", **more) -> Path:
    """Two tiles side by side; keywords: ``relative``, ``kind``, ``extra``."""
    tile(folder / "tiles/l.tif", LEFT, 5e5)
    tile(folder / "tiles/r.tif", RIGHT, 500_200)
    extra = more.pop("extra", "")
    bands = "".join(
        f'<VRTRasterBand dataType="Byte" band="{band}">'
        f"{source(left, band, 0, **more)}{source(right, band, 20, **more)}"
        "</VRTRasterBand>"
        for band in (1, 2, 3)
    )
    path = folder / "mosaic.vrt"
    path.write_text(
        f"""<VRTDataset rasterXSize="40" rasterYSize="20">
        <SRS dataAxisToSRSAxisMapping="1,2">EPSG:32632</SRS>
        <GeoTransform>500000, 10, 0, 5000000, 0, -10</GeoTransform>
        {extra}{bands}</VRTDataset>"""
    )
    return path


def refusal(path: Path) -> str:
    (found,) = iter_sources([path])
    assert isinstance(found, Skip), found
    return found.reason


@pytest.mark.parametrize("form", ["relative", "absolute", "complex"])
def test_a_mosaic_lies_where_gdal_says(tmp_path: Path, form: str) -> None:
    given: dict = {}
    if form == "absolute":
        tiles = (tmp_path / "tiles").as_posix()
        given = {"left": f"{tiles}/l.tif", "right": f"{tiles}/r.tif", "relative": 0}
    elif form == "complex":
        given = {"kind": "Complex"}
    path = vrt(tmp_path, **given)
    (item,) = iter_sources([path])
    assert isinstance(item, SourceItem)
    scene = open_scene(item, ImageryOptions())
    (chip,) = scene.chips()
    scene.close()
    assert isinstance(chip, Chip)
    wanted = np.concatenate([LEFT, RIGHT], axis=2)
    np.testing.assert_array_equal(chip.pixels, wanted.transpose(1, 2, 0))
    again = read_chip(chip.record.source, chip.record.window, ImageryOptions())
    np.testing.assert_array_equal(again, chip.pixels)
    from rasterio.warp import transform_bounds

    with rasterio.open(path) as own:
        expected = transform_bounds(own.crs, "EPSG:4326", *own.bounds)
    assert chip.record.bbox is not None
    np.testing.assert_allclose(chip.record.bbox, expected, atol=1e-6)


def test_a_mosaic_is_a_query_by_picture(tmp_path: Path) -> None:
    wanted = np.concatenate([LEFT, RIGHT], axis=2).transpose(1, 2, 0)
    np.testing.assert_array_equal(load_picture(vrt(tmp_path)), wanted)


def test_a_changed_tile_changes_the_mosaic(tmp_path: Path) -> None:
    path = vrt(tmp_path)
    (before,) = iter_sources([path])
    assert isinstance(before, SourceItem)
    first = before.sha256()
    assert {p.name for p in before.made_of} == {"mosaic.vrt", "l.tif", "r.tif"}
    tile(tmp_path / "tiles/r.tif", LEFT, 500_200)
    (after,) = iter_sources([path])
    assert isinstance(after, SourceItem) and after.sha256() != first


def test_in_a_folder_the_mosaic_and_its_tiles_are_scenes(tmp_path: Path) -> None:
    vrt(tmp_path)
    names = [item.source.rpartition("/")[2] for item in iter_sources([tmp_path])]
    assert names == ["mosaic.vrt", "l.tif", "r.tif"]


@pytest.mark.parametrize(
    "name, said",
    [
        ("../out.tif", "not in its folder"),
        ("/etc/passwd", "not in its folder"),
        ("link.tif", "not in its folder"),
        ("tiles/none.tif", "not there"),
        ("", "not in its folder"),
        ("/vsicurl/http://127.0.0.1:9/x.tif", "not in its folder"),
        ("http://127.0.0.1:9/x.tif", "not there"),
        ("GTIFF_DIR:1:tiles/l.tif", "not there"),
        ("mosaic.vrt", "of a kind (VRT)"),
        ("notes.txt", "no picture"),
        ("&lt;VRTDataset/&gt;", "not there"),
    ],
)
def test_what_a_mosaic_may_not_name(tmp_path: Path, name: str, said: str) -> None:
    home = tmp_path / "home"
    tile(tmp_path / "out.tif", LEFT, 5e5)
    path = vrt(home, right=name)
    (home / "link.tif").symlink_to(tmp_path / "out.tif")
    (home / "notes.txt").write_text("hello")
    assert said in refusal(path)


@pytest.mark.parametrize(
    "extra, said",
    [
        (
            "<GDALWarpOptions><SourceDataset>x</SourceDataset></GDALWarpOptions>",
            "GDALW",
        ),
        (
            '<VRTRasterBand subClass="VRTRawRasterBand"><SourceFilename>tiles/l.tif'
            "</SourceFilename></VRTRasterBand>",
            "VRTRawRasterBand",
        ),
        (
            '<VRTRasterBand subClass="VRTDerivedRasterBand"><PixelFunctionLanguage>'
            "Python</PixelFunctionLanguage></VRTRasterBand>",
            "VRTDerivedRasterBand",
        ),
        ("<SourceFilename>tiles/l.tif</SourceFilename>", "names a file"),
        ("<ArraySource/>", "ArraySource"),
    ],
)
def test_what_a_mosaic_may_not_do(tmp_path: Path, extra: str, said: str) -> None:
    assert said in refusal(vrt(tmp_path, extra=extra))


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "no XML"),
        ("<a/>", "no VRT"),
        ("<VRTDataset/>", "names no file"),
        ("<VRTDataset>", "no XML"),
        (
            '<!DOCTYPE a [<!ENTITY x "y">]><VRTDataset/>',
            "document type",
        ),
    ],
)
def test_hostile_descriptions(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "a.vrt"
    path.write_text(text)
    assert said in refusal(path)


def packed(path: Path, home: Path, start: str = "") -> Path:
    """All files below a folder in an archive, told by its ending."""
    files = {
        start + file.relative_to(home).as_posix(): file.read_bytes()
        for file in sorted(home.rglob("*"))
        if file.is_file()
    }
    if path.suffix == ".zip":
        return zip_of(path, files, method=0 if "stored" in path.name else 8)
    return tar_of(path, files, "w:" + {".gz": "gz", ".xz": "xz"}.get(path.suffix, ""))


@pytest.mark.parametrize(
    "name", ["a.zip", "stored.zip", "a.tar", "a.tar.gz", "nested.zip"]
)
def test_in_an_archive_it_is_made_of_members(tmp_path: Path, name: str) -> None:
    wanted = np.concatenate([LEFT, RIGHT], axis=2).transpose(1, 2, 0)
    home = vrt(tmp_path / "home").parent
    if name == "nested.zip":
        inner = packed(tmp_path / "inner.zip", home, "map/").read_bytes()
        path = zip_of(tmp_path / name, {"in.zip": inner}, method=0)
    else:
        path = packed(tmp_path / name, home, "map/")
    found = {one.name.rpartition("/")[2]: one for one in iter_sources([path])}
    assert list(found) == ["mosaic.vrt", "l.tif", "r.tif"]
    item = found["mosaic.vrt"]
    again = find_item(item.source)
    assert again.mosaic == item.mosaic and again.sha256() == item.sha256()
    (chip,) = open_scene(item, ImageryOptions()).chips()
    assert isinstance(chip, Chip)
    np.testing.assert_array_equal(chip.pixels, wanted)
    (same,) = open_scene(next(iter_sources([home])), ImageryOptions()).chips()
    assert chip.record.bbox == same.record.bbox
    again = read_chip(item.source, chip.record.window, ImageryOptions())
    np.testing.assert_array_equal(again, wanted)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../out.tif", "not in its folder"),
        ("tiles/../../out.tif", "not in its folder"),
        ("/etc/passwd", "not in its folder"),
        ("/vsicurl/http://127.0.0.1:9/x.tif", "not in its folder"),
        ("tiles/none.tif", "not there"),
        ("mosaic.vrt", "of a kind (VRT)"),
        ("fake.tif", "no picture"),
        ("", "not in its folder"),
    ],
)
def test_what_one_in_an_archive_may_not_name(tmp_path, name, said) -> None:
    home = vrt(tmp_path / "home", right=name).parent
    (home / "fake.tif").write_text("hello")
    for path in (tmp_path / "a.zip", tmp_path / "a.tar"):
        found = [*iter_sources([packed(path, home, "map/")])]
        (skip,) = (one for one in found if isinstance(one, Skip))
        assert skip.source.endswith("mosaic.vrt") and said in skip.reason


def test_in_an_archive_that_gdal_cannot_look_into_it_says_to_unpack(tmp_path) -> None:
    home = vrt(tmp_path / "home").parent
    first, *_ = iter_sources([packed(tmp_path / "a.tar.xz", home)])
    assert isinstance(first, Skip) and "from a folder only" in first.reason


def test_a_vrt_by_another_name_says_so(tmp_path: Path) -> None:
    path = vrt(tmp_path / "home")
    other = path.rename(tmp_path / "mosaic.tif")
    (item,) = iter_sources([other])
    with pytest.raises(ImageReadError, match="a VRT by another name"):
        open_scene(item, ImageryOptions())

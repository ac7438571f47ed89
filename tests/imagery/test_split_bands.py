"""Scenes whose bands are files of their own: Landsat, HLS, tiles of Sentinel-2."""

import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from drawing import write_raster
from products import UTM, chips
from rasterio.control import GroundControlPoint
from rasterio.transform import Affine

from rsrag.errors import ImageReadError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.products.landsat import read_mtl
from rsrag.imagery.products.product_names import find_products
from rsrag.imagery.scenes import open_scene, read_chip
from rsrag.imagery.sources.sources import SourceItem, iter_sources
from rsrag.types import Chip, Skip

L8 = "LC08_L2SP_193026_20200131_20200205_02_T1"
L7 = "LE07_L2SP_193026_20020131_20200205_02_T1"
GRID = {"crs": "EPSG:32632", "transform": Affine(30, 0, 600000, 0, -30, 5000040)}


def values(number: int, side: int = 20) -> np.ndarray:
    rng = np.random.default_rng(number)
    return rng.integers(8000, 20000, (1, side, side)).astype(np.uint16)


def mtl(name: str, satellite: str = "LANDSAT_8", **given: str) -> str:
    cloud, clock = given.get("cloud", "12.34"), '"10:11:22.1234560Z"'
    mult = "".join(f"REFLECTANCE_MULT_BAND_{n} = 2.75e-05\n" for n in range(1, 8))
    add = "".join(f"REFLECTANCE_ADD_BAND_{n} = -0.2\n" for n in range(1, 8))
    return f"""GROUP = LANDSAT_METADATA_FILE
  GROUP = PRODUCT_CONTENTS
    LANDSAT_PRODUCT_ID = "{name}"
    PROCESSING_LEVEL = "L2SP"
  END_GROUP = PRODUCT_CONTENTS
  GROUP = IMAGE_ATTRIBUTES
    SPACECRAFT_ID = "{satellite}"
    SENSOR_ID = "OLI_TIRS"
    WRS_PATH = 193
    WRS_ROW = 26
    DATE_ACQUIRED = 2020-01-31
    SCENE_CENTER_TIME = {clock}
    CLOUD_COVER = {cloud}
    SUN_AZIMUTH = 157.5
    SUN_ELEVATION = 21.25
  END_GROUP = IMAGE_ATTRIBUTES
  GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS
{mult}{add}  END_GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS
  GROUP = LEVEL1_RADIOMETRIC_RESCALING
    REFLECTANCE_MULT_BAND_4 = 9.9
    REFLECTANCE_ADD_BAND_4 = 9.9
  END_GROUP = LEVEL1_RADIOMETRIC_RESCALING
END_GROUP = LANDSAT_METADATA_FILE
END
"""


def as_json(text: str) -> str:
    groups: dict[str, dict[str, str]] = {}
    group = ""
    for line in text.splitlines():
        name, _, value = (part.strip() for part in line.partition("="))
        if name == "GROUP":
            group = value
        elif value and name != "END_GROUP":
            groups.setdefault(group, {})[name] = value.strip('"')
    return json.dumps({"LANDSAT_METADATA_FILE": groups})


def as_xml(text: str) -> str:
    groups = json.loads(as_json(text))["LANDSAT_METADATA_FILE"]
    inner = "".join(
        f"<{group}>{''.join(f'<{k}>{v}</{k}>' for k, v in leaves.items())}</{group}>"
        for group, leaves in groups.items()
    )
    return (
        f"<?xml version='1.0'?><LANDSAT_METADATA_FILE>{inner}</LANDSAT_METADATA_FILE>"
    )


def landsat(
    folder: Path, name: str = L8, satellite: str = "LANDSAT_8", **given
) -> Path:
    """Seven bands, a mask of quality, a thermal band, a browse picture and notes."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, 8):
        write_raster(folder / f"{name}_SR_B{number}.TIF", values(number), **GRID)
    for other in ("QA_PIXEL", "QA_RADSAT", "ST_B10", "SR_QA_AEROSOL"):
        write_raster(folder / f"{name}_{other}.TIF", values(99), **GRID)
    write_raster(
        folder / f"{name}_thumb_small.jpeg",
        np.full((3, 8, 8), 9, np.uint8),
        driver="JPEG",
    )
    form = given.pop("form", "txt")
    text = mtl(name, satellite, **given)
    write = {"txt": str, "json": as_json, "xml": as_xml}[form]
    (folder / f"{name}_MTL.{form}").write_text(write(text))
    return folder


def packed(folder: Path, place: Path) -> Path:
    if place.suffix == ".zip":
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.iterdir()):
                archive.write(path, path.name)
    else:
        with tarfile.open(place, "w:gz" if place.suffix == ".gz" else "w") as archive:
            for path in sorted(folder.iterdir()):
                archive.add(path, path.name)
    return place


def grey(band: np.ndarray, scale: float, offset: float) -> np.ndarray:
    return np.clip((band[0] * scale + offset) * 2.5 * 255, 0, 255)


@pytest.mark.parametrize("form", ["txt", "json", "xml"])
@pytest.mark.parametrize("kind", ["folder", "notes", "tar", "tar.gz", "zip"])
def test_a_landsat_scene_is_one(tmp_path: Path, kind: str, form: str) -> None:
    folder = landsat(tmp_path / "any name", form=form)
    place = folder
    if kind == "notes":
        place = folder / f"{L8}_MTL.{form}"
    elif kind != "folder":
        place = packed(folder, tmp_path / f"{L8}.{kind}")
    (chip,) = chips(place, stretch="reflectance")
    record = chip.record
    home = place if kind not in ("folder", "notes") else folder
    assert record.source == f"{home.as_posix()}!/{L8}"
    assert record.sensor == "Landsat 8"
    assert record.datetime is not None
    assert record.datetime.isoformat() == "2020-01-31T10:11:22.123456+00:00"
    assert record.dated_by == "notes of the product"
    assert record.crs == "EPSG:32632" and record.gsd_m == 30
    assert record.properties == {
        "eo:cloud_cover": 12.34,
        "view:sun_azimuth": 157.5,
        "view:sun_elevation": 21.25,
        "processing_level": "L2SP",
        "wrs_path": "193",
        "wrs_row": "26",
        "product": L8,
    }
    for channel, band in enumerate((4, 3, 2)):
        wanted = grey(values(band), 2.75e-05, -0.2)
        np.testing.assert_allclose(chip.pixels[..., channel], wanted, atol=1)
    again = read_chip(
        record.source, record.window, ImageryOptions(stretch="reflectance")
    )
    np.testing.assert_array_equal(again, chip.pixels)


@pytest.mark.parametrize(
    "name, satellite, triple",
    [
        (L7, "LANDSAT_7", (3, 2, 1)),
        (L7.replace("LE07", "LT05"), "LANDSAT_5", (3, 2, 1)),
        (L8.replace("LC08", "LC09"), "LANDSAT_9", (4, 3, 2)),
        ("delivery", "LANDSAT_7", (3, 2, 1)),  # The notes know it.
    ],
)
@pytest.mark.parametrize("noted", [True, False])
def test_colours_go_by_the_satellite(
    tmp_path: Path, name: str, satellite: str, triple: tuple[int, ...], noted: bool
) -> None:
    folder = landsat(tmp_path, name, satellite)
    if not noted:
        (folder / f"{name}_MTL.txt").unlink()
        if name == "delivery":  # Seven files, and nothing says what they are.
            assert len(list(iter_sources([folder]))) > 7
            return
    (chip,) = chips(folder, stretch="range:8000,20000")
    for channel, band in enumerate(triple):
        wanted = (values(band)[0].astype(float) - 8000) * 255 / 12000
        np.testing.assert_allclose(chip.pixels[..., channel], wanted, atol=1)
    assert chip.record.sensor == (
        None if name == "x" else satellite.replace("_", " ").title()
    )


@pytest.mark.parametrize(
    "bands", [("5", "4", "3"), ("nir", "red", "green"), ("SR_B5", "B04", "b3")]
)
def test_bands_of_landsat_have_names_colours_and_numbers(
    tmp_path: Path, bands: tuple[str, ...]
) -> None:
    (chip,) = chips(landsat(tmp_path), bands=bands, stretch="range:8000,20000")
    for channel, band in enumerate((5, 4, 3)):
        wanted = (values(band)[0].astype(float) - 8000) * 255 / 12000
        np.testing.assert_allclose(chip.pixels[..., channel], wanted, atol=1)


def test_level_1_is_seen_under_a_sun_overhead(tmp_path: Path) -> None:
    name = "LC08_L1TP_193026_20200131_20200205_01_T1"
    folder = landsat(tmp_path, name)
    text = (folder / f"{name}_MTL.txt").read_text()
    start = text.index("  GROUP = LEVEL2")
    level1 = (
        "GROUP = RADIOMETRIC_RESCALING\nREFLECTANCE_MULT_BAND_4 = 2.0E-05\n"
        "REFLECTANCE_ADD_BAND_4 = -0.100000\nEND_GROUP = RADIOMETRIC_RESCALING\nEND"
    )
    (folder / f"{name}_MTL.txt").write_text(text[:start] + level1)
    (chip,) = chips(folder, stretch="reflectance", bands=("B4",))
    light = np.sin(np.radians(21.25))
    wanted = grey(values(4), 2e-5 / light, -0.1 / light)
    np.testing.assert_allclose(chip.pixels[..., 0], wanted, atol=1)


def test_scenes_that_share_a_folder_stay_apart(tmp_path: Path) -> None:
    landsat(tmp_path)
    landsat(tmp_path, L7, "LANDSAT_7")
    write_raster(tmp_path / "photo.tif", np.full((3, 9, 9), 7, np.uint8))
    names = [item.source.rpartition("/")[2] for item in iter_sources([tmp_path])]
    assert sorted(names) == [L8, L7, "photo.tif"]


def test_cloud_is_asked_of_the_notes(tmp_path: Path) -> None:
    folder = landsat(tmp_path, cloud="80.00")
    options = ImageryOptions(max_cloud=5.0)
    (skip,) = iter_sources([folder], options=options)
    # Told without a file being hashed; the scene's own opening tells the same.
    if isinstance(skip, SourceItem):
        with pytest.raises(Exception, match="80 % cloud"):
            open_scene(skip, options)
    (unknown,) = chips(landsat(tmp_path / "b", cloud="-1.00"), max_cloud=5.0)
    assert "eo:cloud_cover" not in unknown.record.properties


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "no notes"),
        ("\0\1\2", "no notes"),
        ("{", "no JSON"),
        ("<a><b></a>", "no XML"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "document type"),
        (mtl(L8, cloud="many"), "CLOUD_COVER is 'many'"),
        (mtl(L8, cloud="nan"), "not a number"),
        (mtl(L8).replace("2020-01-31", "yesterday"), "DATE_ACQUIRED"),
        ("[" * 50_000, "no notes"),
        ('{"a":' * 50_000, "no JSON"),
    ],
)
def test_hostile_notes_of_landsat_are_refused_with_a_name(
    tmp_path: Path, text: str, said: str
) -> None:
    folder = landsat(tmp_path)
    (folder / f"{L8}_MTL.txt").write_text(text)
    (skip,) = iter_sources([folder])
    assert isinstance(skip, Skip) and said in skip.reason
    assert L8 in skip.source


def test_what_a_landsat_scene_lacks_is_named(tmp_path: Path) -> None:
    folder = landsat(tmp_path)
    (skip,) = iter_sources([folder], options=ImageryOptions(bands=("B9",)))
    assert isinstance(skip, Skip) and "no band 'B9'" in skip.reason
    assert "SR_B7" in skip.reason
    for number in (2, 3, 4):
        (folder / f"{L8}_SR_B{number}.TIF").unlink()
    (item,) = iter_sources([folder])
    assert isinstance(item, SourceItem)
    assert any("no colours" in doubt for doubt in item.told.doubts)


def test_notes_too_large_are_not_read() -> None:
    with pytest.raises(ImageReadError, match="too large"):
        read_mtl(b" " * (32 * 2**20 + 1), "x")


# Tiles of Sentinel-2 as AWS has them, and the bands of COG buckets.

PRODUCT = "S2A_MSIL1C_20220131T101231_N0400_R022_T32TQM_20220131T120000"


def aws_tile(folder: Path, level: str, *, notes: bool = True) -> Path:
    for number, band in enumerate(("B02", "B03", "B04", "B08"), 2):
        place = folder / (f"R10m/{band}.jp2" if level == "L2A" else f"{band}.jp2")
        place.parent.mkdir(parents=True, exist_ok=True)
        exact = {"QUALITY": "100", "REVERSIBLE": "YES"}
        write_raster(place, values(number), driver="JP2OpenJPEG", **exact, **UTM)
    write_raster(folder / "preview.jpg", np.full((3, 8, 8), 9, np.uint8), driver="JPEG")
    if notes:
        tile = {
            "timestamp": "2022-01-31T10:18:27.000Z",
            "utmZone": 32,
            "latitudeBand": "T",
            "gridSquare": "QM",
            "cloudyPixelPercentage": 33.5,
            "productName": PRODUCT.replace("L1C", level),
        }
        (folder / "tileInfo.json").write_text(json.dumps(tile))
        (folder / "metadata.xml").write_text(
            "<a><SENSING_TIME>2022-01-31T10:18:27.512Z</SENSING_TIME>"
            "<CLOUDY_PIXEL_PERCENTAGE>33.5</CLOUDY_PIXEL_PERCENTAGE></a>"
        )
    return folder


@pytest.mark.parametrize("level", ["L1C", "L2A"])
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_tile_as_aws_lays_it_out_is_one_scene(
    tmp_path: Path, level: str, kind: str
) -> None:
    folder = aws_tile(tmp_path / "tiles/32/T/QM/2022/1/31/0", level)
    place = tmp_path / "tiles"
    if kind == "zip":
        place = tmp_path / "tile.zip"
        with zipfile.ZipFile(place, "w") as archive:
            for path in sorted(folder.rglob("*.*")):
                archive.write(path, f"0/{path.relative_to(folder)}")
    (chip,) = chips(place, stretch="reflectance")
    record = chip.record
    assert record.source.endswith("/0")
    assert record.sensor == "Sentinel-2A"
    assert record.datetime is not None
    assert f"{record.datetime:%Y-%m-%dT%H:%M:%S}" == "2022-01-31T10:18:27"
    assert record.properties["eo:cloud_cover"] == 33.5
    assert record.properties["tile"] == "T32TQM"
    for channel, band in enumerate((4, 3, 2)):  # Baseline 04.00 adds 1000.
        wanted = grey(values(band), 1e-4, -0.1)
        np.testing.assert_allclose(chip.pixels[..., channel], wanted, atol=1)


@pytest.mark.parametrize("stem", ["", "T32TQM_20220131T101231_", "S2A_x_"])
def test_bands_of_sentinel_2_without_notes_are_one_scene(
    tmp_path: Path, stem: str
) -> None:
    folder = tmp_path / "S2A_32TQM_20220131_0_L2A"
    folder.mkdir()
    for number, band in enumerate(("B02", "B03", "B04", "B08", "B8A"), 2):
        write_raster(folder / f"{stem}{band}.tif", values(number), **UTM)
    for other in ("SCL", "AOT"):
        write_raster(folder / f"{stem}{other}.tif", values(9), **UTM)
    write_raster(folder / "unrelated.tif", values(9), **UTM)
    items = list(iter_sources([tmp_path]))
    home = folder.as_posix()
    product = f"{home}!/{stem[:-1]}" if stem else home
    assert [item.source for item in items] == [product, f"{home}/unrelated.tif"]
    assert isinstance(items[0], SourceItem)
    scene = open_scene(items[0], ImageryOptions(stretch="range:8000,20000"))
    (chip,) = scene.chips()
    scene.close()
    assert isinstance(chip, Chip)
    assert chip.record.sensor == ("Sentinel-2A" if not stem else chip.record.sensor)
    assert chip.record.datetime is not None
    assert f"{chip.record.datetime:%Y-%m-%d}" == "2022-01-31"
    for channel, band in enumerate((4, 3, 2)):
        wanted = (values(band)[0].astype(float) - 8000) * 255 / 12000
        np.testing.assert_allclose(chip.pixels[..., channel], wanted, atol=1)


@pytest.mark.parametrize(
    "names, triple, sensor",
    [
        ("HLS.S30.T10TET.2020123T190911.v2.0.B0{}.tif", (4, 3, 2), None),
        ("HLS.L30.T10TET.2020123T190911.v2.0.B0{}.tif", (4, 3, 2), None),
        ("CBERS_4_MUX_20200131_209_139_L4_BAND{}.tif", (7, 6, 5), "CBERS-4"),
    ],
)
def test_other_satellites_bands_are_one_scene(
    tmp_path: Path, names: str, triple: tuple[int, ...], sensor: str | None
) -> None:
    for number in range(2, 9):
        write_raster(tmp_path / names.format(number), values(number), **UTM)
    (chip,) = chips(tmp_path, stretch="range:8000,20000")
    for channel, band in enumerate(triple):
        wanted = (values(band)[0].astype(float) - 8000) * 255 / 12000
        np.testing.assert_allclose(chip.pixels[..., channel], wanted, atol=1)
    assert chip.record.datetime is not None and chip.record.datetime.year == 2020
    assert chip.record.sensor == sensor


def test_colours_as_words_make_a_scene_and_lone_bands_do_not(tmp_path: Path) -> None:
    for number, word in enumerate(("blue", "green", "red", "nir"), 1):
        write_raster(tmp_path / f"field_{word}.tif", values(number), **UTM)
    for name in ("block_b1.tif", "block_b2.tif", "block_b3.tif", "block_b4.tif"):
        write_raster(tmp_path / name, values(9), **UTM)
    found = [item.source.rpartition("/")[2] for item in iter_sources([tmp_path])]
    assert found[0] == "field" and len(found) == 5


def test_a_folder_of_many_scenes_is_looked_through_once() -> None:
    class Counted(str):
        compared = 0

        def startswith(self, *given: object) -> bool:
            Counted.compared += 1
            return super().startswith(*given)  # type: ignore[arg-type]

    words = ("red", "green", "blue")
    names = [Counted(f"s{n:04}_{c}.tif") for n in range(400) for c in words]
    assert len(find_products("x", names)) == 400
    assert Counted.compared < 10 * len(names)


# Sentinel-1.

S1 = "S1A_IW_GRDH_1SDV_20180420T063852_20180420T063917_021553_025235_1234"


def sentinel1(folder: Path, *, kind: str = "grd") -> Path:
    product = folder / f"{S1}.SAFE"
    (product / "measurement").mkdir(parents=True)
    (product / "preview").mkdir()
    points = [
        GroundControlPoint(row, column, 7 + column / 2000, 51 - row / 2000)
        for row in (0, 15, 30)
        for column in (0, 20, 40)
    ]
    rng = np.random.default_rng(3)
    for pol in ("vv", "vh"):
        amplitude = rng.lognormal(5, 1, (1, 30, 40)).astype(np.uint16) + 1
        amplitude[:, :5] = 0
        name = f"s1a-iw-{kind}-{pol}-20180420t063852-20180420t063917-021553-1.tiff"
        write_raster(
            product / "measurement" / name, amplitude, gcps=points, crs="EPSG:4326"
        )
    quick = np.full((3, 8, 8), 9, np.uint8)
    write_raster(product / "preview/quick-look.png", quick, driver="PNG")
    (product / "manifest.safe").write_text(
        """<xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1" xmlns:safe="http://x">
        <safe:platform><safe:familyName>SENTINEL-1</safe:familyName>
        <safe:number>A</safe:number></safe:platform>
        <safe:acquisitionPeriod><safe:startTime>2018-04-20T06:38:52.123456</safe:startTime>
        <safe:stopTime>2018-04-20T06:39:17.1</safe:stopTime></safe:acquisitionPeriod>
        <s1:mode xmlns:s1="http://y">IW</s1:mode><s1:pass xmlns:s1="http://y">DESCENDING</s1:pass>
        </xfdu:XFDU>"""
    )
    return product


@pytest.mark.parametrize("kind", ["folder", "notes", "zip", "tar"])
def test_a_sentinel_1_product_is_one_scene_in_decibels(
    tmp_path: Path, kind: str
) -> None:
    product = sentinel1(tmp_path / "in")
    place = product
    if kind == "notes":
        place = product / "manifest.safe"
    elif kind == "zip":
        place = tmp_path / "s1.zip"
        with zipfile.ZipFile(place, "w") as archive:
            for path in sorted(product.rglob("*.*")):
                archive.write(path, path.relative_to(product.parent))
    elif kind == "tar":
        place = tmp_path / "s1.tar"
        with tarfile.open(place, "w") as archive:
            archive.add(product, product.name)
    (chip,) = chips(place)
    record = chip.record
    assert record.sensor == "Sentinel-1A"
    assert record.datetime is not None
    assert record.datetime.isoformat() == "2018-04-20T06:38:52.123456+00:00"
    assert record.properties["sat:orbit_state"] == "descending"
    assert record.properties["sar:instrument_mode"] == "IW"
    assert record.bbox is not None
    np.testing.assert_allclose(record.bbox, (7, 50.985, 7.02, 51), atol=1e-4)
    assert record.nodata_share == pytest.approx(5 / 30)
    rng = np.random.default_rng(3)
    amplitude = rng.lognormal(5, 1, (30, 40)).astype(np.uint16) + 1.0
    db = 20 * np.log10(amplitude)
    low, high = np.percentile(db[5:], [2, 98])
    wanted = np.clip((db[5:] - low) / (high - low) * 255, 0, 255)
    np.testing.assert_allclose(chip.pixels[5:, :, 0], wanted, atol=1)
    assert not chip.pixels[:5].any()


def test_polarisations_make_colours_where_they_are_asked_for(tmp_path: Path) -> None:
    product = sentinel1(tmp_path)
    (chip,) = chips(product, bands=("VV", "VH", "VV"), stretch="db:0,60")
    assert (chip.pixels[..., 0] == chip.pixels[..., 2]).all()
    assert (chip.pixels[..., 0] != chip.pixels[..., 1]).any()
    assert chip.record.bbox is not None
    np.testing.assert_allclose(chip.record.bbox, (7, 50.985, 7.02, 51), atol=1e-4)
    (skip,) = iter_sources([product], options=ImageryOptions(bands=("HH",)))
    assert isinstance(skip, Skip) and "it has VV, VH" in skip.reason


def test_complex_products_of_sentinel_1_are_refused_in_words(tmp_path: Path) -> None:
    (skip,) = iter_sources([sentinel1(tmp_path, kind="slc")])
    assert isinstance(skip, Skip) and "complex" in skip.reason and "GRD" in skip.reason

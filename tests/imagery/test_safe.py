import os
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from drawing import only
from products import NAME, UTM, chips, counts, jp2, notes, safe, zipped
from rasterio.transform import Affine

from rsrag.errors import ImageReadError, ImageryError
from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.products.safe_notes import read_notes
from rsrag.imagery.scenes import open_scene, read_chip
from rsrag.imagery.sources.source_lookup import find_item
from rsrag.imagery.sources.sources import SourceItem, iter_sources
from rsrag.types import Skip


def same(seen: np.ndarray, wanted: np.ndarray) -> None:
    """Equal but for the rounding of halves."""
    np.testing.assert_allclose(seen.astype(float), wanted, atol=1)


@pytest.mark.parametrize("name", [NAME.removesuffix(".SAFE"), "today", "S2 (1)"])
@pytest.mark.parametrize("kind", ["folder", "notes", "zip", "top of a zip"])
def test_a_product_is_known_by_its_notes_whatever_its_folder_is_called(
    tmp_path: Path, name: str, kind: str
) -> None:
    product = safe(tmp_path).rename(tmp_path / name)
    place = {"folder": tmp_path, "notes": product / "MTD_MSIL2A.xml"}.get(kind)
    if place is None:
        place = tmp_path.with_name("zips") / f"{kind[0]}.zip"
        place.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(place, "w") as archive:
            base = product if kind == "top of a zip" else tmp_path
            for file in sorted(product.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(base))
    (chip,) = chips(place)
    assert chip.record.sensor == "Sentinel-2A"
    assert chip.record.properties["eo:cloud_cover"] == 12.5
    again = read_chip(chip.record.source, chip.record.window, ImageryOptions())
    np.testing.assert_array_equal(again, chip.pixels)


def grey(values: np.ndarray, offset: int = -1000) -> np.ndarray:
    """The reflectance law by hand: 0.4 is white."""
    reflectance = (values.astype(float) + offset) / 10_000
    return np.clip(np.rint(reflectance * 2.5 * 255), 0, 255)


@pytest.mark.parametrize("level", ["L1C", "L2A"])
@pytest.mark.parametrize("kind", ["folder", "stored", "deflated"])
def test_a_product_is_one_scene(tmp_path: Path, level: str, kind: str) -> None:
    product = safe(tmp_path / "archive", level)
    place = product
    if kind != "folder":
        method = 0 if kind == "stored" else 8
        place = zipped(product, tmp_path / "p.zip", method)
    (chip,) = chips(place)
    record = chip.record
    expected = product.as_posix()
    if kind != "folder":
        expected = f"{place.as_posix()}!/{product.name}"
    assert record.source == expected
    assert record.sensor == "Sentinel-2A"
    assert record.datetime is not None
    assert record.datetime.isoformat() == "2022-01-31T10:12:31.024000+00:00"
    assert record.crs == "EPSG:32632" and record.gsd_m == 10
    assert record.properties == {
        "eo:cloud_cover": 12.5,
        "processing_baseline": "04.00",
        "processing_level": "Level-2A",
        "relative_orbit": "22",
        "product": NAME,
        "tile": "T32TQM",
    }
    rgb = np.random.default_rng(5).integers(1, 255, (3, 40, 40), np.uint8)
    rgb[:, :10, :10] = 0
    np.testing.assert_array_equal(chip.pixels, rgb.transpose(1, 2, 0))
    assert record.nodata_share == pytest.approx(100 / 1600)
    again = read_chip(record.source, record.window, ImageryOptions())
    np.testing.assert_array_equal(again, chip.pixels)
    # The folder above it finds the same scene, and nothing else of the product.
    if kind == "folder":
        assert only(tmp_path).source == expected


@pytest.mark.parametrize("level", ["L1C", "L2A"])
@pytest.mark.parametrize("packed", [False, True])
def test_reflectance_takes_the_products_offset(
    tmp_path: Path, level: str, packed: bool
) -> None:
    product = safe(tmp_path, level)
    place = zipped(product, tmp_path / "p.zip") if packed else product
    options = {"bands": ("B04", "B03", "B02"), "stretch": "reflectance"}
    (chip,) = chips(place, **options)
    for channel, seed in enumerate((2, 1, 0)):  # Each its own band, in this order.
        same(chip.pixels[..., channel], grey(counts(seed)[0]))
    again = read_chip(chip.record.source, chip.record.window, ImageryOptions(**options))
    np.testing.assert_array_equal(again, chip.pixels)
    assert chip.record.crs == "EPSG:32632"


def test_before_baseline_4_there_is_no_offset_and_numbers_typed_win(
    tmp_path: Path,
) -> None:
    product = safe(tmp_path, baseline="03.01", offset=None)
    (old,) = chips(product, bands=("B04",), stretch="reflectance")
    same(old.pixels[..., 0], grey(counts(2)[0], 0))
    (typed,) = chips(product, bands=("B04",), stretch="reflectance:1e-4,-0.05")
    same(typed.pixels[..., 0], grey(counts(2)[0], -500))


def test_reflectance_alone_means_bands_and_not_the_picture(tmp_path: Path) -> None:
    (chip,) = chips(safe(tmp_path), stretch="reflectance")
    same(chip.pixels[..., 2], grey(counts(0)[0]))
    (bare,) = chips(safe(tmp_path / "bare", tci=False))
    assert bare.pixels.shape == (40, 40, 3)


def test_coarse_bands_are_laid_over_fine_ones(tmp_path: Path) -> None:
    options = {"bands": ("b11", "nir", "red"), "stretch": "reflectance"}
    (chip,) = chips(safe(tmp_path), **options)
    coarse = counts(9, 20)[0].repeat(2, 0).repeat(2, 1)
    same(chip.pixels[..., 0], grey(coarse))
    same(chip.pixels[..., 1], grey(counts(3)[0]))
    same(chip.pixels[..., 2], grey(counts(2)[0]))


def test_ids_tell_band_sets_apart_and_nothing_else(tmp_path: Path) -> None:
    product = safe(tmp_path / "a")
    (first,) = chips(product, bands=("B04", "B03", "B02"))
    (same,) = chips(safe(tmp_path / "b"), bands=("B04", "B03", "B02"))
    (other,) = chips(product, bands=("B08", "B04", "B03"))
    assert first.record.id == same.record.id != other.record.id


def test_what_a_product_lacks_is_named(tmp_path: Path) -> None:
    product = safe(tmp_path)
    (skip,) = iter_sources([product], options=ImageryOptions(bands=("B09",)))
    assert isinstance(skip, Skip) and "B09" in skip.reason and "B11" in skip.reason
    (product / "GRANULE").rename(product / "AWAY")
    (skip,) = iter_sources([product])
    assert isinstance(skip, Skip) and "no band" in skip.reason
    (product / "AWAY").rename(product / "GRANULE")
    jp2(product / "GRANULE/other/IMG_DATA/x_B04.jp2", counts(1), **UTM)
    (skip,) = iter_sources([product])
    assert isinstance(skip, Skip) and "2 granules" in skip.reason
    (product / "MTD_MSIL2A.xml").unlink()
    # Without notes it is a folder like any other: its four bands of 10 m, which share
    # a name and a folder, are one scene, other pictures are their own.
    assert len([i for i in iter_sources([product]) if isinstance(i, SourceItem)]) == 5
    with pytest.raises(ImageryError, match="no longer there"):
        find_item(product.as_posix())


def test_bands_of_other_places_make_no_scene(tmp_path: Path) -> None:
    product = safe(tmp_path, tci=False)
    (b03,) = product.rglob("*_B03_10m.jp2")
    far = {**UTM, "transform": Affine(10, 0, 600030, 0, -10, 5000040)}
    jp2(b03, counts(1), **far)
    with pytest.raises(ImageReadError, match="do not lie over each other"):
        chips(product)


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "no XML"),
        ("<a><b></a>", "no XML"),
        ("not xml", "no XML"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type"),
        ("<a>&undefined;</a>", "no XML"),
        (notes(cloud="many"), "Cloud_Coverage_Assessment is 'many'"),
        (notes(cloud="nan"), "not a number"),
        (notes().replace("10000", "0"), "not positive"),
        (notes().replace('band_id="0"', 'band_id="99"'), "band_id '99'"),
        (notes().replace('band_id="0"', 'band_id="²"'), "band_id"),
        (notes().replace("2022-01-31T10", "yesterday"), "PRODUCT_START_TIME"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', "no XML"),
    ],
)
def test_hostile_notes_are_refused_with_a_name(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ImageReadError, match=said):
        read_notes(text.encode(), "x.xml")
    product = safe(tmp_path)
    (product / "MTD_MSIL2A.xml").write_text(text, encoding="utf-8")
    (skip,) = iter_sources([product])
    assert isinstance(skip, Skip) and said in skip.reason
    assert "MTD_MSIL2A.xml" in skip.reason
    (skip,) = iter_sources([zipped(product, tmp_path / "p.zip")])
    assert isinstance(skip, Skip) and said in skip.reason


def test_deep_notes_and_any_bytes_end(tmp_path: Path) -> None:
    deep = "<a>" * 50_000 + "</a>" * 50_000
    assert read_notes(deep.encode(), "x").cloud is None
    rng = np.random.default_rng(0)
    good = notes().encode()
    for _ in range(500):
        broken = bytearray(good)
        for at in rng.integers(0, len(good), 8):
            broken[at] = rng.integers(0, 256)
        with suppress(ImageReadError):
            read_notes(bytes(broken), "x")


def test_links_out_of_a_product_are_not_followed(tmp_path: Path) -> None:
    secret = jp2(tmp_path / "secret.jp2", counts(1), **UTM)
    product = safe(tmp_path / "archive", tci=False)
    (b04,) = product.rglob("*_B04_10m.jp2")
    b04.unlink()
    b04.symlink_to(secret)
    (skip,) = iter_sources([product])
    assert isinstance(skip, Skip) and skip.kind == "UnsafeArchiveError"
    b04.unlink()
    os.mkfifo(b04)
    (skip,) = iter_sources([product])
    assert isinstance(skip, Skip) and "no file" in skip.reason


def test_damaged_zips_of_products_end_in_errors_with_names(tmp_path: Path) -> None:
    whole = zipped(safe(tmp_path), tmp_path / "p.zip").read_bytes()
    options = ImageryOptions(bands=("B04",))
    rng = np.random.default_rng(0)
    opened = 0
    for _ in range(120):
        broken = bytearray(whole)
        for at in rng.integers(0, len(whole), 3):
            broken[at] = rng.integers(0, 256)
        (tmp_path / "x.zip").write_bytes(broken)
        for one in iter_sources([tmp_path / "x.zip"], options=options):
            if isinstance(one, Skip):
                assert one.kind in ("ImageReadError", "UnsafeArchiveError"), one
                continue
            with suppress(ImageReadError):
                scene = open_scene(one, options)
                list(scene.chips())
                scene.close()
                opened += 1
    assert opened


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "tar.xz"])
def test_a_product_in_a_tar_is_one_scene(tmp_path: Path, kind: str) -> None:
    product = safe(tmp_path / "in")
    place = tmp_path / f"p.{kind}"
    with tarfile.open(place, f"w:{kind[4:]}") as archive:
        archive.add(product, product.name)
    options = {"bands": ("B04", "B03", "B02"), "stretch": "reflectance"}
    (chip,) = chips(place, **options)
    (other,) = chips(product, **options)
    assert chip.record.source == f"{place.as_posix()}!/{product.name}"
    assert chip.record.properties == other.record.properties
    assert chip.record.id == other.record.id
    np.testing.assert_array_equal(chip.pixels, other.pixels)

"""Recipes of products and catalogues: folders of a scene, and STAC items."""

import datetime as dt
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

from bench.zoo.animals import (
    Animal,
    Grid,
    box_grid,
    pixels,
    utc,
    write_picture,
    write_raster,
)

_TILE = "EPSG:32632"
_SAFE = "S2A_MSIL2A_20220131T101231_N0400_R022_T32TQM_20220131T120000"
_NOTES = """<?xml version="1.0"?>
<n1:Level-2A_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/x.xsd">
<n1:General_Info><Product_Info>
<PRODUCT_START_TIME>2022-01-31T10:12:31.024Z</PRODUCT_START_TIME>
<PROCESSING_LEVEL>Level-2A</PROCESSING_LEVEL>
<PROCESSING_BASELINE>04.00</PROCESSING_BASELINE>
<Datatake><SPACECRAFT_NAME>Sentinel-2A</SPACECRAFT_NAME></Datatake>
</Product_Info><Product_Image_Characteristics><QUANTIFICATION_VALUES_LIST>
<BOA_QUANTIFICATION_VALUE>10000</BOA_QUANTIFICATION_VALUE>
</QUANTIFICATION_VALUES_LIST></Product_Image_Characteristics></n1:General_Info>
</n1:Level-2A_User_Product>"""
_MTL = """GROUP = L1_METADATA_FILE
  GROUP = PRODUCT_METADATA
    SPACECRAFT_ID = "LANDSAT_8"
    DATE_ACQUIRED = 2020-01-31
    SCENE_CENTER_TIME = "10:02:03.1234560Z"
    CLOUD_COVER = 12.50
  END_GROUP = PRODUCT_METADATA
END_GROUP = L1_METADATA_FILE
END
"""


def _files(folder: Path, below: str) -> tuple[str, ...]:
    found = sorted(p for p in (folder / below).rglob("*") if p.is_file())
    return tuple(p.relative_to(folder).as_posix() for p in found)


def by_product(folder: Path) -> Iterator[Animal]:
    """Sentinel-2 in a folder with and without its ending, and in a zip; Landsat."""
    place = Grid(_TILE, (10, 0, 600000, 0, -10, 5000040), (40, 40))
    moment = utc(2022, 1, 31, 10, 12, 31)
    for seed, name in enumerate((f"{_SAFE}.SAFE", _SAFE, f"z/{_SAFE}.SAFE")):
        home = folder / "products" / str(seed) / name
        images = home / "GRANULE/L2A_T32TQM_A034500_20220131T101230/IMG_DATA/R10m"
        for number, band in enumerate(("B02", "B03", "B04", "B08", "TCI")):
            kind, count = ("uint8", 3) if band == "TCI" else ("uint16", 1)
            data = pixels(4000 + 10 * seed + number, count, kind, (40, 40))
            path = images / f"T32TQM_20220131T101231_{band}_10m.jp2"
            write_raster(path, data, place.crs, place.transform, "JP2OpenJPEG")
        (home / "MTD_MSIL2A.xml").write_text(_NOTES)
        source = f"products/{seed}/{name}"
        if seed < 2:
            yield Animal(source, _files(folder, source), place, moment)
    zipped = folder / "products" / f"{_SAFE}.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        for file in _files(folder, "products/2/z"):
            archive.write(folder / file, file.removeprefix("products/2/z/"))
    shutil.rmtree(folder / "products/2")
    source = zipped.relative_to(folder).as_posix()
    yield Animal(source, (source,), place, moment)
    yield from _landsat(folder)
    yield from _swath(folder)


def _landsat(folder: Path) -> Iterator[Animal]:
    name = "LC08_L2SP_193026_20200131_20200205_02_T1"
    place = Grid(_TILE, (30, 0, 500085, 0, -30, 5400015))
    home = folder / "products" / name
    for number, band in enumerate(("SR_B2", "SR_B3", "SR_B4", "SR_B5")):
        path = home / f"{name}_{band}.TIF"
        write_raster(
            path, pixels(4100 + number, 1, "uint16"), place.crs, place.transform
        )
    (home / f"{name}_MTL.txt").write_text(_MTL)
    source = f"products/{name}"
    yield Animal(source, _files(folder, source), place, utc(2020, 1, 31), day=True)


def _swath(folder: Path) -> Iterator[Animal]:
    from bench.zoo.placed import by_points

    name = "S1B_IW_GRDH_1SDV_20200131T063852_20200131T063917_020021_025E1A_ABCD.SAFE"
    swaths = by_points(folder / "made", 4900)
    (animal,) = (a for a in swaths if "fiji" in a.source)
    stem = "s1b-iw-grd-vv-20200131t063852-20200131t063917-020021-025e1a-001.tiff"
    path = folder / "products" / name / "measurement" / stem
    path.parent.mkdir(parents=True)
    shutil.move(folder / "made" / animal.source, path)
    shutil.rmtree(folder / "made")
    moment = utc(2020, 1, 31, 6, 38, 52)
    source = f"products/{name}"
    yield Animal(source, _files(folder, source), animal.place, moment)


def by_stac(folder: Path) -> tuple[list[Path], list[Animal]]:
    """Items by rio-stac over rasters here, and by hand over pictures without a place.

    Returns:
        Documents to index, and their scenes.
    """
    from rasterio.crs import CRS
    from rio_stac import create_stac_item

    home = folder / "stac"
    home.mkdir()
    moment = dt.datetime(2021, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
    documents, animals = [], []
    for seed, (name, crs, transform) in enumerate(
        (
            ("utm", _TILE, (10.0, 0.0, 600000.0, 0.0, -10.0, 5000040.0)),
            ("polar", "EPSG:3413", (1000.0, 0.0, -1e6, 0.0, -1000.0, 2e6)),
            ("degrees", "EPSG:4326", (0.01, 0.0, -70.0, 0.0, -0.01, -10.0)),
            ("sinusoidal", "ESRI:54008", (500.0, 0.0, 5e6, 0.0, -500.0, 3e6)),
        )
    ):
        picture = home / f"{name}.tif"
        write_raster(picture, pixels(4200 + seed), CRS.from_string(crs), transform)
        item = create_stac_item(
            str(picture),
            input_datetime=moment,
            id=name,
            with_proj=True,
            asset_name="visual",
            asset_roles=["visual"],
            asset_href=f"./{name}.tif",
            asset_media_type="image/tiff; application=geotiff",
        )
        document = home / f"{name}.json"
        document.write_text(json.dumps(item.to_dict(transform_hrefs=False)))
        documents.append(document)
        files = (f"stac/{name}.tif", f"stac/{name}.json")
        animals.append(
            Animal(
                f"{files[1]}!/{name}", files, Grid(crs, transform), moment, sidecars=1
            )
        )
    for seed, (name, box) in enumerate(
        {"box": (10, 45, 11, 46), "box-at-180": (175, -20, -175, -10)}.items()
    ):
        write_picture(home / f"{name}.jpg", 4300 + seed)
        asset = {"href": f"./{name}.jpg", "type": "image/jpeg", "roles": ["visual"]}
        document = home / f"{name}-item.json"
        document.write_text(
            json.dumps(
                {
                    "type": "Feature",
                    "stac_version": "1.0.0",
                    "id": name,
                    "bbox": box,
                    "geometry": None,
                    "links": [],
                    "properties": {"datetime": "2021-02-03T06:05:06+02:00"},
                    "assets": {"visual": asset},
                }
            )
        )
        documents.append(document)
        files = (f"stac/{name}.jpg", f"stac/{name}-item.json")
        animals.append(
            Animal(
                f"{files[1]}!/{name}",
                files,
                box_grid(*box),
                moment,
                sidecars=1,
            )
        )
    return documents, animals

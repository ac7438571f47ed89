"""Sentinel-2 products and STAC documents for the tests, small, drawn in code."""

import json
import zipfile
from pathlib import Path

import numpy as np
from drawing import write_raster
from rasterio.transform import Affine

from rsrag.imagery.imagery_options import ImageryOptions
from rsrag.imagery.scenes import open_scene
from rsrag.imagery.sources.items import SourceItem
from rsrag.imagery.sources.sources import iter_sources
from rsrag.types import Chip

UTM = {"crs": "EPSG:32632", "transform": Affine(10, 0, 600000, 0, -10, 5000040)}
NAME = "S2A_MSIL2A_20220131T101231_N0400_R022_T32TQM_20220131T120000.SAFE"


def chips(path: Path, **options) -> list[Chip]:
    """All chips of the only scene at a path."""
    given = ImageryOptions(**options)
    (item,) = iter_sources([path], options=given)
    assert isinstance(item, SourceItem), item
    scene = open_scene(item, given)
    try:
        found = list(scene.chips())
    finally:
        scene.close()
    assert all(isinstance(chip, Chip) for chip in found), found
    return found


def jp2(path: Path, bands: np.ndarray, **profile) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"QUALITY": "100", "REVERSIBLE": "YES", "YCBCR420": "NO"}
    return write_raster(path, bands, driver="JP2OpenJPEG", **options, **profile)


def notes(
    level: str = "L2A", baseline: str = "04.00", offset: int | None = -1000, **given
) -> str:
    kind = "BOA" if level == "L2A" else "RADIO"
    quantity = "BOA_QUANTIFICATION_VALUE" if level == "L2A" else "QUANTIFICATION_VALUE"
    offsets = ""
    if offset is not None:
        offsets = "".join(
            f'<{kind}_ADD_OFFSET band_id="{n}">{offset}</{kind}_ADD_OFFSET>'
            for n in range(13)
        )
    cloud = given.get("cloud", "12.5")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<n1:Level-2A_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/x.xsd">
 <n1:General_Info><Product_Info>
  <PRODUCT_START_TIME>2022-01-31T10:12:31.024Z</PRODUCT_START_TIME>
  <PRODUCT_URI>{NAME}</PRODUCT_URI>
  <PROCESSING_LEVEL>Level-2A</PROCESSING_LEVEL>
  <PROCESSING_BASELINE>{baseline}</PROCESSING_BASELINE>
  <Datatake><SPACECRAFT_NAME>Sentinel-2A</SPACECRAFT_NAME>
  <SENSING_ORBIT_NUMBER>22</SENSING_ORBIT_NUMBER></Datatake>
  <Granule_List><Granule><IMAGE_FILE>../../../etc/passwd</IMAGE_FILE></Granule>
  </Granule_List></Product_Info>
  <Product_Image_Characteristics>
   <QUANTIFICATION_VALUES_LIST><{quantity} unit="none">10000</{quantity}>
   <AOT_QUANTIFICATION_VALUE>1000.0</AOT_QUANTIFICATION_VALUE>
   </QUANTIFICATION_VALUES_LIST>{offsets}
  </Product_Image_Characteristics></n1:General_Info>
 <n1:Quality_Indicators_Info>
  <Cloud_Coverage_Assessment>{cloud}</Cloud_Coverage_Assessment>
 </n1:Quality_Indicators_Info>
</n1:Level-2A_User_Product>"""


def counts(seed: int, side: int = 40) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(1200, 5000, (1, side, side)).astype(np.uint16)


def safe(folder: Path, level: str = "L2A", *, tci: bool = True, **given) -> Path:
    """A product with B02, B03, B04, B08 at 10 m and B11 at 20 m, all different."""
    product = folder / NAME.replace("L2A", level)
    images = product / f"GRANULE/{level}_T32TQM_A034500_20220131T101230/IMG_DATA"
    stem = "T32TQM_20220131T101231"
    fine, coarse = ("R10m/", "R20m/") if level == "L2A" else ("", "")
    ten, twenty = ("_10m", "_20m") if level == "L2A" else ("", "")
    for seed, band in enumerate(("B02", "B03", "B04", "B08")):
        jp2(images / f"{fine}{stem}_{band}{ten}.jp2", counts(seed), **UTM)
    rough = {**UTM, "transform": Affine(20, 0, 600000, 0, -20, 5000040)}
    jp2(images / f"{coarse}{stem}_B11{twenty}.jp2", counts(9, 20), **rough)
    if level == "L2A":
        jp2(images / f"{coarse}{stem}_B04{twenty}.jp2", counts(8, 20), **rough)
    if tci:
        rgb = np.random.default_rng(5).integers(1, 255, (3, 40, 40), np.uint8)
        rgb[:, :10, :10] = 0
        jp2(images / f"{fine}{stem}_TCI{ten}.jp2", rgb, **UTM)
    preview = product / "GRANULE/x/QI_DATA/T32TQM_PVI.jp2"
    jp2(preview, np.full((3, 8, 8), 9, np.uint8))
    (product / f"MTD_MSI{level}.xml").write_text(notes(level, **given))
    return product


def zipped(product: Path, path: Path, method: int = 8) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for file in sorted(product.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(product.parent))
    return path


def item(id: str = "scene", href: str = "./scene.tif", **given) -> dict:
    picture = {"href": href, "type": "image/tiff", "roles": ["visual"]}
    assets = given.pop("assets", {"visual": picture})
    properties = {"datetime": "2022-01-31T10:12:31Z", "gsd": 10, "platform": "s2a"}
    properties |= given.pop("properties", {})
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": id,
        "bbox": [10, 45, 11, 46],
        "geometry": None,
        "properties": properties,
        "links": [],
        "assets": assets,
        **given,
    }


def write_json(path: Path, value: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path

"""One place in five years: houses come, a cloud passes, one picture is told twice."""

from datetime import date
from pathlib import Path

import numpy as np
import rasterio

from tests.analysis.made_pairs import built, ground
from tests.analysis.made_scenes import write_scene

DATES = ("2012-06-01", "2014-06-05", "2016-06-03", "2016-07-20", "2019-06-09")
HOUSES = (176, 40, 224, 88)
SIDE = 128


def lit(picture: np.ndarray, gain: float) -> np.ndarray:
    """In another light."""
    return (picture * gain).clip(0, 255).astype(np.uint8)


def write_years(folder: Path) -> list[Path]:
    """GeoTIFFs of 256 x 128 pixels, the earliest first.

    Houses stand in the eastern half from the third on; over the western half of the
    second lies a cloud; the fourth is the third once more, a grey level brighter.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fields = ground(256, SIDE)
    cloudy = lit(fields, 0.9)
    cloudy[:, :SIDE] = 235
    town = built(fields, HOUSES)
    last = town + np.random.default_rng(3).integers(-25, 26, (SIDE, 256, 1))
    pictures = fields, cloudy, town, np.minimum(town, 254) + 1, last.clip(0, 255)
    paths = []
    for day, picture in zip(DATES, pictures, strict=True):
        path = write_scene(folder / f"place_{day}.tif", picture.astype(np.uint8))
        with rasterio.open(path, "r+") as file:
            file.update_tags(ACQUISITION_DATE=date.fromisoformat(day).isoformat())
        paths.append(path)
    return paths

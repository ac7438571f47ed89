"""One place in five years: houses come, a cloud passes, one picture is told twice."""

from datetime import date
from pathlib import Path

import numpy as np
import rasterio

from tests.analysis.made_pairs import built, ground
from tests.analysis.made_scenes import write_scene

DATES = ("2012-06-01", "2014-06-05", "2016-06-03", "2016-07-20", "2019-06-09")
HOUSES = (176, 40, 224, 88)
SAND, SEA = (222, 190, 130), (10, 40, 110)
SIDE = 128


def lit(picture: np.ndarray, gain: float) -> np.ndarray:
    """In another light."""
    return (picture * gain).clip(0, 255).astype(np.uint8)


def half_of(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """The picture, its eastern half of one colour with a little grain."""
    grain = np.random.default_rng(colour[0]).normal(0, 6, (SIDE, SIDE, 1))
    halved = picture.copy()
    halved[:, SIDE:] = (np.array(colour) + grain).clip(0, 255)
    return halved


def write_years(folder: Path, *, flooded: bool = False) -> list[Path]:
    """GeoTIFFs of 256 x 128 pixels, the earliest first.

    Houses stand in the eastern half from the third on; over the western half of the
    second lies a cloud; the fourth is the third once more, a grey level brighter.
    With ``flooded`` that half is sand, and sea from the third on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fields = ground(256, SIDE)
    if flooded:
        fields = half_of(fields, SAND)
    cloudy = lit(fields, 0.9)
    cloudy[:, :SIDE] = 235
    town = half_of(fields, SEA) if flooded else built(fields, HOUSES)
    grain = 6 if flooded else 25
    last = town + np.random.default_rng(3).integers(-grain, grain + 1, (SIDE, 256, 1))
    pictures = fields, cloudy, town, np.minimum(town, 254) + 1, last.clip(0, 255)
    paths = []
    for day, picture in zip(DATES, pictures, strict=True):
        path = write_scene(folder / f"place_{day}.tif", picture.astype(np.uint8))
        with rasterio.open(path, "r+") as file:
            file.update_tags(ACQUISITION_DATE=date.fromisoformat(day).isoformat())
        paths.append(path)
    return paths

"""A chip's payload as typed values, whichever store gave it."""

import datetime as dt
import json

import numpy as np
import pytest
import shapely

from rsrag.errors import ImageReadError
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Hit

BOX = shapely.box(8, 23, 12, 27)
PAYLOAD = {
    "source": "/data/a.tar!/x/earth.tif",
    "window": {"col_off": 1, "row_off": 2, "width": 3, "height": 4},
    "bbox": {"xmin": 8.0, "ymin": 23.0, "xmax": 12.0, "ymax": 27.0},
    "geometry": shapely.to_wkb(BOX),
    "datetime": dt.datetime(2020, 6, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    "gsd_m": 10,
    "nodata_share": 0.25,
    "sensor": "S2A",
    "crs": "EPSG:32633",
    "properties": '{"cloud": NaN, "path": 4}',
}


def test_every_column_is_typed() -> None:
    chip = ChipHit.of(Hit("a", 0.5, PAYLOAD))
    assert (chip.id, chip.score) == ("a", 0.5)
    assert chip.source == "/data/a.tar!/x/earth.tif" and chip.file_name == "earth.tif"
    assert chip.window == (1, 2, 3, 4)
    assert chip.bbox == (8, 23, 12, 27) and chip.centre == (10, 25, 2)
    assert chip.footprint.equals(BOX) and chip.wkb == shapely.to_wkb(BOX)
    assert chip.datetime == dt.datetime(2020, 6, 1, 10, tzinfo=dt.UTC)
    assert (chip.gsd_m, chip.nodata_share) == (10.0, 0.25)
    assert (chip.sensor, chip.crs) == ("S2A", "EPSG:32633")
    assert chip.properties == {"cloud": None, "path": 4}
    assert chip.place == "Sahara, Libya"
    assert ChipHit.of(chip) is chip


def test_columns_of_other_stores_mean_the_same() -> None:
    lists = {
        "window": [1, 2, 3, 4],
        "bbox": [8.0, 23.0, 12.0, 27.0],
        "datetime": "2020-06-01T10:00:00",
        "properties": {"path": 4},
    }
    chip, other = ChipHit("a", 0.5, PAYLOAD), ChipHit("a", 0.5, {**PAYLOAD, **lists})
    assert (chip.window, chip.bbox) == (other.window, other.bbox)
    assert chip.datetime == other.datetime
    assert other.properties == {"path": 4}


def test_what_is_missing_is_none() -> None:
    chip = ChipHit("a", 0.5, {"bbox": [8.0, None, 1.0, 2.0], "gsd_m": np.nan})
    assert chip.source == chip.file_name == "a"
    assert {chip.window, chip.bbox, chip.wkb, chip.footprint, chip.datetime} == {None}
    assert {chip.gsd_m, chip.sensor, chip.crs, chip.place, chip.centre} == {None}
    for text in ("{broken", json.dumps(["a"]), "[" * 100_000, None):
        assert ChipHit("a", 0.5, {"properties": text}).properties == {}


def test_pixels_come_from_the_reader() -> None:
    pixels = np.full((2, 3, 3), 7, dtype=np.uint8)
    chip = ChipHit.of(Hit("a", 0.5), lambda chip: pixels + len(chip.id))
    assert np.array_equal(chip.pixels(), pixels + 1)
    assert chip.image().size == (3, 2) and chip.image().getpixel((0, 0)) == (8, 8, 8)
    with pytest.raises(ImageReadError, match="cannot be read here"):
        ChipHit("a", 0.5).pixels()

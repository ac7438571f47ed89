"""Recipes of times: in names of products and files, in tags, in files beside."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.zoo.animals import Animal, Grid, pixels, utc, write_picture, write_raster
from bench.zoo.placed import NORTH_UP, UTM32


def _names() -> Iterator[tuple[str, datetime | None, bool]]:
    """Names in ``names.txt``, the true time, and whether only its day is known."""
    for line in Path(__file__).with_name("names.txt").read_text().splitlines():
        if not line.startswith("#"):
            moment, _, name = line.partition(" ")
            true = (
                None
                if moment == "-"
                else datetime.fromisoformat(moment).replace(tzinfo=UTC)
            )
            yield name, true, len(moment) == 10


def by_name(folder: Path) -> Iterator[Animal]:
    """Names that hold a time, a day, or digits that are none."""
    for seed, (name, moment, day) in enumerate(_names()):
        path = f"names/{name}.png"
        write_picture(folder / path, 1000 + seed)
        yield Animal(path, (path,), None, moment, day)


_TAGS: dict[str, tuple[dict[str, str], datetime | None]] = {
    "written": ({"TIFFTAG_DATETIME": "2024:05:06 07:08:09"}, None),
    "acquired": (
        {
            "ACQUISITIONDATETIME": "2019-03-04T05:06:07Z",
            "TIFFTAG_DATETIME": "2024:05:06 07:08:09",
        },
        utc(2019, 3, 4, 5, 6, 7),
    ),
    "zone": (
        {"ACQUISITIONDATETIME": "2019-03-04T05:06:07+05:30"},
        utc(2019, 3, 3, 23, 36, 7),
    ),
    "west": ({"ACQUISITION_DATE": "2019-03-04T23:00:00-08:00"}, utc(2019, 3, 5, 7)),
    "landsat": ({"DATE_ACQUIRED": "2019-03-04"}, utc(2019, 3, 4)),
    "zeros": ({"ACQUISITION_DATE": "0000:00:00 00:00:00"}, None),
    "words": ({"ACQUISITION_DATE": "last summer"}, None),
}


def by_tag(folder: Path) -> Iterator[Animal]:
    """Tags that say when it was taken, or only when it was written."""
    for seed, (name, (tags, moment)) in enumerate(_TAGS.items()):
        path = f"tags/{name}.tif"
        write_raster(folder / path, pixels(2000 + seed), UTM32, NORTH_UP, tags=tags)
        yield Animal(path, (path,), Grid(UTM32, NORTH_UP), moment)


def by_exif(folder: Path) -> Iterator[Animal]:
    """Clocks of cameras, with a zone and without, and that of an editor."""
    from PIL import Image

    for seed, (name, clock, zone, moment) in enumerate(
        (
            ("plain", "2020:01:31 10:12:31", None, utc(2020, 1, 31, 10, 12, 31)),
            ("zone", "2020:01:31 10:12:31", "+02:00", utc(2020, 1, 31, 8, 12, 31)),
            ("unset", "0000:00:00 00:00:00", None, None),
        )
    ):
        exif = Image.Exif()
        exif[0x0132] = "2024:05:06 07:08:09"
        exif.get_ifd(0x8769)[0x9003] = clock
        if zone:
            exif.get_ifd(0x8769)[0x9011] = zone
        path = f"exif/{name}.jpg"
        write_picture(folder / path, 2100 + seed, exif=exif)
        yield Animal(path, (path,), None, moment)


_BESIDE: dict[str, tuple[str, datetime]] = {
    "zulu": ("2020-01-31T10:12:31Z", utc(2020, 1, 31, 10, 12, 31)),
    "east": ("2020-01-31T10:12:31+02:00", utc(2020, 1, 31, 8, 12, 31)),
    "micro": ("2020-01-31T10:12:31.500000-03:00", utc(2020, 1, 31, 13, 12, 31)),
    "basic": ("20200131T101231Z", utc(2020, 1, 31, 10, 12, 31)),
    "slashes": ("2020/01/31 10:12:31", utc(2020, 1, 31, 10, 12, 31)),
    "half-day": ("2020/01/31 10:12 PM", utc(2020, 1, 31, 22, 12)),
    "words": ("31-Jan-2020", utc(2020, 1, 31)),
    "german": ("31.01.2020 22:12", utc(2020, 1, 31, 22, 12)),
    "utc": ("2020-01-31 10:12:31 UTC", utc(2020, 1, 31, 10, 12, 31)),
    "day-of-year": ("2020-031", utc(2020, 1, 31)),
    "week": ("2020-W05-5", utc(2020, 1, 31)),
}


def by_json(folder: Path) -> Iterator[Animal]:
    """A ``.json`` beside, with a time in each of the ways that people write it."""
    for seed, (name, (text, moment)) in enumerate(_BESIDE.items()):
        path = f"json/{name}.png"
        write_picture(folder / path, 2200 + seed)
        (folder / f"json/{name}.json").write_text(json.dumps({"datetime": text}))
        files = (path, f"json/{name}.json")
        yield Animal(path, files, None, moment, sidecars=1)

"""A small knowledge of a few places, written as a user's collection would be."""

from pathlib import Path

import shapely

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.collection import Records, write_collection
from rsrag.knowledge.values import parse_value
from rsrag.records import (
    Fact,
    Landmark,
    Passage,
    fact_id,
    landmark_id,
    passage_id,
)

FROM = {"source": "test", "licence": "CC0-1.0"}
BOX = "Polygon"


def place(name, category=None, lon_lat=None, box=None, aliases=()):
    shape = shapely.box(*box) if box else shapely.Point(*lon_lat) if lon_lat else None
    return Landmark(
        landmark_id("test", name),
        name,
        category=category,
        aliases=aliases,
        geometry=shapely.to_wkb(shape) if shape is not None else None,
        **FROM,
    )


PLACES = [
    place("Lake Baikal", "lake", box=(103.5, 51.4, 110.0, 55.9), aliases=("Baikal",)),
    place("Lake Tanganyika", "lake", box=(29.0, -8.9, 31.3, -3.3)),
    place("Dead Sea", "salt lake", lon_lat=(35.5, 31.5)),
    place("Olkhon", "island", lon_lat=(107.4, 53.15)),
    place("Biarritz", "town", lon_lat=(-1.56, 43.48)),
    place("Story Bridge", "bridge"),
    place("Mount Kenya", "volcano", lon_lat=(37.3, -0.15)),
    place("K2", "mountain", lon_lat=(76.5, 35.9)),
    place("Springfield", "town", lon_lat=(-89.6, 39.8)),
    place("Springfield ", "town", lon_lat=(-72.6, 42.1)),
]
FACTS = [
    ("Lake Baikal", "maximum_depth", "1,642 m", None),
    ("Lake Baikal", "surface_area", "31,722 km2", None),
    ("Lake Baikal", "country", "Russia", None),
    ("Lake Baikal", "continent", "Asia", None),
    ("Lake Baikal", "ndvi", "-0.19", "2022-06"),
    ("Lake Baikal", "ndvi", "-0.21", "2022-07"),
    ("Lake Tanganyika", "maximum_depth", "1,470 m", None),
    ("Lake Tanganyika", "continent", "Africa", None),
    ("Dead Sea", "maximum_depth", "0.3 km", None),
    ("Dead Sea", "continent", "Asia", None),
    ("Story Bridge", "location", "Brisbane, Australia", None),
    ("Story Bridge", "opened", "6 July 1940", None),
    ("Story Bridge", "roof_colour", "none", None),
    (
        "Story Bridge",
        "major_events",
        "1935 Start: Work began in 1935. 1940 Opening: It was opened by a minister.",
        None,
    ),
    ("Mount Kenya", "elevation", "5,199 m", None),
    ("Mount Kenya", "continent", "Africa", None),
    ("K2", "elevation", "8,611 m", None),
    ("K2", "continent", "Asia", None),
    ("Springfield", "population", "114,394", "2020"),
    ("Springfield ", "population", "155,929", "2020"),
]
PASSAGES = [
    (
        "Lake Baikal",
        "Lake Baikal fills a rift valley in southern Siberia. Seals live in its water. "
        "It holds a fifth of the fresh water on the surface of the Earth.",
    ),
    ("Story Bridge", "The bridge is painted grey. Climbers may walk over its top."),
]


def records(passages=PASSAGES) -> Records:
    ids = {one.name: one.id for one in PLACES}
    facts = []
    for name, variable, value, period in FACTS:
        number, unit = parse_value(value)
        facts.append(
            Fact(
                fact_id(ids[name], variable, period, value),
                ids[name],
                variable,
                value,
                period=period,
                number=number,
                unit=unit,
                **FROM,
            )
        )
    texts = [
        Passage(
            passage_id(ids[name], "description", text),
            text,
            "description",
            landmark_id=ids[name],
            **FROM,
        )
        for name, text in passages
    ]
    return Records(tuple(PLACES), tuple(facts), tuple(texts))


def open_records(folder: Path, kept: Records) -> Catalogue:
    (folder / "places").mkdir(parents=True)
    write_collection(folder / "places", kept)
    return Catalogue.open(folder)

"""What a map says of chips: what is large enough, where, and in which words."""

import json
import random

import geopandas
import pytest
from shapely import LineString, Point, box

from rsrag.analysis.cover.tagging.tag_sentences import phrase_of, titles_of
from rsrag.analysis.cover.tagging.visible_tags import ChipTags, Feature, Ground, Map

CHIP = Ground(10.0, 0.0, 10.01, 0.01, 100, 100)
"""At the equator: a hundredth of a degree, 1,113 m, on a hundred pixels of 11 m."""
PX = 0.0001


def at(left: float, top: float, right: float, bottom: float):
    """A box in the chip's pixels."""
    return box(10 + left * PX, 0.01 - bottom * PX, 10 + right * PX, 0.01 - top * PX)


def seen(*shapes, **tags) -> ChipTags:
    features = [Feature({"name": str(n), **tags}, s) for n, s in enumerate(shapes)]
    return Map(features).seen(CHIP)


def names(listed) -> list[str]:
    return [one["name"] for one in listed]


def test_areas_count_from_a_size_and_a_breadth_on() -> None:
    found = seen(
        at(10, 10, 18.1, 18.1), at(60, 60, 67, 67), at(5, 80, 45, 83), landuse="forest"
    )
    assert names(found.around) == ["0"] and found.centre == ()


def test_an_area_is_as_large_as_it_is_inside_the_chip() -> None:
    found = seen(at(-500, 0, 5, 100), at(99, 0, 900, 100), landuse="forest")
    assert names(found.around) == ["0"]


def test_the_middle_is_told_apart_smallest_first_and_the_rest_largest_first() -> None:
    found = seen(
        at(0, 0, 100, 100),
        at(45, 45, 60, 60),
        at(0, 0, 20, 20),
        at(60, 0, 100, 30),
        landuse="meadow",
    )
    assert (names(found.centre), names(found.around)) == (["1", "0"], ["3", "2"])


@pytest.mark.parametrize(
    ("tags", "there"),
    [
        ({"highway": "motorway"}, True),
        ({"highway": "residential"}, False),
        ({"highway": "residential", "width": "15 m"}, True),
        ({"waterway": "river"}, True),
    ],
)
def test_lines_count_by_their_breadth_on_the_ground(tags, there) -> None:
    line = LineString([(10.001, 0.001), (10.009, 0.001)])
    found = Map([Feature(tags, line)]).seen(CHIP)
    assert bool(found.around) == there


def test_points_count_where_the_thing_is_large() -> None:
    point = Point(10.002, 0.002)
    turbine = Map([Feature({"generator:source": "wind_turbine"}, point)]).seen(CHIP)
    bench = Map([Feature({"amenity": "bench"}, point)]).seen(CHIP)
    assert turbine.around and not bench.around


def test_made_footprints_are_found_exactly() -> None:
    """A thousand boxes, each within one of a hundred chips, half of them too small."""
    rng = random.Random(0)
    chips = [(x, y) for x in range(10) for y in range(10)]
    features, true = [], {chip: set() for chip in chips}
    for number in range(1000):
        x, y = rng.choice(chips)
        large = rng.random() < 0.5
        wide, high = (
            (rng.uniform(9, 40), rng.uniform(9, 40))
            if large
            else (rng.uniform(0.5, 3.5), rng.uniform(0.5, 60))
        )
        left, top = rng.uniform(1, 99 - wide), rng.uniform(1, 99 - high)
        west, north = 10 + x * 0.01, 0.01 + y * 0.01
        shape = box(
            west + left * PX,
            north - (top + high) * PX,
            west + (left + wide) * PX,
            north - top * PX,
        )
        features.append(Feature({"building": "yes", "number": str(number)}, shape))
        if large:
            true[x, y].add(str(number))
    drawn, right, told = Map(features), 0, 0
    for x, y in chips:
        west, south = 10 + x * 0.01, y * 0.01
        found = drawn.seen(Ground(west, south, west + 0.01, south + 0.01, 100, 100))
        here = {one["number"] for one in (*found.centre, *found.around)}
        right += len(here & true[x, y])
        told += len(here)
    assert right == told == sum(map(len, true.values()))


@pytest.mark.parametrize(
    ("tags", "phrase"),
    [
        ({"landuse": "residential"}, "a residential area"),
        ({"landuse": "farmland"}, "farmland"),
        ({"highway": "motorway"}, "a motorway"),
        ({"highway": "residential"}, "a residential road"),
        ({"building": "yes"}, "a building"),
        ({"building": "industrial"}, "an industrial building"),
        ({"leisure": "pitch", "sport": "tennis"}, "a tennis pitch"),
        ({"natural": "water", "water": "reservoir"}, "a reservoir"),
        ({"man_made": "storage_tank"}, "a storage tank"),
        ({"aeroway": "runway", "surface": "asphalt"}, "a runway"),
        ({"leisure": "swimming_pool"}, "a swimming pool"),
        ({"name": "Elm Street", "oneway": "yes"}, None),
        ({"building": "no"}, None),
    ],
)
def test_phrases(tags, phrase) -> None:
    assert phrase_of(tags) == phrase


def test_titles() -> None:
    river, forest, road = (
        {"waterway": "river"},
        {"landuse": "forest"},
        {"highway": "track"},
    )
    assert titles_of(ChipTags((river,), (forest, road, forest))) == (
        "a satellite image of a river",
        "a satellite image of a river, surrounded by forest and a track",
    )
    assert titles_of(ChipTags((), (forest, road))) == (
        None,
        "a satellite image of forest and a track",
    )
    assert titles_of(ChipTags((river, forest), ())) == (
        "a satellite image of a river",
        "a satellite image of a river and forest",
    )
    assert titles_of(ChipTags(({"name": "x"},), ())) == (None, None)


def test_columns_and_collected_tags_are_read(tmp_path) -> None:
    from rsrag.analysis.cover.tagging.visible_tags import features_of
    from rsrag.knowledge.feature_files import read_features

    frame = geopandas.GeoDataFrame(
        {
            "osm_id": ["1", "2"],
            "landuse": ["forest", None],
            "tags": [None, json.dumps({"natural": "water"})],
        },
        geometry=[at(0, 0, 50, 50), at(50, 50, 90, 90)],
        crs="EPSG:4326",
    )
    for name, driver in (("a.gpkg", "GPKG"), ("a.geojson", "GeoJSON")):
        frame.to_file(tmp_path / name, driver=driver)
    frame.to_parquet(tmp_path / "a.parquet")
    for name in ("a.gpkg", "a.geojson", "a.parquet"):
        frames, _ = read_features(tmp_path / name)
        found = [one.tags for one in features_of(frames)]
        assert found == [{"landuse": "forest"}, {"natural": "water"}], name

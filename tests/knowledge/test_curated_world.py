"""The curated set: enough of it, all of it well formed, no number out of range."""

import re
from collections import Counter, defaultdict

import pytest
import shapely

from rsrag.config.homes import PACKAGED_KNOWLEDGE
from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.knowledge.collection import read_collection
from rsrag.knowledge.values import parse_value

WORLD = PACKAGED_KNOWLEDGE / "world"
BOXES = {
    "Africa": [(-26, -47, 60, 38)],
    "Antarctica": [(-180, -90, 180, -54)],
    "Asia": [(25, -12, 180, 82), (-180, 60, -168, 73)],
    "Europe": [(-32, 27, 69, 82)],
    "North America": [(-180, 5, -10, 84), (170, 50, 180, 56)],
    "Oceania": [(110, -56, 180, 30), (-180, -56, -105, 30)],
    "South America": [(-93, -57, -26, 14)],
}
METRES = {"m": 1, "km": 1000, "ft": 0.3048, "cm": 0.01}
RANGES_M = {
    "elevation": (-450, 8849),
    "highest_elevation": (0, 8849),
    "height": (1, 6000),
    "prominence": (50, 8849),
    "maximum_depth": (0.5, 11_000),
    "average_depth": (0.1, 6_000),
    "length": (10, 25_000_000),
    "width": (5, 3_500_000),
    "main_span": (20, 2_100),
}
YEARS = ("opened", "completed", "established", "unesco_since", "protected_since")


@pytest.fixture(scope="module")
def world():
    return read_collection(WORLD)


@pytest.fixture(scope="module")
def facts_of(world):
    held = defaultdict(list)
    for fact in world.facts:
        held[fact.landmark_id].append(fact)
    return held


def test_there_is_enough_of_it(world, facts_of):
    assert len(world.landmarks) >= 400
    assert min(len(facts_of[one.id]) for one in world.landmarks) >= 6
    kinds = Counter(one.category for one in world.landmarks)
    wanted = (
        "desert", "ice sheet", "lake", "river", "reef", "mountain", "airport", "bridge",
        "stadium", "dam", "city district", "delta", "volcano",
    )  # fmt: skip
    assert all(kinds[kind] >= 2 for kind in wanted)
    spread = Counter(
        part.strip()
        for fact in world.facts
        if fact.variable == "continent"
        for part in fact.value.split(",")
    )
    assert all(spread[continent] >= 10 for continent in BOXES)


def test_no_name_stands_twice(world):
    names = Counter(
        name
        for one in world.landmarks
        for name in {fold(n) for n in (one.name, *one.aliases)}
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_each_has_a_text_and_a_place(world):
    written = Counter(passage.landmark_id for passage in world.passages)
    for one in world.landmarks:
        assert 1 <= written[one.id] <= 3, one.name
        assert one.shape is not None and one.shape.is_valid, one.name
        assert one.licence == "CC0-1.0"
    assert all(len(passage.text.split()) <= 60 for passage in world.passages)


def test_each_lies_on_its_continent(world, facts_of):
    for one in world.landmarks:
        named = [f.value for f in facts_of[one.id] if f.variable == "continent"]
        parts = [
            part.strip() for value in named for part in re.split(r",| and ", value)
        ]
        boxes = [shapely.box(*box) for part in parts for box in BOXES[part]]
        assert not boxes or any(box.intersects(one.shape) for box in boxes), one.name


def test_numbers_are_in_range(world):
    names = {one.id: one.name for one in world.landmarks}
    for fact in world.facts:
        number, unit = parse_value(fact.value)
        assert (fact.number, fact.unit) == (number, unit), fact
        if fact.variable in RANGES_M and number is not None and unit in METRES:
            low, high = RANGES_M[fact.variable]
            metres = number * METRES[unit]
            assert low <= metres <= high, (names[fact.landmark_id], fact)
        if unit == "%":
            assert 0 <= number <= 100, fact
        if fact.variable in YEARS and re.fullmatch(r"\d{4}", fact.value):
            assert 800 <= int(fact.value) <= 2026, (names[fact.landmark_id], fact)
        if unit == "km2":
            assert 0 < number <= 2e7, fact


def test_depths_and_heights_agree(facts_of):
    for facts in facts_of.values():
        held = {fact.variable: fact.number for fact in facts if fact.unit == "m"}
        if {"maximum_depth", "average_depth"} <= held.keys():
            assert held["average_depth"] < held["maximum_depth"]
        if {"prominence", "elevation"} <= held.keys():
            assert held["prominence"] <= held["elevation"]


def test_no_fact_says_nothing(world):
    for fact in world.facts:
        assert fact.value.strip() and len(fact.value) <= 200, fact
        assert re.fullmatch(r"[a-z0-9_]+", fact.variable), fact


@pytest.mark.parametrize(
    "name",
    [
        *("Anak Krakatau", "Spitsbergen", "Kalimantan", "Larsen C", "Palace Museum"),
        *("Yellowstone National Park", "Yosemite", "Serengeti National Park"),
        *("Manicouagan Reservoir", "Congo Basin", "Ronne Ice Shelf"),
    ],
)
def test_a_part_or_a_whole_is_no_alias(world, name) -> None:
    """A value of the one would be given for the other."""
    named = {text for one in world.landmarks for text in (one.name, *one.aliases)}
    assert name not in named

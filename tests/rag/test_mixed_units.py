"""Values in several units: put in order by what they measure, or said not to be."""

from contextlib import closing

import pytest
from places_of_test import FROM, open_records
from test_ask import asked

from rsrag.knowledge.collection import Records
from rsrag.knowledge.values import parse_value
from rsrag.records import Fact, Landmark

PLANTS = {"Kraftwerk Alpha": "690", "Kraftwerk Beta": "250 MW", "Gamma Works": "90 MW"}
LAKES = {"Luna Reservoir": "1,200 acres", "Tiny Reservoir": "0.5 km2"}


def open_values(folder, rows):
    """Landmarks with one value each: rows of kind, name, variable, value."""
    marks, facts = [], []
    for number, (kind, name, variable, value) in enumerate(rows):
        ident = f"{number:016x}"
        marks.append(Landmark(ident, name, category=kind, **FROM))
        amount, unit = parse_value(value)
        facts.append(
            Fact(ident, ident, variable, value, number=amount, unit=unit, **FROM)
        )
    return open_records(folder, Records(tuple(marks), tuple(facts), ()))


@pytest.fixture(scope="module")
def mixed(own_cache, tmp_path_factory):
    rows = [("power plant", name, "capacity", one) for name, one in PLANTS.items()]
    rows += [("reservoir", name, "surface_area", one) for name, one in LAKES.items()]
    with closing(open_values(tmp_path_factory.mktemp("mixed"), rows)) as opened:
        yield opened


def test_the_larger_in_acres_and_square_kilometres(mixed):
    answer = asked(mixed, "Which is larger, Luna Reservoir or Tiny Reservoir?")
    assert "Luna Reservoir has the larger surface area" in answer.text
    smallest = asked(mixed, "What is the smallest reservoir?")
    assert smallest.value == "Tiny Reservoir"


def test_a_value_without_a_unit_is_not_ranked(mixed):
    answer = asked(mixed, "Which power plant has the largest capacity?")
    assert answer.value == "Kraftwerk Beta"
    assert answer.confidence < 0.9
    assert any("not compared" in note and "690" in note for note in answer.notes)


def test_two_values_of_other_units_are_not_compared(mixed):
    question = "Which has more capacity, Kraftwerk Alpha or Kraftwerk Beta?"
    answer = asked(mixed, question)
    assert "Of the two" not in answer.text
    assert any("cannot be compared" in note for note in answer.notes)


WORDS = {
    "height": "Which is taller, {} or {}?",
    "length": "Which is longer, {} or {}?",
    "maximum_depth": "Which is deeper, {} or {}?",
    "surface_area": "Which is larger, {} or {}?",
    "elevation": "Which is higher, {} or {}?",
}
PAIRS = [
    # The first of each is the larger.
    ("height", "400 ft", "120 m"),
    ("height", "0.2 km", "650 ft"),
    ("height", "101 m", "330 feet"),
    ("height", "12,000 cm", "390 ft"),
    ("height", "110 yd", "100 m"),
    ("height", "1.1 km", "3,500 ft"),
    ("height", "250 metres", "800 ft"),
    ("height", "99 m", "320 ft"),
    ("length", "10 mi", "16 km"),
    ("length", "100 km", "62 miles"),
    ("length", "6,000 m", "3 nmi"),
    ("length", "2 miles", "3,200 m"),
    ("length", "1,000 ft", "300 m"),
    ("length", "5.6 km", "3 nautical miles"),
    ("length", "900 yards", "820 m"),
    ("length", "21 km", "13 mi"),
    ("maximum_depth", "100 m", "320 ft"),
    ("maximum_depth", "60 fathoms", "109 m"),
    ("maximum_depth", "1 km", "3,200 ft"),
    ("maximum_depth", "1,700 feet", "500 m"),
    ("maximum_depth", "35 m", "110 ft"),
    ("maximum_depth", "0.5 mi", "800 m"),
    ("surface_area", "1,200 acres", "4.8 km2"),
    ("surface_area", "1 sq mi", "2.5 km2"),
    ("surface_area", "500 ha", "1,200 acres"),
    ("surface_area", "3 km2", "290 ha"),
    ("surface_area", "1,000,001 m2", "1 km2"),
    ("surface_area", "10 square miles", "25 km2"),
    ("surface_area", "50 acres", "20 ha"),
    ("surface_area", "641 acres", "1 sq mi"),
    ("surface_area", "26 km2", "10 sq mi"),
    ("surface_area", "11,000 m2", "1 ha"),
    ("surface_area", "120,000 sq ft", "11,000 m2"),
    ("elevation", "10,000 ft", "3,000 m"),
    ("elevation", "3.1 km", "10,000 ft"),
    ("elevation", "29,100 ft", "8,849 m"),
    ("elevation", "500 m", "1,600 ft"),
    ("elevation", "2 mi", "3,200 m"),
    ("elevation", "1,001 m", "1 km"),
    ("elevation", "4,000 metres", "13,100 feet"),
]


@pytest.fixture(scope="module")
def pairs(own_cache, tmp_path_factory):
    rows = [
        ("site", f"Mark {letter}{number}", variable, value)
        for number, (variable, *values) in enumerate(PAIRS)
        for letter, value in zip("AB", values, strict=True)
    ]
    with closing(open_values(tmp_path_factory.mktemp("pairs"), rows)) as opened:
        yield opened


@pytest.mark.parametrize("number", range(len(PAIRS)))
def test_pairs_of_mixed_units_are_compared(pairs, number):
    variable, first, _ = PAIRS[number]
    order = (f"Mark A{number}", f"Mark B{number}")
    question = WORDS[variable].format(*(order if number % 2 else order[::-1]))
    answer = asked(pairs, question)
    assert f"Mark A{number} has the larger" in answer.text, (question, answer.text)
    assert first in answer.text

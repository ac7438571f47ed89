"""Values in several units: put in order by what they measure, or said not to be."""

import pytest
from places_of_test import FROM, open_records
from test_ask import asked

from rsrag.knowledge.collection import Records
from rsrag.knowledge.values import parse_value
from rsrag.records import Fact, Landmark

PLANTS = {"Kraftwerk Alpha": "690", "Kraftwerk Beta": "250 MW", "Gamma Works": "90 MW"}
LAKES = {"Luna Reservoir": "1,200 acres", "Tiny Reservoir": "0.5 km2"}


@pytest.fixture(scope="module")
def mixed(own_cache, tmp_path_factory):
    marks, facts = [], []
    for kind, variable, values in (
        ("power plant", "capacity", PLANTS),
        ("reservoir", "surface_area", LAKES),
    ):
        for name, value in values.items():
            ident = f"{len(marks):016x}"
            marks.append(Landmark(ident, name, category=kind, **FROM))
            number, unit = parse_value(value)
            facts.append(
                Fact(ident, ident, variable, value, number=number, unit=unit, **FROM)
            )
    records = Records(tuple(marks), tuple(facts), ())
    opened = open_records(tmp_path_factory.mktemp("mixed"), records)
    yield opened
    opened.close()


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

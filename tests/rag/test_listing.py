"""Questions over many landmarks: kinds, conditions, distances."""

import math

import pytest
from places_of_test import FACTS, FROM, place
from test_ask import asked

from rsrag.rag.querying.understanding import understand
from rsrag.rag.reading.kinds import plural_of
from rsrag.rag.reading.quantities import order_of
from rsrag.rag.reading.question import read_question
from rsrag.records import Fact


def fact(variable, value, number=None, unit=None):
    return Fact("f", "l", variable, value, number=number, unit=unit, **FROM)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (fact("length", "2 km", 2, "km"), 2000),
        (fact("elevation", "100 ft", 100, "ft"), 30.48),
        (fact("opened", "6 July 1940"), 1940),
        (fact("construction_period", "1783-1789"), 1783),
        (fact("completed", "500 BC"), -500),
        (fact("opened", "long ago"), None),
        (fact("country", "Chad"), None),
    ],
)
def test_values_are_put_in_order(given, value):
    found = order_of(given)
    assert (found is None) == (value is None)
    assert found is None or math.isclose(found.value, value)


@pytest.mark.parametrize(
    ("question", "low", "high", "strict"),
    [
        ("Which lakes are deeper than 1.5 km?", "1.5 km", None, True),
        ("Which lakes have a depth greater than 1,500 m?", "1,500 m", None, True),
        ("Which lakes are more than 1,500 metres deep?", "1,500 m", None, True),
        ("Which lakes exceed 1,500 m in depth?", "1,500 m", None, True),
        ("Which lakes are no deeper than 50 m?", None, "50 m", False),
        ("Which lakes are not deeper than 50 m?", None, "50 m", False),
        ("Which lakes are smaller than 10 km2?", None, "10 km2", True),
        ("Which lakes are 300 m deep or more?", "300 m", None, False),
        ("Which mountains are at least 6,000 m high?", "6,000 m", None, False),
        ("Which mountains lie above 3,000 m?", "3,000 m", None, True),
        ("Which mountains are in excess of 8000 m?", "8000 m", None, True),
        ("Which towers are between 300 and 400 m tall?", "300 m", "400 m", False),
        ("Which bridges were opened before 1950?", None, "1950", True),
        ("Which bridges opened later than 2000?", "2000", None, True),
        ("Which bridges were completed no later than 1900?", None, "1900", False),
        ("Which bridges were opened since 1990?", "1990", None, False),
        ("Which bridges were opened in 1940?", "1940", "1940", False),
        (
            "Which bridges were built in the 19th century?",
            "19th century",
            "19th century",
            False,
        ),
    ],
)
def test_conditions(catalogue, question, low, high, strict):
    # Kinds that are not held here are read as well as those that are.
    question = question.replace("towers", "mountains")
    (limit,) = understand(read_question(question, catalogue), catalogue).query.filters
    assert (limit.low, limit.high, limit.strict) == (low, high, strict)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("Which lakes are deeper than 1.5 km?", "Lake Baikal"),
        ("How many lakes are deeper than 300 m?", "2"),
        ("Which bridges were opened before 1950?", "Story Bridge"),
        ("Which bridges were opened in 1940?", "Story Bridge"),
        ("What is the oldest bridge?", "Story Bridge"),
        ("Which mountains are higher than 5,500 m?", "K2"),
    ],
)
def test_lists_with_a_condition(catalogue, question, value):
    answer = asked(catalogue, question)
    assert (answer.route, answer.value) == ("list", value)


@pytest.mark.parametrize(
    "question",
    [
        "Which bridges were opened after 1950?",
        "Which lakes are deeper than 2 km?",
        "Which mountains have more than 12 huts?",
    ],
)
def test_nothing_passes_a_condition(catalogue, question):
    assert asked(catalogue, question).refused


def test_how_far(catalogue):
    answer = asked(catalogue, "How far is K2 from Mount Kenya?")
    assert answer.text == "K2 lies 5,696 km to the north-east of Mount Kenya [1] [2]."
    assert answer.value == "5,696 km"
    unknown = asked(catalogue, "How far is K2 from Story Bridge?")
    assert "does not know where Story Bridge lies" in unknown.text


def test_near_is_of_the_kind_that_is_asked(catalogue):
    answer = asked(catalogue, "Which lake is near Olkhon?")
    assert "Lake Baikal" in answer.text
    none = asked(catalogue, "Which bridge is near Olkhon?")
    assert none.refused
    assert "it holds no bridge within 100 km of Olkhon" in none.text


def test_coordinates_with_signs(catalogue):
    assert asked(catalogue, "What is at 53.1, 107.2?").value == "Lake Baikal"


@pytest.mark.parametrize(
    ("kind", "several"),
    [("city", "cities"), ("bay", "bays"), ("church", "churches"), ("lake", "lakes")],
)
def test_plurals(kind, several):
    assert plural_of(kind) == several


def test_the_world_of_these_tests_is_as_they_say():
    assert ("Lake Baikal", "maximum_depth", "1,642 m", None) in FACTS
    assert place("X").category is None

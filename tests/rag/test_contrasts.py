"""Words that tell one of its like from the others."""

import pytest

from rsrag.rag.rating.contrasts import (
    contrary,
    not_told_apart,
    of_another_kind,
)


@pytest.mark.parametrize(
    ("question", "sentence", "found"),
    [
        ("What is the maximum depth?", "Its mean depth is 1.9 m.", 1.0),
        ("What is the maximum depth?", "The greatest depth is 9 m.", 0.0),
        ("What is the depth?", "Its mean depth is 1.9 m.", 0.0),
        ("When did the first tram start?", "The last one stopped in 1931.", 2.0),
        ("Who built the Northern tower?", "The southern tower fell in 1701.", 1.0),
        ("What hit turbine 27 on 2 July?", "Turbine 12 was struck on 2 July.", 1.0),
        ("What hit turbine 27?", "Turbines 12 and turbine 27 were struck.", 0.0),
        ("How full is Lock No. 3?", "Lock 4 is full.", 1.0),
        ("Which towers fell?", "The northern tower and the southern one fell.", 0.0),
    ],
)
def test_what_is_said_of_another(question, sentence, found):
    assert contrary(question, sentence) == found


@pytest.mark.parametrize(
    ("question", "text", "found"),
    [
        ("What is the maximum depth?", "The lake is 9 m deep.", 1.0),
        ("What is the maximum depth?", "The lake is at its deepest 9 m deep.", 0.0),
        ("How deep is the lake?", "The lake is 9 m deep.", 0.0),
        ("When was it closed?", "It was shut in 1931.", 0.0),
    ],
)
def test_what_must_be_told_apart(question, text, found):
    assert not_told_apart(question, text) == found


@pytest.mark.parametrize(
    ("question", "text", "found"),
    [
        ("What does a day ticket cost?", "A season ticket costs 20 francs.", 1.0),
        ("What does a day ticket cost?", "A day ticket costs 20 francs.", 0.0),
        ("What was the air temperature?", "The water temperature was 3 C.", 1.0),
        ("What does a day ticket cost?", "A ticket costs 3 francs a day.", 0.0),
        ("What does a ticket cost?", "A season ticket costs 20 francs.", 0.0),
    ],
)
def test_what_is_of_another_kind(question, text, found):
    assert of_another_kind(question, text) == found

"""Words that tell one of its like from the others."""

import pytest

from rsrag.rag.rating.contrasts import contrary, not_told_apart, number_unsaid


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


def test_a_number_of_the_question_must_stand_in_the_text():
    asked = "What hit turbine 27 on 2 July?"
    assert number_unsaid(asked, "On 2 July turbine 12 was struck by lightning.") == 1
    assert number_unsaid(asked, "Turbine 27 was struck on 2 July.") == 0
    assert number_unsaid("What hit the turbine?", "It was struck.") == 0

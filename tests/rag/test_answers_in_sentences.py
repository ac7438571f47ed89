"""Where an answer stands in a sentence, and how it is told."""

import pytest

from rsrag.rag.rating.answer_spans import answer_spans, around
from rsrag.rag.rating.answer_types import AnswerType
from rsrag.rag.rating.told_as import left_open


@pytest.mark.parametrize(
    ("question", "sentence", "found"),
    [
        ("How many boats lay there?", "In 1884 some 212 boats lay there.", ["212"]),
        ("When did it burn?", "It burned on 3 May and stank.", ["May"]),
        ("When did it burn?", "It may burn again.", []),
        ("Who built it?", "It was paid for by Ida Morn.", ["Ida", "Morn"]),
        ("Who built it?", "By then I had left Ida behind.", ["Ida"]),
        ("Is it red?", "It is red.", []),
    ],
)
def test_where_an_answer_may_stand(question, sentence, found):
    spans = answer_spans(AnswerType.of(question), sentence, "")
    assert [sentence[start:end] for start, end in spans] == found


def test_what_stands_around_an_answer_ends_with_its_part():
    said = "The keep fell; the well is 40 m deep; the gate is new."
    first, last = around((said.index("40"), said.index("40") + 2), said)
    assert said[first:last] == "the well is 40 m deep"


@pytest.mark.parametrize(
    ("question", "sentence", "found"),
    [
        ("How much was built?", "They would build 40 hectares.", True),
        ("How much was built?", "They built 40 hectares.", False),
        ("How much would be built?", "They would build 40 hectares.", False),
        ("What is its source?", "The source has yet to be settled.", True),
        ("When did they end it?", "Burials have not been started.", True),
        ("Why was it not done?", "It has not been paid.", False),
        ("Has it been paid?", "It has not been paid.", False),
    ],
)
def test_what_is_open_or_only_meant(question, sentence, found):
    assert left_open(question, sentence) is found


@pytest.mark.parametrize(
    ("question", "sentence", "fits"),
    [
        # A length is told as that of something else.
        ("How deep is the lake?", "The front is 60 m broad, down at the lake.", 0.0),
        ("How long was the rope?", "The rope was 6 m long.", 1.0),
        ("How long was the road closed?", "It was closed for six days.", 1.0),
        # Whoever holds an office is wanted by name.
        ("Who is the warden?", "The Trust appoints a warden.", 0.3),
        ("Who is the warden?", "The warden is Jo Velden.", 1.0),
        ("Which farmer owned it?", "The owner, a farmer, may close it.", 0.3),
        # What costs has a sum.
        ("What does a seat cost?", "Ms Mouat will obtain a price.", 0.0),
        ("What does a seat cost?", "A seat costs 4 crowns.", 1.0),
        ("How old is the tree?", "It stands since the war of 1884.", 0.3),
        ("How many cars fit on it?", "It has room for 60 m of rope.", 0.0),
    ],
)
def test_what_is_no_answer_of_that_kind(question, sentence, fits):
    assert AnswerType.of(question).fits(sentence) == fits


def test_a_question_after_a_cause_needs_no_why():
    assert AnswerType.of("How did the fire break out?").kind == "why"
    assert not AnswerType.of("How did the fire break out?").may_be(0.0)
    assert AnswerType.of("What turned the river red?").may_be(0.0)


@pytest.mark.parametrize(
    ("question", "noun"),
    [
        ("Which councillor voted no?", ("councillor",)),
        ("Which birds limit the season?", ("birds",)),
        ("What kind of old trees grow there?", ("trees",)),
    ],
)
def test_what_is_chosen_of(question, noun):
    asked = AnswerType.of(question)
    assert asked.counted == noun or asked.office

"""A sentence answers a question only if it has what is asked for."""

import pytest

from rsrag.rag.rating.answer_types import WEAK, AnswerType


@pytest.mark.parametrize(
    ("question", "has", "has_not"),
    [
        (
            "How deep is the well?",
            "The well is 82 metres deep.",
            "The well lies 82 metres from the gate.",
        ),
        (
            "How tall is the tower?",
            "It is 30 m tall.",
            "A reef lies 11 km off.",
        ),
        (
            "How many monks lived there?",
            "Some forty monks lived there.",
            "Monks planted vines in 1223.",
        ),
        (
            "How many people live on Marrow?",
            "Marrow has 312 inhabitants.",
            "Marrow has 312 boats.",
        ),
        (
            "How long are the shelves altogether?",
            "It keeps 3.4 kilometres of shelves in a malt house.",
            "The malt house lies 3.4 kilometres away.",
        ),
        (
            "How much water does the spring give?",
            "It gives 80 litres a second.",
            "It has 30 steps.",
        ),
        (
            "How many tons of salt does it yield?",
            "About 11,000 tonnes are raked.",
            "It has 92 pans.",
        ),
        (
            "How many unknown stone enclosures turned up?",
            "The survey found 47 stone enclosures.",
            "The survey took 47 days.",
        ),
        (
            "And what is its number of runways?",
            "The airport has two runways.",
            "The airport opened in 1932.",
        ),
        (
            "Who built Rothfels Castle?",
            "It was built by the counts of Marn.",
            "Rothfels Castle was built around 1180.",
        ),
        (
            "What was the shepherd called?",
            "The shepherd was called Odd.",
            "Copper was found by a shepherd.",
        ),
        ("What does a ticket cost?", "Entry is free.", "Tickets are sold at noon."),
        ("How often is it painted?", "It is painted every year.", "It is painted red."),
        ("How warm is the spring?", "It has 41 degrees.", "It is very warm."),
    ],
)
def test_what_is_asked_for(question, has, has_not):
    asked = AnswerType.of(question)
    assert (asked.strict or asked.kind == "measure") and asked.fits(has) == 1
    assert asked.fits(has_not) <= WEAK


def test_a_name_in_the_heading_is_no_answer():
    asked = AnswerType.of("What were the two boys called?")
    found = "The Cave of the Hands was found by two boys."
    assert asked.fits(found) == 1
    assert asked.fits(found, "Cave of the Hands") == 0


def test_a_reason_is_wanted_and_not_needed():
    asked = AnswerType.of("Why was it closed?")
    assert not asked.strict
    assert asked.fits("It was closed because the roof was thin.") == 1


def test_nothing_particular():
    assert AnswerType.of("Is the cloth genuine?").fits("It is a copy.") == 0.5


def test_what_only_has_a_number_is_not_counted():
    assert AnswerType.of("What is the number of the bus?").kind == "other"
    assert AnswerType.of("What is its phone number?").kind == "other"


@pytest.mark.parametrize(
    ("question", "has", "weakly", "has_not"),
    [
        (
            "What does it cost to swim in the pool",
            "A swim costs 3 euros.",
            None,
            "It cost the lives of 67 labourers.",
        ),
        (
            "How much gold did the mine produce?",
            "It gave 3 kg of gold.",
            None,
            "It gave a tenth of the copper.",
        ),
        (
            "Who was the mayor that drove the tram?",
            "Mayor Ida Rehm drove it.",
            "A boy drove it.",
            "The mayor stood at the handle.",
        ),
        (
            "In what year did the dam break?",
            "It broke in 1967.",
            None,
            "It broke in spring.",
        ),
        (
            "When will the bridge be shut?",
            "It will be shut in May 2031.",
            None,
            "It was built in March 2012.",
        ),
        (
            "At what hour does it open?",
            "It opens at 6.30 p.m.",
            None,
            "It opens on Sundays.",
        ),
        ("What colour is the light?", "The light is red.", None, "It is seen far off."),
        (
            "Why was it closed?",
            "It was washed out by the flood.",
            "It was closed when the roof fell.",
            "It was closed for a year.",
        ),
    ],
)
def test_each_kind_has_its_own_answer(question, has, weakly, has_not):
    asked = AnswerType.of(question)
    assert asked.fits(has) == 1
    assert asked.fits(has_not) == 0
    assert weakly is None or 0 < asked.fits(weakly) < 1


def test_who_is_somewhere_is_no_person():
    asked = AnswerType.of("Who owns the mine?")
    assert asked.fits("It lies near Ostrick in the Tarn Highlands.") == WEAK
    assert asked.fits("It was bought by Ida Morn.") == 1


def test_what_is_counted_may_stand_in_the_sentence_before():
    asked = AnswerType.of("How many snails were found?")
    said = "Took out 112 by hand."
    assert asked.fits(said) < WEAK
    assert asked.fits(said, before="Snails again!") == WEAK

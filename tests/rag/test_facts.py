"""Values from facts: which time they answer for, and what stands in for what."""

import pytest
from hypothesis import given, strategies as st
from places_of_test import FROM, open_records, place

from rsrag.knowledge.collection import Records
from rsrag.knowledge.periods import period_bounds
from rsrag.rag.answering.fact_answers import STANDS_IN, answer_fact
from rsrag.rag.reading.question import read_question
from rsrag.rag.reading.times import covers
from rsrag.rag.reading.wanted import wanted
from rsrag.records import Fact, fact_id

TOWER = place("Grey Tower", "tower", lon_lat=(1, 2))
MILL = place("Old Mill", "mill", lon_lat=(3, 4))
INN = place("Red Inn", "inn")
HELD = [
    (TOWER, "ndvi", "0.10", "2019-01"),
    (TOWER, "ndvi", "0.20", "2019-02"),
    (TOWER, "ndvi", "0.30", "2020-02"),
    (TOWER, "population", "12", None),
    (TOWER, "population", "15", "2001"),
    (TOWER, "restored", "again", "1996/1998"),
    (TOWER, "height", "30 m", None),
    (TOWER, "roof_type", "slate", None),
    (TOWER, "city", "Greyton", None),
    (TOWER, "lake", "Grey Mere", None),
    (TOWER, "historical_background", "Built in 1900. Struck in May 1950. Empty.", None),
    (MILL, "area", "Millbrook", None),
    (MILL, "address", "1 Mill Lane", None),
    (MILL, "width", "7 m", None),
    (INN, "description", "It has red walls.", None),
]


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    facts = [
        Fact(
            fact_id(mark.id, variable, period, value),
            mark.id,
            variable,
            value,
            period=period,
            **FROM,
        )
        for mark, variable, value, period in HELD
    ]
    records = Records((TOWER, MILL, INN), tuple(facts), ())
    opened = open_records(tmp_path_factory.mktemp("towers"), records)
    yield opened
    opened.close()


@pytest.fixture
def told(held):
    def call(text, *landmarks, exclude=frozenset()):
        question = read_question(text, held)
        groups = [[one] for one in landmarks] or [
            held.landmarks(list(ids)) for ids in question.places
        ]
        known = [(one, held.facts(one.id)) for group in groups for one in group]
        asked = wanted(question, known)
        return answer_fact(asked, question.periods, groups, held, exclude)

    return call


@pytest.mark.parametrize(
    ("asked", "value", "answers"),
    [
        ("2019", "2019-01", True),
        ("2019-01", "2019", False),
        ("2019-01", "2019-01", True),
        ("2019-01", "2019-01-31", True),
        ("2019-01-31", "2019-01", False),
        ("1997", "1996/1998", True),
        ("1995", "1996/1998", False),
        ("1998-12", "1996/1998", True),
        ("1998-12-31", "1996/1998", True),
        ("1999-01-01", "1996/1998", False),
        ("1990/2000", "1996/1998", True),
        ("1997/2000", "1996/1998", False),
        ("2018/2020", "2019-02", True),
        ("2019", None, False),
    ],
)
def test_which_time_answers_for_which(asked, value, answers):
    assert covers(asked, value) is answers


YEARS = st.integers(1000, 2199).map(str)
MONTHS = st.tuples(YEARS, st.integers(1, 12)).map(lambda p: f"{p[0]}-{p[1]:02d}")
POINTS = st.one_of(YEARS, MONTHS)
SPANS = st.tuples(POINTS, POINTS).map(sorted).map("/".join)


@given(POINTS, st.one_of(POINTS, SPANS))
def test_a_time_answers_for_itself_and_never_for_another(asked, value):
    assert covers(asked, asked)
    (first, last), (from_, to) = period_bounds(asked), period_bounds(value)
    if to < first or last < from_:
        assert not covers(asked, value)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("What was the NDVI of Grey Tower in January 2019?", "0.10"),
        ("What was the NDVI of Grey Tower in 2019?", "0.10; 0.20"),
        ("What was the NDVI of Grey Tower in January and February 2019?", "0.10; 0.20"),
        ("What was the NDVI of Grey Tower between 2019 and 2020?", "0.10; 0.20; 0.30"),
        ("What was the NDVI of Grey Tower?", "0.10; 0.20; 0.30"),
        ("What is the population of Grey Tower?", "12"),
        ("What was the population of Grey Tower in 2001?", "15"),
        ("What was restored at Grey Tower in 1997?", "again"),
        ("What is the roof type of Grey Tower?", "slate"),
        ("What is the height and the roof type of Grey Tower?", "30 m; slate"),
        ("What is the history of Grey Tower in 1900?", "Built in 1900."),
        ("What is the history of Grey Tower in May 1950?", "Struck in May 1950."),
        ("How tall is Grey Tower and how wide is Old Mill?", "30 m; 7 m"),
        ("How tall is Grey Tower at the lake?", "30 m; Grey Mere"),
    ],
)
def test_values(told, question, values):
    draft = told(question)
    assert draft.refusal is None
    assert draft.value == values
    for sentence, evidence in draft.lines:
        assert all(piece.kind == "fact" for piece in evidence)
        assert any(value in sentence for value in values.split("; "))


@pytest.mark.parametrize(
    ("question", "refusal"),
    [
        (
            "What was the NDVI of Grey Tower in March 2019?",
            "it holds no NDVI of Grey Tower in March 2019",
        ),
        (
            "What was the NDVI of Grey Tower on 3 January 2019?",
            "it holds no NDVI of Grey Tower on 3 January 2019",
        ),
        (
            "What was the NDVI of Grey Tower from 1990 to 1995?",
            "it holds no NDVI of Grey Tower from 1990 to 1995",
        ),
        (
            "What was the NDVI of Grey Tower in May 2019 and in June 2018?",
            "it holds no NDVI of Grey Tower in May 2019 or in June 2018",
        ),
        (
            "What was the height of Grey Tower in 2001?",
            "no height of Grey Tower in 2001",
        ),
        ("What was the population of Grey Tower in June 2001?", "in June 2001"),
        ("What is the history of Grey Tower in 1951?", "in 1951"),
        ("What is the history of Grey Tower in June 1950?", "in June 1950"),
        ("How wide is Grey Tower?", "it holds no width of Grey Tower"),
    ],
)
def test_a_value_of_another_time_is_none(told, question, refusal):
    draft = told(question)
    assert draft.lines == []
    assert refusal in draft.refusal
    assert 0 < len(draft.nearest) <= 5


def test_other_times_of_the_same_variable_are_nearest(told):
    draft = told("What was the NDVI of Grey Tower in March 2019?")
    assert [piece.text for piece in draft.nearest[:3]] == [
        "The NDVI of Grey Tower in January 2019 was 0.10.",
        "The NDVI of Grey Tower in February 2019 was 0.20.",
        "The NDVI of Grey Tower in February 2020 was 0.30.",
    ]


def test_what_stands_in_is_named(told):
    draft = told("What is the address of Grey Tower?")
    assert draft.lines[0][1][0].text.startswith("Grey Tower is a tower at")
    assert draft.notes == ["it has no address of Grey Tower; this is its location"]
    assert draft.certainty == 0.8
    mill = told("What is the region of Old Mill?")
    assert mill.value == "Millbrook"
    inn = told("What are the major events of Red Inn?")
    assert "It has red walls." in inn.lines[0][0]
    assert inn.notes[0].endswith("this is its description")


def test_nothing_stands_in_for_itself_or_for_a_time(told):
    assert all(variable not in others for variable, others in STANDS_IN.items())
    draft = told("What was the address of Grey Tower in 1990?")
    assert draft.refusal == "it holds no address of Grey Tower in 1990"


def test_the_kind_of_a_place_is_no_variable_of_it(told):
    # A tower may stand at a lake; for a lake, "the lake" is the place itself.
    assert told("How deep is the tower at the lake?", MILL).refusal is not None
    assert "tower" not in str(told("How tall is the tower?", TOWER).notes)
    assert told("What type of mill is Old Mill?").value == "mill"


def test_what_one_of_two_places_lacks_is_noted(told):
    draft = told("How tall are Grey Tower and Old Mill?")
    assert draft.value == "30 m"
    assert draft.notes == ["not in the knowledge base: it holds no height of Old Mill"]


def test_excluded_facts_are_not_told(told):
    (tall,) = told("How tall is Grey Tower?").lines[0][1]
    draft = told("How tall is Grey Tower?", exclude=frozenset([tall.id]))
    assert draft.refusal == "it holds no height of Grey Tower"
    assert tall.id not in [piece.id for piece in draft.nearest]


def test_no_variable_no_fact(told):
    assert told("Tell me a tale of Grey Tower") is None

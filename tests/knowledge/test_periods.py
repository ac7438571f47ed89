"""Periods read from texts, and said again."""

import datetime as dt
import re

import pytest
from hypothesis import given, strategies as st

from rsrag.knowledge.months import MONTHS, NAME, NAME_OR_SHORT, NUMBERS, month_number
from rsrag.knowledge.periods import (
    is_period,
    parse_period,
    period_bounds,
    period_words,
    periods_in,
)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("January 2019", "2019-01"),
        ("2019 January", "2019-01"),
        ("in March 2019", "2019-03"),
        ("Mar 2019", "2019-03"),
        ("Sept. 2019", "2019-09"),
        ("march of 2019", "2019-03"),
        ("03/2019", "2019-03"),
        ("2019/03", "2019-03"),
        ("2019-03", "2019-03"),
        ("2019", "2019"),
        ("31 January 2019", "2019-01-31"),
        ("31st of January 2019", "2019-01-31"),
        ("January 31, 2019", "2019-01-31"),
        ("2019-01-31", "2019-01-31"),
        ("between 2018 and 2020", "2018/2020"),
        ("from March 2018 to June 2019", "2018-03/2019-06"),
        ("1996-1998", "1996/1998"),
        ("1996–98", "1996/1998"),
        ("Jan to March 2019", "2019-01/2019-03"),
        ("1990s", "1990/1999"),
    ],
)
def test_parse(text: str, period: str) -> None:
    assert parse_period(text) == period


@pytest.mark.parametrize(
    "text",
    ["", "March", "summer 2019", "30 February 2019", "2019-13", "01/02/2019",
     "2018 and 2020", "1,642", "2019 m", "ALBEDO 2019", "19 January",
     "2019-02-30", "in"],
)  # fmt: skip
def test_what_is_no_period(text: str) -> None:
    assert parse_period(text) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Jan. or March 2019?", [("Jan.", "2019-01"), ("March 2019", "2019-03")]),
        ("2018 and 2020", [("2018", "2018"), ("2020", "2020")]),
        ("May Hall in May 2019", [("May 2019", "2019-05")]),
        ("1,642 m deep, 2019 m high, built in 1889.", [("1889", "1889")]),
        ("seats 1500 people", []),
        ("version 3.2019 and 2019.5", []),
        ("2019-01-31 or 2022", [("2019-01-31", "2019-01-31"), ("2022", "2022")]),
        ("the 6th October Bridge in October 2019", [("October 2019", "2019-10")]),
        ("25 de Abril Bridge", []),
        ("", []),
    ],
)  # fmt: skip
def test_find(text: str, found: list[tuple[str, str]]) -> None:
    mentions = periods_in(text)
    assert [(text[m.start : m.end], m.period) for m in mentions] == found


DATES = st.dates(min_value=dt.date(1000, 1, 1), max_value=dt.date(2199, 12, 31))


@st.composite
def periods(draw: st.DrawFn) -> str:
    def one() -> str:
        return str(draw(DATES))[: draw(st.sampled_from([4, 7, 10]))]

    first, last = one(), one()
    size = min(len(first), len(last))
    if not draw(st.booleans()) or first[:size] >= last[:size]:
        return first
    return f"{first[:size]}/{last}"


@given(periods())
def test_said_and_read_again(period: str) -> None:
    assert is_period(period)
    assert parse_period(period) == period
    assert parse_period(period_words(period)) == period


@given(st.text(alphabet="0123456789-/ JanuaryMaymarch.,to", max_size=40))
def test_hostile_text(text: str) -> None:
    last = 0
    for mention in periods_in(text):
        assert mention.start >= last
        assert mention.start < mention.end <= len(text)
        assert is_period(mention.period)
        last = mention.end


def test_words() -> None:
    assert period_words("2019-01") == "January 2019"
    assert period_words("1996/1998") == "1996 to 1998"
    assert period_words("2019-01-31") == "31 January 2019"


def test_bounds() -> None:
    assert period_bounds("2020-02") == ("2020-02-01", "2020-02-29")
    assert period_bounds("1900-02") == ("1900-02-01", "1900-02-28")
    assert period_bounds("2019") == ("2019-01-01", "2019-12-31")
    assert period_bounds("1996/1998-04") == ("1996-01-01", "1998-04-30")


@pytest.mark.parametrize("word", ["March", "march", "MAR", "Mar.", "mar"])
def test_a_month_by_any_of_its_names(word):
    assert month_number(word) == 3


@pytest.mark.parametrize("word", ["", "Mar ch", "Ma", "Marc", "Brumaire", "13"])
def test_what_is_no_month(word):
    assert month_number(word) is None


def test_a_pattern_finds_the_names_that_have_a_number():
    short = re.compile(rf"\b{NAME_OR_SHORT}", re.IGNORECASE)
    for name, number in NUMBERS.items():
        assert short.fullmatch(name) and month_number(name) == number
        assert bool(re.fullmatch(NAME, name.title())) == (name.title() in MONTHS)
    assert not short.search("Marching Decimals of Mayors")

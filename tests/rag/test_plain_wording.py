"""Plainer words for a question's numbers and sides; names are left alone."""

import pytest
from hypothesis import given, strategies as st

from rsrag.rag.reading.kinds import kinds_in_places
from rsrag.rag.reading.plain_wording import plainer


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("over a hundred floors", "over 100 floors"),
        ("longer than two thousand metres", "longer than 2000 metres"),
        ("could fifty thousand people", "could 50000 people"),
        ("twenty-five km", "25 km"),
        ("two hundred and fifty m", "250 m"),
        ("one million two hundred thousand", "1200000"),
        ("three hundred thousand and five", "300005"),
        ("half a million people", "500000 people"),
        ("1.5 million people", "1500000 people"),
        ("ninety metres", "ninety metres"),
        ("ninety five metres", "95 metres"),
        ("five six", "five six"),
        ("the Thousand Islands", "the Thousand Islands"),
        ("Five Hundred Arhats", "Five Hundred Arhats"),
        ("one lake and two towers", "one lake and two towers"),
        ("a million", "1000000"),
        ("the most northerly airport", "the northernmost airport"),
        ("Which lies farthest to the West?", "Which lies westernmost?"),
        ("most of northern Italy", "most of northern Italy"),
    ],
)
def test_words_of_numbers(said: str, read: str) -> None:
    assert plainer(said) == read


def test_a_name_in_small_letters_stays() -> None:
    text = "how high is one thousand steps temple"
    assert plainer(text, ["One Thousand Steps Temple"]) == text


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Which French lakes are deep?", "Which lakes in France are deep?"),
        ("the deepest african salt lake", "the deepest salt lake in Africa"),
        ("Is it a South American lake?", "Is it a lake in South America?"),
        ("Who built the French lake Geneva?", "Who built the French lake Geneva?"),
        ("the French lake of Annecy", "the French lake of Annecy"),
        ("an afro-american lake", "an afro-american lake"),
        ("Greek temples", "Greek temples"),
        ("the French Lake", "the French Lake"),
        ("French wine", "French wine"),
    ],
)
def test_adjectives_of_places(catalogue, said: str, read: str) -> None:
    assert kinds_in_places(said, catalogue, []) == read


def test_adjectives_in_names_stay(catalogue) -> None:
    text = "how deep is russian lake"
    assert kinds_in_places(text, catalogue, ["Russian Lake"]) == text


ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"),
    *("seventeen", "eighteen", "nineteen"),
)
TENS = (
    *("", "", "twenty", "thirty", "forty", "fifty"),
    *("sixty", "seventy", "eighty", "ninety"),
)


def spelt(number: int) -> str:
    """English, written apart from the code that reads it."""
    if number < 20:
        return ONES[number]
    if number < 100:
        rest = number % 10
        return TENS[number // 10] + (f"-{ONES[rest]}" if rest else "")
    for scale, name in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= scale:
            rest = number % scale
            joint = " and " if scale == 100 else " "
            tail = f"{joint}{spelt(rest)}" if rest else ""
            return f"{spelt(number // scale)} {name}{tail}"
    raise AssertionError(number)


@given(st.integers(100, 999_999_999))
def test_every_number_comes_back(number: int) -> None:
    assert plainer(f"more than {spelt(number)} people") == (
        f"more than {number:.10g} people"
    )

"""Short answers: SQuAD's normalisation, and what it would let through."""

import pytest
from hypothesis import given, strategies as st

from rsrag.metrics.rouge import (
    contains,
    exact_match,
    normalise,
    numbers_in,
    squad_exact_match,
    token_f1,
)


def test_normalisation() -> None:
    assert normalise(" The  Tower, of a (Great)  Anthem! ") == "tower of great anthem"
    assert normalise("A.") == ""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,642 m", [1642]),
        ("-0.19", [-0.19]),
        ("\u22120.19", [-0.19]),
        ("1783-1789", [1783, 1789]),
        ("1783 - 1789", [1783, 1789]),
        ("4.50, 12.", [4.5, 12]),
        ("about 3.7km2", [3.7, 2]),
        ("none", []),
        ("100861.31Pa", [100861.31]),
        ("1,2", [1, 2]),
        ("(-5°C)", [-5]),
    ],
)
def test_numbers(text: str, numbers: list[float]) -> None:
    assert numbers_in(text) == numbers


def test_a_lost_sign_or_point_is_no_match() -> None:
    for wrong in ("0.19", "-019", "-19", "-0.190.0"):
        assert not exact_match(wrong, "-0.19")
        assert not contains(f"it was {wrong} then", "-0.19")
    assert squad_exact_match("0.19", "-0.19")
    assert exact_match("The -0.19.", "-0.19")
    assert contains("NDVI: -0.19.", "-0.19")


def test_contains_wants_the_words_in_a_row() -> None:
    assert contains("It lies in Rome, Italy, by the river.", "rome italy")
    assert not contains("It lies in Rome, in Italy.", "Rome, Italy")
    assert not contains("Romeo", "Rome")
    assert not contains("anything", "the")


def test_token_f1_by_hand() -> None:
    # 2 of 3 words of the guess, 2 of 4 of the answer: 2 * 2 / (3 + 4).
    assert token_f1("built in 1783", "in 1783 by kings") == pytest.approx(4 / 7)
    assert token_f1("a a b", "b") == pytest.approx(1.0)
    assert token_f1("x", "y") == 0.0
    assert token_f1("", "") == 1.0
    assert token_f1("", "x") == 0.0


@given(st.text(max_size=30))
def test_a_text_matches_itself(text: str) -> None:
    assert exact_match(text, text)
    assert token_f1(text, text) == 1.0
    assert contains(text, text) == bool(normalise(text))

"""What no slot takes is said, and what is no question is refused in words."""

import pytest
from test_ask import asked

REFUSED = [
    ("Which mountains have never been climbed?", "not understood: 'never', 'climbed'"),
    ("Which lakes are made of cheese and 3 cherries?", "not understood: "),
    (
        "How deep is Lake Baikal after it was rebuilt?",
        "'rebuilt'; it holds nothing on Lake",
    ),
    ("Which lakes are no lakes?", "not understood: "),
    ("and how long is it?", "it is not said which place is meant"),
    ("Who designed it?", "it is not said which place is meant"),
    ("the same for K2", "not understood: 'same'"),
    ("Which lakes are north of 89 degrees?", "no lake north of 89°"),
    ("How many lakes are outside Atlantis?", "Atlantis"),
]


@pytest.mark.parametrize(("question", "said"), REFUSED)
def test_what_is_not_understood_is_said(catalogue, question, said):
    answer = asked(catalogue, question)
    assert answer.refused
    assert said in answer.text


def test_words_left_over_cost_confidence(catalogue):
    plain = asked(catalogue, "How deep is Lake Baikal?")
    more = asked(catalogue, "How deep is the enchanting Lake Baikal?")
    assert plain.value == more.value == "1,642 m"
    assert more.confidence < 0.9 < plain.confidence
    assert "not understood: 'enchanting'" in more.notes


def test_it_is_what_was_asked_of_before(catalogue):
    answer = asked(catalogue, "Which is the deepest lake, and where is it?")
    assert answer.value.startswith("Lake Baikal")
    assert len(answer.understood) == 2


WORDS = "How high are the towers and lakes of the world "
BAD = [
    pytest.param((WORDS * 300)[:10_000], id="10,000 characters"),
    pytest.param("(" * 5_000 + ")" * 5_000, id="brackets"),
    pytest.param("not " * 2_500, id="denials"),
    pytest.param("xyzzy", id="one word"),
    pytest.param("?", id="a mark"),
    pytest.param("Какая высота Эйфелевой башни?", id="Cyrillic"),
    pytest.param("ما هو ارتفاع برج إيفل؟", id="Arabic"),
    pytest.param("◆◇▲● ◆◆◆ of ▲▲", id="the marks of an account"),
    pytest.param("What lies at 95 N 200 E?", id="beyond the Earth"),
    pytest.param("What lies at 91.5, 181.5?", id="beyond the Earth, in decimals"),
    pytest.param("How deep is İstanbul ẞ ŉ ﬃ?", id="letters that change their length"),
    pytest.param(
        "How high are " + ", ".join(f"Mount Number{n}" for n in range(200)) + "?",
        id="two hundred unknown places",
    ),
]


@pytest.mark.parametrize("question", BAD)
def test_bad_input_is_refused_in_words(catalogue, question):
    answer = asked(catalogue, question)
    assert answer.refused
    assert answer.text.startswith("Not in the knowledge base: ")
    assert len(answer.text) < 2_000

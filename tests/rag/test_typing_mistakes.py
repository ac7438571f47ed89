"""Misspelt names: how far a word may be from the one that is meant."""

import pytest
from hypothesis import example, given, strategies as st

from rsrag.knowledge.catalogue.catalogue_names import likeness
from rsrag.rag.reading.unknown import _near

LETTERS = st.sampled_from("abcde")


def edits(a, b):
    """Letters to add, drop, change, or swap with the next (the textbook's table)."""
    table = {(i, -1): i + 1 for i in range(-1, len(a))}
    table |= {(-1, j): j + 1 for j in range(-1, len(b))}
    for i in range(len(a)):
        for j in range(len(b)):
            table[i, j] = min(
                table[i - 1, j] + 1,
                table[i, j - 1] + 1,
                table[i - 1, j - 1] + (a[i] != b[j]),
            )
            if i and j and a[i] == b[j - 1] and a[i - 1] == b[j]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(a) - 1, len(b) - 1]


@given(st.text(LETTERS, min_size=4, max_size=11), st.text(LETTERS, max_size=11))
@example("abcabcab", "acbabcab")
@example("ababab", "abababab")
def test_the_distance_is_the_textbooks(word, typed):
    word, typed = f"x{word}", f"x{typed}"
    allowed = 2 if len(word) >= 8 else 1
    assert _near(typed, word, letters=len(word) + 1) == (edits(typed, word) <= allowed)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("bakal", "baikal"),
        ("grosvneor", "grosvenor"),
        ("annapunra", "annapurna"),
        ("kilimanjaroo", "kilimanjaro"),
        ("kilmnajaro", "kilimanjaro"),
    ],
)
def test_mistakes_that_people_make(typed, word):
    assert _near(typed, word, letters=len(word))


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        pytest.param("baikal", "saikal", id="another first letter"),
        pytest.param("rome", "roma", id="too short"),
        pytest.param("5thavenue", "5thavenuf", id="digits"),
        pytest.param("kilmnajro", "kilimanjaro", id="three"),
        pytest.param("bakalo", "baikal", id="two in a short word"),
    ],
)
def test_what_is_another_word(typed, word):
    assert not _near(typed, word, letters=len(word))


@given(st.text(LETTERS, max_size=12), st.text(LETTERS, max_size=12))
def test_likeness_has_no_direction(a, b):
    assert likeness(a, b) == likeness(b, a)
    assert (likeness(a, b) == 1.0) == (a == b)

from itertools import pairwise

from hypothesis import given, strategies as st

from rsrag.generators.local.prompt_pieces import Marks, first_context, piece_ends

MARKS = Marks(frozenset({9}), frozenset({8}))


def test_a_piece_ends_with_a_turn_or_where_it_is_as_long_as_may_be():
    assert piece_ends([1, 1, 9, 1, 1, 1, 1, 1, 9], 4, MARKS) == [3, 7, 9]
    assert piece_ends([1, 1, 1], 4, MARKS) == []
    assert piece_ends([], 4, MARKS) == []


def test_two_newlines_end_a_paragraph():
    assert piece_ends([1, 8, 1, 8, 8, 8, 1], 50, MARKS) == [5]


def test_marks_are_read_from_the_texts_of_tokens():
    texts = {1: b"lake", 2: b".\n", 3: b".\n\n", 4: b"<end>", 5: b"\n"}
    marks = Marks.of([1, 2, 3, 4, 5, 1], lambda token: token == 4, texts.__getitem__)
    assert marks == Marks(frozenset({3, 4}), frozenset({2, 5}))


@given(
    st.lists(st.integers(0, 5)),
    st.lists(st.integers(0, 5)),
    st.lists(st.integers(0, 5)),
    st.integers(1, 6),
)
def test_what_begins_alike_is_cut_alike(shared, one, other, longest):
    marks = Marks(frozenset({0}), frozenset({1}))

    def cuts(tail):
        ends = piece_ends([*shared, *tail], longest, marks)
        return [end for end in ends if end <= len(shared)]

    assert cuts(one) == cuts(other) == cuts([])
    ends = [0, *piece_ends(shared, longest, marks)]
    assert all(0 < b - a <= longest for a, b in pairwise(ends))
    assert len(shared) - ends[-1] < longest


def test_a_context_is_as_large_as_it_must_be():
    assert first_context(0, 4096) == 1024
    assert first_context(1025, 4096) == 2048
    assert first_context(3000, 4096) == 4096
    assert first_context(1025, 1500) == 1500
    assert first_context(0, 512) == 512

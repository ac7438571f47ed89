from itertools import pairwise

from hypothesis import given, strategies as st

from rsrag.generators.pieces import piece_ends
from rsrag.generators.room import first_context


def test_a_piece_ends_with_a_turn_or_where_it_is_as_long_as_may_be():
    # 9 ends a turn:    0  1  2  3  4  5  6  7  8
    assert piece_ends([1, 1, 9, 1, 1, 1, 1, 1, 9], 4, {9}) == [3, 7, 9]
    assert piece_ends([1, 1, 1], 4, {9}) == []
    assert piece_ends([], 4, {9}) == []


@given(
    st.lists(st.integers(0, 5)),
    st.lists(st.integers(0, 5)),
    st.lists(st.integers(0, 5)),
    st.integers(1, 6),
)
def test_what_begins_alike_is_cut_alike(shared, one, other, longest):
    def cuts(tail):
        ends = piece_ends([*shared, *tail], longest, {0})
        return [end for end in ends if end <= len(shared)]

    assert cuts(one) == cuts(other) == cuts([])
    ends = [0, *piece_ends(shared, longest, {0})]
    assert all(0 < b - a <= longest for a, b in pairwise(ends))
    assert len(shared) - ends[-1] < longest


def test_a_context_is_as_large_as_it_must_be():
    assert first_context(0, 4096) == 1024
    assert first_context(1025, 4096) == 2048
    assert first_context(3000, 4096) == 4096
    assert first_context(1025, 1500) == 1500
    assert first_context(0, 512) == 512

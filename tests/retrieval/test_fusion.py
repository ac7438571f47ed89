"""Fusion by hand, and its laws."""

import pytest
from hypothesis import given, strategies as st

from rsrag.errors import QueryError
from rsrag.retrieval.fusion import alpha_blend, best_of, rrf

ITEMS = st.lists(st.sampled_from("abcdefgh"), unique=True)
LANES = st.lists(ITEMS, min_size=1, max_size=4)
COSINE = st.floats(-1, 1)


def ranks_of(order):
    ranks = {}
    for item in order:
        ranks.setdefault(item, len(ranks) + 1)
    return ranks


def fuse(*orders, **options):
    lanes = {str(i): ranks_of(order) for i, order in enumerate(orders)}
    return rrf(lanes, **options)


def test_rrf_by_hand() -> None:
    assert fuse("abc", "bd") == [
        ("b", pytest.approx(1 / 62 + 1 / 61, abs=0)),
        ("a", 1 / 61),
        ("d", 1 / 62),
        ("c", 1 / 63),
    ]


def test_k_decides_between_one_first_place_and_two_second_places() -> None:
    lanes = ("ab", "cb", "d")
    assert fuse(*lanes, k=0)[0] == ("a", 1.0)  # b has 1/2 + 1/2: a tie, a is smaller
    assert fuse(*lanes, k=1)[0] == ("b", 1 / 3 + 1 / 3)


def test_weights() -> None:
    assert fuse("ab", "ba", weights={"1": 2})[0] == (
        "b",
        pytest.approx(1 / 62 + 2 / 61),
    )
    assert fuse("a", "b", weights={"0": 0}) == [("b", 1 / 61), ("a", 0.0)]


def test_shared_places() -> None:
    assert rrf({"x": {"p": 2, "q": 2}}) == [("p", 1 / 62), ("q", 1 / 62)]


def test_nothing_to_fuse() -> None:
    assert rrf({}) == []
    assert fuse("", "") == []


@pytest.mark.parametrize(
    "options",
    [
        {"k": -1},
        {"k": float("nan")},
        {"weights": {"0": -0.1}},
        {"weights": {"0": float("inf")}},
        {"weights": {"image": 1}},
    ],
)
def test_options_that_make_no_sense(options) -> None:
    with pytest.raises(QueryError):
        fuse("ab", **options)


@given(LANES, st.randoms())
def test_the_order_of_lanes_changes_nothing(orders, random) -> None:
    shuffled = random.sample(orders, len(orders))
    assert fuse(*shuffled) == fuse(*orders)


@given(LANES)
def test_first_everywhere_is_first(orders) -> None:
    assert fuse(*(["z", *order] for order in orders))[0][0] == "z"


@given(LANES, st.lists(st.sampled_from("stuvw"), unique=True))
def test_a_lane_of_other_things_moves_nothing(orders, others) -> None:
    before = [item for item, _ in fuse(*orders)]
    after = [item for item, _ in fuse(*orders, others) if item in set("abcdefgh")]
    assert after == before


@given(LANES)
def test_better_everywhere_is_never_behind(orders) -> None:
    place = {item: n for n, (item, _) in enumerate(fuse(*orders))}
    for a in place:
        for b in place:
            if a != b and all(
                b not in o or (a in o and o.index(a) < o.index(b)) for o in orders
            ):
                assert place[a] < place[b]


def test_alpha_by_hand() -> None:
    image = {"p": 0.9, "q": 0.5}
    text = {"p": 0.2, "q": 0.8}
    assert alpha_blend(image, text, 0.7) == [
        ("p", pytest.approx(0.7 * 0.9 + 0.3 * 0.2)),
        ("q", pytest.approx(0.7 * 0.5 + 0.3 * 0.8)),
    ]
    assert alpha_blend(image, text, 0.3)[0] == ("q", pytest.approx(0.71))


def test_what_one_side_lacks_gets_that_sides_lowest() -> None:
    # r was cut off from the image side, so it has at most q's 0.5 there.
    blended = dict(alpha_blend({"p": 0.9, "q": 0.5}, {"q": 0.1, "r": 0.6}, 0.5))
    assert blended == pytest.approx({"p": 0.5, "q": 0.3, "r": 0.55})


def test_one_side_alone() -> None:
    assert alpha_blend({}, {"a": 0.2, "b": 0.4}, 0.7) == [
        ("b", pytest.approx(0.12)),
        ("a", pytest.approx(0.06)),
    ]
    assert alpha_blend({}, {}, 0.5) == []


@pytest.mark.parametrize("alpha", [-0.1, 1.1, float("nan")])
def test_alpha_outside(alpha) -> None:
    with pytest.raises(QueryError, match="alpha"):
        alpha_blend({"a": 1}, {"a": 1}, alpha)


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(COSINE, COSINE)))
def test_the_ends_of_alpha_are_the_sides(both) -> None:
    image = {item: scores[0] for item, scores in both.items()}
    text = {item: scores[1] for item, scores in both.items()}
    assert dict(alpha_blend(image, text, 1)) == pytest.approx(image)
    assert dict(alpha_blend(image, text, 0)) == pytest.approx(text)


def test_the_best_of_several() -> None:
    assert best_of([("a", 1), ("b", 5), ("a", 3), ("a", 2)]) == {"a": 3, "b": 5}

"""Hit rates, by hand and against a plain sort."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from rsrag.metrics.hit_rates import chance_among, hit_chances, hit_rates
from rsrag.vectors import unit_rows

EYE = np.eye(3, dtype=np.float32)


def test_by_hand():
    texts = np.array([[1, 0, 0], [0.6, 0.8, 0], [0, 0.8, 0.6]], dtype=np.float32)
    rates = hit_rates(EYE, texts, [0, 0, 2])
    # Texts 1 and 2 prefer image 1, their own come second.
    assert rates.t2i == pytest.approx((100 / 3, 100, 100))
    # Image 1 has no text here, so nothing that it finds is its own.
    assert rates.i2t == pytest.approx((200 / 3, 200 / 3, 200 / 3))
    assert rates.mean == pytest.approx((100 / 3 + 200 + 200) / 6)
    assert str(rates).endswith("i2t R@1/5/10 66.7 66.7 66.7, mR 72.22")


def test_one_of_several_own_captions_is_enough():
    texts = np.array([[0, 1, 0], [1, 0, 0], [0, 1, 0.1]], dtype=np.float32)
    t2i, i2t = hit_chances(EYE, unit_rows(texts), [0, 0, 1])
    assert i2t[0].tolist() == [1, 1, 1]
    assert t2i[:, 0].tolist() == [0, 1, 1]


def test_a_model_that_sees_nothing_scores_by_chance():
    same = np.tile(np.float32([1, 0]), (20, 1))
    rates = hit_rates(same, same, range(20))
    assert rates.t2i == pytest.approx((5, 25, 50))
    assert rates.i2t == pytest.approx((5, 25, 50))


def test_a_sentence_of_two_images_is_found_by_each_half_the_time():
    t2i, i2t = hit_chances(EYE[:2], unit_rows([[1, 1, 0.0]]), [0, 1], [0, 0])
    assert t2i[:, 0].tolist() == [0.5, 0.5]
    assert i2t[:, 0].tolist() == [0.5, 0.5]
    assert t2i[:, 1].tolist() == i2t[:, 1].tolist() == [1, 1]
    texts = unit_rows([[1, 1, 0.0]])
    _, lenient = hit_chances(EYE[:2], texts, [0, 1], [0, 0], copies_count=True)
    assert lenient[:, 0].tolist() == [1, 1]


@given(st.integers(-1, 5), st.integers(1, 3), st.integers(0, 3))
def test_chance_is_the_share_of_orders(places, mine, others):
    items = [True] * mine + [False] * others
    orders = list(permutations(items))
    share = sum(any(order[: max(0, places)]) for order in orders) / len(orders)
    assert chance_among(places, mine, others) == pytest.approx(share)


@given(st.integers(0, 2**32 - 1))
def test_like_a_plain_sort(seed):
    rng = np.random.default_rng(seed)
    images, texts = (unit_rows(rng.normal(size=(n, 8))) for n in (12, 30))
    owner = rng.integers(0, 12, 30)
    t2i, i2t = hit_chances(images, texts, owner)
    scores = texts @ images.T
    for column, k in enumerate((1, 5, 10)):
        near = np.argsort(-scores, axis=1)[:, :k]
        assert t2i[:, column].tolist() == (near == owner[:, None]).any(1).tolist()
        found = np.argsort(-scores, axis=0)[:k]
        own = (owner[found] == np.arange(12)).any(axis=0)
        assert i2t[:, column].tolist() == own.tolist()

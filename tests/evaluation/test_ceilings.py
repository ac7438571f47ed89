"""The best that repeated captions leave."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from rsrag.metrics.hit_rates import duplicates, hit_rates


def test_by_hand():
    # "a" under images 0 (twice) and 1, "b" under 1 alone.
    found = duplicates(["a", "a", "a", "b"], [0, 0, 1, 1])
    assert (found.captions, found.distinct, found.shared) == (4, 2, 3)
    # Image 0 first for "a" hits two of its three captions.
    assert found.ceiling.t2i == (75, 100, 100)
    # Image 0 finds an "a" of its own among three with chance 2/3; image 1 finds "b".
    assert found.ceiling.i2t == pytest.approx((100 * (2 / 3 + 1) / 2, 100, 100))


def test_without_repetition_there_is_no_ceiling():
    found = duplicates(["a", "b", "c"], [0, 0, 1])
    assert found.shared == 0
    assert found.ceiling.mean == 100


def test_six_images_of_one_sentence():
    found = duplicates(["same"] * 6, range(6))
    sixths = (100 / 6, 500 / 6, 100)
    assert found.ceiling.t2i == pytest.approx(sixths)
    assert found.ceiling.i2t == pytest.approx(sixths)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=1))
def test_no_model_is_better(pairs):
    numbers = sorted({image for _, image in pairs})
    owner = [numbers.index(image) for _, image in pairs]
    texts = [str(text) for text, _ in pairs]
    sentence = np.array([text for text, _ in pairs])
    rng = np.random.default_rng(len(pairs))
    images = np.eye(6, dtype=np.float32)[: len(numbers)]
    ceiling = duplicates(texts, owner).ceiling
    for _ in range(5):
        model = rng.random((5, 6)).astype(np.float32)
        rates = hit_rates(images, model[sentence], owner)
        assert np.all(np.array(rates.t2i) <= np.array(ceiling.t2i) + 1e-9)
        assert np.all(np.array(rates.i2t) <= np.array(ceiling.i2t) + 1e-9)

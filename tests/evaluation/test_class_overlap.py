"""Scores of maps of classes, on maps whose scores are known."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, jaccard_score

from rsrag.metrics.class_overlap import (
    accuracy,
    confusion,
    majority,
    mean_overlap,
    overlaps,
    resampled,
)


def test_a_made_map_has_the_scores_that_are_counted_by_hand() -> None:
    truth = np.array([[0, 0, 1], [1, 2, -1]])
    said = np.array([[0, 1, 1], [-1, 2, 0]])
    counts = confusion(truth, said, 3)
    assert counts.tolist() == [[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    # Class 0: 1 of 2; class 1: 1 right, 1 missed, 1 too many; class 2: all.
    assert overlaps(counts).tolist() == pytest.approx([1 / 2, 1 / 3, 1])
    assert mean_overlap(counts) == pytest.approx((1 / 2 + 1 / 3 + 1) / 3)
    assert accuracy(counts) == pytest.approx(3 / 5)


def test_scores_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth, said = rng.integers(0, 5, (2, 40, 50))
    counts = confusion(truth, said, 5)
    flat = truth.ravel(), said.ravel()
    assert (counts[:, :-1] == confusion_matrix(*flat)).all()
    assert overlaps(counts) == pytest.approx(jaccard_score(*flat, average=None))
    assert accuracy(counts) == pytest.approx(accuracy_score(*flat))


def test_a_class_that_is_nowhere_does_not_count() -> None:
    counts = confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 3)
    assert np.isnan(overlaps(counts)[2])
    assert mean_overlap(counts) == pytest.approx((1 / 2 + 1 / 2) / 2)
    wrong = confusion(np.array([0, 0, 1]), np.array([0, 2, 1]), 3)
    assert mean_overlap(wrong) == pytest.approx((1 / 2 + 1 + 0) / 3)


def test_the_commonest_class_is_a_floor() -> None:
    truth = np.array([0, 1, 1, 1])
    floor = majority(confusion(truth, np.array([0, 0, 0, 0]), 2))
    assert mean_overlap(floor) == pytest.approx(3 / 4 / 2)
    assert accuracy(floor) == pytest.approx(3 / 4)


def test_draws_of_pictures_sum_to_as_many_pictures() -> None:
    one = confusion(np.array([0, 1]), np.array([0, 1]), 2)
    other = confusion(np.array([0, 1]), np.array([1, 0]), 2)
    draws = resampled(np.stack([one, other]), 200, 0)
    assert (draws.sum(axis=(1, 2)) == 4).all()
    found = mean_overlap(draws)
    assert found.min() == 0 and found.max() == 1
    assert (draws == resampled(np.stack([one, other]), 200, 0)).all()

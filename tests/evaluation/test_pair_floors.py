"""Rules that everybody compares with, against other ways to reckon them."""

import numpy as np
import pytest
from scipy.ndimage import uniform_filter
from sklearn.cluster import KMeans

from rsrag.evaluation.changes.pair_floors import PAIR_FLOORS, dissimilarity, otsu
from tests.analysis.made_pairs import built, ground


@pytest.fixture(scope="module")
def pair():
    """A place before and after houses were built, and where."""
    before = ground()
    after = built(before)
    return before, after, (before != after).any(axis=2)


def test_otsu_parts_values_so_that_both_groups_are_most_even() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0.2, 0.05, 800), rng.normal(0.7, 0.1, 200)])

    def within(cut: float) -> float:
        groups = values[values <= cut], values[values > cut]
        return sum(len(one) * one.var() for one in groups)

    cuts = np.linspace(0.21, 0.69, 241)
    best = min(within(cut) for cut in cuts)
    assert within(otsu(values)) == pytest.approx(best, rel=0.01)


def test_structural_similarity_is_the_published_one(pair) -> None:
    a, b = (one.mean(axis=2, dtype=np.float64) for one in pair[:2])
    mean_a, mean_b = uniform_filter(a, 7), uniform_filter(b, 7)
    scale = 49 / 48
    var_a = scale * (uniform_filter(a * a, 7) - mean_a**2)
    var_b = scale * (uniform_filter(b * b, 7) - mean_b**2)
    both = scale * (uniform_filter(a * b, 7) - mean_a * mean_b)
    first, second = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similar = (2 * mean_a * mean_b + first) * (2 * both + second)
    similar /= (mean_a**2 + mean_b**2 + first) * (var_a + var_b + second)
    scores, _ = dissimilarity(*pair[:2])
    inner = np.s_[4:-4, 4:-4]
    assert scores[inner] == pytest.approx((1 - similar[inner]) / 2, abs=1e-9)


def test_two_groups_are_those_of_k_means(pair) -> None:
    before, after, _ = pair
    apart = np.abs(before.mean(axis=2) - after.mean(axis=2))
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(apart, 2, mode="symmetric"), (5, 5)
    ).reshape(-1, 25)
    _, axes = np.linalg.eigh(np.cov(windows.T))
    parts = (windows - windows.mean(axis=0)) @ axes[:, -3:]
    groups = KMeans(2, n_init=5, random_state=0).fit_predict(parts)
    flat = apart.ravel()
    high = groups == int(flat[groups == 1].mean() > flat[groups == 0].mean())
    _, said = PAIR_FLOORS["pca-k-means"](before, after)
    assert (said.ravel() == high).mean() > 0.995


@pytest.mark.parametrize("name", ["rgb", "cva", "ir-mad", "ssim", "pca-k-means"])
def test_rules_find_houses_and_nothing_in_equal_pictures(name, pair) -> None:
    before, after, truth = pair
    scores, said = PAIR_FLOORS[name](before, after)
    assert scores.shape == said.shape == truth.shape
    assert scores.min() >= 0 and scores.max() <= 1
    assert scores[truth].mean() > 2 * scores[~truth].mean()
    assert (said & truth).sum() > 0.3 * truth.sum()
    assert not PAIR_FLOORS[name](before, before)[1].any()


def test_all_and_none_say_what_they_are_called(pair) -> None:
    before, after, _ = pair
    assert PAIR_FLOORS["all"](before, after)[1].all()
    assert not PAIR_FLOORS["none"](before, after)[1].any()

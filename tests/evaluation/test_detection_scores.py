"""Scores of maps of change, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn import metrics

from rsrag.metrics.detection_scores import (
    LEVELS,
    average_precision,
    best_f1,
    false_alarms,
    level_counts,
    overlap_counts,
    overlap_scores,
    rank_auc,
)


@pytest.mark.parametrize("share", [0.02, 0.5])
@pytest.mark.parametrize("levels", [5, LEVELS])
def test_ranks_are_scored_as_scikit_learn_does(share, levels) -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(3000) < share
    scores = np.clip(rng.normal(0.4 + 0.2 * truth, 0.2), 0, 0.999)
    scores = np.floor(scores * levels) / levels  # many ties, and few
    counts = level_counts(scores.reshape(50, 60), truth.reshape(50, 60))
    wanted = metrics.average_precision_score(truth, scores)
    assert average_precision(counts) == pytest.approx(wanted, abs=1e-9)
    assert rank_auc(counts) == pytest.approx(metrics.roc_auc_score(truth, scores))
    precision, recall, _ = metrics.precision_recall_curve(truth, scores)
    both = precision + recall
    f1 = 2 * precision * recall / np.where(both > 0, both, 1)
    assert best_f1(counts) == pytest.approx(f1.max())
    wrong, right, _ = metrics.roc_curve(truth, scores, drop_intermediate=False)
    assert false_alarms(counts, 0.9) == pytest.approx(wrong[right >= 0.9][0])


def test_counts_of_pictures_add_up() -> None:
    rng = np.random.default_rng(1)
    truth, scores = rng.random((2, 400)) < 0.3, rng.random((2, 400))
    apart = [level_counts(*one) for one in zip(scores, truth, strict=True)]
    assert (sum(apart) == level_counts(scores, truth)).all()
    stacked = average_precision(np.stack(apart))
    assert stacked.shape == (2,)
    assert stacked[1] == average_precision(apart[1])


def test_overlap_is_scored_as_scikit_learn_does() -> None:
    rng = np.random.default_rng(2)
    truth, said = rng.random((2, 30, 30)) < 0.3
    found = overlap_scores(overlap_counts(said, truth))
    flat = truth.ravel(), said.ravel()
    assert found["f1"] == pytest.approx(metrics.f1_score(*flat))
    assert found["iou"] == pytest.approx(metrics.jaccard_score(*flat))
    assert found["precision"] == pytest.approx(metrics.precision_score(*flat))
    assert found["recall"] == pytest.approx(metrics.recall_score(*flat))


def test_nothing_to_find_is_no_error() -> None:
    empty = level_counts(np.linspace(0, 1, 9), np.zeros(9, bool))
    assert average_precision(empty) == 0 and best_f1(empty) == 0
    assert np.isnan(rank_auc(empty)) and np.isnan(false_alarms(empty))
    none = overlap_counts(np.zeros(9, bool), np.zeros(9, bool))
    assert {float(one) for one in overlap_scores(none).values()} == {0.0}

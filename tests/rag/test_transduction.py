"""Labels for an archive at once, and the temperature of probabilities."""

import numpy as np
import pytest

from rsrag.errors import QueryError
from rsrag.rag.looking.calibration import (
    calibration_error,
    fit_temperature,
    log_loss,
    sharpen,
)
from rsrag.rag.looking.transduction import Affinity, debias, softmax, transduce
from rsrag.vectors import unit_rows


def clusters(seed=0, n=300, classes=5, dim=32, tilt=0.9):
    """Pictures in clusters, and texts that lean towards the first class."""
    rng = np.random.default_rng(seed)
    centres = unit_rows(rng.normal(size=(classes, dim)))
    labels = np.arange(n) % classes
    images = unit_rows(centres[labels] + 0.1 * rng.normal(size=(n, dim)))
    texts = centres + 0.3 * rng.normal(size=(classes, dim))
    texts[0] += tilt * images.mean(axis=0)
    return images, unit_rows(texts), labels


def accuracy(scores, labels):
    return float((scores.argmax(axis=1) == labels).mean())


def test_affinity_by_hand():
    images = unit_rows([[1, 0], [1, 0.1], [0, 1]])
    spread = Affinity(images, 1).spread(np.eye(3))
    near, far = float(images[0] @ images[1]), float(images[1] @ images[2])
    # 0 and 1 are each other's nearest: the pair counts both ways, so twice.
    assert spread == pytest.approx(
        np.array([[0, 2 * near, 0], [2 * near, 0, far], [0, far, 0]])
    )


def test_affinity_is_that_of_a_plain_matrix():
    images, _, _ = clusters(n=40)
    cosines = (images @ images.T).astype(float)
    np.fill_diagonal(cosines, -np.inf)
    plain = np.zeros((40, 40))
    for i, row in enumerate(cosines):
        best = np.argsort(-row)[:3]
        plain[i, best] = row[best].clip(0)
    labels = np.random.default_rng(1).random((40, 5))
    assert Affinity(images, 3).spread(labels) == pytest.approx(
        (plain + plain.T) @ labels, abs=1e-5
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_pictures_that_are_alike_share_their_label(seed):
    images, texts, labels = clusters(seed)
    logits = 10 * images @ texts.T
    alone, together = (
        accuracy(logits, labels),
        accuracy(transduce(images, logits), labels),
    )
    # A part of what was wrong is put right; with these texts never all of it.
    assert 1 - together < 0.95 * (1 - alone)


def test_order_and_seed_do_not_matter():
    images, texts, _ = clusters()
    logits = 100 * images @ texts.T
    order = np.random.default_rng(3).permutation(len(images))
    shuffled = transduce(images[order], logits[order])
    assert shuffled == pytest.approx(transduce(images, logits)[order], abs=1e-6)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_handful_of_pictures(n):
    images, texts, _ = clusters(n=300)
    found = transduce(images[:n], 100 * images[:n] @ texts.T)
    assert found.shape == (n, 5)
    assert found.sum(axis=1) == pytest.approx(np.ones(n))


def test_shapes_are_checked():
    with pytest.raises(QueryError, match="do not go together"):
        transduce(np.eye(3, dtype=np.float32), np.zeros((2, 2)))
    with pytest.raises(QueryError, match="no picture"):
        transduce(np.empty((0, 3), np.float32), np.empty((0, 2)))


def test_debias_by_hand():
    logits = np.log([[0.9, 0.1], [0.7, 0.3]])
    # The mean is (0.8, 0.2): the second class is raised by log 4.
    assert debias(logits) == pytest.approx(logits - np.log([0.8, 0.2]))
    assert debias(logits).argmax(axis=1).tolist() == [0, 1]


def test_softmax_does_not_overflow():
    assert softmax(np.array([[1e4, 0.0]])) == pytest.approx(np.array([[1, 0]]))
    assert softmax(np.array([[2.0, 0.0]]), 2.0) == pytest.approx(
        np.array([[np.e, 1]]) / (np.e + 1)
    )


def test_the_temperature_is_the_one_that_labels_were_drawn_with():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20_000, 4))
    drawn = softmax(logits, 0.5).cumsum(axis=1)
    labels = (rng.random((20_000, 1)) > drawn).sum(axis=1)
    found = fit_temperature(logits, labels)
    assert found == pytest.approx(0.5, rel=0.03)
    losses = [log_loss(logits, labels, found * f) for f in (0.9, 1, 1.1)]
    assert losses[1] == min(losses)
    assert calibration_error(softmax(logits, found), labels) < 0.02
    assert calibration_error(softmax(logits, 0.1), labels) > 0.1


def test_calibration_error_by_hand():
    sure = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    # Bin of 0.9: one of two right, gap 0.4. Bin of 0.6: both right, gap 0.4.
    assert calibration_error(sure, np.array([0, 1, 1, 1])) == pytest.approx(0.4)


def test_log_loss_by_hand():
    logits = np.log([[0.25, 0.75]])
    assert log_loss(logits, np.array([0]), 1.0) == pytest.approx(np.log(4))


def test_sharpen():
    given = np.array([[0.8, 0.2]])
    assert sharpen(given, 1.0) == pytest.approx(given)
    assert sharpen(given, 0.5) == pytest.approx(np.array([[0.64, 0.04]]) / 0.68)


def test_nothing_to_fit():
    with pytest.raises(QueryError):
        fit_temperature(np.empty((0, 2)), np.empty(0, int))
    with pytest.raises(QueryError):
        calibration_error(np.empty((0, 2)), np.empty(0, int))

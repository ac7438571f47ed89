"""Labels for a whole archive at once: pictures that are alike share their label.

:func:`transduce` is RS-TransCLIP (El Khoury, Zanella et al., "Enhancing remote sensing
vision-language models for zero-shot scene classification", ICASSP 2025), written from
its equations. What it finds for a picture depends on all others, so its accuracy is
not that of a picture alone and must be named apart.

:func:`debias` only takes away how much the archive as a whole leans to each class.
"""

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import QueryError
from rsrag.types import Vectors

Probabilities = NDArray[np.float64]
"""``(n, classes)``, every row adds up to one."""

_TINY = 1e-30
_BLOCK = 1024


# Constants of the method, as published: nearest pictures that each one looks at, surest
# pictures of a class that its first mean is made of, weights of what the texts and the
# neighbours say, rounds of means and variances, and steps of labels in a round.
_NEIGHBOURS = 3
_CONFIDENT = 8
_TEXT_WEIGHT = 50.0
_NEIGHBOUR_WEIGHT = 50.0 / 6.0
_ROUNDS = 10
_STEPS = 5


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> Probabilities:
    """Rows of ``logits / temperature`` as probabilities."""
    scaled = np.asarray(logits, np.float64) / temperature
    weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    shares: Probabilities = weights / weights.sum(axis=1, keepdims=True)
    return shares


def debias(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """``(n, classes)`` logits less the logarithm of the mean softmax over the archive.

    A class whose text draws pictures of all kinds is damped. An archive that truly
    holds one class more than others is bent, too: use it where classes are about as
    frequent as each other. The logits are cosines over the temperature.
    """
    lean = np.log(softmax(logits).mean(axis=0) + _TINY)
    return np.asarray(logits - lean, np.float64)


def transduce(images: Vectors, logits: NDArray[np.floating]) -> Probabilities:
    """Label all pictures together by RS-TransCLIP.

    Each class is a Gaussian with one diagonal covariance for all; labels, means and
    variances are found in turn, while the labels stay near what the texts say and near
    those of the nearest pictures.

    Args:
        images: ``(n, dim)`` unit rows; memory is a few times theirs.
        logits: ``(n, classes)``: cosines to the texts times 100.

    Returns:
        ``(n, classes)``. They are sharp: calibrate them before they are called
        probabilities (:mod:`rsrag.rag.looking.calibration`).

    Raises:
        QueryError: no picture, or shapes that do not go together.
    """
    if images.ndim != 2 or logits.ndim != 2 or len(images) != len(logits):
        raise QueryError(
            f"Vectors of shape {images.shape} and logits of shape {logits.shape} do "
            "not go together."
        )
    if not len(images):
        raise QueryError("There is no picture to label.")
    text = softmax(logits)
    log_text = np.log(text + _TINY)
    affinity = Affinity(images, _NEIGHBOURS)
    rows = images.astype(np.float64)
    squares = rows**2
    means = _first_means(rows, text, _CONFIDENT)
    variance = np.full(rows.shape[1], 1.0 / rows.shape[1])
    labels = text
    for _ in range(_ROUNDS):
        likelihood = _log_gaussian(rows, squares, means, variance)
        for _ in range(_STEPS):
            heard = _NEIGHBOUR_WEIGHT * affinity.spread(labels)
            labels = softmax(log_text + (likelihood + heard) / _TEXT_WEIGHT)
        weight = labels.sum(axis=0)[:, None] + _TINY
        means = (labels.T @ rows) / weight
        # Of all classes together, so that a rare one borrows from the others.
        variance = (squares.sum(axis=0) - (weight * means**2).sum(axis=0)) / len(rows)
        variance = np.maximum(variance, 1e-12)
    return labels


class Affinity:
    """Cosines of each picture to its nearest ones, both ways."""

    def __init__(self, images: Vectors, neighbours: int) -> None:
        n = len(images)
        k = min(neighbours, n - 1)
        near = np.empty((n, k), np.intp)
        weight = np.empty((n, k))
        for start in range(0, n, _BLOCK):
            block = images[start : start + _BLOCK]
            cosines = block @ images.T
            cosines[np.arange(len(block)), start + np.arange(len(block))] = -np.inf
            if not k:
                continue
            part = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
            near[start : start + len(block)] = part
            weight[start : start + len(block)] = np.take_along_axis(cosines, part, 1)
        ones = np.repeat(np.arange(n), k)
        others, weights = near.ravel(), np.maximum(weight.ravel(), 0.0)
        to = np.concatenate([ones, others])
        order = np.argsort(to, kind="stable")
        self._from = np.concatenate([others, ones])[order]
        self._weight = np.concatenate([weights, weights])[order][:, None]
        self._to, self._starts = np.unique(to[order], return_index=True)

    def spread(self, labels: Probabilities) -> Probabilities:
        """For each picture the weighted labels of those it is near to."""
        heard = np.zeros_like(labels)
        if len(self._to):
            edges = labels[self._from] * self._weight
            heard[self._to] = np.add.reduceat(edges, self._starts, axis=0)
        return heard


def _first_means(
    rows: NDArray[np.float64], text: Probabilities, confident: int
) -> NDArray[np.float64]:
    """Unit means of the pictures that are surest of each class."""
    count = min(confident, len(rows))
    surest = np.argsort(-text, axis=0, kind="stable")[:count]
    weights = np.take_along_axis(text, surest, axis=0)
    means = np.einsum("kc,kcd->cd", weights + _TINY, rows[surest])
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return np.asarray(means / np.maximum(lengths, _TINY))


def _log_gaussian(
    rows: NDArray[np.float64],
    squares: NDArray[np.float64],
    means: NDArray[np.float64],
    variance: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Logarithm of the densities, but for what all classes have in common."""
    precision = 1.0 / variance
    far = squares @ precision
    cross = rows @ (means * precision).T
    own = (means**2) @ precision
    return np.asarray(-0.5 * (far[:, None] - 2 * cross + own))

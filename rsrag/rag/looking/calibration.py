"""Probabilities that mean what they say: one temperature, fitted on labelled pictures.

Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017.
"""

import math

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import QueryError
from rsrag.rag.looking.transduction import softmax

BINS = 15


def log_loss(
    logits: NDArray[np.floating], labels: NDArray[np.integer], temperature: float
) -> float:
    """Mean negative logarithm of the probability that the true class gets.

    ``(n, classes)`` logits, divided by ``temperature``; ``(n,)`` true columns.
    """
    scaled = np.asarray(logits, np.float64) / temperature
    top = scaled.max(axis=1, keepdims=True)
    total = np.log(np.exp(scaled - top).sum(axis=1)) + top[:, 0]
    return float((total - scaled[np.arange(len(labels)), labels]).mean())


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """The temperature, from 0.001 to 1,000, under which the labels are likeliest.

    The loss is convex in one over the temperature, so a golden-section search over its
    logarithm finds the only minimum. ``(n, classes)`` logits: cosines give a
    temperature for cosines; ``(n,)`` true columns.

    Raises:
        QueryError: nothing to fit on.
    """
    if not len(labels):
        raise QueryError("There is no labelled picture to fit a temperature on.")
    ratio = (math.sqrt(5) - 1) / 2
    a, b = math.log(1e-3), math.log(1e3)
    c, d = b - ratio * (b - a), a + ratio * (b - a)
    at_c, at_d = (log_loss(logits, labels, math.exp(x)) for x in (c, d))
    while b - a > 1e-4:
        if at_c <= at_d:
            b, d, at_d = d, c, at_c
            c = b - ratio * (b - a)
            at_c = log_loss(logits, labels, math.exp(c))
        else:
            a, c, at_c = c, d, at_d
            d = a + ratio * (b - a)
            at_d = log_loss(logits, labels, math.exp(d))
    return math.exp((a + b) / 2)


def calibration_error(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer]
) -> float:
    """Expected calibration error: how far confidence is from accuracy, 0 to 1.

    Pictures are put into bins of equal width by the probability of their likeliest
    class; the gaps between mean probability and accuracy are averaged, each bin
    weighing as many as it holds.

    Raises:
        QueryError: nothing to measure.
    """
    if not len(labels):
        raise QueryError("There is no labelled picture to measure.")
    sure = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    places = np.clip(np.ceil(sure * BINS).astype(np.intp) - 1, 0, BINS - 1)
    gaps = np.bincount(places, sure - right, BINS)
    return float(np.abs(gaps).sum() / len(labels))


def sharpen(
    probabilities: NDArray[np.floating], temperature: float
) -> NDArray[np.float64]:
    """Probabilities to the power of one over a temperature, made to add up again."""
    return softmax(np.log(np.asarray(probabilities, np.float64) + 1e-30), temperature)

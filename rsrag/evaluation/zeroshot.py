"""Zero-shot classification: accuracies, alone and with the whole archive at hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ConfigError
from rsrag.rag.looking.calibration import calibration_error, fit_temperature, log_loss
from rsrag.rag.looking.transduction import debias, softmax, transduce
from rsrag.types import Vectors

Labels = NDArray[np.intp]
LEAST_FOR_CALIBRATION = 40


def accuracies(
    logits: NDArray[np.floating], labels: Labels, classes: Sequence[str]
) -> dict[str, Any]:
    """Accuracies in percent, of ``(n, classes)`` logits and ``(n,)`` true columns.

    Returns:
        ``top1``; ``top5``, ``None`` with five classes or fewer; ``mean_class``, the
        mean of the classes' own accuracies, those without a picture left out;
        ``per_class``, ``n`` and ``top1`` by name, ``None`` without a picture.

    Raises:
        ConfigError: no picture, or lengths that differ.
    """
    if not len(labels) or logits.shape != (len(labels), len(classes)):
        raise ConfigError(
            f"Logits of shape {logits.shape} do not go with {len(labels)} labels of "
            f"{len(classes)} classes."
        )
    own = logits[np.arange(len(labels)), labels][:, None]
    # Of what ties the first column is taken, as argmax does.
    earlier = np.arange(logits.shape[1]) < labels[:, None]
    rank = ((logits > own) | ((logits == own) & earlier)).sum(axis=1)
    right = rank == 0
    counts = np.bincount(labels, minlength=len(classes))
    hits = np.bincount(labels, right, len(classes))
    per_class = {
        name: {
            "n": int(count),
            "top1": round(100 * float(hit / count), 4) if count else None,
        }
        for name, count, hit in zip(classes, counts, hits, strict=True)
    }
    there = counts > 0
    return {
        "top1": _percent(right),
        "top5": _percent(rank < 5) if len(classes) > 5 else None,
        "mean_class": round(100 * float((hits[there] / counts[there]).mean()), 4),
        "per_class": per_class,
    }


def zero_shot_protocols(
    images: Vectors,
    texts: Vectors,
    labels: Labels,
    classes: Sequence[str],
    *,
    temperature: float,
    transductive: bool = False,
    debiased: bool = False,
    seed: int = 0,
) -> dict[str, dict[str, Any]]:
    """Accuracies of cosines, and of the two ways to label a whole archive.

    ``images`` ``(n, dim)`` and ``texts`` ``(classes, dim)`` are unit rows, ``labels``
    ``(n,)`` columns of the true classes. Cosines are divided by ``temperature`` (0.01
    for a CLIP); ``seed`` draws the halves on which calibration is fitted and measured.

    Returns:
        ``zero_shot``, and ``transductive`` and ``debias`` (see
        :mod:`rsrag.rag.looking.transduction`) where they are asked for.
    """
    cosines = images @ texts.T
    logits = cosines / temperature
    scores = {"zero_shot": cosines.astype(np.float64)}
    if transductive:
        scores["transductive"] = np.log(transduce(images, logits) + 1e-30)
    if debiased:
        scores["debias"] = debias(logits)
    return {
        name: {
            **accuracies(table, labels, classes),
            "calibration": calibration(
                table, labels, temperature if name == "zero_shot" else 1.0, seed
            ),
        }
        for name, table in scores.items()
    }


def calibration(
    logits: NDArray[np.floating], labels: Labels, temperature: float, seed: int
) -> dict[str, Any] | None:
    """A temperature fitted on one half of the pictures, measured on the other.

    ``logits`` are cosines, or logarithms of probabilities; ``temperature`` is what is
    used without fitting; ``seed`` draws the halves.

    Returns:
        ``temperature``, how many pictures it was fitted and measured on, and expected
        calibration error (percent) and log loss before and after; ``None`` with fewer
        than 40 pictures.
    """
    if len(labels) < LEAST_FOR_CALIBRATION:
        return None
    order = np.random.default_rng(seed).permutation(len(labels))
    fit, rest = order[: len(order) // 2], order[len(order) // 2 :]
    found = fit_temperature(logits[fit], labels[fit])
    figures: dict[str, Any] = {
        "temperature": round(found, 6),
        "unfitted_temperature": temperature,
        "fitted_on": len(fit),
        "measured_on": len(rest),
    }
    for name, value in (("before", temperature), ("after", found)):
        error = calibration_error(softmax(logits[rest], value), labels[rest])
        figures[f"error_{name}"] = round(100 * error, 4)
        figures[f"log_loss_{name}"] = round(
            log_loss(logits[rest], labels[rest], value), 6
        )
    return figures


def _percent(hits: NDArray[np.bool_]) -> float:
    return round(100 * float(hits.mean()), 4)

"""Comparison of encoders on the same pictures, with intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag.evaluation.data.class_prompts import PROTOCOLS, class_vectors
from rsrag.evaluation.data.labelled import Labelled
from rsrag.evaluation.retrieval_run import Matched, Retrieval
from rsrag.interfaces import Encoder
from rsrag.metrics.bootstrap import Figure, Table, interval_mapping, resampled
from rsrag.metrics.hit_rates import RANKS

MEAN = "mR"


def retrieval_figures(matched: Matched, result: Retrieval) -> dict[str, Figure]:
    """Hits of each picture and of its captions at ranks 1, 5 and 10."""
    n = len(matched.pictures)
    one, owner = np.ones(n), np.asarray(matched.owner)
    captions = np.bincount(owner, minlength=n).astype(np.float64)
    figures = {}
    for column, k in enumerate(RANKS):
        figures[f"i2t R@{k}"] = Figure(result.i2t[:, column], one)
    for column, k in enumerate(RANKS):
        hits = np.bincount(owner, result.t2i[:, column], n).astype(np.float64)
        figures[f"t2i R@{k}"] = Figure(hits, captions)
    return figures


def labelled_figures(found: Labelled, encoder: Encoder) -> dict[str, Figure]:
    """Pictures whose likeliest class is the right one, under each protocol."""
    one = np.ones(len(found.labels))
    figures = {}
    for protocol in PROTOCOLS:
        texts = class_vectors(found.classes, encoder, protocol)
        best: NDArray[np.intp] = (found.vectors @ texts.T).argmax(axis=1)
        right = (best == found.labels).astype(np.float64)
        figures[f"top1 {protocol}"] = Figure(right, one)
    return figures


def compare(
    encoders: Mapping[str, Mapping[str, Figure]],
    *,
    resamples: int,
    seed: int,
    confidence: float,
) -> dict[str, Any]:
    """Figures of each encoder with intervals, and differences to the first one.

    All ``encoders`` have figures of the same pictures; ``confidence`` is 0 to 1.

    Returns:
        ``encoders``, ``differences`` (each less the first) and ``confidence``.
    """
    values = {name: _values(figures) for name, figures in encoders.items()}
    draws = {
        name: _with_mean(resampled(figures, resamples, seed))
        for name, figures in encoders.items()
    }
    first = next(iter(encoders))
    return {
        "confidence": confidence,
        "encoders": {
            name: {
                "figures": {
                    metric: interval_mapping(value, draws[name][metric], confidence)
                    for metric, value in own.items()
                }
            }
            for name, own in values.items()
        },
        "differences": {
            name: {
                metric: interval_mapping(
                    value - values[first][metric],
                    draws[name][metric] - draws[first][metric],
                    confidence,
                )
                for metric, value in own.items()
            }
            for name, own in values.items()
            if name != first
        },
    }


def _values(figures: Mapping[str, Figure]) -> dict[str, float]:
    values = {
        name: 100 * float(one.hits.sum() / one.queries.sum())
        for name, one in figures.items()
    }
    if _is_retrieval(list(values)):
        values[MEAN] = float(np.mean(list(values.values())))
    return values


def _with_mean(draws: dict[str, Table]) -> dict[str, Table]:
    if _is_retrieval(list(draws)):
        draws[MEAN] = np.mean(list(draws.values()), axis=0)
    return draws


def _is_retrieval(names: Sequence[str]) -> bool:
    return names[0].startswith("i2t")

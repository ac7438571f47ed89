"""Comparison of encoders on the same pictures, with intervals and provenance."""

import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsrag import __version__
from rsrag.durable import file_sha256
from rsrag.errors import ConfigError, SourceNotFoundError
from rsrag.evaluation.data.labelled import Labelled
from rsrag.evaluation.retrieval_run import Matched, Retrieval
from rsrag.evaluation.zeroshot import PROTOCOLS, class_vectors
from rsrag.interfaces import Encoder
from rsrag.metrics.bootstrap import Figure, interval_mapping, resampled
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
    values = {
        name: _with_mean({metric: share.percent for metric, share in own.items()})
        for name, own in encoders.items()
    }
    draws = {
        name: _with_mean(resampled(own, resamples, seed))
        for name, own in encoders.items()
    }
    first, *others = encoders

    def intervals(figures: dict[str, Any], drawn: dict[str, Any]) -> dict[str, Any]:
        return {
            metric: interval_mapping(float(value), drawn[metric], confidence)
            for metric, value in figures.items()
        }

    def less_first(table: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
        own = table[name]
        return {metric: value - table[first][metric] for metric, value in own.items()}

    return {
        "confidence": confidence,
        "encoders": {
            name: {"figures": intervals(values[name], draws[name])} for name in encoders
        },
        "differences": {
            name: intervals(less_first(values, name), less_first(draws, name))
            for name in others
        },
    }


def _with_mean(values: dict[str, Any]) -> dict[str, Any]:
    """Hit rates with their mean; accuracies as they are."""
    if next(iter(values)).startswith("i2t"):
        values[MEAN] = np.mean(list(values.values()), axis=0)
    return values


_PACKAGES = ("numpy", "pillow", "torch", "open_clip_torch", "tokenizers")


def encoder_mapping(encoder: Encoder) -> dict[str, Any]:
    """Id, sha256 of the weights, preprocessing and dim."""
    return asdict(encoder.identity)


def file_mapping(path: Path) -> dict[str, Any]:
    """Path, size and sha256 of a file; errors as in :mod:`rsrag.evaluation.data`."""
    try:
        digest = file_sha256(path)
        return {"path": str(path), "bytes": path.stat().st_size, "sha256": digest}
    except FileNotFoundError as exc:
        raise SourceNotFoundError(f"There is no file {path}.") from exc
    except OSError as exc:
        raise ConfigError(f"{path} cannot be read: {exc}") from exc


def versions(packages: Sequence[str] = _PACKAGES) -> dict[str, str]:
    """Of rsrag, Python and the packages that decide a figure's last digits."""
    found = {"rsrag": __version__, "python": platform.python_version()}
    for name in packages:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found

"""As right as it says? A source that weights know beside one that they never saw.

    python -m bench.foreign_reliability RSICD --heads FILE … --others FILE … --out PNG

RSICD holds ``valid-*.tar`` and ``valid.jsonl``, each of ``--others`` (one for each of
``--heads``) is a file of labels beside its pictures. A panel for each file of weights:
its own source at the temperature fitted there, the other one at that temperature and at
twice it, which is what a foreign collection is given. Labels are asked for by the
*readable* protocol. A dot holds a tenth of the pictures, the least sure ones first.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.bench_none_of_these import read
from rsrag.encoders.mini.mini import MiniEncoder
from rsrag.evaluation.zeroshot import class_vectors
from rsrag.rag.looking.calibration import calibration_error, fit_temperature
from rsrag.rag.looking.scene import readable
from rsrag.rag.looking.transduction import softmax

TENTHS = 10
Floats = NDArray[np.float64]


def tenths(shares: Floats, truth: NDArray[np.intp]) -> list[tuple[float, float]]:
    """Mean probability and share that is right, of ten parts of the pictures.

    Args:
        shares: ``(n, classes)`` probabilities.
        truth: ``(n,)`` numbers of the right classes.
    """
    order = np.argsort(shares.max(axis=1), kind="stable")
    right = shares.argmax(axis=1) == truth
    return [
        (float(shares[part].max(axis=1).mean()), float(right[part].mean()))
        for part in np.array_split(order, min(TENTHS, len(order)))
    ]


def cosines_of(path: Path, encoder: MiniEncoder) -> tuple[Floats, NDArray[np.intp]]:
    """Of a source's pictures to its labels, and which is right."""
    found = read(path, encoder)
    texts = class_vectors([readable(c) for c in found.classes], encoder, "readable")
    return np.asarray(found.vectors @ texts.T, np.float64), found.labels


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the errors and write the picture."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rsicd", type=Path)
    parser.add_argument("--heads", type=Path, nargs="+", required=True)
    parser.add_argument("--others", type=Path, nargs="+", required=True)
    parser.add_argument("--titles", nargs="+", default=[])
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = len(given.heads)
    figure = Figure(figsize=(4 * count, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    panels: Any = figure.subplots(1, count, squeeze=False)[0]
    titles = given.titles or [path.name for path in given.heads]
    for panel, heads, other, title in zip(
        panels, given.heads, given.others, titles, strict=True
    ):
        encoder = MiniEncoder(heads)
        own, own_truth = cosines_of(given.rsicd / "valid.jsonl", encoder)
        away, away_truth = cosines_of(other, encoder)
        known = fit_temperature(own.astype(np.float32), own_truth)
        name = f"{other.parent.name} {other.stem}"
        panel.plot([0, 1], [0, 1], color="0.75", linewidth=1)
        for cosines, truth, times, label, style in (
            (own, own_truth, 1, "RSICD valid", "o-"),
            (away, away_truth, 1, name, "s--"),
            (away, away_truth, 2, f"{name}, twice the temperature", "^-"),
        ):
            shares = softmax(cosines / (known * times))
            error = 100 * calibration_error(shares, truth)
            right = 100 * float((shares.argmax(axis=1) == truth).mean())
            print(f"{title}: {label}: top-1 {right:.1f}, calibration error {error:.1f}")
            said, held = zip(*tenths(np.asarray(shares), truth), strict=True)
            panel.plot(said, held, style, label=f"{label}: {error:.1f}", markersize=4)
        panel.set(xlabel="probability said", ylabel="share that is right")
        panel.set_title(title, fontsize=10)
        panel.legend(fontsize=7, loc="lower right")
    figure.savefig(given.out, dpi=110)


if __name__ == "__main__":
    main()

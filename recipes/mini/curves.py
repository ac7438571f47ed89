"""Training curves: a table and a plot beside the checkpoint."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from rsrag.rendering.evaluations.charts import COLOURS, new_plot, save_plot


def write_curves(
    checkpoint: Path, losses: Sequence[float], recalls: Sequence[float]
) -> tuple[Path, Path]:
    """Write ``NAME.curves.csv`` and ``NAME.curves.png`` beside ``NAME.safetensors``.

    Args:
        checkpoint: that was written.
        losses: one an epoch, at least one.
        recalls: mean recall on the validation pictures, in percent, one an epoch;
            empty where there were none.

    Returns:
        The two files, table first.
    """
    table = checkpoint.with_suffix(".curves.csv")
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", "loss", "valid_mean_recall"])
        for epoch, loss in enumerate(losses):
            recall = f"{recalls[epoch]:.3f}" if recalls else ""
            writer.writerow([epoch + 1, f"{loss:.5f}", recall])
    plot = checkpoint.with_suffix(".curves.png")
    lines = {"loss, training": losses}
    if recalls:
        lines["mean recall, validation (%)"] = recalls
    draw_curves(plot, lines)
    return table, plot


def draw_curves(path: Path, lines: Mapping[str, Sequence[float]]) -> None:
    """Draw one or two curves over the epochs, each on a scale of its own from 0.

    Args:
        path: ``.png``; it is replaced.
        lines: names and values; the first's scale stands on the left, the second's
            on the right.
    """
    from matplotlib.ticker import MaxNLocator

    figure, left = new_plot("", 8.2, 3.8)
    left.set_xlabel("epoch")
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.set_xlim(0, 1 + max(map(len, lines.values())))
    axes = left
    for colour, (name, values) in zip(COLOURS, lines.items(), strict=False):
        epochs = range(1, len(values) + 1)
        axes.plot(epochs, values, color=colour, marker="o" * (len(values) == 1))
        axes.set_ylabel(name, color=colour)
        axes.tick_params("y", labelcolor=colour, length=0)
        axes.set_ylim(0, 1.05 * max(*values, 1e-9))
        axes = left.twinx()
        axes.spines[:].set_visible(False)
    axes.set_visible(False)
    save_plot(figure, path)

"""Training curves: a table and a plot beside the checkpoint."""

import csv
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = (900, 420)
MARGIN = 64
INK, GRID = (30, 30, 30), (225, 225, 225)
COLOURS = ((190, 60, 40), (30, 90, 170))


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
        lines["mean recall, valid (%)"] = recalls
    draw_curves(lines).save(plot)
    return table, plot


def draw_curves(lines: dict[str, Sequence[float]]) -> Image.Image:
    """Draw one or two curves over the epochs, each on a scale of its own from 0.

    Args:
        lines: names and values; the first's scale stands on the left, the second's
            on the right.
    """
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(14)
    left, top, right, bottom = MARGIN, 40, SIZE[0] - MARGIN, SIZE[1] - 44
    epochs = max(len(values) for values in lines.values())
    for tick in range(5):
        y = bottom - (bottom - top) * tick / 4
        draw.line([(left, y), (right, y)], fill=GRID)
    step = max(epochs // 8, 1)
    for epoch in range(step, epochs + 1, step):
        x = _across(epoch - 1, epochs, left, right)
        draw.text((x, bottom + 8), str(epoch), fill=INK, font=font, anchor="mt")
    draw.text(((left + right) / 2, SIZE[1] - 4), "epoch", INK, font, anchor="mb")
    for number, (name, values) in enumerate(lines.items()):
        colour, top_value = COLOURS[number], max(*values, 1e-9) * 1.05
        x, anchor = ((left - 8, "rm"), (right + 8, "lm"))[number]
        for tick in range(5):
            y = bottom - (bottom - top) * tick / 4
            label = f"{top_value * tick / 4:.3g}"
            draw.text((x, y), label, fill=colour, font=font, anchor=anchor)
        points = [
            (
                _across(epoch, epochs, left, right),
                bottom - (bottom - top) * value / top_value,
            )
            for epoch, value in enumerate(values)
        ]
        if len(points) == 1:
            px, py = points[0]
            draw.ellipse([px - 3, py - 3, px + 3, py + 3], fill=colour)
        else:
            draw.line(points, fill=colour, width=2)
        place = (left, "lm") if number == 0 else (right, "rm")
        draw.text((place[0], 18), name, fill=colour, font=font, anchor=place[1])
    draw.rectangle([left, top, right, bottom], outline=INK)
    return image


def _across(epoch: int, epochs: int, left: float, right: float) -> float:
    return left + (right - left) * epoch / max(epochs - 1, 1)

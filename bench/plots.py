"""Plots of results as PNG: every line named at its end, both axes with units.

Each picture carries a digest of what it shows, so that ``bench.page --check`` tells a
stale one without drawing anything.
"""

import hashlib
import io
import json
import math
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from bench.palette import COLOURS, palette
from bench.result import Plot

MARKERS = "os^Dv"
DASHES = ("-", "--", ":")
INCHES, DPI = (7.6, 4.4), 110
DIGEST = "shows"
_STYLE = 2


def digest(plot: Plot) -> str:
    """Of all that a picture shows, and of the way it is drawn."""
    shown = json.dumps([_STYLE, asdict(plot)], sort_keys=True)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def digest_in(path: Path) -> str:
    """The digest a picture carries; empty if it has none or is no picture."""
    try:
        with Image.open(path) as picture:
            return str(picture.info.get(DIGEST, ""))
    except OSError:
        return ""


def draw(plot: Plot, path: Path) -> None:
    """Draw a plot as a PNG of few colours.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: nothing to draw, or a point that a log axis has no place for.
    """
    _refuse_what_cannot_be_drawn(plot)
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=INCHES, dpi=DPI, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    longest = max(len(line.name) for line in plot.lines)
    names = min(0.45, (30 + 9 * longest) / (INCHES[0] * DPI))
    axes = figure.add_axes((0.11, 0.13, 0.87 - names, 0.77))
    for number, line in enumerate(plot.lines):
        axes.plot(
            *zip(*line.points, strict=True),
            color=_colour(number),
            marker=MARKERS[number % len(MARKERS)],
            linestyle=DASHES[number // len(COLOURS) % len(DASHES)],
            linewidth=2.4 if line.name.startswith("rsrag") else 1.4,
            markersize=5,
            zorder=3 if line.name.startswith("rsrag") else 2,
        )
    _scale(axes, plot)
    axes.set_title(textwrap.fill(plot.title, 85), loc="left", fontsize=11)
    axes.set_xlabel(plot.x)
    axes.set_ylabel(plot.y)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    canvas.draw()
    _name_lines(axes, plot)
    drawn = io.BytesIO()
    canvas.print_png(drawn)
    _write_small(drawn, path, digest(plot))


def _refuse_what_cannot_be_drawn(plot: Plot) -> None:
    if not plot.lines or not all(line.points for line in plot.lines):
        raise ValueError(f"{plot.name}: a plot, or a line of it, without points.")
    for line in plot.lines:
        for x, y in line.points:
            finite = math.isfinite(x) and math.isfinite(y)
            if not finite or (plot.log_x and x <= 0) or (plot.log_y and y <= 0):
                raise ValueError(f"{plot.name}: {line.name} at {(x, y)} has no place.")


def _scale(axes: Any, plot: Plot) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

    points = [point for line in plot.lines for point in line.points]
    for axis, log, number in (
        (axes.xaxis, plot.log_x, 0),
        (axes.yaxis, plot.log_y, 1),
    ):
        values = [point[number] for point in points]
        if log:
            decades = math.log10(max(values) / min(values))
            axis.set_ticks([])
            (axes.set_xscale if number == 0 else axes.set_yscale)("log")
            if decades < 0.3:
                middle = math.sqrt(max(values) * min(values))
                (axes.set_xlim if number == 0 else axes.set_ylim)(
                    middle / 2, middle * 2
                )
            subs = (1.0,) if decades > 3 else (1.0, 2.0, 5.0)
            axis.set_major_locator(LogLocator(subs=subs, numticks=20))
            axis.set_minor_locator(NullLocator())
            axis.set_minor_formatter(NullFormatter())
        elif number == 1 and min(values) >= 0 and min(values) < 0.5 * max(values):
            axes.set_ylim(bottom=0)
        axis.set_major_formatter(FuncFormatter(partial(_tick, max(values))))


def _tick(largest: float, value: float, _: int = 0) -> str:
    return tick(value, largest)


def tick(value: float, largest: float) -> str:
    """A figure on an axis: ``100 k``, ``2 M``, ``0.05``; ``2,500`` where all are small.

    Args:
        value: where the tick stands.
        largest: value on the axis.
    """
    if largest < 10_000:
        return f"{value:,.4g}" if abs(value) < 1_000 else f"{value:,.0f}"
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}"


def _name_lines(axes: Any, plot: Plot) -> None:
    """Write each line's name right of its end, apart from each other."""
    ends = [axes.transData.transform(line.points[-1]) for line in plot.lines]
    box = axes.get_window_extent()
    for number, y in enumerate(spread([end[1] for end in ends], 15.0, box.y0, box.y1)):
        name = plot.lines[number].name
        axes.annotate(
            name,
            xy=tuple(ends[number]),
            xycoords="figure pixels",
            xytext=(box.x1 + 26, y),
            textcoords="figure pixels",
            color="#222222",
            fontsize=9,
            fontweight="bold" if name.startswith("rsrag") else None,
            verticalalignment="center",
            annotation_clip=False,
        )
        near = box.x1 - ends[number][0] < 40
        axes.plot(
            [ends[number][0], box.x1 + 8, box.x1 + 16],
            [ends[number][1], y, y],
            color=_colour(number),
            linewidth=0.8,
            linestyle="-" if near else ":",
            marker=MARKERS[number % len(MARKERS)],
            markersize=5,
            markevery=[2],
            transform=None,
            clip_on=False,
            zorder=1,
        )


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places nearest to the wanted ones that are ``gap`` apart, in the same order.

    Neighbours that are too near form a group around their mean; groups merge until
    none touch. All are moved inside ``low`` to ``high`` as far as they fit.
    """
    order = sorted(range(len(wanted)), key=lambda number: wanted[number])
    groups: list[list[float]] = []  # each: sum of (wanted - own offset), members
    for number in order:
        groups.append([wanted[number], 1])
        while len(groups) > 1 and _start(groups[-2]) + groups[-2][1] * gap > _start(
            groups[-1]
        ):
            total, count = groups.pop()
            groups[-1][0] += total - groups[-1][1] * gap * count
            groups[-1][1] += count
    places = [
        _start(group) + member * gap
        for group in groups
        for member in range(int(group[1]))
    ]
    for position in range(len(places)):
        places[position] = max(places[position], low + position * gap)
    for position in reversed(range(len(places))):
        ceiling = high - (len(places) - 1 - position) * gap
        places[position] = min(places[position], ceiling)
    found = [0.0] * len(wanted)
    for place, number in zip(places, order, strict=True):
        found[number] = place
    return found


def _start(group: list[float]) -> float:
    return group[0] / group[1]


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _write_small(drawn: io.BytesIO, path: Path, shows: str) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text(DIGEST, shows)
    with Image.open(drawn) as picture:
        few = picture.convert("RGB").quantize(
            palette=palette(), dither=Image.Dither.NONE
        )
    few.save(path, format="PNG", optimize=True, pnginfo=info)

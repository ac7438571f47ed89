"""Plots of evaluations: bars, and the paper that all plots are drawn on."""

import importlib.util
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.errors import ConfigError, MissingExtraError
from rsrag.rendering.paper import INK, PAPER, SOFT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#2f6f9f", "#c8743a", "#5c8f4e", "#8a6aa8", "#a3a13b", "#6b7680")
"""Of lines and bars, in this order."""

_GRID = "#dedfdb"
_DPI = 110
_LETTERS = 40
"""Of the name of a row that are shown."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        value: its length; ``None`` draws none.
        low: lower end of an interval around it.
        high: upper end.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


def check_plots() -> None:
    """Whether plots can be drawn, without the time that it takes to import.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingExtraError("eval", "matplotlib", "A plot")


def new_plot(title: str, width: float, height: float) -> "tuple[Figure, Axes]":
    """Paper and axes in the style of all plots.

    Args:
        width: inches of the picture.
        height: inches likewise.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    check_plots()
    from matplotlib.figure import Figure

    figure = Figure((width, height), dpi=_DPI, facecolor=PAPER, layout="constrained")
    axes = figure.add_subplot(facecolor=PAPER)
    axes.set_title(title, loc="left", color=INK, fontsize=12, parse_math=False)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_GRID)
    axes.tick_params(length=0, labelcolor=INK, labelsize=9)
    return figure, axes


def save_plot(figure: "Figure", path: Path) -> None:
    """Write a plot as PNG; equal plots are equal bytes.

    Raises:
        ConfigError: the file cannot be written.
    """
    try:
        with warnings.catch_warnings():
            # A name in a script that the font lacks is drawn as boxes.
            warnings.filterwarnings("ignore", "Glyph .* missing")
            figure.savefig(path, format="png", metadata={"Software": None})
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc}") from exc


def bar_chart(
    path: Path,
    title: str,
    series: Sequence[str],
    rows: Sequence[tuple[str, Sequence[Bar]]],
    *,
    top: float | None = None,
    unit: str = "%",
) -> None:
    """Draw horizontal bars, a group a row, a colour a series.

    Args:
        path: ``.png``; it is replaced.
        series: names of the bars of a row, drawn as a legend if there are several.
        rows: name and one bar a series each.
        top: value of the right edge; ``None`` takes the largest.

    Raises:
        MissingExtraError: matplotlib is not installed.
        ConfigError: the file cannot be written.
    """
    bars = len(rows) * len(series)
    figure, axes = new_plot(title, 8.7, 1.4 + 0.2 * bars + 0.14 * len(rows))
    thick = 0.8 / max(len(series), 1)
    for place, name in enumerate(series):
        middles = [row + (place + 0.5) * thick - 0.4 for row in range(len(rows))]
        drawn = [group[place] for _, group in rows]
        axes.barh(
            middles,
            [bar.value or 0.0 for bar in drawn],
            height=0.9 * thick,
            color=COLOURS[place % len(COLOURS)],
            label=name,
        )
        for middle, bar in zip(middles, drawn, strict=True):
            _label(axes, middle, bar, unit)
    names = [n if len(n) <= _LETTERS else n[: _LETTERS - 1] + "…" for n, _ in rows]
    axes.set_yticks(range(len(rows)), names, parse_math=False)
    axes.invert_yaxis()
    axes.set_xlim(0, top or 1.08 * max([*_ends(rows), 1e-9]))
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(f"{{x:g}}{unit}")
    if len(series) > 1:
        _legend(axes)
    save_plot(figure, path)


def _ends(rows: Sequence[tuple[str, Sequence[Bar]]]) -> list[float]:
    """Where bars and their intervals end."""
    bars = [bar for _, group in rows for bar in group]
    return [end for bar in bars for end in (bar.value, bar.high) if end is not None]


def _label(axes: "Axes", middle: float, bar: Bar, unit: str) -> None:
    """The value behind its bar, and the interval on it."""
    text, end = "none", 0.0
    if bar.value is not None:
        digits = 1 if bar.value >= 10 else 2
        text, end = f"{bar.value:.{digits}f}{unit}", bar.value
        if bar.low is not None and bar.high is not None:
            sides = [[bar.value - bar.low], [bar.high - bar.value]]
            axes.errorbar(
                bar.value, middle, xerr=sides, color=INK, capsize=2, linewidth=0.8
            )
            end = max(end, bar.high)
    axes.annotate(
        text,
        (end, middle),
        (4, 0),
        textcoords="offset points",
        verticalalignment="center",
        color=SOFT,
        fontsize=8,
    )


def _legend(axes: "Axes") -> None:
    legend = axes.legend(
        loc="upper left",
        bbox_to_anchor=(0, 0),
        borderaxespad=2.2,
        ncols=3,
        frameon=False,
        fontsize=9,
        labelcolor=SOFT,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)

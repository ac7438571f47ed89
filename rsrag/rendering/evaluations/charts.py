"""Bars on paper: figures of an evaluation as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.errors import ConfigError
from rsrag.rendering.hits.contact_sheet import plain_letters

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

_COLOURS = ("#2f6f9f", "#c8743a", "#5c8f4e", "#8a6aa8", "#a3a13b", "#6b7680")
_PAPER, _INK, _SOFT, _GRID = "#fbfbf9", "#1d2327", "#667078", "#dedfdb"
_WIDTH, _MARGIN, _BAR, _GAP = 960, 32, 18, 12


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
        title: above the bars.
        series: names of the bars of a row, drawn as a legend if there are several.
        rows: name and one bar a series each.
        top: value of the right edge; ``None`` takes the largest.
        unit: behind the numbers.

    Raises:
        ConfigError: the file cannot be written.
    """
    from PIL import Image, ImageDraw

    legend = 26 if len(series) > 1 else 0
    group = len(series) * _BAR + _GAP
    head = 62 + legend
    image = Image.new("RGB", (_WIDTH, head + group * len(rows) + _MARGIN), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((_MARGIN, 38), plain_letters(title), _INK, _font(20), anchor="ls")
    if legend:
        _draw_legend(draw, series, 58)
    names = [_cut(draw, plain_letters(name), 260) for name, _ in rows]
    left = _MARGIN + 14 + max([draw.textlength(n, _font(13)) for n in names] or [0])
    ends = [
        end
        for _, bars in rows
        for bar in bars
        for end in (bar.value, bar.high)
        if end is not None
    ]
    scale = (_WIDTH - _MARGIN - 70 - left) / (top or max([*ends, 1e-9]))
    draw.line([(left, head - 6), (left, head + group * len(rows))], _GRID, 1)
    for number, (name, (_, bars)) in enumerate(zip(names, rows, strict=True)):
        y = head + number * group
        middle = y + len(series) * _BAR / 2
        draw.text((left - 10, middle), name, _INK, _font(13), anchor="rm")
        for place, bar in enumerate(bars):
            colour = _COLOURS[place % len(_COLOURS)]
            _draw_bar(draw, (left, y + place * _BAR), bar, scale, colour, unit)
    try:
        image.save(path, "PNG")
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc}") from exc


def _draw_bar(
    draw: "ImageDraw",
    corner: tuple[float, float],
    bar: Bar,
    scale: float,
    colour: str,
    unit: str,
) -> None:
    x, y = corner
    if bar.value is None:
        draw.text((x + 6, y + _BAR / 2), "none", _SOFT, _font(12), anchor="lm")
        return
    end = x + bar.value * scale
    draw.rectangle([x, y + 1, max(end, x + 1), y + _BAR - 2], colour)
    middle = y + _BAR / 2
    if bar.low is not None and bar.high is not None:
        low, high = x + bar.low * scale, x + bar.high * scale
        draw.line([(low, middle), (high, middle)], _INK, 1)
        for edge in (low, high):
            draw.line([(edge, y + 5), (edge, y + _BAR - 6)], _INK, 1)
        end = max(end, high)
    label = f"{bar.value:.1f}{unit}" if bar.value >= 10 else f"{bar.value:.2f}{unit}"
    draw.text((end + 6, middle), label, _SOFT, _font(12), anchor="lm")


def _draw_legend(draw: "ImageDraw", series: Sequence[str], y: int) -> None:
    x = float(_MARGIN)
    for place, name in enumerate(series):
        draw.rectangle([x, y, x + 12, y + 12], _COLOURS[place % len(_COLOURS)])
        text = plain_letters(name)
        draw.text((x + 18, y + 6), text, _SOFT, _font(13), anchor="lm")
        x += 18 + draw.textlength(text, _font(13)) + 22


def _cut(draw: "ImageDraw", text: str, width: float) -> str:
    if draw.textlength(text, _font(13)) <= width:
        return text
    while text and draw.textlength(text + "…", _font(13)) > width:
        text = text[:-1]
    return text + "…"


@cache
def _font(size: int) -> "FreeTypeFont | ImageFont":
    from PIL import ImageFont

    return ImageFont.load_default(size)

"""A place through time as one picture: its chips in a row, and how like words."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.analysis.times.place_dates import Timeline, TimelineDate
from rsrag.durable import staged
from rsrag.errors import ConfigError, RsragError
from rsrag.rendering.paper import EDGE, INK, PAPER, SOFT, font
from rsrag.rendering.text_table import printable
from rsrag.retrieval.wording.english import coordinates

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

TILE = 208
_GAP, _MARGIN, _TITLE, _CAPTION = 14, 40, 52, 66
_CHART, _SPACE = 110, 34
_LINES = ("#b8402a", "#1a73c8", "#2f7d32", "#8b4fb0", "#a06a00", "#00747d")
_GREY = "#e6e7e4"


def write_strip(path: Path, found: Timeline) -> None:
    """Write :func:`draw_strip` in the format of the name's ending.

    Raises:
        ConfigError: it cannot be written.
    """
    try:
        with staged(path) as draft:
            draw_strip(found).save(draft)
    except (OSError, ValueError) as exc:
        raise ConfigError(f"{path} cannot be written: {exc}") from exc


def draw_strip(found: Timeline) -> "Image":
    """The dates of a place from left to right, and under them a line for each words.

    What hides a date is said under it, and its points are hollow.
    """
    from PIL import Image, ImageDraw

    count = max(1, len(found.dates))
    width = max(560, 2 * _MARGIN + count * TILE + (count - 1) * _GAP)
    charts = len(found.words) * (_CHART + _SPACE)
    height = _MARGIN + _TITLE + TILE + _CAPTION + charts + _MARGIN // 2
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    title = f"{coordinates(*found.point)}: {len(found.dates)} dates"
    draw.text((_MARGIN, _MARGIN + 18), title, INK, font(24), anchor="ls")
    top = _MARGIN + _TITLE - 16
    for number, one in enumerate(found.dates):
        _tile(sheet, draw, (_left(number), top), one)
    top += TILE + _CAPTION
    for number, word in enumerate(found.words):
        scores = [one.scores[number] for one in found.dates]
        chances = [one.chances[number] for one in found.dates]
        hollow = [bool(one.hidden) for one in found.dates]
        colour = _LINES[number % len(_LINES)]
        _chart(draw, top, width, word, scores, chances, hollow, colour)
        top += _CHART + _SPACE
    return sheet


def _left(number: int) -> int:
    return _MARGIN + number * (TILE + _GAP)


def _tile(
    sheet: "Image", draw: "ImageDraw", at: tuple[int, int], one: TimelineDate
) -> None:
    from PIL import Image

    x, y = at
    box = [x, y, x + TILE - 1, y + TILE - 1]
    draw.rectangle(box, _GREY, EDGE)
    try:
        picture = Image.fromarray(one.chip.pixels())
        picture.thumbnail((TILE, TILE), Image.Resampling.LANCZOS)
        if max(picture.size) < TILE:
            scale = TILE / max(picture.size)
            size = (round(picture.width * scale), round(picture.height * scale))
            picture = picture.resize(size, Image.Resampling.BICUBIC)
        side = (TILE - picture.width) // 2, (TILE - picture.height) // 2
        sheet.paste(picture, (x + side[0], y + side[1]))
        draw.rectangle(box, outline=EDGE)
    except RsragError:
        draw.text((x + 14, y + 14), "cannot be read", INK, font(15))
    draw.text((x, y + TILE + 22), one.day, INK, font(16), anchor="ls")
    said = [one.hidden] if one.hidden else []
    if one.shared < 0.9:
        said.append(f"shares {one.shared:.0%} of the ground")
    for line, text in enumerate(said[:2]):
        shown = printable(text)
        while draw.textlength(shown, font(13)) > TILE and len(shown) > 4:
            shown = shown[:-2].rstrip("…") + "…"
        draw.text((x, y + TILE + 40 + 16 * line), shown, SOFT, font(13), anchor="ls")


def _chart(
    draw: "ImageDraw",
    top: int,
    width: int,
    word: str,
    scores: Sequence[float],
    chances: Sequence[float | None],
    hollow: Sequence[bool],
    colour: str,
) -> None:
    draw.line([(_MARGIN, top - 6), (width - _MARGIN, top - 6)], EDGE, 1)
    draw.text((_MARGIN, top + 14), printable(word), colour, font(16), anchor="ls")
    # One scale for all words would flatten those that are said of few things; what a
    # range of less than a tenth shows is noise.
    low, high = min(scores), max(scores)
    if high - low < 0.1:
        middle = (low + high) / 2
        low, high = middle - 0.05, middle + 0.05
    points = [
        (
            _left(number) + TILE // 2,
            top + 46 + (_CHART - 60) * (high - score) / (high - low),
        )
        for number, score in enumerate(scores)
    ]
    told = [point for point, empty in zip(points, hollow, strict=True) if not empty]
    if len(told) > 1:
        draw.line(told, colour, 2)
    for (x, y), score, chance, empty in zip(
        points, scores, chances, hollow, strict=True
    ):
        dot = [x - 5, y - 5, x + 5, y + 5]
        draw.ellipse(dot, PAPER if empty else colour, SOFT if empty else colour, 2)
        text = f"{score:.2f}" + ("" if chance is None else f"  p {chance:.2f}")
        draw.text((x, y - 11), text, SOFT if empty else INK, font(13), anchor="ms")

"""Hits as one picture: a grid of thumbnails under the query that found them."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rsrag.errors import ConfigError, RsragError
from rsrag.rendering.hits import hit_table as fields
from rsrag.rendering.hits.hit_html import thumbnail
from rsrag.rendering.paper import EDGE, INK, PAPER, SOFT, font
from rsrag.rendering.text_table import printable
from rsrag.retrieval.chip_hit import ChipHit
from rsrag.types import Pixels

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

TILE = 208
"""Side of a thumbnail, pixels."""

_GAP = 20
_MARGIN = 48
_CAPTION = 58
_TITLE = 62
_TOLD = ("index", "encoder", "filter")
_SECTION_GAP = 30
_TILE_GREY = "#e6e7e4"


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where things go: all that depends on the number of columns."""

    columns: int

    @property
    def width(self) -> int:
        return 2 * _MARGIN + self.columns * TILE + (self.columns - 1) * _GAP

    def height(self, count: int) -> int:
        """Of a section with ``count`` hits; an empty one has a line that says so."""
        rows = -(-count // self.columns)
        tiles = rows * (TILE + _CAPTION) + max(0, rows - 1) * _GAP
        return _TITLE + (tiles or 30)

    def corner(self, number: int) -> tuple[int, int]:
        """Upper left pixel of a tile, counted from the section's."""
        row, column = divmod(number, self.columns)
        return (
            _MARGIN + column * (TILE + _GAP),
            _TITLE + row * (TILE + _CAPTION + _GAP),
        )


def write_contact_sheet(
    path: Path,
    sections: Sequence[tuple[str, Sequence[ChipHit]]],
    read_pixels: Callable[[ChipHit], Pixels] = ChipHit.pixels,
    columns: int = 6,
    about: Mapping[str, str] | None = None,
) -> int:
    """Write :func:`draw_contact_sheet` to a file.

    Args:
        path: ``.png``, ``.jpg``, ``.jpeg`` or ``.webp``; it is replaced.
        sections: title and hits, best first, one a query.
        read_pixels: gives the chip of a hit, or raises.
        columns: tiles in a row, at least 1.
        about: what the hits came from; index, encoder and filter stand in the head.

    Returns:
        How many chips could not be read.

    Raises:
        ConfigError: another suffix, ``columns`` below 1, or a file that cannot
            be written.
    """
    formats = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
    kind = formats.get(path.suffix.lower())
    if kind is None:
        raise ConfigError(
            f"A contact sheet is a picture; {path.name!r} does not end like one.",
            hint="--contact-sheet results.png",
        )
    sheet, unread = draw_contact_sheet(sections, read_pixels, columns, about)
    try:
        sheet.save(path, kind, **({} if kind == "PNG" else {"quality": 90}))
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc}") from exc
    return unread


def draw_contact_sheet(
    sections: Sequence[tuple[str, Sequence[ChipHit]]],
    read_pixels: Callable[[ChipHit], Pixels] = ChipHit.pixels,
    columns: int = 6,
    about: Mapping[str, str] | None = None,
) -> "tuple[Image, int]":
    """Draw the thumbnails of one or more queries, each with rank, score and place.

    A chip that cannot be read becomes a grey tile that says why.

    Args:
        sections: title and hits, best first, one a query.
        read_pixels: gives the chip of a hit, ``(height, width, 3)`` uint8 RGB,
            or raises an :class:`~rsrag.errors.RsragError`.
        columns: tiles in a row, at least 1.
        about: as :func:`write_contact_sheet` takes it.

    Returns:
        The sheet, RGB, and how many chips could not be read.

    Raises:
        ConfigError: ``columns`` below 1.
    """
    from PIL import Image, ImageDraw

    if columns < 1:
        raise ConfigError(f"A contact sheet needs a column, not {columns}.")
    grid = _Grid(max(1, min(columns, max((len(h) for _, h in sections), default=1))))
    heights = [grid.height(len(hits)) for _, hits in sections]
    total = 2 * _MARGIN - 16 + sum(heights) + _SECTION_GAP * max(0, len(heights) - 1)
    sheet = Image.new("RGB", (grid.width, total), PAPER)
    draw = ImageDraw.Draw(sheet)
    unread, top = 0, _MARGIN - 16
    told = [f"{n} {about[n]}" for n in _TOLD if n in about] if about else []
    for (title, hits), height in zip(sections, heights, strict=True):
        _draw_title(draw, top, grid.width, title, len(hits), told)
        for number, hit in enumerate(hits):
            x, y = grid.corner(number)
            unread += not _draw_tile(sheet, draw, (x, top + y), hit, read_pixels)
            _draw_caption(draw, (x, top + y + TILE), hit, number + 1)
        top += height + _SECTION_GAP
    return sheet, unread


def columns_within(pixels: int) -> int:
    """How many tiles stand in a row of a sheet of so many pixels, at least one."""
    return max(1, (pixels - 2 * _MARGIN + _GAP) // (TILE + _GAP))


def _draw_title(
    draw: "ImageDraw",
    top: int,
    width: int,
    title: str,
    count: int,
    told: Sequence[str],
) -> None:
    found = "no results" if not count else f"{count} result{'s' * (count > 1)}"
    note = printable(" · ".join([*told, found]))
    note = _fit(draw, note, max(width // 2 - _MARGIN, TILE // 2), 15)
    side = draw.textlength(note, font(15))
    text = _fit(draw, printable(title), width - 2 * _MARGIN - side - 30, 26)
    draw.text((_MARGIN, top + 30), text, INK, font(26), anchor="ls")
    draw.text((width - _MARGIN, top + 30), note, SOFT, font(15), anchor="rs")
    draw.line([(_MARGIN, top + 44), (width - _MARGIN, top + 44)], EDGE, 1)


def _draw_tile(
    sheet: "Image",
    draw: "ImageDraw",
    corner: tuple[int, int],
    hit: ChipHit,
    read_pixels: Callable[[ChipHit], Pixels],
) -> bool:
    """Paste a thumbnail, or a grey tile with the reason; whether it could be read."""
    x, y = corner
    try:
        picture = thumbnail(read_pixels(hit), TILE)
    except RsragError as exc:
        draw.rectangle([x, y, x + TILE - 1, y + TILE - 1], _TILE_GREY, EDGE)
        draw.text((x + 14, y + 14), "cannot be read", INK, font(15))
        reason = _wrap(draw, printable(str(exc)), TILE - 28, 13, lines=9)
        draw.multiline_text((x + 14, y + 38), reason, SOFT, font(13), spacing=4)
        return False
    draw.rectangle([x, y, x + TILE - 1, y + TILE - 1], _TILE_GREY)
    at = (x + (TILE - picture.width) // 2, y + (TILE - picture.height) // 2)
    sheet.paste(picture, at)
    # Snow on white paper needs an edge to be seen.
    draw.rectangle([x, y, x + TILE - 1, y + TILE - 1], outline=EDGE)
    return True


def _draw_caption(
    draw: "ImageDraw", corner: tuple[int, int], hit: ChipHit, rank: int
) -> None:
    x, y = corner
    first = hit.place or fields.coordinates_of(hit)
    first = first or hit.file_name
    second = fields.coordinates_of(hit) or _windowed(hit)
    score = f"{hit.score:.3f}"
    number = f"{rank}  "
    indent = draw.textlength(number, font(15))
    name = _fit(draw, printable(first), TILE - indent, 15)
    draw.text((x, y + 22), number, SOFT, font(15), anchor="ls")
    draw.text((x + indent, y + 22), name, INK, font(15), anchor="ls")
    room = TILE - indent - draw.textlength(score, font(13)) - 10
    line = _fit(draw, printable("" if second == first else second), room, 13)
    draw.text((x + indent, y + 42), line, SOFT, font(13), anchor="ls")
    draw.text((x + TILE, y + 42), score, SOFT, font(13), anchor="rs")


def _windowed(hit: ChipHit) -> str:
    window = hit.window
    if window is None or not (window.col_off or window.row_off):
        return ""
    return f"at {window.col_off}, {window.row_off}"


def plain_letters(text: str) -> str:
    """The text with accents dropped: Pillow's own font draws boxes for them."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(char for char in parts if not unicodedata.combining(char))


def _fit(draw: "ImageDraw", text: str, width: float, size: int) -> str:
    """Cut the end of a text until it fits into ``width`` pixels."""
    text = plain_letters(text)
    letters = font(size)
    if draw.textlength(text, letters) <= width:
        return text
    # Four pixels a character is less than any font of these sizes needs.
    text = text[: int(width / 4) + 1]
    while text and draw.textlength(text + "…", letters) > width:
        text = text[:-1]
    return text.rstrip(" ,") + "…"


def _wrap(draw: "ImageDraw", text: str, width: int, size: int, lines: int) -> str:
    """Break a text into lines of ``width`` pixels; a long word is broken, too."""
    letters, done, line = font(size), [], ""
    for char in text[:600]:
        if draw.textlength(line + char, letters) <= width:
            line += char
            continue
        head, space, tail = line.rpartition(" ")
        keep = space and char != " "
        done.append(head if keep else line)
        line = (tail if keep else "") + char.strip()
    done.append(line)
    if len(done) > lines:
        done = [*done[: lines - 1], _fit(draw, done[lines - 1] + "…", width, size)]
    return "\n".join(done)

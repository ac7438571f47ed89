"""Coverage of an index as a picture, and as a small map for a terminal."""

import math
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rsrag.errors import ConfigError
from rsrag.indexing.checks.audit_report import Audit
from rsrag.indexing.checks.coverage import COLUMNS, ROWS, Coverage
from rsrag.knowledge.gazetteer import LAND, Gazetteer
from rsrag.rendering.paper import EDGE, INK, PAPER, SOFT, font
from rsrag.rendering.text_table import printable
from rsrag.types import BBox

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_WIDTH, _MARGIN, _HEAD, _FOOT = 1400, 48, 92, 84
_WATER, _GROUND, _COAST = "#eef3f6", "#e4e2d8", "#b9b7a9"
_FEW, _MANY = (158, 197, 232), (8, 69, 148)
_HOLE, _FAR = "#d9730d", "#c4292f"
_TEXT_COLUMNS, _TEXT_ROWS = 72, 20


def write_coverage(path: Path, audit: Audit) -> None:
    """Write :func:`draw_coverage` to a PNG file.

    Raises:
        ConfigError: another ending, no chip that is placed, or a file that cannot be
            written.
    """
    if path.suffix.lower() != ".png":
        raise ConfigError(f"{path} does not end in .png.", hint="--out coverage.png")
    if audit.coverage is None:
        raise ConfigError(
            f"No chip of {audit.index!r} has a place: there is nothing to draw.",
            hint="leave out --out",
        )
    try:
        draw_coverage(audit, audit.coverage).save(path, "PNG")
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc}") from exc


def draw_coverage(audit: Audit, coverage: Coverage) -> "Image":
    """Chips over coarse outlines of land, with holes and scenes that lie far away."""
    from PIL import Image, ImageDraw

    box = _framed(coverage.box)
    inner = _WIDTH - 2 * _MARGIN
    middle = math.radians((box.south + box.north) / 2)
    ratio = (box.north - box.south) / (
        (box.east - box.west) * max(math.cos(middle), 0.2)
    )
    high = round(min(max(inner * ratio, 320), 1000))
    size = (_WIDTH, _HEAD + high + _FOOT)
    sheet = Image.new("RGB", size, PAPER)
    ground = _ground(box, (inner, high))
    cells = _cells(coverage, box, (inner, high))
    ground.paste(cells, (0, 0), cells)
    draw = ImageDraw.Draw(ground)
    for hole in audit.holes:
        draw.rectangle(_pixels(hole, box, (inner, high)), outline=_HOLE, width=3)
    for one in audit.far:
        x, y, _, _ = _pixels(one, box, (inner, high))
        draw.ellipse((x - 9, y - 9, x + 9, y + 9), outline=_FAR, width=3)
    sheet.paste(ground, (_MARGIN, _HEAD))
    _words(ImageDraw.Draw(sheet), audit, coverage, box, high)
    return sheet


def coverage_text(coverage: Coverage) -> str:
    """A map of letters: ``#`` where chips are, ``.`` along coasts and borders."""
    box = _framed(coverage.box)
    ratio = (box.north - box.south) / (box.east - box.west)
    rows = min(max(round(_TEXT_COLUMNS * ratio / 2), 5), _TEXT_ROWS)
    letters = np.full((rows, _TEXT_COLUMNS), " ")
    for ring in Gazetteer.load().outlines(LAND):
        closed = np.concatenate([ring, ring[:1]])
        steps = np.linspace(0, 1, 200)[:, None]
        for a, b in pairwise(closed):
            _mark(letters, a + steps * (b - a), box, ".")
    west, south, east, north = coverage.box
    y, x = np.nonzero(coverage.counts)
    for part in (0.25, 0.75):
        lon = west + (x + part) / COLUMNS * (east - west)
        lat = north - (y + part) / ROWS * (north - south)
        _mark(letters, np.stack([lon, lat], axis=1), box, "#")
    lines = ["|" + "".join(row) + "|" for row in letters.tolist()]
    edge = f"+{'-' * _TEXT_COLUMNS}+"
    under = f"{box.west:.4g} {box.south:.4g} to {box.east:.4g} {box.north:.4g} degrees"
    return "\n".join([edge, *lines, edge, f"# chips   . outlines  {under}"]) + "\n"


def _mark(
    letters: NDArray[np.str_], points: NDArray[np.float64], box: BBox, letter: str
) -> None:
    rows, columns = letters.shape
    x = (points[:, 0] - box.west) / (box.east - box.west) * columns
    y = (box.north - points[:, 1]) / (box.north - box.south) * rows
    inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    letters[y[inside].astype(int), x[inside].astype(int)] = letter


def _framed(box: BBox) -> BBox:
    """A little more than the chips cover, so that something is seen around them."""
    west, south, east, north = box
    spare = max(0.12 * max(east - west, north - south), 0.02)
    return BBox(
        max(west - spare, -180),
        max(south - spare, -90),
        min(east + spare, 180),
        min(north + spare, 90),
    )


def _pixels(
    box: BBox, frame: BBox, size: tuple[int, int]
) -> tuple[float, float, float, float]:
    scale_x = size[0] / (frame.east - frame.west)
    scale_y = size[1] / (frame.north - frame.south)
    return (
        (box.west - frame.west) * scale_x,
        (frame.north - box.north) * scale_y,
        (box.east - frame.west) * scale_x,
        (frame.north - box.south) * scale_y,
    )


def _ground(frame: BBox, size: tuple[int, int]) -> "Image":
    """Coarse outlines of land, drawn twice as large and shrunk: smooth edges."""
    from PIL import Image, ImageDraw

    large = (2 * size[0], 2 * size[1])
    ground = Image.new("RGB", large, _WATER)
    draw = ImageDraw.Draw(ground)
    rings = []
    for ring in Gazetteer.load().outlines(LAND):
        x = (ring[:, 0] - frame.west) / (frame.east - frame.west) * large[0]
        y = (frame.north - ring[:, 1]) / (frame.north - frame.south) * large[1]
        # Pillow takes no coordinates beyond a few millions.
        rings.append([*np.clip(np.stack([x, y], 1), -1e6, 1e6).ravel().tolist()])
    for flat in rings:
        draw.polygon(flat, fill=_GROUND)
    for flat in rings:
        draw.line([*flat, *flat[:2]], fill=_COAST, width=2)
    return ground.resize(size, Image.Resampling.BOX)


def _cells(coverage: Coverage, frame: BBox, size: tuple[int, int]) -> "Image":
    """The counts as colours from light to dark, by their logarithm."""
    from PIL import Image

    counts = coverage.counts
    most = max(int(counts.max()), 1)
    weight = np.log1p(counts) / math.log1p(most) if most > 1 else (counts > 0) * 0.7
    few, many = np.array(_FEW), np.array(_MANY)
    colour = few + (many - few) * weight[..., None]
    alpha = np.where(counts > 0, 225, 0)
    pixels = np.dstack([colour, alpha]).astype(np.uint8)
    x0, y0, x1, y1 = (round(v) for v in _pixels(coverage.box, frame, size))
    shape = (max(x1 - x0, 4), max(y1 - y0, 4))
    laid = Image.new("RGBA", size, (0, 0, 0, 0))
    cells = Image.fromarray(pixels, "RGBA").resize(shape, Image.Resampling.NEAREST)
    laid.paste(cells, (x0, y0))
    return laid


def _words(
    draw: "ImageDraw", audit: Audit, coverage: Coverage, box: BBox, high: int
) -> None:
    right, bottom = _WIDTH - _MARGIN, _HEAD + high
    title = printable(f"Coverage of {audit.index}, generation {audit.generation}")
    draw.text((_MARGIN, 40), title, INK, font(26), anchor="ls")
    unplaced = next((d.count for d in audit.doubts if d.kind == "unplaced"), 0)
    told = f"{audit.chips:,} chips of {audit.scenes:,} scenes"
    told += f", {unplaced:,} of them without a place" if unplaced else ""
    draw.text((_MARGIN, 68), told, SOFT, font(16), anchor="ls")
    draw.rectangle((_MARGIN, _HEAD, right - 1, bottom - 1), outline=EDGE)
    for at, lon, anchor in ((_MARGIN, box.west, "ls"), (right, box.east, "rs")):
        draw.text((at, bottom + 22), f"{lon:.4g}° E", SOFT, font(14), anchor=anchor)
    span = f"{box.south:.4g}° to {box.north:.4g}° N"
    draw.text((_WIDTH / 2, bottom + 22), span, SOFT, font(14), anchor="ms")
    most = int(coverage.counts.max())
    for step in range(120):
        mix = step / 119
        shade = tuple(
            round(a + (b - a) * mix) for a, b in zip(_FEW, _MANY, strict=True)
        )
        draw.line((_MARGIN + step, bottom + 42, _MARGIN + step, bottom + 56), shade)
    scale = f"1 to {most:,} chips a cell" if most > 1 else "a chip a cell"
    x = _MARGIN + 130.0
    draw.text((x, bottom + 55), scale, SOFT, font(14), anchor="ls")
    x += draw.textlength(scale, font(14)) + 40
    for words, colour, some in (
        (f"{len(audit.holes):,} holes", _HOLE, audit.holes),
        (f"{len(audit.far):,} far from the others of their folder", _FAR, audit.far),
    ):
        if some:
            draw.rectangle(
                (x, bottom + 43, x + 12, bottom + 55), outline=colour, width=3
            )
            draw.text((x + 20, bottom + 55), words, SOFT, font(14), anchor="ls")
            x += draw.textlength(words, font(14)) + 60

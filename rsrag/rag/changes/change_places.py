"""Where changes lie in a picture, and how their boxes lie to each other, in words."""

import itertools
import math
from collections.abc import Iterable, Sequence

from rsrag.analysis.change.fact_sheet import CELLS, Component
from rsrag.plain_values import and_listed

LINED = 0.2
"""Pieces form a row whose middles stray from a line by at most this part of it."""
_PHRASES = {
    "top": "at the top",
    "bottom": "at the bottom",
    "left": "on the left",
    "right": "on the right",
    "middle": "in the middle",
}
SIDES = {
    "top": frozenset(CELLS[:3]),
    "bottom": frozenset(CELLS[6:]),
    "left": frozenset(CELLS[0::3]),
    "right": frozenset(CELLS[2::3]),
}
"""Cells along each side of the picture."""
_FEW = 3


def place_phrase(cells: Iterable[str]) -> str:
    """``at the top``, ``in the top-left corner``, ``across the scene``."""
    found = set(cells)
    if len(found) == 1:
        return cell_phrase(next(iter(found)))
    for side, whole in SIDES.items():
        if found <= whole:
            return _PHRASES[side]
    if len(found) <= _FEW:
        return and_listed([cell_phrase(cell) for cell in CELLS if cell in found])
    return "across the scene"


def cell_phrase(cell: str) -> str:
    """One of nine cells: ``in the top-left corner``, ``on the right``."""
    return _PHRASES.get(cell, f"in the {cell} corner")


def in_a_row(pieces: Sequence[Component]) -> bool:
    """Whether three or more boxes stand along one line, none far from the next."""
    if len(pieces) < 3:
        return False
    middles = [_middle(piece) for piece in pieces]
    x0 = sum(x for x, _ in middles) / len(middles)
    y0 = sum(y for _, y in middles) / len(middles)
    xx = sum((x - x0) ** 2 for x, _ in middles)
    yy = sum((y - y0) ** 2 for _, y in middles)
    xy = sum((x - x0) * (y - y0) for x, y in middles)
    angle = math.atan2(2 * xy, xx - yy) / 2
    along = [
        (x - x0) * math.cos(angle) + (y - y0) * math.sin(angle) for x, y in middles
    ]
    aside = [
        (y - y0) * math.cos(angle) - (x - x0) * math.sin(angle) for x, y in middles
    ]
    length = max(along) - min(along)
    steps = sorted(along)
    gaps = [b - a for a, b in itertools.pairwise(steps)]
    return max(map(abs, aside)) <= LINED * length and max(gaps) <= length * 2 / len(
        gaps
    )


def together(pieces: Sequence[Component]) -> bool:
    """Whether three or more boxes lie each within two of their sizes of another."""
    if len(pieces) < 3:
        return False
    reached, left = [pieces[0]], list(pieces[1:])
    while near := [p for p in left if any(_near(p, other) for other in reached)]:
        reached += near
        left = [p for p in left if p not in near]
    return not left


def along(pieces: Sequence[Component], roads: Sequence[Component]) -> bool:
    """Whether most pieces lie within their own size of a box of ``roads``."""
    beside = [p for p in pieces if any(_apart(p, road) <= _size(p) for road in roads)]
    return bool(roads) and 2 * len(beside) > len(pieces)


def _near(one: Component, other: Component) -> bool:
    return _apart(one, other) <= 2 * max(_size(one), _size(other))


def _middle(piece: Component) -> tuple[float, float]:
    left, top, right, bottom = piece.bbox_px
    return (left + right) / 2, (top + bottom) / 2


def _size(piece: Component) -> float:
    left, top, right, bottom = piece.bbox_px
    return float(max(right - left, bottom - top))


def _apart(one: Component, other: Component) -> float:
    """Pixels between two boxes, 0 where they touch."""
    a, b = one.bbox_px, other.bbox_px
    return math.hypot(
        max(0, a[0] - b[2], b[0] - a[2]), max(0, a[1] - b[3], b[1] - a[3])
    )

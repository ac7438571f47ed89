"""How covers lie to each other, by rules over their connected pieces."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rsrag.dialogue.experts.expert_findings import Finding, called, verb
from rsrag.dialogue.experts.ground_seen import Ground, Piece

How = Literal["surrounded by", "along", "next to", "left of", "above"]
TOUCH = 0.02
"""Pieces are next to each other whose outlines run together at least so far, in parts
of the picture's side, or a tenth of the smaller one's outline."""
RINGED = 0.85
"""Share of an outline that another cover has, where it surrounds the piece."""
SLENDER = 0.5
"""A piece is long and narrow if its area is less than this of a disc of its outline."""
_RIM = 1e-6


@dataclass(frozen=True, slots=True)
class Relation:
    """How one cover lies to another.

    Attributes:
        first: a cover.
        how: it lies.
        second: another cover.
        probability: of both pieces, the smaller.
    """

    first: str
    how: How
    second: str
    probability: float

    def finding(self) -> Finding:
        """As a sentence."""
        is_ = verb(self.first, "is", "are")
        text = f"{called(self.first)} {is_} {self.how} {called(self.second)}."
        claim = text[0].upper() + text[1:]
        about = (self.first, self.second)
        return Finding("relations", claim, self.probability, (), about)


def relations_of(ground: Ground) -> list[Relation]:
    """All that hold between pieces of two covers, each once, the surest first."""
    found: dict[tuple[str, How, str], float] = {}
    for one, other in itertools.permutations(ground.pieces, 2):
        if one.cover == other.cover:
            continue
        sure = min(one.probability, other.probability)
        for how in _between(one, other):
            key = (one.cover, how, other.cover)
            found[key] = max(found.get(key, 0.0), sure)
    for first, second in itertools.permutations({p.cover for p in ground.pieces}, 2):
        sure = min(
            max(p.probability for p in ground.pieces if p.cover == cover)
            for cover in (first, second)
        )
        for how in _beyond(_all(ground, first), _all(ground, second)):
            found[first, how, second] = sure
    every = [Relation(*key, sure) for key, sure in found.items()]
    return sorted(every, key=lambda r: (-r.probability, r.first, r.how, r.second))


def _between(one: Piece, other: Piece) -> Iterator[How]:
    shared = one.outline.intersection(other.outline).length
    if shared < min(TOUCH, one.outline.length / 10):
        return
    ring = one.outline.exterior
    around = ring.intersection(other.outline).length / ring.length
    left, top, right, bottom = one.outline.bounds
    inner = min(left, top) > _RIM and max(right, bottom) < 1 - _RIM
    if inner and around >= RINGED:
        yield "surrounded by"
    elif _is_slender(one) and around >= 0.25:
        yield "along"
    yield "next to"


def _is_slender(piece: Piece) -> bool:
    from shapely import Polygon

    whole = Polygon(piece.outline.exterior)
    return bool(whole.area < SLENDER * whole.length**2 / (4 * math.pi))


def _all(ground: Ground, cover: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of all pieces of a cover."""
    from shapely import MultiPolygon

    parts = [piece.outline for piece in ground.pieces if piece.cover == cover]
    bounds = MultiPolygon(parts).bounds
    return bounds[0], bounds[1], bounds[2], bounds[3]


def _beyond(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> Iterator[How]:
    """Whether the one ends about where the other begins."""
    slack = 0.1
    if one[2] <= other[0] + slack and one[0] < other[0]:
        yield "left of"
    if one[3] <= other[1] + slack and one[1] < other[1]:
        yield "above"


def find_relations(ground: Ground, named: Sequence[str]) -> list[Finding]:
    """Relations, of those between the covers that are named, if any are.

    *Next to* is told once for two covers, of the one that is named first, else of the
    smaller one; *left of* and *above* only where both are named.
    """
    wanted = set(named)
    order = list(named) or sorted(ground.shares, key=lambda one: ground.shares[one])
    found = []
    for one in relations_of(ground):
        pair = {one.first, one.second}
        if len(wanted & pair) < min(len(wanted), 2):
            continue
        first = min(pair, key=lambda c: order.index(c) if c in order else len(order))
        if one.how == "next to" and one.first != first:
            continue
        if one.how in ("left of", "above") and not pair <= wanted:
            continue
        found.append(one.finding())
    return found

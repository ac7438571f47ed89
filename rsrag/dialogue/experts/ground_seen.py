"""What covers the ground in a picture: shares by ninth, and connected pieces."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsrag.analysis.change.fact_sheet import CELLS
from rsrag.answers import LabelScore
from rsrag.encoders.cover_head import CoverHead
from rsrag.encoders.dense_port import TapEncoder
from rsrag.packages import packaged_json
from rsrag.types import Pixels

if TYPE_CHECKING:
    from shapely import Polygon

FINE_PX, COARSE_PX, FINE_SIDE = 4, 8, 512
"""Side of a cell in pixels, in pictures up to so many pixels a side and in larger."""
SMALLEST = 0.01
"""Share of the picture that a piece covers at least."""
HELD = 0.15
"""Share of a ninth that a cover has at least, to be told of there."""
PRESENT = 0.02
"""Share of the picture from which a cover is said to be there, if it is as sure as
:data:`SURE` says: the mean probability where it leads."""
SURE = {"bare": 0.65, "water": 0.6}
"""By cover; 0.5 for others. Of RSICD's captions, F1 of bare ground rises from 0.31 to
0.71 by it, and that of others stays."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One connected piece of a cover.

    Attributes:
        cover: what it is.
        outline: in parts of the picture, from the left and the top, 0 to 1.
        probability: mean over its cells.
    """

    cover: str
    outline: "Polygon"
    probability: float


@dataclass(frozen=True, slots=True)
class Ground:
    """What covers a picture.

    Attributes:
        shares: of each cover that leads anywhere, the share of the picture, 0 to 1.
        ninths: of each, its share of each of ``CELLS``.
        chances: of every cover, its largest mean probability in a ninth.
        sure: of each that leads anywhere, its mean probability there.
        pieces: of covers that are there, the largest first; small ones, and what is
            not surely another cover, are part of their surroundings.
    """

    shares: dict[str, float]
    ninths: dict[str, dict[str, float]]
    chances: dict[str, float]
    sure: dict[str, float]
    pieces: tuple[Piece, ...]

    def has(self, cover: str) -> bool:
        """Whether a cover is there."""
        sure = self.sure.get(cover, 0.0) >= SURE.get(cover, 0.5)
        return sure and self.shares[cover] >= PRESENT

    def cells(self, cover: str) -> list[str]:
        """The ninths that a cover has a part of that is worth telling."""
        held = self.ninths.get(cover, {})
        told = [cell for cell in CELLS if held.get(cell, 0.0) >= HELD]
        return told or [max(held, key=lambda cell: held[cell])] if held else []


def ground_of(
    pixels: Pixels,
    encoder: TapEncoder,
    head: CoverHead,
    scores: Sequence[LabelScore] = (),
) -> Ground:
    """Look a picture over.

    Args:
        pixels: ``(height, width, 3)`` uint8 RGB.
        scores: of kinds of scenes: where snow is likelier than clouds, what is white is
            snow, and the other way round.
    """
    side = FINE_PX if max(pixels.shape[:2]) <= FINE_SIDE else COARSE_PX
    likely = head(encoder.encode_taps(pixels, side).values)
    snow = sum(one.probability for one in scores if "snow" in one.label)
    cloud = sum(one.probability for one in scores if "cloud" in one.label)
    if snow != cloud and {"snow", "cloud"} <= set(head.covers):
        white = [head.covers.index(name) for name in ("snow", "cloud")]
        into, out = white if snow > cloud else white[::-1]
        likely[..., into] += likely[..., out]
        likely[..., out] = 0
    return ground_from(likely, head.covers)


def ground_from(likely: NDArray[np.float32], covers: tuple[str, ...]) -> Ground:
    """The same from probabilities, ``(rows, columns, covers)``."""
    labels = _calmed(likely).argmax(axis=2)
    shares, ninths, chances, sure = {}, {}, {}, {}
    for number, cover in enumerate(covers):
        led = labels == number
        by_cell = dict(zip(CELLS, _by_ninth(led), strict=True))
        chances[cover] = max(_by_ninth(likely[..., number]))
        if led.any():
            shares[cover] = float(led.mean())
            sure[cover] = float(likely[..., number][led].mean())
            ninths[cover] = by_cell
    seen = Ground(shares, ninths, chances, sure, ())
    told = [number for number, cover in enumerate(covers) if seen.has(cover)]
    pieces = sorted(_pieces(likely, covers, told), key=lambda one: -one.outline.area)
    return replace(seen, pieces=tuple(pieces))


def _calmed(likely: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over three by three cells: a cell that stands alone does not count."""
    rows, columns = likely.shape[:2]
    wide = np.pad(likely, ((1, 1), (1, 1), (0, 0)), mode="edge")
    total = np.zeros_like(likely)
    for down in range(3):
        for across in range(3):
            total += wide[down : down + rows, across : across + columns]
    return np.asarray(total / 9, np.float32)


def _by_ninth(values: NDArray[Any]) -> list[float]:
    rows = np.linspace(0, values.shape[0], 4).round().astype(int)
    columns = np.linspace(0, values.shape[1], 4).round().astype(int)
    parts = [
        values[rows[i] : rows[i + 1], columns[j] : columns[j + 1]]
        for i in range(3)
        for j in range(3)
    ]
    return [float(part.mean()) if part.size else 0.0 for part in parts]


def _pieces(
    likely: NDArray[np.float32], covers: tuple[str, ...], told: Sequence[int]
) -> Iterator[Piece]:
    """Connected pieces of the covers that are told of; others are part of these."""
    from rasterio.features import rasterize, shapes, sieve
    from rasterio.transform import Affine
    from shapely.affinity import scale
    from shapely.geometry import shape

    rows, columns = likely.shape[:2]
    if not told:
        return
    labels = _calmed(likely)[..., told].argmax(axis=2).astype(np.uint8)
    labels = sieve(labels, max(2, round(SMALLEST * rows * columns)))
    plain = Affine.identity()
    for mapping, value in shapes(labels, transform=plain):
        number = told[int(value)]
        inside = rasterize([mapping], (rows, columns), transform=plain).astype(bool)
        sure = float(likely[..., number][inside].mean())
        part = scale(shape(mapping), 1 / columns, 1 / rows, origin=(0, 0))
        yield Piece(covers[number], part, sure)


@cache
def cover_words() -> dict[str, str]:
    """Every word for a cover, longest first, to the cover's name."""
    held = packaged_json("dialogue/experts/cover_nouns_seen.json")
    words = {word: cover for cover, listed in held.items() for word in listed}
    return dict(sorted(words.items(), key=lambda one: -len(one[0])))

"""Pictures that show nothing of the Earth from above: drawn, and told from others.

Noise, coloured clouds, waves, flat shapes, and the cratered ground of no planet; and
the plane that lies between them and an encoder's own pictures.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from rsrag.interfaces import Encoder
from rsrag.types import Pixels, Vectors

ODD = 0.01
"""Share of pictures from above that may be called odd."""
DRAWN = 200
"""Pictures of each kind that serve for a plane."""
SIDE = 160
TINTS = (
    *((196, 120, 80), (170, 95, 60), (150, 150, 150), (110, 110, 112), (205, 180, 140)),
    *((225, 220, 215), (140, 120, 105), (180, 170, 120), (90, 80, 75)),
)
"""Grounds of planets and moons."""

Floats = NDArray[np.float64]
Draws = np.random.Generator
_RIDGE = 0.01


def oddities(count: int, seed: int = 0) -> dict[str, list[Pixels]]:
    """Of each kind so many pictures, ``(160, 160, 3)`` uint8.

    Args:
        count: of each kind; picture ``i`` depends on ``(seed, kind, i)`` alone.
        seed: of all of them.
    """
    return {
        name: [
            _levels(draw(np.random.default_rng((seed, number, i))))
            for i in range(count)
        ]
        for number, (name, draw) in enumerate(_KINDS.items())
    }


def drawn_vectors(encoder: Encoder) -> list[Vectors]:
    """Vectors of :data:`DRAWN` pictures of each kind."""
    return [encoder.encode_images(drawn) for drawn in oddities(DRAWN).values()]


def odd_plane(
    known: Vectors, plain: Sequence[Vectors], drawn: Sequence[Vectors]
) -> Vectors:
    """A plane between an encoder's own pictures and drawings, by least squares.

    Own ones weigh as much as all drawings; of these the first kind, craters, as much as
    the others, and each of them as any other. It lies where :data:`ODD` of the plain
    pictures are above it, each source of them counted alike.

    Args:
        known: ``(n, dim)`` unit rows of the encoder's own pictures.
        plain: sources of pictures from above that it was not trained on.
        drawn: kinds of :func:`oddities`.

    Returns:
        ``(dim + 1,)`` float32, the offset last.
    """
    halves = [half for half in (drawn[:1], drawn[1:]) if half]
    parts = [_even([known]), *(_even(half) / len(halves) for half in halves)]
    weight = np.concatenate(parts)[:, None] / 2
    rows = np.concatenate([known, *drawn]).astype(np.float64)
    rows -= (weight * rows).sum(axis=0)
    wanted = np.where(np.arange(len(rows)) < len(known), -1.0, 1.0)
    spread = rows.T @ (weight * rows)
    spread += _RIDGE * np.trace(spread) / len(spread) * np.eye(len(spread))
    normal = np.linalg.solve(spread, rows.T @ (weight[:, 0] * wanted))
    said = np.concatenate(plain) @ normal
    order = np.argsort(-said)
    above = int((_even(plain)[order].cumsum() <= ODD).sum())
    return np.append(normal, -said[order[above]]).astype(np.float32)


def _even(groups: Sequence[Vectors]) -> Floats:
    """Weights of all rows, which add up to one, each group as much as any other."""
    shares = [np.full(len(one), 1 / len(one) / len(groups)) for one in groups]
    return np.concatenate(shares)


def _levels(values: Floats) -> Pixels:
    pixels: Pixels = values.clip(0, 255).astype(np.uint8)
    return pixels


def _rough(rng: Draws, fall: float) -> Floats:
    """Octaves of smooth noise, each ``2 ** -fall`` of the one before; deviation 1."""
    rows = np.zeros((SIDE, SIDE))
    for octave in range(1, 8):
        side = 2**octave
        small = Image.fromarray(rng.normal(size=(side, side)).astype(np.float32))
        grown = small.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        rows += np.asarray(grown) * side**-fall
    shifted: Floats = (rows - rows.mean()) / rows.std()
    return shifted


def _slopes(heights: Floats, rng: Draws) -> tuple[Floats, Floats]:
    """Towards a light from anywhere, and over all."""
    down, across = np.gradient(heights)
    angle = rng.uniform(0, 2 * np.pi)
    return np.cos(angle) * across + np.sin(angle) * down, np.hypot(down, across)


def _craters(rng: Draws) -> Floats:
    heights = _rough(rng, rng.uniform(0.5, 1.3)) * rng.uniform(0.2, 1.5)
    down, across = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    for _ in range(rng.integers(4, 120)):
        radius = min(SIDE * 0.3, rng.exponential(4) + 2.5)
        top, left = rng.uniform(-5, SIDE + 5, 2)
        away = np.hypot(down - top, across - left) / radius
        rim, depth = rng.uniform(0.1, 0.4), radius * rng.uniform(0.1, 0.45)
        bowl = away.clip(0, 1) ** rng.uniform(2, 4) * depth * (1 + rim) - depth
        kept = rng.uniform(0, 0.5)
        wall = heights + rim * depth * (2 - away).clip(0, 1) ** 2
        heights = np.where(away < 1, kept * heights + bowl, wall)
    light, slope = _slopes(heights, rng)
    sun = rng.uniform(0.4, 1.2)
    shade = (np.cos(sun) * light + np.sin(sun)) / np.hypot(1, slope) / np.sin(sun)
    shade = shade.clip(0.02, None) * (1 + rng.uniform(0, 0.25) * _rough(rng, 0.7))
    if rng.random() < 0.5:
        grain, _ = _slopes(_rough(rng, rng.uniform(-0.2, 0.6)), rng)
        shade *= (1 + rng.uniform(0.2, 2) * grain).clip(0.3, 1.8)
    tint = np.array(TINTS[rng.integers(len(TINTS))]) + rng.normal(0, 12, 3)
    tint = np.full(3, tint.mean()) if rng.random() < 0.3 else tint
    grains = rng.normal(0, rng.uniform(0, 8), (SIDE, SIDE, 1))
    contrast, level = rng.uniform(0.4, 1), rng.uniform(0.6, 1.2)
    lit = (shade - shade.mean()) * contrast + level
    return np.asarray(tint * lit[..., None] + grains)


def _noise(rng: Draws) -> Floats:
    bands = int(rng.choice([1, 3]))
    grains = rng.normal(128, rng.uniform(40, 80), (SIDE, SIDE, bands))
    whole = Image.fromarray(_levels(np.broadcast_to(grains, (SIDE, SIDE, 3))))
    blur = float(rng.choice([0, 0.5, 1]))
    return np.asarray(whole.filter(ImageFilter.GaussianBlur(blur)), np.float64)


def _clouds(rng: Draws) -> Floats:
    bands = [_rough(rng, rng.uniform(0.1, 1.6)) for _ in range(3)]
    return rng.uniform(60, 190, 3) + rng.uniform(40, 70) * np.stack(bands, axis=2)


def _waves(rng: Draws) -> Floats:
    down, across = np.mgrid[:SIDE, :SIDE]
    rows = np.zeros((SIDE, SIDE, 3)) + rng.uniform(60, 190, 3)
    for _ in range(rng.integers(1, 4)):
        angle, often = rng.uniform(0, np.pi), rng.uniform(0.03, 1)
        along = (np.cos(angle) * across + np.sin(angle) * down) * often
        wave = np.sin(along + rng.uniform(0, 6))
        wave = np.sign(wave) if rng.random() < 0.3 else wave
        rows += rng.normal(0, 60, 3) * wave[..., None]
    return rows


def _shapes(rng: Draws) -> Floats:
    def colour() -> tuple[int, ...]:
        return tuple(rng.integers(0, 256, 3).tolist())

    page = Image.new("RGB", (SIDE, SIDE), colour())
    pen = ImageDraw.Draw(page)
    for _ in range(rng.integers(5, 15)):
        corners = rng.uniform(0, SIDE, (5, 2))
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        box, points = (left, top, right, bottom), [tuple(c) for c in corners.tolist()]
        match rng.integers(4):
            case 0:
                pen.rectangle(box, colour())
            case 1:
                pen.ellipse(box, colour())
            case 2:
                pen.line(points, colour(), int(rng.integers(1, 6)))
            case _:
                pen.polygon(points, colour())
    return np.asarray(page, np.float64)


_KINDS: dict[str, Callable[[Draws], Floats]] = {
    "craters": _craters,
    "noise": _noise,
    "clouds": _clouds,
    "waves": _waves,
    "shapes": _shapes,
}

"""Drawn scenes of land, sea and ice as a satellite sees them from very far away.

RSICD's pictures are finer than 8 m a pixel, so heads trained on them alone have never
seen a coastline, an ice cap or an open ocean, and take dark water for forest. These
scenes are fractal noise (a power law in frequency) cut at a sea level, shaded as
relief, and coloured from the palettes below; each comes with sentences made of the
words that it was drawn from. No imagery went into them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recipes.mini.augment import soften
from recipes.mini.covers import (
    DEEP,
    LAND,
    LAND_SHARES,
    NEIGHBOURS,
    SEAS,
    SHALLOW,
    SHORE_SHARES,
    Colour,
)
from rsrag.types import Pixels

SIDE = 128
Field = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scene:
    """A drawn picture.

    Attributes:
        pixels: ``(SIDE, SIDE, 3)`` uint8 RGB.
        caption: one sentence that is true of it.
        kind: scenes of one kind are no negatives of each other.
    """

    pixels: Pixels
    caption: str
    kind: str


def draw_scene(rng: np.random.Generator) -> Scene:
    """Draw one scene: land, open sea, islands, a coast, a lake or snowy peaks."""
    form = str(
        rng.choice(
            ["land", "sea", "islands", "coast", "lake", "peaks"],
            p=[0.34, 0.13, 0.23, 0.14, 0.06, 0.1],
        )
    )
    height = _fractal(rng, rng.uniform(1.5, 2.3))
    if form == "peaks":
        return _snowy_peaks(rng)
    if form == "sea":
        water = _water(height, np.ones_like(height), rng)
        return Scene(_pixels(water, rng), _say(rng, _sea_words(rng)), "sea")
    kind = str(rng.choice(list(LAND), p=SHORE_SHARES))
    if form == "land":
        kind = str(rng.choice(list(LAND), p=LAND_SHARES))
    if form == "islands" and rng.random() < 0.7:
        kind = str(rng.choice(["forest", "grass", "bare"]))
    land, name = _land(kind, rng), str(rng.choice(LAND[kind].names))
    if form == "land":
        return Scene(_pixels(land, rng), _say(rng, name), kind)
    share, words = _shore(form, kind, name, rng)
    height = height + _lie(form, rng)
    level = float(np.quantile(height, share))
    depth = np.clip((level - height) / (np.ptp(height) * 0.4 + 1e-9), 0, 1)
    is_land = (height > level)[..., None]
    scene = np.where(is_land, land, _water(height, depth, rng))
    # What shore it is matters less than that it is one: all green ones are alike.
    family = "green" if kind in ("forest", "grass", "hills") else kind
    return Scene(_pixels(scene, rng), _say(rng, words), f"{form} {family}")


def _lie(form: str, rng: np.random.Generator) -> Field:
    """What makes islands lie in the picture, and a coast run through it."""
    y, x = (np.indices((SIDE, SIDE)) + 0.5) / SIDE * 2 - 1
    if form == "coast":
        angle, steep = rng.uniform(0, 2 * np.pi), rng.uniform(1.0, 4.0)
        slope: Field = steep * (np.cos(angle) * x + np.sin(angle) * y)
        return slope
    edge = np.maximum(np.abs(x), np.abs(y)) ** 4
    # The rim of a lake is land, that of an island water.
    rim: Field = rng.uniform(1.0, 4.0) * (edge if form == "lake" else -edge)
    return rim


def _shore(
    form: str, kind: str, name: str, rng: np.random.Generator
) -> tuple[float, str]:
    """Share of water, and the words, where land and water meet."""
    sea = str(rng.choice(SEAS))
    if form == "islands":
        size = rng.choice(["", "small ", "many small ", "several ", "green "])
        if kind == "forest" and rng.random() < 0.5:
            size = rng.choice(["tropical ", "green tropical "])
        if kind in ("snow", "desert", "bare"):
            size = rng.choice(["", "small ", "several "])
            return rng.uniform(0.72, 0.96), f"{size}islands of {name} in the {sea}"
        place = rng.choice(["in the", "surrounded by the", "scattered in the"])
        return rng.uniform(0.72, 0.96), f"{size}islands {place} {sea}"
    if form == "coast":
        joint = rng.choice(["beside the", "at the coast of the", "next to the"])
        return rng.uniform(0.3, 0.65), f"{name} {joint} {sea}"
    return rng.uniform(0.04, 0.2), f"a lake in {name}"


def _sea_words(rng: np.random.Generator) -> str:
    shade = rng.choice(["", "dark ", "deep ", "open ", "empty "])
    return f"{shade}{rng.choice(SEAS)}"


def _say(rng: np.random.Generator, words: str) -> str:
    frames = ("{}", "{}", "there is {}", "a satellite image of {}", "{} from space")
    return str(rng.choice(frames)).format(words)


def _fractal(rng: np.random.Generator, slope: float) -> Field:
    """Noise with amplitude ``frequency ** -slope``, mean 0 and deviation 1."""
    # Twice the size and a corner of it, for the transform wraps around.
    y, x = np.fft.fftfreq(2 * SIDE)[:, None], np.fft.rfftfreq(2 * SIDE)[None, :]
    frequency = np.hypot(y, x)
    frequency[0, 0] = np.inf
    wave = rng.normal(size=frequency.shape) + 1j * rng.normal(size=frequency.shape)
    noise = np.fft.irfft2(wave * frequency**-slope, s=(2 * SIDE, 2 * SIDE))
    corner = noise[:SIDE, :SIDE]
    standard: Field = (corner - corner.mean()) / corner.std()
    return standard


def _mix(dark: Colour, light: Colour, share: Field) -> Field:
    low, high = np.asarray(dark, dtype=float), np.asarray(light, dtype=float)
    colour: Field = low + (high - low) * share[..., None]
    return colour


def _land(kind: str, rng: np.random.Generator) -> Field:
    cover = LAND[kind]
    ground = _fractal(rng, rng.uniform(1.4, 2.0))
    tone = 0.2 * _fractal(rng, rng.uniform(1.2, 2.0))
    if kind in ("mountain", "hills"):
        # Ridges and valleys: a ridge is where noise changes its sign. Rock and soil
        # change with the height, and from place to place more than on a plain.
        ground = -np.abs(ground)
        tone += 0.2 * _fractal(rng, 1.1) + rng.uniform(-0.4, 0.4) * (ground + 0.8)
    tone = np.clip(rng.uniform(0.2, 0.8) + tone, 0, 1)
    colour = _mix(cover.dark, cover.light, tone)
    for other in NEIGHBOURS[kind]:
        if rng.random() < 0.5:
            # Patches of something else, or the floor of the valleys.
            patch = _fractal(rng, 1.6) if rng.random() < 0.5 else -ground
            patch = np.clip((patch - rng.uniform(0.7, 2.2)) * 2, 0, rng.uniform(0.3, 1))
            tint = LAND[other]
            colour = _blend(colour, _mix(tint.dark, tint.light, tone), patch)
    shaded: Field = colour * _shading(ground, rng.uniform(*cover.relief))
    return shaded


def _shading(ground: Field, strength: float) -> Field:
    """Light from the west and north on slopes, ``(SIDE, SIDE, 1)`` around one."""
    slope = np.gradient(ground, axis=1) + 0.5 * np.gradient(ground, axis=0)
    light = 1 + 0.09 * strength * slope / (slope.std() + 1e-9)
    shade: Field = np.clip(light, 0.3, 1.7)[..., None]
    return shade


def _blend(first: Field, second: Field, share: Field) -> Field:
    mixed: Field = first + (second - first) * share[..., None]
    return mixed


def _water(height: Field, depth: Field, rng: np.random.Generator) -> Field:
    """Sea over a bed with banks and ridges; brighter where ``depth`` is near 0."""
    deep = _mix(*DEEP, np.full_like(depth, rng.uniform()))
    shallow = _mix(*SHALLOW, np.full_like(depth, rng.uniform()))
    reach = np.exp(-depth * rng.uniform(3, 25)) * rng.uniform(0.2, 1.0)
    if rng.random() < 0.6:
        # Banks that do not reach the surface: pale water is no island.
        bank = _fractal(rng, rng.uniform(1.2, 1.9)) - rng.uniform(0.0, 2.2)
        bank = np.clip(bank, 0, 1)
        reach = np.maximum(reach, bank * rng.uniform(0.1, 0.6))
    bed = _shading(_fractal(rng, rng.uniform(1.4, 2.0)), rng.uniform(0.0, 3.0))
    sea: Field = _blend(deep, shallow, reach) * bed
    return sea


def _snowy_peaks(rng: np.random.Generator) -> Scene:
    """Streaks of snow along the ridges of hills that are not white themselves."""
    ridge = -np.abs(_fractal(rng, rng.uniform(1.1, 1.7)))
    ridge += 0.4 * _fractal(rng, rng.uniform(1.5, 2.2))
    line = float(np.quantile(ridge, rng.uniform(0.35, 0.85)))
    snow = np.clip((ridge - line) * rng.uniform(1.5, 8.0), 0, rng.uniform(0.5, 1.0))
    kind = str(rng.choice(["mountain", "hills", "forest", "bare"]))
    ground = _land(kind, rng) * rng.uniform(0.5, 1.0)
    scene = _blend(ground, _land("snow", rng), snow)
    words = ("snow-capped peaks", "snowy ridges", "snow on dark hills", "snowy peaks")
    return Scene(_pixels(scene, rng), _say(rng, str(rng.choice(words))), "peaks")


def _pixels(scene: Field, rng: np.random.Generator) -> Pixels:
    cast = rng.uniform(0.92, 1.08, 3) * rng.uniform(0.8, 1.12)
    noisy = scene * cast + rng.normal(0, rng.uniform(0, 4), scene.shape)
    pixels = np.clip(noisy + 0.5, 0, 255).astype(np.uint8)
    return soften(pixels, rng)

"""Experts on drawn scenes whose truth is known, each beside its floor.

    python -m bench.experts [--scenes N] [--seed S]

Theme: the drawn scenes that ``mini`` learns from, by other seeds; right is a kind of
scene that the drawing stands for. Presence and relations: water, forest, desert and
snow drawn in halves, bands, discs and ponds. The floors: the theme that is right most
often; every cover always there; *next to* of every two.
"""

import argparse
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recipes.mini.covers import LAND
from recipes.mini.planet import (
    SIDE,
    _fractal,
    _mix,
    _pixels,
    _shading,
    _water,
    draw_scene,
)
from rsrag.answers import LabelScore
from rsrag.dialogue.experts.ground_seen import ground_of
from rsrag.dialogue.experts.relation_expert import relations_of
from rsrag.dialogue.experts.theme_expert import find_theme
from rsrag.factory import named_encoder
from rsrag.interfaces import Encoder
from rsrag.rag.looking.looks import Looks
from rsrag.rag.looking.scene import scene_labels, zero_shot
from rsrag.types import Pixels

COVERS = {"water": "water", "trees": "forest", "bare": "desert", "snow": "snow"}
SHORES = ("a coast", "a beach", "tropical islands and reefs")
THEMES = {
    "sea": ("the open sea",),
    "islands": (*SHORES, "the open sea"),
    "coast": SHORES,
    "lake": ("a lake", "a dam and a reservoir", "a river"),
    "peaks": ("snow-covered mountains", "mountains"),
    "snow": ("snow and ice", "snow-covered mountains"),
    "forest": ("a forest", "mountains"),
    "hills": ("a forest", "mountains", "grassland"),
    "grass": ("farmland", "grassland", "a forest"),
    "bare": ("bare ground", "a rocky desert", "mountains", "a sand desert"),
    "desert": ("a sand desert", "a rocky desert", "bare ground"),
}
"""Kinds of scenes that a drawing stands for, by the first word of its kind."""
ENLARGED = 256


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn scene, the covers in it, and how they lie."""

    pixels: Pixels
    covers: frozenset[str]
    relations: frozenset[tuple[str, str, str]]


def texture(cover: str, rng: np.random.Generator) -> NDArray[np.float64]:
    """``(SIDE, SIDE, 3)`` of one cover."""
    height = _fractal(rng, rng.uniform(1.4, 2.0))
    if cover == "water":
        return _water(height, np.ones_like(height), rng)
    # Unlike the recipe's own land it has no patches of another cover.
    kind = LAND[COVERS[cover]]
    tone = np.clip(rng.uniform(0.2, 0.8) + 0.2 * _fractal(rng, 1.6), 0, 1)
    return _mix(kind.dark, kind.light, tone) * _shading(height, kind.relief[1] / 2)


def draw(rng: np.random.Generator) -> Drawn:
    """A scene of one cover, or of two that lie beside, along or inside each other."""
    first, second = map(str, rng.choice(list(COVERS), 2, replace=False))
    form = str(rng.choice(["whole", "left", "above", "band", "disc", "ponds"]))
    y, x = (np.indices((SIDE, SIDE)) + 0.5) / SIDE
    wave = 0.03 * np.sin(2 * np.pi * (2 * (x if form == "above" else y) + rng.random()))
    near: set[tuple[str, str, str]] = {(first, "next to", second)}
    if form == "whole":
        inside, near = np.ones((SIDE, SIDE), bool), set()
    elif form == "left":
        inside = x + wave < rng.uniform(0.35, 0.65)
        near |= {(first, "left of", second)}
    elif form == "above":
        inside = y + wave < rng.uniform(0.35, 0.65)
        near |= {(first, "above", second)}
    elif form == "band":
        inside = abs(y + wave - rng.uniform(0.3, 0.7)) < rng.uniform(0.08, 0.12)
        near |= {(first, "along", second)}
    else:
        count = 1 if form == "disc" else int(rng.integers(2, 6))
        wide = rng.uniform(0.2, 0.3) if form == "disc" else 0.11
        places = rng.permutation(9)[:count]
        inside = np.zeros((SIDE, SIDE), bool)
        for place in [4] if form == "disc" else places:
            middle = (place % 3 + 0.5) / 3, (place // 3 + 0.5) / 3
            inside |= np.hypot(x - middle[0], y - middle[1]) < wide
        near |= {(first, "surrounded by", second)}
    scene = np.where(inside[..., None], texture(first, rng), texture(second, rng))
    pixels = Image.fromarray(_pixels(scene, rng)).resize((ENLARGED, ENLARGED))
    there = frozenset({first} if form == "whole" else {first, second})
    return Drawn(np.asarray(pixels), there, frozenset(near))


def f1(right: int, told: int, true: int) -> float:
    """Of counts."""
    return 2 * right / max(told + true, 1)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=10_000_000)
    told = parser.parse_args()
    encoder: Any = named_encoder(None, None)
    looks = Looks(encoder)
    theme(encoder, looks, told.scenes, told.seed)
    presence: Counter[str] = Counter()
    floor: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for number in range(told.scenes):
        scene = draw(np.random.default_rng(told.seed + number))
        scores = scores_of(scene.pixels, encoder, looks)
        ground = ground_of(scene.pixels, encoder, encoder.cover_head, scores)
        found = {cover for cover in ground.chances if ground.has(cover)}
        presence.update(_counts(found, scene.covers))
        floor.update(_counts(set(COVERS), scene.covers))
        if found != scene.covers or len(found) < 2:
            continue
        first = next(iter(scene.relations))[0]
        said = {
            (r.first, r.how, r.second)
            for r in relations_of(ground)
            if r.how not in ("next to",) or r.first == first
        }
        held.update(_counts(said, scene.relations, "own "))
        plain = {r for r in scene.relations if r[1] == "next to"}
        held.update(_counts(plain, scene.relations, "floor "))
        held["scenes"] += 1
    score = f1(*(presence[k] for k in ("right", "told", "true")))
    below = f1(*(floor[k] for k in ("right", "told", "true")))
    print(f"presence F1 {score:.3f} (floor {below:.3f}), {told.scenes} scenes")
    score = f1(*(held[f"own {k}"] for k in ("right", "told", "true")))
    below = f1(*(held[f"floor {k}"] for k in ("right", "told", "true")))
    print(f"relations F1 {score:.3f} (floor {below:.3f}), {held['scenes']} scenes")


def _counts(said: Set[object], true: Set[object], name: str = "") -> dict[str, int]:
    right = len(said & true)
    return {f"{name}right": right, f"{name}told": len(said), f"{name}true": len(true)}


def scores_of(pixels: Pixels, encoder: Encoder, looks: Looks) -> list[LabelScore]:
    """Kinds of scenes of a picture, likeliest first."""
    labels, vector = scene_labels(), encoder.encode_images([pixels])
    others, near = looks.others(labels), looks.temperature(vector)
    return zero_shot(vector, labels, looks.vectors(labels), near, others)


def theme(encoder: Any, looks: Looks, scenes: int, seed: int) -> None:
    """Print how often the first theme is right."""
    right = 0
    first: Counter[str] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    for number in range(scenes):
        scene = draw_scene(np.random.default_rng(seed + number))
        large = Image.fromarray(scene.pixels).resize((ENLARGED, ENLARGED))
        pixels = np.asarray(large)
        scores = scores_of(pixels, encoder, looks)
        ground = ground_of(pixels, encoder, encoder.cover_head, scores)
        told = find_theme(scores, ground)
        said = told[0].about[0] if told else "nothing"
        good = THEMES[scene.kind.split()[0]]
        right += said in good
        first.update(good)
        if said not in good:
            wrong[scene.kind, said] += 1
    floor = first.most_common(1)[0][1]
    print(f"theme {right / scenes:.3f} (floor {floor / scenes:.3f}), {scenes} scenes")
    print("  most often wrong:", wrong.most_common(8))


if __name__ == "__main__":
    main()

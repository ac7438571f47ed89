"""Captions from coordinates: what the maps know of a place, said in a few ways.

The idea is SkyScript's (Wang et al. 2024), which words the tags of OpenStreetMap; here
maps of land, height, climate and coarse regions are worded. A place that the rules
below cannot tell gets no caption and is not trained on.
"""

import numpy as np

from recipes.mini.earth import Facts
from recipes.mini.place_names import COASTS, FAMILY, SHORES, WORDS

CAPTIONS = 4
"""Sentences for each chip; a training step draws one of them."""


def cover_of(facts: Facts) -> str | None:
    """What covers the land of a place: a key of ``WORDS``, or ``None``.

    The picture decides on snow and green, relief on mountains, regions and climate
    on the rest.
    """
    region, north = facts.regions, abs(facts.latitude)
    if facts.white > 0.6 * max(facts.land, 0.05):
        icy = region.get("ice sheet", 0) + region.get("ice shelf", 0)
        return "ice sheet" if icy > 0.5 else "snow"
    arid = region.get("desert", 0) > 0.5 and facts.dry > 0 and facts.white < 0.03
    if arid and facts.rough < 18 and facts.green < 0.1:
        return "desert"
    if facts.rough > 15 and facts.high > 0.3 * facts.land:
        return _mountains(facts)
    if facts.rough > 13:
        return None
    dark = facts.green > 0.7 * facts.land
    if north > 55 and (region.get("tundra", 0) > 0.5 or facts.white > 0.12):
        return "tundra"
    if north < 15 and dark and facts.dry < -20:
        return "forest"
    if north > 47 and dark:
        return "boreal forest"
    for kind in ("desert", "savanna", "steppe"):
        if region.get(kind, 0) > 0.6 and not dark:
            return kind
    if region.get("plain", 0) > 0.5 and facts.high < 0.1:
        # The dry side of a plain is pasture; fields are where rain or rivers are.
        return "steppe" if facts.dry > 0 else "farmland"
    if 23 < north <= 47 and dark:
        return "temperate forest"
    return None


def _mountains(facts: Facts) -> str:
    if 0.06 * facts.land < facts.white:
        return "snowy mountains"
    if facts.green > 0.6 * facts.land:
        return "green mountains"
    return "dry mountains" if facts.dry > 5 else "mountains"


def describe(
    facts: Facts, rng: np.random.Generator
) -> tuple[str, tuple[str, ...]] | None:
    """Word what is known of a place.

    Args:
        facts: of the place.
        rng: that chooses among the wordings.

    Returns:
        Its kind, which is no negative of itself, and ``CAPTIONS`` sentences; or
        ``None`` where too little is known.
    """
    if facts.land + facts.lake < 0.002:
        deep = facts.shelf < 0.3
        kind = "sea" if deep else "shallow sea"
        return _worded("sea", [_sea(facts, kind, rng) for _ in range(CAPTIONS)], rng)
    cover = cover_of(facts)
    if facts.lake > 0.15 and facts.land > 0.2 and facts.land + facts.lake > 0.85:
        return _worded(
            "lake", [_pick(WORDS["lake"], rng) for _ in range(CAPTIONS)], rng
        )
    if 0.01 < facts.land < 0.45 and facts.rim_land < 0.35 * facts.land:
        return _worded(
            "islands", [_islands(facts, cover, rng) for _ in range(CAPTIONS)], rng
        )
    if facts.regions.get("delta", 0) > 0.12 and facts.land > 0.3:
        return _worded(
            "delta", [_pick(WORDS["delta"], rng) for _ in range(CAPTIONS)], rng
        )
    if 0.2 < facts.land < 0.8 and facts.lake < 0.05:
        return _worded(
            "coast", [_coast(facts, cover, rng) for _ in range(CAPTIONS)], rng
        )
    if facts.land < 0.9 or cover is None:
        return None
    kind = FAMILY.get(cover, cover)
    words = (
        WORDS[cover] if cover == kind else (*WORDS[cover], *WORDS[cover], *WORDS[kind])
    )
    return _worded(kind, [_pick(words, rng) for _ in range(CAPTIONS)], rng)


def _sea(facts: Facts, kind: str, rng: np.random.Generator) -> str:
    if kind == "sea" and facts.deep > 0.5 and rng.random() < 0.5:
        return _pick(("deep sea", "deep blue ocean", "deep dark water"), rng)
    return _pick(WORDS[kind], rng)


def _islands(facts: Facts, cover: str | None, rng: np.random.Generator) -> str:
    north = abs(facts.latitude)
    climate = ""
    if cover in ("snow", "ice sheet"):
        climate = _pick(("snow-covered ", "icy ", "arctic "), rng)
    elif north < 23.5:
        climate = _pick(("tropical ", "", "warm "), rng)
    elif north > 60:
        climate = _pick(("northern ", "arctic ", ""), rng)
    where = _pick(("in the", "surrounded by the", "scattered in the"), rng)
    noun = _pick(
        ("islands", "island", "small islands", "an archipelago of islands"), rng
    )
    return f"{climate}{noun} {where} {_pick(SHORES, rng)}"


def _coast(facts: Facts, cover: str | None, rng: np.random.Generator) -> str:
    if cover is None or rng.random() < 0.5:
        return _pick(COASTS, rng)
    joint = _pick(("at the coast of the", "beside the", "next to the"), rng)
    return f"{_pick(WORDS[cover], rng)} {joint} {_pick(SHORES, rng)}"


def _worded(
    kind: str, words: list[str], rng: np.random.Generator
) -> tuple[str, tuple[str, ...]]:
    frames = (
        "{}",
        "{}",
        "{}",
        "there is {}",
        "a satellite image of {}",
        "{} from space",
    )
    return kind, tuple(_pick(frames, rng).format(text) for text in words)


def _pick(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]

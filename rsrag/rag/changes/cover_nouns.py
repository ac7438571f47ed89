"""What covers of the ground are called, and which words of people mean them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rsrag.analysis.change.fact_sheet import UNKNOWN, Component
from rsrag.packages import packaged_json
from rsrag.rag.reading.words import word_table

MOST_HOUSE_M2 = 500.0
"""Built pieces whose middle one is smaller are called houses."""


@dataclass(frozen=True, slots=True)
class Noun:
    """A cover in sentences: ``one`` and ``many`` of it, ``counted`` where it can be."""

    one: str
    many: str
    counted: bool = True


_NOUNS = {
    "building": Noun("building", "buildings"),
    "road": Noun("road", "roads"),
    "playground": Noun("playground", "playgrounds"),
    "trees": Noun("trees", "trees", counted=False),
    "bare": Noun("bare land", "bare land", counted=False),
}
_HOUSE = Noun("house", "houses")
GROUPS = {"vegetation": ("trees", "low vegetation")}
"""Words that mean several covers."""
_MORE = {
    "playground": ("playgrounds", "sports field", "sports fields", "pitch", "pitches"),
    "bare": ("non-vegetated ground", "ground", "dirt", "desert", "earth"),
    "low vegetation": ("plants", "crop", "farm", "farms", "low plants"),
    "water": ("lake", "lakes", "pond", "ponds", "river", "rivers", "flood", "sea"),
    "building": ("villa", "villas", "construction", "constructions"),
}
_NAMES = {"tree": "trees", "non-vegetated ground": "bare", "bareland": "bare"}
_NUMBERS = {
    number: word for word, number in word_table("numbers").items() if number > 1
}


def noun_of(cover: str, pieces: Sequence[Component] = ()) -> Noun:
    """How a cover is called; small built ``pieces`` are houses, where sizes are known.

    A cover that nobody knows is called by its own name, not counted.
    """
    cover = _NAMES.get(cover, cover)
    sizes = sorted(p.area_m2 for p in pieces if p.area_m2 is not None)
    if cover == "building" and sizes and sizes[len(sizes) // 2] < MOST_HOUSE_M2:
        return _HOUSE
    return _NOUNS.get(cover, Noun(cover, cover, counted=False))


def how_many(number: int, noun: Noun) -> str:
    """``a road``, ``two roads``, ``31 roads``; a cover that is not counted by name."""
    if not noun.counted:
        return noun.many
    if number == 1:
        return f"{'an' if noun.one[0] in 'aeiou' else 'a'} {noun.one}"
    return f"{number_word(number)} {noun.many}"


def number_word(number: int) -> str:
    """``one``, ``two`` … ``twenty``, then digits."""
    if number == 1:
        return "one"
    return _NUMBERS.get(number, str(number)) if number <= 20 else f"{number:,}"


def cover_words(there: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Words and phrases in lower case, and the covers that each means.

    Args:
        there: covers of a sheet, which are called by their own names as well.
    """
    own = [cover for cover in dict.fromkeys(there) if cover != UNKNOWN]
    as_there = {_NAMES.get(cover, cover): cover for cover in own}
    held: dict[str, tuple[str, ...]] = {}
    covers = packaged_json("analysis/cover/covers.json")["covers"]
    for cover in [*covers, *_MORE]:
        named = (as_there.get(cover, cover),)
        words = [
            cover,
            *covers.get(cover, {}).get("synonyms", ()),
            *_MORE.get(cover, ()),
        ]
        held.update(dict.fromkeys(words, named))
    for cover in own:
        held.update(dict.fromkeys((cover.lower(), f"{cover.lower()}s"), (cover,)))
    for word, several in GROUPS.items():
        if word not in own:
            held[word] = tuple(as_there.get(cover, cover) for cover in several)
    return held

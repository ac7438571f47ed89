"""What a question about a change asks: every word of it is used, or said to be not."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from rsrag.analysis.change.fact_sheet import CELLS
from rsrag.rag.changes.change_places import SIDES
from rsrag.rag.changes.cover_nouns import cover_words
from rsrag.rag.reading.words import word_table

Asked = Literal[
    "whether", "count", "where", "became", "area", "share", "when", "before", "after"
]
Way = Literal["built", "gone"]

_TOKEN = re.compile(r"[a-z]+(?:-[a-z]+)*(?:'[a-z]+)?|\d+")
_ALIKE = 0.8
_LEAST_LETTERS = 5
_BUILT = frozenset(
    _TOKEN.findall(
        "built build new newly constructed construct added add appear appears appeared "
        "erected emerged gained came come arrive arrived"
    )
)
_GONE = frozenset(
    _TOKEN.findall(
        "removed remove gone demolished demolish destroyed disappear disappeared "
        "vanish vanished lost lose cleared felled missing"
    )
)
_FREE = frozenset(
    _TOKEN.findall(
        "a an the of in on at is are was were be been has have had did do does there "
        "any some that this it its they them and or to by from for please can you tell "
        "me show picture pictures scene image images pair ground anywhere somewhere "
        "part parts side corner place places area thing things kind something anything "
        "between both times dates date happened happen happens changes change "
        "changed changing difference differences different describe what which how "
        "many much where when whether became become becomes turned turn into replaced "
        "replace replaces before after earlier later number count large big size share "
        "percent percentage fraction one ones piece pieces area areas up also say so "
        "used stood stand about summary summarise summarize i"
    )
)
_NOT = frozenset(_TOKEN.findall("no not nothing none never same unchanged identical"))
_SIDES = {
    **dict(SIDES.items()),
    "north": SIDES["top"],
    "south": SIDES["bottom"],
    "west": SIDES["left"],
    "east": SIDES["right"],
    "northern": SIDES["top"],
    "southern": SIDES["bottom"],
    "western": SIDES["left"],
    "eastern": SIDES["right"],
    "upper": SIDES["top"],
    "lower": SIDES["bottom"],
    **{cell: frozenset({cell}) for cell in CELLS if "-" in cell},
    **dict.fromkeys(("middle", "centre", "center"), frozenset({"middle"})),
    **{
        f"{north}{east}": SIDES[top] & SIDES[left]
        for north, top in (("north", "top"), ("south", "bottom"))
        for east, left in (("west", "left"), ("east", "right"))
    },
}
_COMPASS = ("north", "south", "west", "east")
_RANKS = {
    **dict.fromkeys(("largest", "biggest", "greatest", "main"), 1),
    **dict.fromkeys(("smallest", "least"), -1),
}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5}


@dataclass(frozen=True, slots=True)
class ChangeQuestion:
    """A question, read.

    Attributes:
        asks: what; ``None`` for an open question.
        before: covers that must have been there; empty: any.
        after: covers that must be there now; empty: any.
        either: covers of which one must have come or gone; empty: any.
        way: whether a thing came or went.
        cells: that it is asked about; empty: all.
        rank: 1 the largest, 2 the second largest, -1 the smallest.
        back: whether it points back to what was spoken of last.
        anew: whether it speaks of changes at large, not of those spoken of.
        negated: whether it asks if something is *not* so.
        unused: words that nothing was made of.
        compass: whether it names a point of the compass.
    """

    asks: Asked | None
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    way: Way | None = None
    cells: frozenset[str] = frozenset()
    rank: int | None = None
    back: bool = False
    anew: bool = False
    negated: bool = False
    unused: tuple[str, ...] = ()
    compass: bool = False


def read_change_question(text: str, covers: Iterable[str]) -> ChangeQuestion:
    """Read a question in English about what changed.

    Args:
        text: the question; words with a slip are read as the nearest that is known.
        covers: of the sheet.
    """
    known = cover_words(covers)
    raw = _TOKEN.findall(text.lower().replace("’", "'"))
    words = [_known_word(word, known) for word in raw]
    spots, unused = _covers_in(words, known)
    way: Way | None = None
    if _BUILT & set(words):
        way = "built"
    elif _GONE & set(words):
        way = "gone"
    sides = [_SIDES[word] for word in words if word in _SIDES]
    whole = frozenset(CELLS)
    either_side = whole & frozenset[str]().union(*sides)
    cells = (whole.intersection(*sides) or either_side) if sides else either_side
    ranks = [_RANKS[word] for word in words if word in _RANKS]
    rank = ranks[0] if ranks else None
    for word in words:
        if word in _ORDINALS and rank is not None:
            rank *= _ORDINALS[word]
    before, after, either = _roles(words, spots, way)
    opening = words[0] if words else ""
    return ChangeQuestion(
        _asked(words),
        before,
        after,
        either,
        way,
        cells,
        rank,
        bool({"it", "its", "they", "them"} & set(words[1:]))
        and not spots
        and rank is None
        and "any" not in words
        and "anything" not in words,
        bool({"change", "changes", "changed"} & set(words)),
        (bool(_NOT & set(words)) or any(w.endswith("n't") for w in words[1:]))
        and not opening.endswith("n't"),
        tuple(raw[place] for place in unused),
        any(word.startswith(_COMPASS) for word in words if word in _SIDES),
    )


def _known_word(word: str, covers: dict[str, tuple[str, ...]]) -> str:
    short = len(word) < _LEAST_LETTERS or word in word_table("numbers")
    if short or _used(word, covers):
        return word
    vocabulary = [*covers, *_BUILT, *_GONE, *_FREE, *_NOT, *_SIDES, *_RANKS, *_ORDINALS]
    near = get_close_matches(word, vocabulary, 1, _ALIKE)
    return near[0] if near else word


def _used(word: str, covers: dict[str, tuple[str, ...]]) -> bool:
    tables = (_BUILT, _GONE, _FREE, _NOT, _SIDES, _RANKS, _ORDINALS, covers)
    return any(word in table for table in tables)


def _covers_in(
    words: list[str], known: dict[str, tuple[str, ...]]
) -> tuple[list[tuple[int, tuple[str, ...]]], list[int]]:
    """Covers with the places they stand at, and places of words nobody knows."""
    spots, unused, place = [], [], 0
    while place < len(words):
        for size in (3, 2, 1):
            phrase = " ".join(words[place : place + size])
            generic = phrase in ("ground",)
            if place + size <= len(words) and phrase in known and not generic:
                spots.append((place, known[phrase]))
                break
        else:
            size, word = 1, words[place]
            if not (_used(word, known) or word.endswith("n't")):
                unused.append(place)
        place += size
    return spots, unused


def _roles(
    words: list[str], spots: list[tuple[int, tuple[str, ...]]], way: Way | None
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Covers before, after, and those of which either will do."""
    named = [covers for _, covers in spots]
    passive = "replaced" in words and "by" in words
    active = {"replace", "replaces", "replaced"} & set(words)
    turned = {"became", "become", "becomes", "turned", "turn", "into", "to"} & set(
        words
    )
    if len(named) > 1:
        if active and not passive:
            return named[1], named[0], ()
        if passive or turned:
            return named[0], named[1], ()
        both = tuple(dict.fromkeys(cover for covers in named for cover in covers))
        named = [both]
    if not named:
        return (), (), ()
    if "before" in words or ("became" in words and "of" in words) or passive:
        return ((), named[0], ()) if "before" in words else (named[0], (), ())
    if active:
        return named[0], (), ()
    if way == "built":
        return (), named[0], ()
    if way == "gone":
        return named[0], (), ()
    return (), (), named[0]


def _asked(words: list[str]) -> Asked | None:
    held, text = set(words), " ".join(words)
    opening = words[0].split("'")[0] if words else ""
    if "how many" in text or {"number", "count"} & held:
        return "count"
    if {"share", "percent", "percentage", "fraction"} & held:
        return "share"
    if "how much" in text or "how large" in text or "how big" in text or "size" in held:
        return "area"
    if "where" in held or "which side" in text or "which part" in text:
        return "where"
    if opening == "when" or "dates" in held:
        return "when"
    if opening in ("what", "which") and {"became", "become", "replaced"} & held:
        return "became"
    if opening == "what" and "before" in held:
        return "before"
    if opening == "what" and {"after", "now"} & held:
        return "after"
    openings = (
        "is are was were did do does has have isn wasn weren didn aren hasn haven any"
    )
    if opening.removesuffix("n") in openings.split() or opening in openings.split():
        return "whether"
    return None

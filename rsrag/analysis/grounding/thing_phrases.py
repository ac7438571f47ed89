"""A phrase for a thing in a picture, taken apart by rules.

``the second largest white plane at the top right, next to the terminal`` has a noun,
a size, an order, a colour, a position and a relation to another thing. Every word gets
a part to play, or is said to play none.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rsrag.analysis.grounding.object_sizes import objects_named
from rsrag.errors import QueryError

_WORDS: dict[str, Any] = json.loads(
    Path(__file__).with_name("phrase_words.json").read_text("utf-8")
)


def _listed(name: str) -> frozenset[str]:
    return frozenset(_WORDS[name].split())


def _by_word(name: str) -> dict[str, str]:
    return {
        word: meant for meant, words in _WORDS[name].items() for word in words.split()
    }


GLUE, PICTURE, LINKS = _listed("glue"), _listed("picture"), _listed("links")
"""Words that hold a phrase together; that mean the picture; that lead to a position:
``on the left``."""
POSITIONS = {word: tuple(at.split()) for word, at in _by_word("positions").items()}
"""Words for parts of a picture; north is up, as pictures are looked at."""
SIZES, EXTREMES = _by_word("sizes"), _by_word("extremes")
COLOURS = _listed("colours")
ORDINALS = {
    word: number
    for name in ("ordinals", "numerals")
    for number, word in enumerate(_WORDS[name].split(), start=1)
}
RELATIONS = [(tuple(form.split()), kind) for form, kind in _WORDS["relations"].items()]
"""How a thing lies to another; the longer first of those that begin alike."""
_AFTER_POSITION = _listed("after_position")
_NO_THINGS = _listed("no_things")
"""Words that may follow a thing's name and do not make another name of it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a phrase asks for.

    Attributes:
        text: as it was given.
        noun: words for the thing, without size, position and colour where the thing is
            an object that is known by name.
        objects: the objects it may be, of ``OBJECT_SIZES``; empty for other things.
        colours: that it is said to have.
        position: parts of the picture: left, right, top, bottom, middle, corner, edge.
        size: largest, smallest, large, small, or none.
        order: which of them, counted from 1, and from which side: left, right, top,
            bottom, largest or smallest.
        relation: near, left of, right of, above, below or in.
        other: the thing that it lies so to; it has no relation itself.
        words: every word and the part it plays; ``unused`` for those that play none.
    """

    text: str
    noun: str
    objects: tuple[str, ...]
    colours: tuple[str, ...]
    position: tuple[str, ...]
    size: str | None
    order: tuple[int, str] | None
    relation: str | None
    other: "Phrase | None"
    words: tuple[tuple[str, str], ...]

    @property
    def unused(self) -> tuple[str, ...]:
        """Words that play no part in what is found."""
        return tuple(word for word, part in self.words if part == "unused")


def words_of(text: str) -> list[str]:
    """The words of a phrase, small letters, signs between them left out."""
    return re.findall(r"\w+", text.lower().replace("'", " "))


def take_apart(text: str) -> Phrase:
    """Take a phrase apart.

    Raises:
        QueryError: no words, or none for a thing.
    """
    words = words_of(text)
    parts = [""] * len(words)
    cut, length, relation = _relation(words)
    other = None
    if relation is not None:
        for at in range(cut, cut + length):
            parts[at] = "relation"
        rest = words[cut + length :]
        end, _, _ = _relation(rest)  # one relation is looked at
        other = _thing(text, rest[:end], parts, cut + length)
        parts[cut + length + end :] = ["unused"] * (len(rest) - end)
    phrase = _thing(text, words[:cut], parts, 0, relation, other)
    if not phrase.noun:
        raise QueryError(
            f"{text!r} does not say which thing is meant.",
            hint='name it: "the largest plane at the top right"',
        )
    return replace(phrase, words=tuple(zip(words, parts, strict=True)))


def _relation(words: Sequence[str]) -> tuple[int, int, str | None]:
    """Where the first relation to another thing begins, its length, its kind."""
    for at in range(1, len(words)):
        for form, kind in RELATIONS:
            if tuple(words[at : at + len(form)]) != form:
                continue
            rest = [word for word in words[at + len(form) :] if word not in GLUE]
            if not rest or _is_place(rest) or not _names_a_thing(words[:at]):
                break
            return at, len(form), kind
    return len(words), 0, None


def _is_place(words: Sequence[str]) -> bool:
    """Whether what follows begins with a part of the picture, or the picture.

    ``in the upper left``, but not ``on the left of the road``, which is a relation.
    """
    first = words[0]
    return (
        first in PICTURE
        or first in POSITIONS
        or first in EXTREMES
        or first in _AFTER_POSITION
    )


def _names_a_thing(words: Sequence[str]) -> bool:
    known = GLUE | set(POSITIONS) | set(SIZES) | set(ORDINALS) | set(EXTREMES) | LINKS
    return any(word not in known for word in words)


def _object(words: Sequence[str]) -> tuple[tuple[str, ...], int, int]:
    """The object that words name: a ``court``, but none in ``court house``."""
    objects, first, last = objects_named(words)
    after = words[last] if objects and last < len(words) else ""
    plain = not _names_a_thing([after]) or after in _NO_THINGS | PICTURE | COLOURS
    if not after or plain or (after.endswith(("ed", "ing")) and after != "parking"):
        return objects, first, last
    return (), 0, 0


def _thing(
    text: str,
    words: Sequence[str],
    parts: list[str],
    start: int,
    relation: str | None = None,
    other: Phrase | None = None,
) -> Phrase:
    """One thing and what is said of it; writes the parts its words play."""
    objects, first, last = _object(words)
    position: list[str] = []
    size = None
    order: tuple[int, str] | None = None
    number = None
    nouns: list[str] = []
    colours: list[str] = []

    def mark(at: int, part: str) -> None:
        parts[start + at] = part

    for at, word in enumerate(words):
        before = words[at - 1] if at else ""
        if first <= at < last:
            mark(at, "noun")
            nouns.append(word)
        elif word in ORDINALS:
            mark(at, "order")
            number = ORDINALS[word]
        elif word in EXTREMES:
            mark(at, "order")
            order = (number or 1, EXTREMES[word])
        elif word in SIZES and size is None:
            mark(at, "size")
            size = SIZES[word]
        elif word in POSITIONS:
            if number is not None and order is None and "from" in words[:at]:
                mark(at, "order")
                order = (number, POSITIONS[word][0])
            else:
                mark(at, "position")
                position += POSITIONS[word]
        elif word in _AFTER_POSITION and before in POSITIONS:
            mark(at, "position")
        elif (
            (word in PICTURE and before in GLUE | LINKS and (position or order))
            or word in GLUE
            or word in LINKS
        ):
            mark(at, "glue")
        elif word in COLOURS and objects:
            mark(at, "colour")
            colours.append(word)
        elif objects:
            mark(at, "unused")
        else:
            mark(at, "noun")
            nouns.append(word)
    if number is not None and order is None:
        if size is not None:
            order = (number, "smallest" if size.startswith("small") else "largest")
        else:
            order = (number, "left")
    return Phrase(
        text,
        " ".join(nouns),
        objects,
        tuple(colours),
        tuple(dict.fromkeys(position)),
        size,
        order,
        relation,
        other,
        (),
    )

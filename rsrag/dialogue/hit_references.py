"""Which hit an utterance points to: by its number, as the next, by where it lies."""

import re
from dataclasses import dataclass

from rsrag.dialogue.reference_words import (
    COUNTS,
    FURTHEST,
    GOES_ON,
    HIT,
    LEAD,
    NEXT,
    NUMBERS,
)
from rsrag.dialogue.state import DialogueState

_AXES = {"north": (1, 1), "south": (1, -1), "east": (0, 1), "west": (0, -1)}
_BY_NAME = (
    "hit",
    "result",
    "chip",
    "scene",
    "tile",
    "image",
    "picture",
    "photo",
    "pic",
)


@dataclass(frozen=True, slots=True)
class HitMeant:
    """A hit that is pointed to.

    Attributes:
        start, end: where in the text.
        said: how.
        by_name: as a hit or result, and not only as *the second*.
        image: as an image, which may also be a picture that was given.
        number: from 1; ``None`` with ``problem``.
        problem: what is not clear.
    """

    start: int
    end: int
    said: str
    by_name: bool
    image: bool = False
    number: int | None = None
    problem: str | None = None


def hit_meant(text: str, state: DialogueState) -> HitMeant | None:
    """The hit that a text points to, if it points to one."""
    spoken = state.focus.kind in ("hits", "hit")
    bare = text.strip(" ?.!,")
    if spoken and re.fullmatch(r"\d{1,2}", bare):
        return _numbered(int(bare), 0, len(text), text, state)
    after = LEAD.match(text)
    begin = after.end() if after else 0
    if spoken and (step := NEXT.fullmatch(text[begin:].strip(" ?.!,"))):
        ahead = 1 if step["on"] or step["after"] else -1
        said = step.group()
        if state.focus.number is None:
            problem = f"after which hit {said!r} comes: none is spoken of"
            return HitMeant(begin, len(text), said, True, problem=problem)
        return _numbered(state.focus.number + ahead, begin, len(text), said, state)
    if (far := FURTHEST.search(text)) and (spoken or far["noun"] == "hit"):
        return _furthest(far, state)
    for found in HIT.finditer(text):
        if (meant := _counted(text, found, begin, state)) is not None:
            return meant
    return None


def _counted(
    text: str, found: re.Match[str], begin: int, state: DialogueState
) -> HitMeant | None:
    noun = (found["noun"] or "").rstrip("s").lower()
    word = (found["word"] or found["end"] or "").lower()
    if found["word"] and not noun and not found["of"]:
        alone = begin == found.start() and not text[found.end() :].strip(" ?.!,")
        if word in ("top", "bottom") or not (found["the"] or alone):
            return None
        if not GOES_ON.match(text, found.end()):
            return None
    count = len(state.hits.hits)
    digits = found["digit"] or found["no"] or found["hash"]
    if digits:
        number = COUNTS.get(digits.lower()) or int(digits)
    elif found["back"]:
        number = count + 1 - _ordinal(found["back"], count)
    elif found["but"]:
        number = count - COUNTS[found["but"].lower()]
    else:
        number = _ordinal(word, count)
    by_name = bool(digits or found["back"] or found["but"] or found["end"])
    by_name = by_name or noun in _BY_NAME or word in ("top", "bottom")
    start, end, said = found.start(), found.end(), found.group()
    image = noun == "image" and bool(state.pictures)
    return _numbered(number, start, end, said, state, by_name=by_name, image=image)


def _numbered(
    number: int,
    start: int,
    end: int,
    said: str,
    state: DialogueState,
    *,
    by_name: bool = True,
    image: bool = False,
) -> HitMeant:
    count = len(state.hits.hits)
    hits = "1 hit" if count == 1 else f"{count} hits"
    there = f"there are {hits}" if count else "nothing was found yet"
    problem = f"which hit is meant by {said.strip()!r}: {there}"
    if 1 <= number <= count:
        return HitMeant(start, end, said, by_name, image, number)
    return HitMeant(start, end, said, by_name, image, problem=problem)


def _furthest(found: re.Match[str], state: DialogueState) -> HitMeant:
    """*The northernmost*: of those that have a place."""
    way = (found["a"] or found["b"] or found["c"]).lower()
    axis, sign = _AXES[way]
    placed = [
        (sign * hit.point[axis], number)
        for number, hit in enumerate(state.hits.hits, start=1)
        if hit.point is not None
    ]
    start, end, said = found.start(), found.end(), found.group()
    best = [number for value, number in placed if value == max(placed)[0]]
    if len(best) == 1:
        return HitMeant(start, end, said, True, number=best[0])
    why = "no hit has a place"
    if best:
        why = f"hits {', '.join(map(str, best))} lie equally far"
    problem = f"which hit is meant by {said!r}: {why}"
    return HitMeant(start, end, said, True, problem=problem)


def _ordinal(word: str, count: int) -> int:
    word = word.lower()
    if word in ("last", "bottom"):
        return max(count, 1)
    if word == "top":
        return 1
    return NUMBERS.get(word) or int(re.sub(r"\D", "", word))

"""What an utterance asks, with all that it points back to filled in.

Deterministic: words are read by rules. Where two things fit, or none, the reading is a
question back and never a guess.
"""

import dataclasses
import re
from collections.abc import Callable

from rsrag.dialogue.experts.expert_findings import asks_to_look
from rsrag.dialogue.pair_talk import pair_asked
from rsrag.dialogue.readings import (
    Ask,
    AskBack,
    AskChange,
    Find,
    GoBack,
    Reading,
    ShowHit,
)
from rsrag.dialogue.reference_words import (
    AND_THIS,
    BACK,
    BOTH,
    EDITS,
    FIND,
    HIT,
    LEAD,
    MORE,
    NUMBERS,
    PICTURE,
    POINTS,
    WHERE,
)
from rsrag.dialogue.state import DialogueState, Focus, Search

PLAIN_QUESTION = "What does the picture show?"
Named = Callable[[str], bool]


def read(text: str, state: DialogueState, named: Named) -> Reading:
    """Read an utterance.

    Args:
        text: not blank.
        named: whether a text names a place that the knowledge holds.
    """
    bare = text.strip().rstrip("?.! ")
    if back := BACK.fullmatch(text.strip()):
        return _back(back["what"].strip(), state)
    if more := MORE.fullmatch(bare):
        return _alike(more["what"], state)
    if edited := _edited(bare, state):
        return edited
    if (found := FIND.fullmatch(bare)) and not HIT.search(bare):
        words = found["words"] or found["of"]
        if not PICTURE.search(words):
            return Find(Search(words))
    if pair := pair_asked(text, state):
        return pair
    if hit := HIT.search(text):
        return _of_hit(text, hit, state, named)
    if BOTH.search(text):
        return AskBack("which picture is meant: one is looked at a time")
    if picture := PICTURE.search(text):
        return _of_picture(text, picture, state)
    if named(text):
        return Ask(text)
    if state.focus.kind == "change":
        return AskChange(text)
    return _pointing(text, state)


def _back(what: str, state: DialogueState) -> Reading:
    """*Back to the bridge*: what was spoken of under such a name, newest first."""
    words = set(re.findall(r"\w+", what.lower()))
    found: dict[str, Focus] = {}
    for turn in reversed(state.turns):
        label = turn.focus.label
        if label and words <= set(re.findall(r"\w+", label.lower())):
            found.setdefault(label, turn.focus)
    own = [label for label, focus in found.items() if focus.kind != "hit"]
    labels = own or list(found)
    if not labels:
        return AskBack(f"what is meant by {what!r}: nothing of that name was spoken of")
    if len(labels) > 1:
        return AskBack(f"which is meant by {what!r}: {' or '.join(labels[:5])}")
    return GoBack(found[labels[0]])


def _alike(what: str, state: DialogueState) -> Reading:
    """*More like that one*."""
    if hit := HIT.search(what):
        number = _number(hit, len(state.hits.hits))
        if (wrong := _no_such(number, hit.group(), state)) is not None:
            return wrong
        return Find(Search(chip=state.hits.hits[number - 1].id))
    picture = PICTURE.search(what)
    if picture:
        asked = _of_picture(what, picture, state)
        if not isinstance(asked, Ask) or asked.picture is None:
            return asked
        return Find(Search(picture=state.pictures[asked.picture]))
    focus = state.focus
    if not POINTS.search(what):
        return Find(Search(what))
    if focus.kind == "hit" and focus.number is not None:
        return Find(Search(chip=focus.hits[focus.number - 1].id))
    if focus.kind == "picture" and focus.picture is not None:
        return Find(Search(picture=state.pictures[focus.picture]))
    if focus.kind == "hits" and len(focus.hits) == 1:
        return Find(Search(chip=focus.hits[0].id))
    return AskBack(_which(what, state))


def _edited(bare: str, state: DialogueState) -> Reading | None:
    """*Now only in 2021*, *without ships*: the last search, changed."""
    for name, pattern in EDITS.items():
        match = pattern.fullmatch(bare)
        if match is None:
            continue
        search = state.hits.search
        if search is None:
            return AskBack(f"what {bare!r} is to change: nothing was searched yet")
        value = match["v"].strip()
        if name == "without":
            without = (*search.without, value)
            return Find(dataclasses.replace(search, without=without))
        if name == "max_cloud":
            return Find(dataclasses.replace(search, max_cloud=float(value)))
        ends = {"datetime": value, "since": f"{value}/..", "before": f"../{value}"}
        return Find(dataclasses.replace(search, datetime=ends[name]))
    return None


def _of_hit(
    text: str, hit: re.Match[str], state: DialogueState, named: Named
) -> Reading:
    """*The second*, *hit 3*, *what is near the last one*."""
    by_name = bool(hit["digit"] or hit["hash"] or hit["noun"] not in (None, "one"))
    listed = len(state.focus.names) > 1
    if not by_name and (named(text) or (listed and not state.hits.hits)):
        return Ask(text)
    if not by_name and listed and state.hits.hits:
        said = hit.group()
        return AskBack(f"which is meant by {said!r}: of the hits, or of the places")
    number = _number(hit, len(state.hits.hits))
    if (wrong := _no_such(number, hit.group(), state)) is not None:
        return wrong
    rest = text[: hit.start()] + "it" + text[hit.end() :]
    if LEAD.sub("", rest).strip(" ?.!,") == "it":
        again = state.question if state.focus.kind == "hit" else None
        begun = text.strip().lower().startswith(("and ", "what about", "how about"))
        if begun and again:
            return Ask(again, number, bool(WHERE.search(again)))
        return ShowHit(number)
    return Ask(rest, number, bool(WHERE.search(rest)))


def _of_picture(text: str, match: re.Match[str], state: DialogueState) -> Reading:
    names = list(state.pictures)
    if not names:
        return AskBack(f"which picture is meant by {match.group()!r}: none was given")
    if match["digit"] or match["word"]:
        word = (match["word"] or "").lower()
        number = len(names) if word == "last" else NUMBERS.get(word, 0)
        number = number or int(match["digit"])
        if not 1 <= number <= len(names):
            said = match.group()
            return AskBack(
                f"which picture is meant by {said!r}: there are {len(names)}"
            )
        plain = text[: match.start()] + "the picture" + text[match.end() :]
        return Ask(_question(plain, state), picture=names[number - 1], ordinal=True)
    if state.focus.kind == "picture" and state.focus.picture:
        return Ask(_question(text, state), picture=state.focus.picture)
    if len(names) == 1:
        return Ask(_question(text, state), picture=names[0])
    return AskBack(f"which is meant by {match.group()!r}: {' or '.join(names)}")


def _pointing(text: str, state: DialogueState) -> Reading:
    """*It*, *there*, *and this one?*: of what is spoken of."""
    focus = state.focus
    if focus.kind == "picture":
        pointed = AND_THIS.fullmatch(text.strip()) or POINTS.search(text)
        if pointed or asks_to_look(text):
            return Ask(_question(text, state), picture=focus.picture)
        return Ask(text)
    if focus.kind not in ("hits", "hit"):
        return Ask(text)
    number = 1 if len(focus.hits) == 1 else focus.number
    if not POINTS.search(text):
        looks = number is not None and asks_to_look(text)
        return Ask(text, number) if looks else Ask(text)
    if number is None:
        return AskBack(_which(POINTS.findall(text)[0], state))
    return Ask(text, number, bool(WHERE.search(text)))


def _question(text: str, state: DialogueState) -> str:
    """The question that is asked of a picture: for *and this one* the last one."""
    bare = PICTURE.sub("this", text).strip()
    if AND_THIS.fullmatch(bare) or bare.strip(" ?.!").lower() == "this":
        return state.question or PLAIN_QUESTION
    return text


def _number(hit: re.Match[str], count: int) -> int:
    if digits := hit["digit"] or hit["hash"]:
        return int(digits)
    word = hit["word"].lower()
    return max(count, 1) if word == "last" else NUMBERS[word]


def _no_such(number: int, said: str, state: DialogueState) -> AskBack | None:
    count = len(state.hits.hits)
    if not count:
        return AskBack(f"which hit is meant by {said!r}: nothing was found yet")
    if not 1 <= number <= count:
        hits = "1 hit" if count == 1 else f"{count} hits"
        return AskBack(f"which hit is meant by {said!r}: there are {hits}")
    return None


def _which(said: str, state: DialogueState) -> str:
    if state.focus.kind == "hits" and state.focus.hits:
        return f"which hit is meant by {said!r}: 1 to {len(state.focus.hits)}"
    return f"what is meant by {said!r}: no hit or picture is spoken of"

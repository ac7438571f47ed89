"""What an utterance asks, with all that it points back to filled in.

Deterministic: words are read by rules. Where two things fit, or none, the reading is a
question back and never a guess.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from rsrag.dialogue.experts.expert_findings import asks_to_look
from rsrag.dialogue.hit_references import HitMeant, hit_meant
from rsrag.dialogue.pair_talk import pair_asked
from rsrag.dialogue.picture_references import picture_meant, told_by_number
from rsrag.dialogue.places_of_talk import with_names
from rsrag.dialogue.readings import (
    Ask,
    AskBack,
    AskChange,
    GoBack,
    Reading,
    ShowHit,
)
from rsrag.dialogue.reference_words import (
    AND_THIS,
    BOTH,
    FURTHEST,
    LEAD,
    OTHER,
    PICTURE,
    POINTS,
    WHERE,
    without_manners,
)
from rsrag.dialogue.requests_made import found_alike, found_by_words, which_meant
from rsrag.dialogue.search_edits import edited
from rsrag.dialogue.state import DialogueState, Focus

PLAIN_QUESTION = "What does the picture show?"
BACK = re.compile(
    r"(?:(?:and|now|ok|okay|let\s+us|let's|please)[\s,]+)*"
    r"(?:let\s+me\s+)?(?:(?:go\s+|come\s+)?back\s+to|return\s+to)\s+"
    r"(?:the\s+|my\s+)?(?P<what>[^?.!,]+?)(?P<rest>[,.:;]\s*\S.*)?[?.!\s]*",
    re.IGNORECASE,
)
HELP = (
    "what to find (find a harbour), what you ask (how deep is Lake Baikal?), or what "
    "you point to (the second, more like it, only in 2021, back to the harbour)"
)
_SMALL_TALK = re.compile(
    r"(?:help|\?|hello|hi|hey|thanks|thank\s+you|great|good|ok|okay|yes|no)[?.!\s]*",
    re.IGNORECASE,
)
_LOST = re.compile(
    rf"{FURTHEST.pattern}|{POINTS.pattern}|\b(?:these|those|them)\b", re.IGNORECASE
)
"""What points back, and to nothing at the beginning of a conversation."""
_LIST = {"list", "hits", "results", "search", "images", "chips"}


class Known(Protocol):
    """What words are known to name."""

    def named(self, text: str) -> bool:
        """Whether a text names a place that the knowledge holds."""

    def kinds(self, ids: Sequence[str]) -> Sequence[str]:
        """Categories of landmarks of the knowledge."""

    def placed(self, name: str) -> bool:
        """Whether a name is a place with an outline, to search in."""


def read(text: str, state: DialogueState, known: Known) -> Reading:
    """Read an utterance.

    Args:
        text: not blank.
        known: what names and kinds it may use.
    """
    said = without_manners(text)
    if _SMALL_TALK.fullmatch(text.strip()):
        return AskBack(HELP)
    if back := BACK.fullmatch(said):
        return _back(back["what"].strip(), state, known)
    if more := found_alike(said, state):
        return more
    if change := edited(text, state, known.placed):
        return change
    meant = hit_meant(said, state)
    if meant is None and (found := found_by_words(said)):
        return found
    if pair := pair_asked(text, state):
        return pair
    if meant is not None and meant.image and not state.hits.hits:
        which = f"the {meant.said.strip().lower().removeprefix('the ')}"
        said = said[: meant.start] + which + said[meant.end :]
    elif meant is not None:
        return _of_hit(said, meant, state, known)
    if BOTH.search(said):
        return AskBack("which picture is meant: one is looked at a time")
    if (picture := picture_meant(said, state)) is not None:
        return _of_picture(said, picture, state)
    if known.named(said):
        return Ask(said)
    if state.focus.kind == "change":
        return AskChange(said)
    return _pointing(said, state, known)


def _back(what: str, state: DialogueState, known: Known) -> Reading:
    """*Back to the bridge*: what was spoken of under such a name, newest first."""
    words = _stems(what)
    if words <= _LIST and state.hits.search is not None:
        return GoBack(state.hits)
    found: dict[str, Focus] = {}
    for turn in reversed(state.turns):
        label = turn.focus.label
        if not label or label in found:
            continue
        kinds = map(str.lower, known.kinds(_ids(turn.focus)))
        if words <= _stems(label) or what.lower() in kinds:
            found[label] = turn.focus
    own = [label for label, focus in found.items() if focus.kind != "hit"]
    labels = own or list(found)
    if not labels:
        return AskBack(f"what is meant by {what!r}: nothing of that name was spoken of")
    if len(labels) > 1:
        return AskBack(f"which is meant by {what!r}: {' or '.join(labels[:5])}")
    return GoBack(found[labels[0]])


def _stems(text: str) -> set[str]:
    """Words without the ``s`` of a plural; those for the list stay."""
    words = re.findall(r"\w+", text.lower())
    return {
        one if one in _LIST or len(one) < 4 else one.removesuffix("s") for one in words
    }


def _ids(focus: Focus) -> list[str]:
    if focus.kind != "landmarks":
        return []
    return [str(i) for one in focus.context.get("landmarks", ()) for i in one["ids"]]


def _of_hit(text: str, meant: HitMeant, state: DialogueState, known: Known) -> Reading:
    """*The second*, *hit 3*, *what is near the last one*."""
    listed = len(state.focus.names) > 1
    if not meant.by_name and (known.named(text) or (listed and not state.hits.hits)):
        return Ask(text)
    if not meant.by_name and listed and state.hits.hits:
        said = meant.said.strip()
        return AskBack(f"which is meant by {said!r}: of the hits, or of the places")
    if meant.image:
        said = meant.said.strip()
        return AskBack(f"which is meant by {said!r}: of the hits, or of the pictures")
    if meant.number is None:
        return AskBack(str(meant.problem))
    rest = f"{text[: meant.start]}it{text[meant.end :]}"
    if without_manners(LEAD.sub("", rest)).strip(" ?.!,") in (
        "it",
        "which one lies it",
    ):
        again = state.question if state.focus.kind == "hit" else None
        begun = text.strip().lower().startswith(("and ", "what about", "how about"))
        if begun and again:
            return Ask(again, meant.number, bool(WHERE.search(again)))
        return ShowHit(meant.number)
    return Ask(rest, meant.number, bool(WHERE.search(rest)))


def _of_picture(text: str, picture: str | AskBack, state: DialogueState) -> Reading:
    if isinstance(picture, AskBack):
        return picture
    if not told_by_number(text, state):
        return Ask(_question(text, state), picture=picture)
    plain = OTHER.sub("the picture", PICTURE.sub("the picture", text, count=1), count=1)
    return Ask(_question(plain, state), picture=picture, ordinal=True)


def _pointing(text: str, state: DialogueState, known: Known) -> Reading:
    """*It*, *there*, *that lake*, *and this one?*: of what is spoken of."""
    focus = state.focus
    if focus.kind == "nothing" and (lost := _LOST.search(text)):
        return AskBack(which_meant(lost.group(), state))
    looks = focus.kind in ("picture", "hit") and asks_to_look(text)
    if not looks and (named := with_names(text, state, known.kinds)) is not None:
        return named if isinstance(named, AskBack) else Ask(named)
    if focus.kind == "picture":
        pointed = AND_THIS.fullmatch(text.strip()) or POINTS.search(text)
        if pointed or asks_to_look(text):
            return Ask(_question(text, state), picture=focus.picture)
        return Ask(text)
    if focus.kind not in ("hits", "hit"):
        return Ask(text)
    number = 1 if len(focus.hits) == 1 else focus.number
    points = POINTS.search(text)
    if points is None:
        looks = number is not None and asks_to_look(text)
        return Ask(text, number) if looks else Ask(text)
    if number is None:
        return AskBack(which_meant(points.group(), state))
    return Ask(text, number, bool(WHERE.search(text)))


def _question(text: str, state: DialogueState) -> str:
    """The question that is asked of a picture: for *and this one* the last one."""
    bare = PICTURE.sub("this", text).strip()
    if AND_THIS.fullmatch(bare) or bare.strip(" ?.!").lower() in (
        "this",
        "the picture",
    ):
        return state.question or PLAIN_QUESTION
    return text

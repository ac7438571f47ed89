"""Talk of what changed between two pictures: which, and questions over its sheet."""

import json
import re
from collections.abc import Mapping
from typing import Any

from rsrag.analysis.change.fact_sheet import FactSheet, read_sheet, sheet_json
from rsrag.dialogue.hit_references import hit_meant
from rsrag.dialogue.picture_references import picture_meant
from rsrag.dialogue.readings import AskBack, Compare, Reading, Side
from rsrag.dialogue.reference_words import PICTURE
from rsrag.dialogue.state import DialogueState
from rsrag.rag.changes.change_answers import ChangeAnswer, Spoken, answer_over
from rsrag.rag.changes.change_sentences import change_words

BETWEEN = re.compile(
    r"(?:and\s+)?(?:what(?:\s+has|\s+have)?\s+changed|what\s+is\s+(?:new|different)"
    r"|what\s+(?:are|were)\s+the\s+(?:changes|differences)|compare)\s+"
    r"(?:between\s+|from\s+)?(?P<a>.+?)\s+(?:and|with|to)\s+(?P<b>.+?)[?.!\s]*",
    re.IGNORECASE,
)
THE_TWO = re.compile(
    r"(?:and\s+)?(?:what(?:\s+has|\s+have)?\s+changed|compare)\s+(?:between\s+)?"
    r"(?:them|these|those|both|the\s+two)(?:\s+(?:hits|pictures))?[?.!\s]*",
    re.IGNORECASE,
)
SAID = 3
"""Sentences of a change that are told unasked."""


def pair_asked(text: str, state: DialogueState) -> Reading | None:
    """*What changed between the first and the third?*; ``None``: it asks no such thing.

    A side is a hit by its number, a picture that came with a turn, or a path.
    """
    if THE_TWO.fullmatch(text.strip()):
        if len(state.hits.hits) == 2 and state.focus.kind in ("hits", "hit"):
            return Compare(("hit", "1"), ("hit", "2"))
        if len(state.pictures) == 2:
            first, second = state.pictures
            return Compare(("picture", first), ("picture", second))
        return AskBack("which two are meant: hit 1 and hit 2, or two pictures")
    between = BETWEEN.fullmatch(text.strip())
    if between is None:
        return None
    sides = [_side(between[name].strip(), state) for name in ("a", "b")]
    for said, side in zip((between["a"], between["b"]), sides, strict=True):
        if isinstance(side, AskBack):
            return side
        if side is None:
            return AskBack(f"which picture is meant by {said!r}: a hit, or a path")
    if sides[0] == sides[1]:
        return AskBack("two pictures: one is named twice")
    return Compare(sides[0], sides[1])  # type: ignore[arg-type]


def _side(said: str, state: DialogueState) -> Side | AskBack | None:
    named = f"hit {said}" if said.isdigit() else said
    meant = hit_meant(named, state)
    if meant is not None and (meant.start, meant.end) == (0, len(named)):
        if meant.number is None:
            return AskBack(str(meant.problem))
        return "hit", str(meant.number)
    if PICTURE.fullmatch(said):
        picture = picture_meant(said, state)
        return ("picture", picture) if isinstance(picture, str) else picture
    if re.search(r"\.\w{2,4}$", said) or ("/" in said and " " not in said):
        return "path", said
    return None


def kept_change(sheet: FactSheet, label: str) -> dict[str, Any]:
    """What a state keeps of a change: plain JSON values."""
    return {"label": label, "sheet": sheet_json(sheet), "pieces": [], "at": None}


def told_change(sheet: FactSheet) -> str:
    """A change in a few sentences, and what could not be seen."""
    words = change_words(sheet)
    shown = words.sentences[: SAID if sheet.changed else 1]
    said = [f"{one.capitalize()}." for one in shown]
    if sheet.changed:
        count = len(sheet.components)
        places = "place" if count == 1 else "places"
        said.insert(0, f"{sheet.share:.1%} of the ground changed, in {count} {places}.")
    notes = [one.rstrip(".") for one in sheet.notes]
    return " ".join([*said, *(f"{one[:1].upper()}{one[1:]}." for one in notes)])


def asked_of_change(
    kept: Mapping[str, Any], text: str
) -> tuple[ChangeAnswer, dict[str, Any]]:
    """A question over the change that is spoken of, and what is kept after it."""
    sheet = read_sheet(json.dumps(kept["sheet"]), "the conversation")
    spoken = Spoken(tuple(kept["pieces"]), kept["at"])
    answer = answer_over(sheet, text, spoken)
    after = answer.spoken
    return answer, {**kept, "pieces": list(after.pieces), "at": after.at}

"""Which picture an utterance points to: *this picture*, *the first photo*."""

import dataclasses

from rsrag.dialogue.readings import Ask, AskBack, Reading
from rsrag.dialogue.reference_words import NUMBERS, OTHER, PICTURE
from rsrag.dialogue.state import DialogueState


def picture_meant(text: str, state: DialogueState) -> str | AskBack | None:
    """The name of the picture that a text points to, if it points to one."""
    match, names = PICTURE.search(text), list(state.pictures)
    other = OTHER.search(text) if match is None and len(names) > 1 else None
    found = match or other
    if found is None:
        return None
    said = found.group()
    if not names:
        return AskBack(f"which picture is meant by {said!r}: none was given")
    word = "other" if match is None else (match["word"] or "").lower()
    if word == "other":
        left = [name for name in names if name != state.focus.picture]
        if state.focus.kind == "picture" and len(left) == 1:
            return left[0]
        return AskBack(f"which is meant by {said!r}: {' or '.join(names)}")
    if match is not None and (match["digit"] or word):
        number = len(names) if word == "last" else NUMBERS.get(word, 0)
        digits = match["digit"] or word.rstrip("stndrh")
        number = number or int(digits)
        if 1 <= number <= len(names):
            return names[number - 1]
        return AskBack(f"which picture is meant by {said!r}: there are {len(names)}")
    if state.focus.kind == "picture" and state.focus.picture:
        return state.focus.picture
    if len(names) == 1:
        return names[0]
    return AskBack(f"which is meant by {said!r}: {' or '.join(names)}")


def told_by_number(text: str, state: DialogueState) -> bool:
    """Whether a picture is told by number or as the other, and not as *this* one."""
    match = PICTURE.search(text)
    return match is None or bool(match["digit"] or match["word"])


def of_sent(reading: Reading, names: tuple[str, ...]) -> Reading:
    """A question that came with a picture is of it, if it says no other."""
    if not names or not isinstance(reading, Ask):
        return reading
    if reading.number is not None or reading.ordinal:
        return reading
    if len(names) == 1:
        return dataclasses.replace(reading, picture=names[0])
    return AskBack(f"which picture is meant: {' or '.join(names)}")

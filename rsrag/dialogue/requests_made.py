"""Searches that an utterance asks for: by words, by likeness."""

import re

from rsrag.dialogue.hit_references import hit_meant
from rsrag.dialogue.picture_references import picture_meant
from rsrag.dialogue.readings import AskBack, Find, Reading
from rsrag.dialogue.reference_words import OTHER, PICTURE, POINTS, without_manners
from rsrag.dialogue.state import DialogueState, Focus, Search

_THING = r"(?:pictures?|images?|photos?|pics?|chips?|scenes?)"
_OF = r"(?:of|with|showing|that\s+(?:show|look\s+like))"
_ASKED = (
    r"(?:please\s+|now\s+|then\s+)*(?:(?:can|could|would|will)\s+you\s+|let\s+us\s+|let's\s+)?"
    r"(?:now\s+)?"
)
FIND = re.compile(
    rf"{_ASKED}(?:find|search(?:\s+for)?|look\s+for|show|i\s*(?:'m|am)\s+looking\s+for"
    r"|i\s*(?:'d|would)\s+like\s+to\s+see|i\s+(?:want|need|wish)(?:\s+to\s+see)?)"
    r"(?:\s+me)?\s+(?!(?:what|where|which|who|how|when)\b)"
    rf"(?:(?:some\s+|any\s+)?{_THING}\s+{_OF}\s+)?(?:some\s+|any\s+)?(?P<words>.+)"
    r"|(?:(?:do\s+you\s+have|have\s+you\s+got|got|are\s+there|is\s+there)\s+)?"
    rf"(?:any\s+|some\s+)?{_THING}\s+{_OF}\s+(?P<of>.+)",
    re.IGNORECASE,
)
MORE = re.compile(
    r"(?:(?:show|find|search|look|give|get|got|me|for|any|some|are|there|do|you|have|i|"
    r"could|can|may|would|like|want|to|see|"
    r"places|pictures|images|chips|scenes|hits|others?|ones?|more|stuff|something|"
    r"anything|of|the|same|kind)\s+)*?"
    r"(?:(?P<more>more|others?|similar(?:\s+ones)?|stuff|something|anything)\s+(?:ones\s+)?"
    r"|(?:places|pictures|images|chips|scenes|ones|others?|any|some|find)\s+)?"
    r"(?:(?:that|which)\s+(?:look|are)\s+)?"
    r"(?:like|as|such\s+as|similar\s+to|of\s+the\s+same\s+kind\s+as|along\s+the\s+lines\s+of|"
    r"(?:that\s+)?resembl(?:es?|ing))\s+"
    r"(?P<what>.+)",
    re.IGNORECASE,
)


def found_alike(text: str, state: DialogueState) -> Reading | None:
    """*More like that one*; ``None`` where it is said of nothing that was shown."""
    more = MORE.fullmatch(without_manners(text).rstrip("?.! "))
    if more is None:
        return None
    what = more["what"]
    if meant := hit_meant(what, state):
        if meant.problem is not None or meant.number is None:
            return AskBack(str(meant.problem))
        return _like_hit(state.hits, meant.number)
    if PICTURE.search(what) or (OTHER.search(what) and len(state.pictures) > 1):
        name = picture_meant(what, state)
        if isinstance(name, AskBack) or name is None:
            return name
        return Find(Search(picture=state.pictures[name], named=name))
    focus = state.focus
    if not POINTS.fullmatch(what):
        return Find(Search(what)) if more["more"] else None
    if focus.kind == "hit" and focus.number is not None:
        return _like_hit(focus, focus.number)
    if focus.kind == "picture" and focus.picture is not None:
        name = focus.picture
        return Find(Search(picture=state.pictures[name], named=name))
    if focus.kind == "hits" and len(focus.hits) == 1:
        return _like_hit(focus, 1)
    return AskBack(which_meant(what, state))


def _like_hit(listed: Focus, number: int) -> Find:
    hit = listed.hits[number - 1]
    return Find(Search(chip=hit.id, named=hit.name))


def found_by_words(text: str) -> Find | None:
    """*Find a harbour*, *have you got pictures of snow?*."""
    bare = without_manners(text).rstrip("?.! ")
    found = FIND.fullmatch(bare)
    if found is None:
        return None
    words = re.sub(r"\s+(?:now|instead)$", "", found["words"] or found["of"])
    return None if PICTURE.search(words) else Find(Search(words))


def which_meant(said: str, state: DialogueState) -> str:
    """What is asked back where it is not clear what is pointed to."""
    focus = state.focus
    if focus.kind == "hits" and focus.hits:
        return f"which hit is meant by {said!r}: 1 to {len(focus.hits)}"
    if focus.kind == "nothing":
        return f"what is meant by {said!r}: nothing was spoken of yet"
    return f"what is meant by {said!r}: no hit or picture is spoken of"

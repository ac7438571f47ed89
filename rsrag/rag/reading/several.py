"""Several questions in one, and words that point back to what was named before."""

import re

from rsrag.rag.reading.rewordings import reworded
from rsrag.rag.saying.sentences import sentences

MOST = 8
"""Questions in one that are answered."""
_ASKS = (
    r"(?:how|when|where|who|whom|whose|what|which|why|in\s+(?:which|what)|"
    r"(?:out\s+of|from|by|for|of|with|at)\s+(?:what|whom)|"
    r"(?:is|was|does|did)\s+it)\b"
)
_SPLIT = re.compile(
    rf"\s*[,;]?\s+(?:and|but)\s+(?:also\s+)?(?={_ASKS})|\s*[,;]\s+(?={_ASKS})",
    re.IGNORECASE,
)
_ONE_ASKS = (
    r"(?:how|when|where|who|why|what|(?:by|for)\s+whom|by\s+what|"
    r"in\s+(?:which|what)\s+year)"
)
_AND_WHEN = re.compile(
    rf"\W*(?P<first>{_ONE_ASKS})\s+(?P<rest>.*?\S)"
    rf"(?P<more>(?:\s*(?:,\s*(?:and\s+)?|\s+and\s+){_ONE_ASKS})+)\s*[?.!]*\s*$",
    re.IGNORECASE,
)
_DONE = re.compile(r"(?P<done>built|made|[a-z]+ed)\s+(?P<what>.*)", re.IGNORECASE)
_HOW_DEEP = re.compile(r"how\s+[a-z]+\s+(?=(?:is|are|was|were)\b)", re.IGNORECASE)
_BEGINS = re.compile(rf"\s*(?:(?:so|and|but|also|well)\s+)*{_ASKS}", re.IGNORECASE)
_HEAD = re.compile(r"^[^?.:;–—]{2,60}?\s*(?::|[–—]|\s-)\s+")
"""*Burj Khalifa - who was the architect*"""
_BACK = re.compile(
    r"\b(?P<word>it|its|itself|they|them|their|theirs|he|she|him|her|his|the\s+same(?!\s+(?:size|height|length|depth|"
    r"age|width|area|time|place|country|as))|that\s+one|this\s+one|the\s+others?(?:\s+one)?|that(?=\s*[?.!]*\s*$)|those|these|the\s+(?:former|latter|first|second|third)"
    r"(?:\s+one)?(?=\s*[?.!]?\s*$)|(?<!is\s)(?<!are\s)(?<!was\s)(?<!were\s)there(?!\s+(?:is|are|was|were|any|an?)\b))\b",
    re.IGNORECASE,
)
_BARE = re.compile(r"\s*(?:(?:so|and|but|also|well)\s+)*how\s+\w+\W*", re.IGNORECASE)
_EXPLETIVE = re.compile(
    r"\bit\s+(?:take|took|takes|true|be)\b|\bis\s+it\s+"
    r"(?:true|possible|known(?!\s+(?:for|as|by)\b)|that)\b|"
    r"\bthere\s+(?:to|in|on|at|near)\b|\bthese\s+days\b|\bdoes\s+it\s+take\b|\bdid\s+it\s+take\b",
    re.IGNORECASE,
)


def parts_of(text: str) -> list[str]:
    """The questions that a text puts, in order; mostly one.

    Sentences part where the next one asks, too, or where a question mark stands; a
    sentence parts before *and when*, *, how deep*, and so on.
    """
    parts: list[str] = []
    for sentence in sentences(reworded(text)):
        if parts and not (parts[-1].endswith("?") or _BEGINS.match(sentence)):
            parts[-1] = f"{parts[-1]} {sentence}"
        else:
            parts.append(sentence)
    split: list[str] = []
    for part in parts:
        pieces = [piece for piece in _SPLIT.split(part) if piece.strip(" ?.!,")]
        if _AND_WHEN.match(part):
            pieces = [part]
        asks = len(pieces) > 1 and all(_BEGINS.match(one) for one in pieces[1:])
        long = all(len(one.split()) > 1 for one in pieces)
        begun = bool(pieces) and _BEGINS.match(_HEAD.sub("", pieces[0]))
        split += pieces if asks and long and begun else [part]
    return [one for part in split for one in _asked_twice(part)] or [text]


def _asked_twice(part: str) -> list[str]:
    """*Who built X, when and why?* is *who built X*, *when built X*, *why built X*."""
    match = _AND_WHEN.match(part)
    if match is None:
        return [part]
    asked = f"{match['first']} {match['rest']}"
    # *How deep is X and where* asks where it is.
    rest = _HOW_DEEP.sub("", asked) if _HOW_DEEP.match(asked) else match["rest"]
    if done := _DONE.fullmatch(rest):
        rest = f"was {done['what']} {done['done']}"
    more = re.findall(_ONE_ASKS, match["more"], re.IGNORECASE)
    return [f"{asked}?", *(f"{word} {rest}?" for word in more)]


def points_back(text: str, *, after: bool = False) -> str | None:
    """The word by which a question means something named before, if it has one.

    *And how wide?* has none, and ``after`` another question means *it* all the same.
    """
    if after and _BARE.fullmatch(text):
        return "it"
    clean = _EXPLETIVE.sub(lambda match: " " * len(match.group()), text)
    found = _BACK.search(clean)
    return found["word"] if found else None

"""Reads a sentence about a fact back: whose it is, which variable, which time.

Only a few forms are understood (*the LABEL of N is V*, *N has a LABEL of V*, *V is the
LABEL of N*, and a predicate word for word): what is put otherwise cannot be told from
what says something else.
"""

import re

from rsrag.knowledge.months import NAME as MONTH
from rsrag.rag.saying.sentences import folded

_NAME, _VALUE = "◆", "▲"
_TIME = re.compile(
    rf",?\s*\b(?:in|on|for|during)\s+(?:(?:\d{{1,2}}\s+)?{MONTH}\s+)?\d{{4}}\b,?",
    re.IGNORECASE,
)
_SMALL = re.compile(r"\b(?:the|a|an)\b|[.,;]+(?=\s|$)")
_BE, _HAVE = r"(?:is|was|are|were)", r"(?:has|had|have)"
_FORMS = (
    re.compile(rf"(?P<label>.+) of {_NAME} (?:{_BE}|:) {_VALUE}"),
    re.compile(rf"{_NAME} ?'s (?P<label>.+) {_BE} {_VALUE}"),
    re.compile(rf"{_NAME} {_HAVE} (?P<label>.+) of {_VALUE}"),
    re.compile(rf"{_VALUE} {_BE} (?P<label>.+) of {_NAME}"),
    re.compile(rf"{_VALUE} {_BE} {_NAME} ?'s (?P<label>.+)"),
)
_PLAIN = re.compile(rf"The .+? {_BE} (?P<value>[^.]+(?:\.\S[^.]*)*)\.", re.IGNORECASE)
_ITS = re.compile(r"^(?:Its|Their)\b"), re.compile(r"^(?:It|They)\b")
_FIRST = re.compile(rf"((?:in|on|since|by) {_VALUE}) (.+)")


def reading_of(sentence: str, name: str, value: str) -> tuple[str, str, str] | None:
    """What a sentence says of a landmark's value, in a form that can be compared.

    Returns:
        Form, label or predicate, and time; ``None`` where the name or the value does
        not stand in it exactly once.
    """
    text = sentence.replace("’", "'")
    if text.count(value) != 1:
        return None
    text = folded(text.replace(value, _VALUE))
    bare = re.sub(r"^the ", "", folded(name))
    found = re.findall(rf"\b{re.escape(bare)}(?!\w)", text)
    if len(found) != 1:
        return None
    text = re.sub(rf"\b{re.escape(bare)}(?!\w)", _NAME, text)
    times = [
        " ".join(re.findall(r"\w+", one.group())[1:]) for one in _TIME.finditer(text)
    ]
    text = " ".join(_SMALL.sub(" ", _TIME.sub(" ", text)).replace(":", " :").split())
    time = "; ".join(times)
    for form in _FORMS:
        match = form.fullmatch(text)
        if match and _VALUE not in match["label"] and " of " not in match["label"]:
            return "label", match["label"], time
    if match := _FIRST.fullmatch(text):
        text = f"{match[2]} {match[1]}"
    return "predicate", text, time


def same_fact(sentence: str, plain: str, name: str) -> bool:
    """Whether a sentence says what a fact's plain one does; *its* is the name's."""
    match = _PLAIN.fullmatch(plain)
    if match is None or not name:
        return False
    said = _ITS[1].sub(name, _ITS[0].sub(f"{name}'s", sentence))
    again = reading_of(said, name, match["value"])
    return again is not None and again == reading_of(plain, name, match["value"])

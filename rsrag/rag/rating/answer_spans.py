"""Where in a sentence the answer may stand: its numbers, dates or names.

What is asked for should be said around that: *lost in a fire in 1902* tells the year of
the fire, and not that of all else in its sentence.
"""

import re

from rsrag.rag.rating import answer_patterns as patterns
from rsrag.rag.rating.answer_types import AnswerType
from rsrag.rag.rating.new_names import NAME, is_new, names_in

_NUMBER = re.compile(rf"\b(?:{patterns.NUMBER})", re.I)
_A_YEAR = re.compile(r"(?:1\d|20)\d\d")
_BEFORE, _AFTER = 60, 40
"""Letters around an answer in which the question's words are looked for."""
_BREAK = re.compile(r"[;:.!?]\s")


def answer_spans(
    kind: AnswerType, sentence: str, heading: str
) -> list[tuple[int, int]]:
    """Where answers of the kind that is asked for begin and end, if it has a form."""
    match kind.kind:
        case "count" | "amount":
            found = list(_NUMBER.finditer(sentence))
            plain = [one for one in found if not _A_YEAR.fullmatch(one.group())]
            return [one.span() for one in plain]
        case "measure" | "date" | "when":
            needed = kind.needed
            return [one.span() for one in needed.finditer(sentence)] if needed else []
        case "who" | "name":
            known = kind.known | names_in(heading)
            names = list(NAME.finditer(sentence))[1:]
            return [one.span() for one in names if is_new(one.group(), known)]
    return []


def around(span: tuple[int, int], sentence: str) -> tuple[int, int]:
    """The part of a sentence that an answer stands in, cut at its breaks."""
    start, end = span
    before, after = sentence[:start], sentence[end:]
    breaks = [one.end() for one in _BREAK.finditer(before)]
    first = max(start - _BEFORE, breaks[-1] if breaks else 0)
    found = _BREAK.search(after)
    last = min(end + _AFTER, end + found.start() if found else len(sentence))
    return first, last

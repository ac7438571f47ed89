"""How something is told: as done, as meant to be, or as open.

What *would* be built has not been built, and what is *yet to be* settled is no answer.
"""

import re

_MEANT = re.compile(
    r"\b(?:would|will|planned|proposed|foresaw|foresees|first\s+plan|is\s+to|are\s+to|"
    r"was\s+to|were\s+to)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:(?:has|have|had|was|were)\s+\w+|did|really|actually|so\s+far|up\s+to\s+now|"
    r"finally|in\s+the\s+end)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:yet\s+to|(?:has|have|had)\s+not|not\s+(?:yet|been|known)|nothing\s+(?:has|was)|"
    r"being\s+(?:studied|considered)|asked\s+(?:if|whether|for)|unknown|nobody|"
    r"will\s+(?:obtain|ask|report|decide)|until\s+the\s+new|disputes?|"
    r"too\s+\w+\s+to\s+(?:make|say|tell)|held\s+(?:at|up))\b",
    re.IGNORECASE,
)
_ASKS_FOR_IT = re.compile(
    r"\b(?:not|\w+n['’]t|why|yet|reason|nobody|unknown)\b|"
    r"^\W*(?:has|have|is|are|was|were|did|does|do|can|will)\b",
    re.IGNORECASE,
)
"""A question that what is open or only meant may answer."""


def left_open(question: str, sentence: str) -> bool:
    """Whether a sentence says that something is open, or meant, of what is done."""
    if _ASKS_FOR_IT.search(question):
        return False
    asks_done = _DONE.search(question) and not _MEANT.search(question)
    return bool(_OPEN.search(sentence) or (asks_done and _MEANT.search(sentence)))

"""Words of a sentence as caption benchmarks count them.

COCO's own scorer runs the Java Penn Treebank tokeniser. This one follows its
rules for plain English by regular expressions and is **not** the same program: on
captions the two agree but for abbreviations with dots (``u.s.`` is one token
there, two here) and brackets, which are dropped here. Scores made with it say so.
"""

import re

NAME = "regex after Penn Treebank, lower case, no punctuation"

_CONTRACTED = re.compile(r"(?<=[a-z])(?=n't\b)|(?<=\w)(?='(?:s|re|ve|ll|d|m)\b)")
_TOKEN = re.compile(
    r"n't\b"
    r"|'(?:s|re|ve|ll|d|m)\b"
    r"|\d+(?:[.,:/]\d+)*[^\W_]*(?:-[^\W_]+)*"
    r"|[^\W_]+(?:[-'][^\W_]+)*"
    r"|[%$&+=#@°€£]"
)


def coco_tokens(text: str) -> list[str]:
    """Lower-case words and numbers without punctuation.

    ``isn't`` gives ``is n't``, ``river's`` gives ``river 's``; words joined by a hyphen
    and numbers with a point or comma stay whole.
    """
    lower = text.lower().replace("\u2019", "'")
    return _TOKEN.findall(_CONTRACTED.sub(" ", lower))


def blank_tokens(text: str) -> list[str]:
    """What stands between blanks, case and punctuation kept: RS-RAG's tokens."""
    return text.split()

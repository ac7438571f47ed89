"""Claims of a sentence that can be checked: numbers, dates and names."""

import re
from dataclasses import dataclass

from rsrag.knowledge.months import MONTHS
from rsrag.rag.reading.words import word_table
from rsrag.rag.saying.sentences import folded

_MONTHS = [name.lower() for name in MONTHS]
_DIGITS = r"\d+(?:[ ,\u00a0\u202f]\d{3})*(?:\.\d+)?"
_NUMBER = re.compile(
    rf"(?<![\w.])(?P<sign>[-−–](?=\d)(?<![\d]\S))?(?P<digits>{_DIGITS})"
    r"(?P<tail>\s?(?:%|°[CF]?|(?:million|billion|thousand|hundred)\b)|(?:st|nd|rd|th)\b)?"
)
_SCALE = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_WORDS: dict[str, float] = word_table("numbers")
_COUNTED = _WORDS.keys() - {"one", "zero"}
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nor|neither|without|cannot|\w+n['’]t)\b", re.IGNORECASE
)
_NAME = re.compile(r"[^\W\d_][\w'’.-]*")
_CITED = re.compile(r"\[\d+(?:\s*,\s*\d+)*\]")


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims that can be checked.

    Attributes:
        numbers: values, ``1,642`` and ``1642`` alike; spelled-out counts too.
        names: folded words that begin with a capital letter, but not because a sentence
            does.
        negated: whether it says *not*.
    """

    numbers: frozenset[float]
    months: frozenset[str]
    names: frozenset[str]
    negated: bool

    @classmethod
    def of(cls, text: str) -> "Claims":
        """Read the claims of a text; ``[n]`` is none."""
        text = _CITED.sub(" ", text)
        return cls(numbers_in(text), months_in(text), names_in(text), negates(text))


def numbers_in(text: str) -> frozenset[float]:
    """Values of all numbers of a text, in digits or as words from two to sixty."""
    found = set()
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"[ ,\u00a0\u202f]", "", match["digits"])
        value = float(digits) * _SCALE.get((match["tail"] or "").strip().lower(), 1)
        found.add(-value if match["sign"] else value)
    words = re.findall(r"[a-z]+", folded(text))
    found.update(_WORDS[word] for word in words if word in _COUNTED)
    return frozenset(found)


def months_in(text: str) -> frozenset[str]:
    """Months named in a text. *May* and *March* count only with a capital."""
    found = set()
    for word in re.findall(r"[A-Za-z]+", text):
        lower = word.lower()
        if lower in ("may", "march") and not word[0].isupper():
            continue
        if lower in _MONTHS:
            found.add(lower)
    return frozenset(found)


def names_in(text: str) -> frozenset[str]:
    """Folded words with a capital letter, the first of a sentence left out."""
    names = set()
    starts = True
    for match in _NAME.finditer(text):
        word = match.group()
        before = text[: match.start()].rstrip()
        starts = not before or (before[-1] in '.!?:"“\n' and not before.endswith("St."))
        if word[0].isupper() and not starts and folded(word) not in _MONTHS:
            names.add(_bare(word))
    return frozenset(names)


def words_of(text: str) -> frozenset[str]:
    """All words of a text, folded, in the form of :func:`names_in`."""
    return frozenset(_bare(match.group()) for match in _NAME.finditer(text))


def _bare(word: str) -> str:
    return folded(word).replace("’", "'").removesuffix("'s").strip(".'-")


def negates(text: str) -> bool:
    """Whether a text says *not*, *no*, *never* or the like."""
    return bool(_NEGATION.search(text))

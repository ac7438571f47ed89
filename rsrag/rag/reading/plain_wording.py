"""A question in plainer words: *2000 metres* for *two thousand metres*.

And *northernmost* for *most northerly* or *furthest north*, *bridges in France* for
*French bridges*, *North America or South America* for *North or South America*.
"""

import re
from collections.abc import Collection
from functools import lru_cache

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import common_words, fold
from rsrag.knowledge.variables import label_of, phrases_of
from rsrag.rag.reading.degrees import comparatives, superlatives
from rsrag.rag.reading.kinds import kinds_in_places
from rsrag.rag.reading.rewordings import reworded
from rsrag.rag.reading.words import word_list, word_table
from rsrag.rag.saying.sentences import stem

_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_SMALL: dict[str, int] = {
    word: number
    for word, number in word_table("numbers").items()
    if word not in _SCALES
}
_ANY = "|".join(sorted((*_SMALL, *_SCALES), key=len, reverse=True))
_FIRST = rf"(?:an?|half\s+an?|\d[\d.,]*|{'|'.join(_SMALL)})"
_WRITTEN = re.compile(
    rf"(?<![\w-])(?:{_FIRST}(?:[\s-]+(?:and\s+)?(?:{_ANY}))+)(?![\w-])"
)
"""At least two words in small letters: names (*Thousand Islands*) are left alone."""


_UTMOST = re.compile(
    r"\bmost\s+(?P<side>north|south|east|west)er(?:ly|n)\b|"
    r"\b(?:furthest|farthest)\s+(?:to\s+the\s+)?(?P<way>north|south|east|west)\b",
    re.IGNORECASE,
)
_WAY = r"(?:north|south|east|west|central)"
_SHARED = re.compile(
    rf"\b(?P<one>{_WAY})(?P<join>\s+n?or\s+|\s+and\s+)(?P<other>{_WAY})"
    r"(?P<of>\s+(?:america|africa|asia|europe))\b",
    re.IGNORECASE,
)
_HERITAGE = re.compile(
    r"\b(?:UNESCO(?:'s)?[\s-]+)?World[\s-]+Heritage(?=\s+(?:Sites?|List(?:ed)?|Status|"
    r"Propert(?:y|ies)))\s+\w+",
    re.IGNORECASE,
)
"""Capitals that make no name of it."""
_LISTED = re.compile(
    r"\b(?P<be>(?:are|is|be|been|was|were|being|became|become|has|have|carry|hold|enjoy)\s+"
    r"(?:(?:not|n't|also|all|both|inscribed|listed|protected|recogni[sz]ed|an?|the|"
    r"on|of|as|by|in|under)\s+)*)"
    r"(?:UNESCO(?:'s)?(?:[\s-]+(?:world[\s-]+heritage|heritage))?|world[\s-]+heritage)"
    r"(?:[\s-]+(?:listed|inscribed|protected|recogni[sz]ed|sites?|list|status|"
    r"propert(?:y|ies)|places?|landmarks?))?\b",
    re.IGNORECASE,
)
"""*Are UNESCO-listed*, *are on the World Heritage List*: not said of a kind."""
_LAST_TO = re.compile(
    r"\b(?:the\s+)?(?P<when>first|last|latest|earliest)\s+(?:of\s+(?:them|these)\s+|one\s+)?"
    r"to\s+(?:be|have\s+been|get)\s+(?P<deed>[a-z]+(?:ed|ilt)|put|added|made)\b",
    re.IGNORECASE,
)
"""*Was the last to be climbed*: was climbed last."""
_INSCRIBED = re.compile(
    r"\b(?:(?:joined|entered)|(?:added|put|included|entered|inscribed|placed|listed)"
    r"(?P<when>\s+(?:first|last))?\s+(?:to|on|onto|in|into|as|by))\s+(?:an?\s+|the\s+)?(?:UNESCO|world\s+heritage)\b"
    r"(?:'s)?(?:\s+(?:world|heritage|list|sites?|register))*",
    re.IGNORECASE,
)
_LAST_MOST = re.compile(r"\blast\s+([a-z]+ed)\s+(?=(?:the\s+)?most\s+recent)")
_A_SECOND = re.compile(
    r"\b(met(?:re|er)s?|feet|lit(?:re|er)s?)\s+(?:an?|each|every)\s+(second|minute|hour)\b"
)
_FIRST_TIME = re.compile(r"\b([a-z]+ed)\s+for\s+the\s+(?:very\s+)?first\s+time\b")


_SIDES = re.compile(
    r"(?<![\w.])\d{1,2}(?:\.\d+)?\s*°?\s*[ns][\s,;]+\d{1,3}(?:\.\d+)?\s*°?\s*[ew]\b"
)
_SIGNED = re.compile(
    r"(?<![\w.,;+-])(?P<lat>[+-]?\d{1,2}\.\d+)\s+(?P<lon>[+-]?\d{1,3}\.\d+)(?![\w.])"
)
"""Coordinates in small letters, or with nothing between them."""
_NO_MARK = re.compile(
    r"\b(is|are|was|were|does|do|did|has|have|had|could|would|should)nt\b",
    re.IGNORECASE,
)
_IS = re.compile(r"^(\W*(?:what|who|where|when|how))['’]s\b", re.IGNORECASE)
_DEGREES = re.compile(r"\b(?:Fahrenheit|Celsius|Kelvin)\b")
_AMERICAS = re.compile(r"\b(?:the\s+)?Americas\b", re.IGNORECASE)
_SMALL_WORD = re.compile(r"(?<![\w'’-])[a-z]{4,}(?![\w'’-])")
_ASKING = frozenset({"where", "which", "when", "what", "whose"})
_TWO_SLIPS = 10
"""Letters of a word from which on two of them may be wrong."""


def plain_question(text: str, catalogue: Catalogue) -> tuple[str, list[str]]:
    """A question in plainer words, and notes on what was no mere wording.

    Names of landmarks stay as they are.
    """
    names = [one.surface for one in catalogue.mentions(text)]
    text, notes = _spelt(text, names, catalogue)
    return kinds_in_places(plainer(text, names), catalogue, names), notes


def _spelt(
    text: str, names: Collection[str], catalogue: Catalogue
) -> tuple[str, list[str]]:
    """A text whose slips in the words of variables and kinds are mended.

    A word that is no ordinary one, and stands in no name and no text that is held, is
    read as the one word of these that is a letter off, two if it is long.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    held = catalogue.stats()
    known = _vocabulary(tuple(held.by_variable), tuple(held.by_category))
    taken = {word for name in names for word in fold(name).split()}
    notes: list[str] = []

    def mended(match: re.Match[str]) -> str:
        typed = match[0]
        if typed in taken or typed in known or _is_word(typed):
            return typed
        most = 2 if len(typed) >= _TWO_SLIPS else 1
        alike = [one for one in known if one[0] == typed[0]]
        found = process.extract(
            typed, alike, scorer=OSA.distance, score_cutoff=most, limit=2
        )
        tied = len(found) > 1 and found[0][1] == found[1][1]
        if not found or tied or catalogue.bm25(typed, 1):
            return typed
        notes.append(f"read {typed!r} as {found[0][0]!r}")
        return found[0][0]

    return _SMALL_WORD.sub(mended, text), notes


def _is_word(typed: str) -> bool:
    """Whether it is an ordinary word, in some form."""
    ordinary = common_words()
    return typed in ordinary or stem(typed) in ordinary or stem(typed) in _stems()


@lru_cache(maxsize=1)
def _stems() -> frozenset[str]:
    lists = ("function", "deeds", "hard", "not_names")
    said = common_words().union(*(word_list(one) for one in lists))
    return frozenset(map(stem, said))


@lru_cache(maxsize=4)
def _vocabulary(
    variables: tuple[str, ...], categories: tuple[str, ...]
) -> frozenset[str]:
    """Words of at least five letters by which variables and kinds are asked for."""
    said = [*categories, *word_table("kinds")]
    for variable in variables:
        said += [variable.replace("_", " "), label_of(variable), *phrases_of(variable)]
    words = re.findall(r"[a-z]{5,}", " ".join(said).lower())
    degrees = (word for word in (*superlatives(), *comparatives()) if len(word) > 4)
    return frozenset([*words, *(f"{word}s" for word in words), *degrees, *_ASKING])


def plainer(text: str, names: Collection[str] = ()) -> str:
    """A text whose written numbers are digits, and whose utmost sides are one word.

    Args:
        names: that stay as they are.
    """
    text = _DEGREES.sub(lambda m: m[0].lower(), reworded(text))
    text = _UTMOST.sub(lambda m: f"{(m['side'] or m['way']).lower()}ernmost", text)
    text = _SHARED.sub(r"\g<one>\g<of>\g<join>\g<other>\g<of>", text)
    text = _SIDES.sub(lambda m: m[0].upper(), text)
    text = _SIGNED.sub(r"\g<lat>, \g<lon>", text)
    text = _NO_MARK.sub(r"\1n't", text)
    text = _IS.sub(r"\1 is", text)
    text = _AMERICAS.sub("North America and South America", text)
    text = _FIRST_TIME.sub(r"first \1", text)
    text = _LAST_TO.sub(r"\g<deed> \g<when>", text)
    text = _LAST_MOST.sub(r"\1 ", text)
    text = _INSCRIBED.sub(lambda m: f"inscribed{m['when'] or ''}", text)
    text = _LISTED.sub(r"\g<be>world heritage", text)
    text = _A_SECOND.sub(r"\1 per \2", text)
    text = _HERITAGE.sub(lambda m: m[0].lower(), text)
    kept = [
        match.span()
        for name in names
        for match in re.finditer(re.escape(name), text, re.IGNORECASE)
    ]

    def digits(match: re.Match[str]) -> str:
        start, end = match.span()
        if any(start < stop and first < end for first, stop in kept):
            return match[0]
        number = _value(re.split(r"[\s-]+", match[0]))
        return match[0] if number is None else f"{number:.10g}"

    return _WRITTEN.sub(digits, text)


def _value(words: list[str]) -> float | None:
    """What words of a number say; ``None`` where they say no one number."""
    total = part = 0.0
    before, begun = "", False
    for word in words:
        if word == "and":
            continue
        if word == "half":
            part, begun = 0.5, True
        elif word in ("a", "an"):
            part, begun = (part if begun else 1.0), True
        elif word in _SCALES:
            scale = _SCALES[word]
            if scale == 100:
                part *= 100
            else:
                total, part = total + part * scale, 0.0
        else:
            number = _SMALL.get(word)
            value = float(word.replace(",", "")) if number is None else float(number)
            # *Twenty five* and *two hundred five* go on; *five six* are two numbers.
            tens = part % 100 >= 20 and part % 10 == 0 and 0 < value < 10
            if begun and before not in _SCALES and not tens:
                return None
            part, begun = part + value, True
        before = word
    return total + part

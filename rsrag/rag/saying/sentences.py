"""Text into sentences, and sentences into the words that carry their meaning."""

import re
import unicodedata
from functools import lru_cache

from rsrag.rag.reading.words import word_list

_END = re.compile(
    r"(?:(?<=[.!?])|(?<=\d\]))[\"'”’)*]*\s+(?=[\"'“(*]*(?:[^\W_a-z]|§))|\n+|(?<=[。！？])"
)
_CITED_END = re.compile(r"[.!?][\"'”’)]*(?:\s*\[\d+(?:\s*,\s*\d+)*\])+$")
_ABBREVIATION = re.compile(
    r"(?:\b(?:St|Mt|Dr|Mr|Mrs|Ms|Prof|Ft|No|vs|approx|ca?|Jr|Sr|Inc|Co|Ltd|e\.g|i\.e"
    r"|(?<!°\s)[A-Z])"
    r"\.|\b[A-Z]\.[A-Z]\.|§\s*\d+\.)$"
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_STOP = word_list("stop")


def sentences(text: str) -> list[str]:
    """Split a text at the ends of its sentences and at line breaks.

    Decimal points and common abbreviations (``St.``, initials) end none, but the letter
    of a coordinate (``9° E.``) may. A citation that follows the full stop (``… 9 km.
    [1]``) stays with its sentence.
    """
    parts: list[str] = []
    start = 0
    for match in _END.finditer(text):
        piece = text[start : match.start()]
        if "\n" not in match.group() and (
            _ABBREVIATION.search(piece)
            or (piece.endswith("]") and not _CITED_END.search(piece))
        ):
            continue
        # The closing quote belongs to the sentence that it closes.
        end = match.start() + len(match.group().rstrip())
        parts.append(text[start:end].strip())
        start = match.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def folded(text: str) -> str:
    """Lower case without accents, for comparing words."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def content_words(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order, repeated as they are.

    Stop words and bare numbers are left out. A stem is the word without the
    commonest English endings: enough to tell *built* evidence from none.
    """
    return [stem(word) for word in content_tokens(text)]


def content_tokens(text: str) -> list[str]:
    """The words of :func:`content_words`, folded but whole."""
    return [
        word
        for word in _WORD.findall(folded(text).replace("’", "'"))
        if word not in _STOP and not word.isdigit()
    ]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word without plural, possessive, past or progressive ending."""
    word = word.removesuffix("'s").removesuffix("'")
    for ending, shortest in (("ies", 5), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4)):
        if (
            word.endswith(ending)
            and len(word) >= shortest
            and not word.endswith(("ss", "us", "is"))
        ):
            word = word[: -len(ending)] + ("y" if ending == "ies" else "")
            break
    return word.removesuffix("e") if len(word) > 3 else word

"""Names as they are compared: accents, case, punctuation and ``the`` set aside."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from rsrag.knowledge.catalogue.name_words import KINDS, MODIFIERS
from rsrag.packages import packaged_json

_APOSTROPHES = "'’‘ʼʻʾʿ`´ʹ′"
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06ed"
)
_SIGNS = "\u0900-\u0963\u0966-\u0dff\u0f00-\u0fff\u1ab0-\u1aff\u1dc0-\u1dff"
# Scripts that put no spaces between words: a token a character.
_ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30fa\u30fc-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = rf"(?:(?![{_ALONE}])[^\W_]|[{_MARKS}{_SIGNS}])"
_TOKEN = re.compile(
    rf"(?P<dotted>(?<!\w)[^\W\d_](?:\.[^\W\d_])+(?!\w)\.?)"
    rf"|(?P<alone>[{_ALONE}])"
    rf"|(?P<and>&)"
    rf"|(?P<word>{_WORD}+(?:[{_APOSTROPHES}]{_WORD}+)*)"
)
_ASCII_TOKEN = re.compile(
    r"(?P<dotted>(?<!\w)[A-Za-z](?:\.[A-Za-z])+(?!\w)\.?)"
    r"|(?P<and>&)"
    r"|(?P<word>[A-Za-z0-9]+(?:['`][A-Za-z0-9]+)*)"
)
_DROPPED = re.compile(
    rf"[\u0300-\u036f\u00b7\u0640\u064b-\u065f\u2044\s{_APOSTROPHES}.]"
)
_POSSESSIVE = re.compile(rf"[{_APOSTROPHES}][sS]$")
_LETTERS = str.maketrans("øðłıđħŧə", "odlidhte") | {
    ord(letter): two for letter, two in (("þ", "th"), ("æ", "ae"), ("œ", "oe"))
}
_SHORT = {"st": "saint", "mt": "mount"}
_BRACKETS = re.compile(r"\s*[(（\[]([^()（）\[\]]*)[)）\]]\s*$")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text; ``owner`` is it, folded, without a possessive ``'s``."""

    start: int
    end: int
    raw: str
    folded: str
    owner: str | None = None


def tokens_of(text: str) -> list[Token]:
    """Words of a text, in order; a character each where a script has no spaces."""
    found: list[Token] = []
    pattern = _ASCII_TOKEN if text.isascii() else _TOKEN
    for match in pattern.finditer(text):
        raw = match.group()
        folded = _fold_word(raw)
        if not folded:
            continue
        owner = None
        if match.lastgroup == "word" and _POSSESSIVE.search(raw):
            owner = _fold_word(raw[:-2]) or None
        found.append(Token(match.start(), match.end(), raw, folded, owner))
    return found


def fold(name: str) -> str:
    """The form under which names are equal: folded words with a space between.

    ``"The Château d'If (Marseille)"`` and ``"chateau dif, marseille"`` are the same.
    ``the`` counts only where there is nothing else; ``St`` is ``Saint``, ``&`` is
    ``and``. A name without letters or digits folds to the empty text.
    """
    words = [token.folded for token in tokens_of(name)]
    return " ".join([word for word in words if word != "the"] or words)


def variants(name: str) -> tuple[set[str], set[str]]:
    """Folded forms that are a whole name, and those that are only its first part.

    ``museum skopje`` and ``museum in skopje`` are whole for ``Museum (Skopje)``.
    """
    whole, part = {fold(name)}, set()
    head = tail = ""
    if bracket := _BRACKETS.search(name):
        head, tail = name[: bracket.start()], bracket.group(1)
    elif name.count(",") == 1:
        head, tail = name.split(",")
    if (head := fold(head)) and (tail := fold(tail)):
        whole.add(f"{head} in {tail}")
        part.add(head)
    return whole - {""}, part - whole - {""}


def is_code(name: str) -> bool:
    """Whether a name is letters that only mean it in capitals (``LAX``, ``THE``)."""
    return 1 < len(name) <= 4 and name.isascii() and name.isalpha() and name.isupper()


@cache
def common_words() -> frozenset[str]:
    """English words that stand in lower case in most texts."""
    lines = packaged_json("knowledge/catalogue/common_words.json")
    return frozenset(" ".join(lines).split()) | KINDS | MODIFIERS


def is_common(folded: str) -> bool:
    """Whether a folded name is of ordinary words, of numbers, or a lone character."""
    words = folded.split()
    if len(words) == 1 and len(folded) == 1:
        return True
    return all(word.isdigit() or word in common_words() for word in words)


def _fold_word(raw: str) -> str:
    if raw == "&":
        return "and"
    if raw.isascii():
        folded = raw.lower().replace("'", "").replace("`", "").replace(".", "")
    else:
        folded = unicodedata.normalize("NFKD", raw)
        folded = _DROPPED.sub("", folded).casefold()
        folded = _DROPPED.sub("", folded).translate(_LETTERS)
        folded = unicodedata.normalize("NFKC", folded)
    return _SHORT.get(folded, folded)

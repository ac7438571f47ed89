"""Values that RSWK files under the wrong field, told by their shape.

In the released files some values of ``Name`` are lists of visitors, and some of
``Location`` are lists of events or prose. Filed as they are, a stadium would answer to
a singer's name. Only plain cases are moved; what is in doubt stays where it was.
"""

import re
import unicodedata
from functools import cache

from rsrag.packages import packaged_json

_YEAR = r"(?:\d{3,4}(?:s|[-–]\d{2,4})?|\d{1,2}(?:st|nd|rd|th)[- ]century)"
# "2007 Name change: The park…", "Around 1500 Destruction: …", "1844, 1859 Found: …"
_EVENT = re.compile(
    r"(?:(?:around|about|circa|ca?\.|early|mid|late|before|after|since|in)[ -])*"
    rf"{_YEAR}(?:, {_YEAR})*(?: (?:BC|BCE|AD|CE))?,? [^.:]{{3,150}}: \S",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|be|been|may|can|could|will|would|offers?|"
    r"serves?|sits|stands?|lies|contains?|covers?|includes?|features?|consists?|"
    r"operates?|holds?|[a-z]{3,}ed)\b"
)
_WORD = re.compile(r"[^\W\d_]+")


def name_is_visitors(name: str, title: str) -> bool:
    """Whether a value of ``Name`` lists persons; ``title`` is the ``image_name``."""
    if name == title:
        return False
    if "、" in name:
        return True
    words, known = _words(name), _words(title)
    titles, kinds = _titles_and_kinds()
    if words.keys() & (kinds | known.keys()):
        return False
    if words.keys() & titles:
        return True
    person = re.sub(r"\s*\([^()]*\)$", "", name)
    capitals = [word for word in person.split() if word[:1].isupper()]
    return (
        2 <= len(person.split()) <= 4
        and len(capitals) >= 2
        and not any(c.isdigit() or c in ",/&" for c in person)
    )


def location_field(value: str) -> str:
    """The field of a ``Location``: itself, ``major_events`` or ``description``."""
    text = value.strip()
    if _EVENT.match(text):
        return "major_events"
    words = text.split()
    if len(words) >= 8 and text.endswith((".", ".)", '."', '"')) and _VERB.search(text):
        return "description"
    return "description" if len(words) >= 40 else "location"


@cache
def _titles_and_kinds() -> tuple[frozenset[str], frozenset[str]]:
    """Words of persons' titles, and of kinds of landmark, in several languages."""
    lists = packaged_json("knowledge/importers/rswk_words.json")
    titles, kinds = (" ".join(lists[key]).split() for key in ("titles", "kinds"))
    return frozenset(titles), frozenset(kinds)


def _words(text: str) -> dict[str, None]:
    """Words in lower case without accents, in order."""
    plain = unicodedata.normalize("NFC", text.lower())
    return dict.fromkeys(_WORD.findall(plain))

"""Values that RSWK files under the wrong field, told by their shape.

In the released files some values of ``Name`` are lists of visitors, and some of
``Location`` are lists of events or prose. Filed as they are, a stadium would answer to
a singer's name. Only plain cases are moved; what is in doubt stays where it was.
"""

import re
import unicodedata

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
_TITLES = frozenset(
    """
    king queen prince princess emperor empress pope president lord lady sir dame
    duke duchess baron baroness count countess earl sultan shah tsar colonel
    general captain mr mrs ms dr professor bishop archbishop cardinal saint's
    mayor
    """.split()  # noqa: SIM905
)
_KINDS = frozenset(
    """
    abbey academy aerodrome airfield airport aquarium arch arena arts avenue bank
    basilica bay beach bridge building canal cape casino castle cathedral cave
    center centre chapel church citadel city club college complex convent
    courthouse dam estate falls farm field forest fort fortress garden gardens
    gate glacier hall harbor harbour hill hotel house institute island lake
    library lighthouse lodge mall mansion market memorial mill monastery monument
    mosque mount mountain museum observatory palace park pavilion pier place
    plateau plaza pool port reserve resort river road rock ruins school shrine
    site square stadium state station street synagogue temple theater theatre tomb
    tower town university valley villa village wall waterfall woods zoo château
    chateau palais palazzo piazza porta ponte castello schloss dom kirche burg
    brücke saint santa santo san st sankt notre église iglesia catedral basílica
    duomo estadio estádio stadio stade stadion museo musée puente playa plage
    parque parc parco universidad université università national international
    royal great old new
    """.split()  # noqa: SIM905
)


def name_is_visitors(name: str, title: str) -> bool:
    """Whether a value of ``Name`` lists persons instead of naming the landmark.

    Args:
        title: the record's ``image_name``.
    """
    if name == title:
        return False
    if "、" in name:
        return True
    words, known = _words(name), _words(title)
    if words.keys() & (_KINDS | known.keys()):
        return False
    if words.keys() & _TITLES:
        return True
    person = re.sub(r"\s*\([^()]*\)$", "", name)
    capitals = [word for word in person.split() if word[:1].isupper()]
    return (
        2 <= len(person.split()) <= 4
        and len(capitals) >= 2
        and not any(c.isdigit() or c in ",/&" for c in person)
    )


def location_field(value: str) -> str:
    """Where a value of ``Location`` belongs.

    Returns:
        ``location``, ``major_events`` or ``description``.
    """
    text = value.strip()
    if _EVENT.match(text):
        return "major_events"
    words = text.split()
    if len(words) >= 8 and text.endswith((".", ".)", '."', '"')) and _VERB.search(text):
        return "description"
    return "description" if len(words) >= 40 else "location"


def _words(text: str) -> dict[str, None]:
    """Words in lower case without accents, in order."""
    plain = unicodedata.normalize("NFC", text.lower())
    return dict.fromkeys(_WORD.findall(plain))

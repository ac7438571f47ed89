"""A fact as a sentence. The value stands in it letter for letter."""

import re

from rsrag.knowledge.months import NAME as MONTH
from rsrag.knowledge.variables import label_of
from rsrag.records import Fact, Landmark
from rsrag.retrieval.wording.english import (
    capital,
    full_stop,
    is_plural,
    name_is_plural,
    when,
    with_article,
)

_PROSE_WORDS = 12
_SENTENCE_ENDS = re.compile(r"[.!?]\s+\S|\n")
_SEVERAL = re.compile(r"[,;、/&]|\band\b")
_BARE = frozenset({"yes", "no", "true", "false", "unknown", "none", "n/a"})
_ERA = r"(?: (?:AD|BC|BCE|CE))?"
_DAY = re.compile(
    rf"\d{{1,2}} {MONTH} \d{{1,4}}|{MONTH} \d{{1,2}}, \d{{4}}|\d{{4}}-\d\d-\d\d"
)
_TIME = re.compile(rf"(?:c\. |about |early |late |mid-)?(?:{MONTH} )?\d{{1,4}}s?{_ERA}")
_CENTURY = re.compile(rf"\d{{1,2}}(?:st|nd|rd|th) century{_ERA}")
_COUNT = re.compile(
    r"(?:(?:about|around|over|more than) )?[\d.,]+(?: (?:thousand|million|billion))?"
)

# Columns of one's own may be called "commissioned" or "operated_by": no nouns.
_DONE = re.compile(r"\w+ed|(?:re)?built|begun|laid|sold|sunk|shut")
_NOUNS_IN_ED = frozenset(
    "bed breed feed lakebed need reed riverbed seabed seed shed speed watershed".split()  # noqa: SIM905
)
_HANGING = frozenset("at by for from in near of on since to until with".split())  # noqa: SIM905

# {name} is the landmark as it begins a sentence, {of} as it stands inside one, {date}
# the value with its preposition; "is" and "has" follow the number of the name.
_SENTENCES = {
    "opened": "{name} opened {date}.",
    "completed": "{name} {was} completed {date}.",
    "construction_started": "Construction of {of} started {date}.",
    "established": "{name} {was} established {date}.",
    "closed": "{name} closed {date}.",
    "formed": "{name} formed {date}.",
    "first_ascent": "The first ascent of {of} was {date}.",
    "last_eruption": "The last eruption of {of} was {date}.",
    "unesco_since": "{name} {has} been a World Heritage Site since {value}.",
    "protected_since": "{name} {has} been protected since {value}.",
    "crosses": "{name} {crosses} {value}.",
    "dedicated_to": "{name} {is} dedicated to {value}.",
    "named_after": "{name} {is} named after {value}.",
    "known_for": "{name} {is} known for {value}.",
    "formed_by": "{name} {was} formed by {value}.",
    "protected_as": "{name} {is} protected as {value}.",
    "connects": "{name} {connects} {value}.",
    "serves": "{name} {serves} {value}.",
    "hub_of": "{name} {is} a hub of {value}.",
    "rock_type": "{name} {is} made of {value}.",
    "country": "{name} {lies} in {value}.",
    "continent": "{name} {lies} in {value}.",
    "crops": "Crops grown in {of}: {value}.",
}
_COUNTED = frozenset(
    """annual_passengers annual_visitors floors islands lanes runways students
    terminals""".split()  # noqa: SIM905
)


def fact_sentence(fact: Fact, landmark: Landmark) -> str:
    """Say a fact of a landmark.

    Prose, and words like ``yes``, are not pressed into a sentence:
    ``Historical background of X: …``.
    """
    label, name = label_of(fact.variable), with_article(landmark)
    value = fact.value.strip()
    time = f" {when(fact.period)}" if fact.period else ""
    many = name_is_plural(landmark.name)
    if _is_prose(value):
        return full_stop(f"{capital(label)} of {name}{time}: {value}")
    if fact.variable in _SENTENCES:
        return _from_template(fact, value, name, many, label, time)
    done = _DONE.fullmatch(label) is not None and label not in _NOUNS_IN_ED
    if done and not time and (date := _dated(value)):
        return full_stop(f"{capital(name)} {'were' if many else 'was'} {label} {date}")
    if done or label.split()[-1] in _HANGING:
        return full_stop(f"{capital(name)}, {label}{time}: {value}")
    if fact.variable in _COUNTED and _COUNT.fullmatch(value):
        has = "had" if time else "have" if many else "has"
        noun = label if is_plural(label) and value not in ("1", "one") else label[:-1]
        return f"{capital(name)} {has} {value} {noun}{time}."
    plural = is_plural(label)
    if plural and not (_SEVERAL.search(value) or _COUNT.match(value)):
        return full_stop(f"{capital(label)} of {name}{time}: {value}")
    verb = ("were" if plural else "was") if time else ("are" if plural else "is")
    return full_stop(f"The {label} of {name}{time} {verb} {value}")


def _is_prose(value: str) -> bool:
    return (
        _SENTENCE_ENDS.search(value) is not None
        or len(value.split()) > _PROSE_WORDS
        or value.endswith(("!", "?"))
        or (value.endswith(".") and len(value.split()) > 5)
        or value.lower() in _BARE
    )


def _from_template(
    fact: Fact, value: str, name: str, many: bool, label: str, time: str
) -> str:
    sentence, date = _SENTENCES[fact.variable], _dated(value)
    if ("{date}" in sentence and date is None) or time:
        return full_stop(f"{capital(name)}, {label}{time}: {value}")
    words = {
        "is": "are",
        "was": "were",
        "has": "have",
        "crosses": "cross",
        "connects": "connect",
        "serves": "serve",
        "lies": "lie",
    }
    filled = sentence.format(
        name=capital(name),
        of=name,
        date=date,
        value=value,
        **{one: several if many else one for one, several in words.items()},
    )
    return f"{filled[:-1]}" if filled.endswith("..") else filled


def _dated(value: str) -> str | None:
    """A time with its preposition: ``in 1937``, ``on 27 May 1937``; else ``None``."""
    if _DAY.fullmatch(value):
        return f"on {value}"
    if _CENTURY.fullmatch(value):
        return f"in the {value}"
    return f"in {value}" if _TIME.fullmatch(value) else None

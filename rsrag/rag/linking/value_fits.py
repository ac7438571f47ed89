"""What kind of value a question wants, and how far a value is from being one."""

import re
from collections.abc import Sequence
from datetime import date

from rsrag.knowledge.months import MONTHS
from rsrag.knowledge.units import unit_named
from rsrag.knowledge.variables import phrases_of
from rsrag.rag.saying.sentences import stem

_COLOUR = re.compile(r"\b(?:what|which) colou?rs?\b", re.I)
_STUFF = re.compile(
    r"^\W*what\b.*\b(?:from|of|with)\W*$|^\W*(?:out\s+of|from|of|with)\s+what\b", re.I
)
_MEASURES = {
    "temperature": re.compile(r"\btemperature|\bhow (?:hot|cold|warm)\b", re.I),
    "mass": re.compile(r"\bweigh|\bhow heavy\b|\bmass\b", re.I),
    "speed": re.compile(r"\bspeed\b|\bhow (?:fast|quick)", re.I),
}
"""What words ask for in which dimension of units."""
_TO_COME = re.compile(
    r"\b(?:when|what year|which year)\b[^?]*\bwill\b|\bwill\b[^?]*\bnext\b", re.I
)
_WHO = re.compile(
    r"(?:^|[-–—:;,.?!]\s*)(?:and |by |after |for |in |from )?who(?:m|se|'s)?\b|"
    r"\b(?:by|to|for|from|with) whom\b|\bnames,? please\b",
    re.I,
)
_WHEN = re.compile(
    r"^(?:since |until )?when\b|"
    r"\b(?:what|which) (?:year|years|date|century|month|day)\b|"
    r"\bhow long ago\b|\bwhat time\b(?!\s+zone)",
    re.I,
)
_WHERE = re.compile(
    r"^(?:from |to )?where\b|\b(?:which|what) (?:city|town|country|region|river|sea|"
    r"ocean|lake|island|mountains?|range|state|province|continent|company|airline|"
    r"club|team|dam|park)\b",
    re.I,
)
_HOW_MUCH = re.compile(
    r"\bhow (?:long|high|deep|tall|wide|broad|big|large|many|much|far|thick|salty|"
    r"prominent|extensive|narrow|low|small)\b(?! ago)|\bat what altitude\b",
    re.I,
)
_HOW_MANY = re.compile(r"\bhow many\b\s*(?P<counted>(?:[a-z]+\s*){0,3})", re.I)
_YEAR = re.compile(
    r"(?<![\d.,])\d{3,4}\b(?![.,]\d|\s?(?:[kcm]?m[23]?|ft|ha|mm|%|°|[MG]W)(?!\w))|"
    r"\bcentury\b|\b(?:AD|B?CE|BC)\b|\d0s\b|\byears\b"
)
_NUMBER_OF = re.compile(r"[-+]?[\d,.]+\s?(?P<unit>[^\W\d]\S*)")
_MEASURE = re.compile(r"[-+]?[\d,.]+\s?\S*")
_MONTHS = frozenset({*MONTHS, "AD", "BC", "BCE", "CE"})
_COUNTED = re.compile(r"\bhow many ([a-z]+)", re.I)
_BARE = re.compile(r"[\d,.]+")
_OF_PEOPLE = frozenset({"capacity", "population", "annual_passengers"})
_FAR, _NEAR = 0.15, 0.1


def misfit(question: str, value: str) -> float:
    """What to take off a value's score where it is no answer of the kind asked for.

    *Who* wants no number, *when* a year, *how long* a number, *where* and *which river*
    more than a measure. 0 where the question does not say.
    """
    if _COLOUR.search(question):
        return _FAR if any(c.isdigit() for c in value) else 0.0
    if _STUFF.search(question) and any(c.isdigit() for c in value):
        return _FAR
    if _of_other_measure(question, value):
        return _FAR
    if _TO_COME.search(question):
        years = [int(one) for one in re.findall(r"\b\d{4}\b", value)]
        return 0.0 if years and max(years) >= date.today().year else _FAR
    if _WHEN.search(question):
        return 0.0 if _YEAR.search(value) else _FAR
    if _WHO.search(question):
        dated = any(c.isdigit() for c in value)
        return _FAR if dated and not names_one(value) else 0.0
    if _WHERE.search(question):
        return _NEAR if _MEASURE.fullmatch(value.strip()) else 0.0
    if _HOW_MUCH.search(question):
        # *How many countries*: a list can be counted.
        counted = _HOW_MANY.search(question)
        if counted and _in_other_units(counted["counted"].split(), value):
            return _FAR
        listed = "," in value and counted
        return 0.0 if listed or any(c.isdigit() for c in value) else _FAR
    return 0.0


def _of_other_measure(question: str, value: str) -> bool:
    """*The temperature of its water* is no volume, nor *how heavy* a height."""
    said = _NUMBER_OF.match(value.strip())
    unit = unit_named(said["unit"]) if said else None
    wanted = [one for one, words in _MEASURES.items() if words.search(question)]
    return bool(wanted) and unit is not None and unit.dimension not in wanted


def counts_other(question: str, variable: str, value: str) -> bool:
    """Whether a bare number is of something else: *how many reefs* is of no islands.

    What counts people may be asked for by any name of them.
    """
    noun = _COUNTED.search(question)
    if noun is None or variable in _OF_PEOPLE or not _BARE.fullmatch(value.strip()):
        return False
    said = " ".join([variable.replace("_", " "), *phrases_of(variable)])
    return stem(noun[1].lower()) not in set(map(stem, said.split()))


def asks_who(question: str) -> bool:
    """Whether a person or a body is asked for."""
    return _WHO.search(question) is not None


def names_one(value: str) -> bool:
    """Whether a value has a word with a capital, other than a month's."""
    words = re.findall(r"[^\W\d_]{2,}", value)
    return any(word[0].isupper() and word not in _MONTHS for word in words)


def _in_other_units(counted: Sequence[str], value: str) -> bool:
    """*How many turbines* wants no gigawatts, which are not what is counted."""
    said = _NUMBER_OF.fullmatch(value.strip())
    unit = unit_named(said["unit"]) if said else None
    if unit is None:
        return False
    named = [one for word in counted if (one := unit_named(word)) is not None]
    return all(one.dimension != unit.dimension for one in named)


_MEAN = re.compile(r"\b(?:average|mean|typical(?:ly)?)\b")
_EXTREME = re.compile(
    r"\b(?:max(?:imum)?|min(?:imum)?|highest|lowest|greatest|deepest|narrowest|widest|"
    r"at most|at least|at (?:its|the) (?:most|least))\b"
)


def contrary(question: str, label: str) -> bool:
    """Whether one speaks of an average and the other of an extreme."""
    asked, said = question.lower(), label.lower()
    for one, other in ((_MEAN, _EXTREME), (_EXTREME, _MEAN)):
        if one.search(asked) and not other.search(asked) and other.search(said):
            return True
    return False

"""What a question wants done, seen from the shape of its words."""

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rsrag.knowledge.units import Unit, unit_named
from rsrag.knowledge.variables import VariableMention
from rsrag.rag.querying.account import Account
from rsrag.rag.querying.typed_query import Wants
from rsrag.rag.reading.degrees import comparatives, superlatives
from rsrag.rag.reading.nouns import named_by
from rsrag.rag.reading.politeness import POLITE
from rsrag.rag.reading.wanted import grouped
from rsrag.rag.reading.words import word_list

_YES = re.compile(
    r"^\s*(?:so\s+|and\s+|but\s+|well,?\s+)?(?:is|are|was|were|does|do|did|has|have|had|can|could|would|will|isn't|aren't|"
    r"wasn't|weren't|doesn't|don't|didn't)\b(?!\s+(?:you|i|we)\b)"
)
_RIGHT = re.compile(
    r",?\s*\byes\s+or\s+no\W*$|"
    r",?\s*\b(?:right|correct|true|isn't\s+it|doesn't\s+it|is\s+that\s+so|no)\s*\?+\s*$|"
    r"^\s*(?:is\s+it\s+true|true\s+or\s+false)\b"
)
CLAIMS = re.compile(
    r"\W*(?:so\s+|(?:is\s+it\s+true|true\s+or\s+false)\W+(?:that\s+)?)?"
    r"(?:(?:is|are|was|were)(?:n't)?\s+)?(?:the\s+)?"
)
"""What stands before whom a claim is of: *is it true that the …*."""
_CLAIM = re.compile(
    r"^\W*(?:the\s+)?◆+\s+(?:[a-z]+\s+than|over|above|under|below|at\s+least|at\s+most)\b.*\?"
)
"""*X longer than 10 km?*"""
_SAME = re.compile(
    r"\b(?:about\s+|roughly\s+|almost\s+|nearly\s+|exactly\s+)?(?:the\s+same|equal(?:ly)?|as)\s+"
    r"(?:size|height|length|depth|age|width|area|large|big|high|tall|long|deep|wide|old)(?:\s+as)?\b"
)
_SHARE = re.compile(
    r"\b(?:what|which|how\s+(?:big|large|much)\s+(?:of\s+)?a)\s+"
    r"(?:percent(?:age)?|per\s+cent|share|fraction|proportion)\s+of\b|"
    r"^\W*(?:the\s+)?(?:percentage|share|fraction|proportion)\s+of\b|"
    r"\bas\s+an?\s+(?:percentage|share|fraction|proportion)\s+of\b"
)
_TIMES = re.compile(
    r"\b(?P<n>twice|half|double|three\s+times|four\s+times|five\s+times|ten\s+times|\d+(?:\.\d+)?\s+times)"
    r"(?:\s+(?:as|the))?\b|\bhow\s+many\s+times\b"
)
_HOW_MUCH = re.compile(
    r"\bhow\s+(?:much|many\s+(?P<unit>[a-z]+))\s+(?P<degree>[a-z]+er|more|less)\b|"
    r"\bdifference\s+(?:in\s+[a-z]+\s+)?between\b|"
    r"\bhow\s+(?:many|much)\s+(?=(?:more|fewer|less)\s+[a-z]+\b.*◆.*\bthan\b)|"
    r"\bhow\s+(?:much|many\s+(?P<far>[a-z]+))\s+(?:is|are)\s+(?=(?:the\s+)?◆[^?]*\bthan\b)|"
    r"(?<=◆)\s+minus\s+(?=(?:the\s+)?◆)|"
    r"\bby\s+how\s+(?:much|many\s+(?P<by>[a-z]+))\b(?:\s+(?:does|do|did|is)\b)?"
)
_YEARS_BETWEEN = re.compile(
    r"\bhow\s+(?:many\s+years|long|much\s+time)\s+(?:(?:passed|elapsed|lie|lay|went\s+by|was\s+it|are\s+there|"
    r"were\s+there|is\s+there)\s+)?(?:between|from|after|before|separates?|lie\s+between)\b|"
    r"\bhow\s+many\s+years\s+(?:later|earlier|after|before|older|younger|newer|apart)\b"
)
_AGE = re.compile(
    r"\bwhen,\s+years\s+ago,|\bhow\s+long\s+(?:has|have|is|are)(?=\s+(?:the\s+)?[◆◇]+\s+(?:been\s+)?(?:existed|existing|stood|"
    r"standing|there|open|around|in\s+(?:use|service|operation))\b)|\bhow\s+(?:old|ancient)\b|\bage\s+of\b|\bhow\s+many\s+years\s+old\b|\b(?:what\s+age)\b"
)
_TOOK = re.compile(
    r"\b(?:years|time)\s+(?:that\s+)?it\s+took\s+to(?=.*\b(?:build|construct|erect|make|put\s+up)\b)|"
    r"\bhow\s+(?:long|many\s+years|much\s+time)\s+(?:did|does|was|were)\s+(?:(?:it|they|its|the)\s+)?"
    r"(?:take|need|last|(?:construction|building|works?)\s+(?:of\s+[◆◇]+\s+)?(?:take|last))?(?:\s+to)?"
    r"(?=.*\b(?:build|built|construct|constructed|construction|finish|complete|erect|make|building|put\s+up|dig|excavate|carve|lay)\b)"
)
_BUILD = re.compile(
    r"\b(?:build|built|construct(?:ed|ion)?|finish|complete|erect|make|building|under|put\s+up|dig|excavate|carve|lay|"
    r"in\s+the\s+making|take|took|last|lasted)\b"
)
_POWER = r"(?:square\s+|cubic\s+|sq\.?\s+|nautical\s+)?"
_IN_UNIT = re.compile(
    rf"\b(?:(?:measured|expressed|given|converted)\s+)?(?:in|to|into)\s+(?P<unit>{_POWER}[a-z²³]+"
    r"(?:\s+(?:per|an?)\s+[a-z]+)?(?:\s+celsius|\s+fahrenheit)?\d?)(?=\s*(?:[?.!,)]|$|is\b|does\b|and\b|for\b|of\b|would\b|"
    r"has\b|from\b|between\b|please\b|pls\b|plz\b|thanks\b))"
)
_AND_IN_UNIT = re.compile(
    r"\s+(?:and|or|as\s+well\s+as)\s+(?:in\s+)?(?P<unit>(?:square\s+|cubic\s+)?[a-z²³]+)\b"
)
_LAST_UNIT = re.compile(
    rf"(?<=[^\d\s]\s)(?P<unit>{_POWER}[a-z²³]+\d?)"
    r"(?=(?:\s+(?:pls|plz|please|thanks))?[\s?.!]*$)"
)
_NO_UNITS = word_list("no_units")
_MEASURES = frozenset({"length", "area", "volume", "mass", "speed", "temperature"})
_NO_LAST = _NO_UNITS | {"in", "nm"}
"""*Which country does it lie in* asks for no inches."""
_HOW_MANY_UNITS = re.compile(
    r"\bhow\s+many\s+(?P<unit>(?:square\s+|cubic\s+|sq\s+|nautical\s+)?[a-z]+[23²³]?)(?!\w)"
)
_UNIT_BETWEEN = re.compile(
    r"^\W*(?:the\s+)?(?P<unit>(?:nautical\s+)?[a-z]+)(?=\s+(?:between|from)\s+(?:the\s+)?[◆◇])"
)
_IN_BRACKETS = re.compile(rf"[(\[]\s*(?:in\s+)?(?P<unit>{_POWER}[a-z²³]+\d?)\s*[)\]]")


_BESIDES = re.compile(
    r"(?:,\s*|\s+)(?:(?:(?:and|plus)\s+(?:also\s+)?|(?:together\s+|along\s+)?with\s+|including\s+)"
    r"(?:their|its|the)|their)\s+(?:respective\s+)?"
    r"(?P<what>[a-z]+(?:(?:\s+|\s*,\s*)[a-z]+){0,5})\s*[?.!]*\s*$"
)


@dataclass(frozen=True, slots=True)
class Aim:
    """How a value is to be given.

    Attributes:
        yes: the question is one of yes or no.
        factor: it asks whether one is so many times the other.
    """

    wants: Wants
    yes: bool
    unit: str | None
    factor: float | None = None

    @property
    def as_value(self) -> Wants:
        """*Yes* for a value of which yes or no is asked."""
        return "yes" if self.yes and self.wants == "value" else self.wants


def clear_politeness(account: Account) -> None:
    """Take words that ask nothing."""
    for pattern in POLITE:
        while account.claim(pattern):
            pass


def read_aim(account: Account) -> Aim:
    """How the value is to be given; the words that say so are taken."""
    yes = account.claim(_RIGHT) is not None
    yes = account.claim(_YES) is not None or yes
    yes = yes or _CLAIM.search(account.shape) is not None
    more = account.find(_HOW_MUCH)
    counted = (more and more["unit"]) or "times"
    measures = counted == "times" or unit_named(counted) or counted in _NO_UNITS
    if more and measures and (more["degree"] or "more") in comparatives():
        # The comparative itself says what is compared.
        end = more.start("degree") if more["degree"] else more.end()
        account.take(more.start(), end)
        if more["unit"] == "times":
            return Aim("ratio", yes, _unit(account))
        named = unit_named(more["unit"] or more["by"] or more["far"] or "")
        return Aim("difference", yes, named.name if named else _unit(account))
    unit = _unit(account)
    wants: Wants = "yes" if yes else "value"
    if account.claim(_SHARE):
        return Aim("share", yes, unit)
    if account.claim(_TOOK):
        while account.claim(_BUILD):
            pass
        return Aim("duration", yes, unit)
    if account.claim(_YEARS_BETWEEN):
        return Aim("difference", yes, unit or "years")
    if account.claim(_AGE):
        return Aim("age", yes, unit)
    if (match := account.claim(_TIMES)) is not None:
        return Aim("ratio", yes, unit, _factor(match["n"]))
    if account.claim(_SAME):
        wants = "same"
    return Aim(wants, yes, unit)


def _factor(said: str | None) -> float | None:
    if said is None:
        return None
    words = {"twice": 2.0, "double": 2.0, "half": 0.5, "three": 3.0, "four": 4.0}
    words |= {"five": 5.0, "ten": 10.0}
    first = said.split()[0]
    return words.get(first) or float(first)


def _unit(account: Account) -> str | None:
    ways = (_IN_UNIT, _IN_BRACKETS, _HOW_MANY_UNITS, _UNIT_BETWEEN, _LAST_UNIT)
    for pattern in ways:
        start = 0
        while (match := account.find(pattern, start)) is not None:
            start = match.end()
            unit = unit_named(match["unit"])
            last = pattern is _LAST_UNIT
            if unit is None or match["unit"] in (_NO_LAST if last else _NO_UNITS):
                continue
            if last and unit.dimension not in _MEASURES:
                continue
            account.take(*match.span())
            return (_other(account, match.end(), unit) or unit).name
    return None


def _other(account: Account, end: int, unit: Unit) -> Unit | None:
    """*In metres and feet*: values come in their own unit, so the less usual is told.

    A decimal multiple of the base unit is the usual one.
    """
    match = _AND_IN_UNIT.match(account.shape, end)
    other = unit_named(match["unit"]) if match else None
    if match is None or other is None or other.dimension != unit.dimension:
        return None
    account.take(*match.span())
    usual = math.log10(unit.factor).is_integer()
    return other if usual else unit


def told_besides(
    account: Account, mentions: Sequence[VariableMention], held: Collection[str]
) -> tuple[tuple[str, ...], ...]:
    """*The three deepest lakes and their countries*: what to tell of each, taken."""
    match = account.find(_BESIDES)
    if match is None:
        return ()
    first, end = match.span("what")
    groups = grouped(
        one
        for one in sorted(mentions, key=lambda one: -one.score)
        if first <= one.start < end and one.variable in held
    )
    if not groups and (named := named_by(match["what"].split(), held)):
        groups = (named,)
    if any(word in superlatives() for word in match["what"].split()):
        # *Both the deepest and the largest* asks for no value besides.
        return ()
    if groups:
        account.take(*match.span())
    return groups

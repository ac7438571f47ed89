"""What kind of answer a question asks for, and whether a sentence has one.

*How high* wants a length beside a word of height, *who* somebody who is not in the
question, *how many monks* a number of monks. A sentence without that may be about the
same thing, and answers nothing.
"""

import re
from dataclasses import dataclass

from rsrag.knowledge.units import unit_named
from rsrag.rag.reading.words import word_list
from rsrag.rag.saying.sentences import content_tokens, folded, stem

_NUMBER_WORD = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    r"fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|hundred|thousand|million|billion|dozen|half|third|quarter|"
    r"no|none|one|once|twice|several)"
)
_NUMBER = re.compile(rf"\d[\d,.]*|{_NUMBER_WORD}(?:-\w+)?", re.I)
_FIGURE = rf"(?:\b\d[\d,. ]*|\b{_NUMBER_WORD}(?:-\w+)?\s)"
_LENGTH = (
    rf"{_FIGURE}\s*-?(?:m|km|cm|mm|ft|metres?|meters?|kilomet\w+|centimet\w+|foot|feet|"
    r"(?:nautical\s+)?miles?|yards?|inch\w*)\b|"
    r"\ba\s+(?:metre|meter|kilomet\w+|mile|foot)\b"
)
_TIME = (
    r"\b(?:1\d|20)\d\ds?\b|\b(?:January|February|March|April|May|June|July|August|"
    r"September|October|November|December)\b|\bcentur\w+\b|\b(?:Mon|Tues|Wednes|Thurs|"
    r"Fri|Satur|Sun)days?\b|\b(?:spring|summer|autumn|winter|night|noon|midday|"
    r"midnight|morning|evening|during|after|before|until|when|once|above|except|"
    r"years?\s+ago)\b"
)
_LASTING = (
    r"\b(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|centur\w+|decades?)\b"
)
_MONEY = (
    r"[€$£]|\b(?:euros?|dollars?|pounds?|crowns?|francs?|yen|marks?|lev(?:y|ies)|tolls?|"
    r"tax\w*|free|for\s+nothing|price\w*|costs?|fees?)\b"
)
_SOMEBODY = (
    r"\b(?:by\s+(?:an?\s+|the\s+|two\s+|three\s+|some\s+|its\s+)?\w+|compan\w+|owner|"
    r"operator|farmers?|engineers?|architects?|scientists?|researchers?|divers|"
    r"fishermen|soldiers|troops|monks?|nuns?|counts?|dukes?|duchess\w*|kings?|queens?|"
    r"emperors?|bishops?|universit\w+|cooperative|city|state|government|army|navy|"
    r"famil\w+|settlers|pilgrims|tourists|shepherd|boys?|girls?|men|women|workers|"
    r"volunteers|locals|residents|inhabitants|club|council|parish|refugees)\b"
)
_CALLED = r"\b(?:called|named?|nicknamed|known\s+as|calls?)\b"
_DAYS = (
    r"\b(?:every|each|once|twice|times|daily|weekly|monthly|yearly|rarely|never|often|"
    r"seldom)\b|\ba\s+(?:day|week|month|year)\b|\b\w+days\b"
)
_HIGH = (
    r"\b(?:tall|high|height|taller|higher|stands?|stood|rises?|reach\w*|climbs?|"
    r"lies\s+at|mountain|volcano|peak|summit)\b"
)
_DIMENSIONS: tuple[tuple[str, str, str], ...] = (
    (r"how\s+(?:tall|high)|height\b", _LENGTH, _HIGH),
    (r"how\s+deep|\bdepth\b", _LENGTH, r"\b(?:deep\w*|depth|dredged|down|below)\b"),
    (
        r"how\s+long\s+(?:is|are)\s|\blength\b",
        _LENGTH,
        r"\b(?:long|length|longer|after|runs?|stretch\w*)\b",
    ),
    (
        r"how\s+(?:wide|broad)|\bwidth\b",
        _LENGTH,
        r"\b(?:wide|width|broad|across|narrow\w*)\b",
    ),
    (r"how\s+thick|\bthickness\b", _LENGTH, r"\bthick\w*\b"),
    (
        r"how\s+far\b",
        _LENGTH,
        r"\b(?:off|away|from|far|as|seen|to|downstream|upstream)\b",
    ),
    (r"how\s+(?:warm|cold|hot)|\btemperature\b", r"\bdegrees?\b|°", ""),
    (
        r"how\s+(?:much|expensive)\b.*\bcosts?\b|\bcosts?\b.*\?|\bprice\b|\bearns?\b|"
        r"how\s+much\s+(?:is|are|was|were)\b|\bdo\s+i\s+have\s+to\s+pay\b",
        _MONEY,
        "",
    ),
    (
        r"how\s+heavy|\bweighs?\b|\bweight\b",
        r"\b(?:kg|kilogram\w*|tonnes?|tons?|pounds?|grams?)\b",
        "",
    ),
    (
        r"how\s+fast|\bspeed\b",
        r"\b(?:an|per|a|every|each)\s+(?:hour|second|minute|day|year|month)\b|\bkm/h\b|"
        r"\bknots\b",
        "",
    ),
    (
        r"how\s+(?:large|big)|\bwhat\s+(?:is\s+the\s+)?(?:area|size)\b",
        rf"\d|\b{_NUMBER_WORD}\b",
        "",
    ),
    (r"how\s+old\b", r"\byears?\b|\b1\d\d\d\b|\b20\d\d\b|\bcentur\w+", ""),
    (r"how\s+(?:often|frequently|regularly)", _DAYS, ""),
    (
        r"how\s+long\b|\bwhat\s+time\s+does\b.*\btake\b",
        rf"{_LASTING}|\b(?:1\d|20)\d\d\b",
        "",
    ),
)
_WHEN = re.compile(
    r"\b(?:when|(?:what|which)\s+(?:year|date|day|month|century|season)s?)\b", re.I
)
_WHY = re.compile(r"\b(?:why|how\s+come|what\s+(?:caused|causes|made|makes))\b", re.I)
_REASON = (
    r"\b(?:because|since|so|as|therefore|thus|due|owing|thanks|when|after|for|caus\w+|"
    r"led|made|by|from|if|where|unlike|which|that|to\s+\w+)\b|[:;]"
)
_WHO = re.compile(r"\b(?:who|whom|whose)\b", re.I)
_ROLE = re.compile(
    r"\bwhich\s+(?:\w+\s+)?(?:king|queen|emperor|company|architect|engineer|artist|"
    r"person|people|man|woman|saint|actress|actor|airline|ship|club|firm|bank|author|"
    r"painter|railway|road|palace|language|team)\b",
    re.I,
)
_NAMED = re.compile(
    r"\bwhat\s+(?:is|was|are|were)\b.*\b(?:called|named?)\b|\bname\s+of\b", re.I
)
_WHERE = re.compile(r"\b(?:where|in\s+which\s+(?:city|country|place|town))\b", re.I)
_PLACE = (
    r"\b(?:in|at|on|near|from|to|into|between|under|beside|behind|along|of|\w+wards?)\b"
)
_COUNTED = re.compile(
    r"\b(?:how\s+many|(?:the|its|total)\s+number\s+of(?!\s+(?:the|its|this)\b))\s+"
    r"(?P<what>[^?]+?)(?=\s+(?:are|is|were|was|did|do|does|have|has|had|can|will|in|of|"
    r"at|on|there|that|who|which)\b|\s*\?|\s*$)|\bpopulation\b",
    re.I,
)
_OF = re.compile(r"\s+of\s+(?:the\s+|its\s+)?([^\W\d_]+)")
_NAME = re.compile(r"[^\W\d_][\w'’-]*")
_BEFORE, _AFTER = 40, 25
"""Letters around a figure in which its dimension must stand."""


@dataclass(frozen=True, slots=True)
class AnswerType:
    """What a question asks for.

    Attributes:
        kind: why, who, when, where, count, measure, name, or other (none of these).
        needed: what an answer holds.
        beside: must stand within a few words of the first of these, if it is given.
        counted: what is counted, folded words, the noun among them.
        known: names in the question.
    """

    kind: str
    needed: re.Pattern[str] | None = None
    beside: re.Pattern[str] | None = None
    counted: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()

    @property
    def strict(self) -> bool:
        """Whether a sentence that does not fit is no answer at all."""
        return self.kind in ("who", "count", "measure", "name")

    @classmethod
    def of(cls, question: str) -> "AnswerType":
        """Read a question."""
        text = " ".join(question.split())
        known = _names(text)
        if found := _COUNTED.search(text):
            words = content_tokens(found["what"] or "people inhabitants")
            return cls("count", counted=tuple(words[:3]), known=known)
        if _WHY.search(text):
            return cls("why", re.compile(_REASON, re.I))
        if _WHO.search(text) or _ROLE.search(text):
            return cls("who", known=known)
        if _NAMED.search(text):
            return cls("name", known=known)
        for asks, value, beside in _DIMENSIONS:
            if re.search(rf"\b(?:{asks})", text, re.I):
                near = re.compile(beside, re.I) if beside else None
                return cls("measure", re.compile(value, re.I), near, known=known)
        if _WHEN.search(text):
            return cls("when", re.compile(_TIME, re.I))
        if _WHERE.search(text):
            return cls("where", re.compile(_PLACE, re.I))
        return cls("other")

    def fits(self, sentence: str, heading: str = "") -> float:
        """Whether a sentence has such an answer: 1, 0 for no, 0.5 where all would do.

        ``heading``: over the sentence; its names are no answer.
        """
        if self.kind == "count":
            return float(self._counts(sentence))
        if self.kind in ("who", "name"):
            other = _SOMEBODY if self.kind == "who" else _CALLED
            known = self.known | _names(heading)
            new = _new_name(sentence, known) or re.search(other, sentence, re.I)
            return float(bool(new))
        if self.needed is None:
            return 0.5
        return float(any(map(self._beside, self.needed.finditer(sentence))))

    def _beside(self, value: re.Match[str]) -> bool:
        text, (start, end) = value.string, value.span()
        around = text[max(0, start - _BEFORE) : end + _AFTER]
        of = _OF.match(text, end)
        # *3 km of shelves* says how long the shelves are.
        asked = of is not None and _bare(of[1]) in self.known
        return asked or self.beside is None or bool(self.beside.search(around))

    def _counts(self, sentence: str) -> bool:
        """A number stands before what is counted, or that is said without it."""
        words = re.findall(r"[\w'’-]+(?:[.,]\d+)*", sentence)
        wanted = {stem(word) for word in self.counted}
        units = [one for word in self.counted[:1] if (one := unit_named(word))]
        persons = bool(wanted & _PERSONS)
        for place, word in enumerate(words):
            if not _NUMBER.fullmatch(word):
                continue
            said = unit_named(words[place + 1]) if words[place + 1 :] else None
            if said and any(said.dimension == one.dimension for one in units):
                return True
            after = {stem(folded(one)) for one in words[place + 1 : place + 4]}
            if after & (_PERSONS if persons else wanted):
                return True
        return False


def _names(text: str) -> frozenset[str]:
    return frozenset(map(_bare, _NAME.findall(text)))


def _new_name(sentence: str, known: frozenset[str]) -> bool:
    """A name that is not known: a capital, but not because a sentence begins."""
    return any(
        match.group()[0].isupper()
        and _bare(match.group()) not in known
        and not re.fullmatch(_TIME, match.group(), re.I)
        for match in list(_NAME.finditer(sentence))[1:]
    )


_PERSONS = frozenset(map(stem, word_list("persons")))


def _bare(word: str) -> str:
    return stem(folded(word).removesuffix("'s"))

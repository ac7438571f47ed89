"""What kind of answer a question asks for, and whether a sentence has one.

*How high* wants a length beside a word of height, *who* somebody who is not in the
question, *how many monks* a number of monks. A sentence without that may be about the
same thing, and answers nothing.
"""

import re
from dataclasses import dataclass

from rsrag.knowledge.units import unit_named
from rsrag.rag.rating import answer_patterns as patterns
from rsrag.rag.rating.new_names import IN_FULL, bare, names_in, new_names
from rsrag.rag.reading.words import word_list
from rsrag.rag.saying.clauses import is_verb
from rsrag.rag.saying.sentences import content_tokens, folded, stem

_NUMBER = re.compile(patterns.NUMBER, re.I)
_WHEN = re.compile(
    r"^\W*(?:\w+\s+){0,2}when\b|[,:]\s*when\b|"
    r"\bwhen\s+(?:did|do|does|was|were|is|are|will|can|must|would|should|has|have)\b|"
    r"\b(?:(?:what|which)\s+(?:year|date|day|weekday|month|century|decade|season|"
    r"time|hour)s?)\b",
    re.I,
)
_WHY = re.compile(
    r"\b(?:why|how\s+come|what\s+(?:had\s+|has\s+)?caus(?:ed|es))\b", re.I
)
_CAUSE = re.compile(f"{patterns.CAUSE}|{patterns.AGENT}", re.I)
_AGENT = re.compile(patterns.AGENT, re.I)
_DIMENSION = re.compile(patterns.DIMENSION, re.I)
_WHO = re.compile(r"\b(?:who|whom|whose)\b", re.I)
_OFFICE = re.compile(
    r"\bwho\s+(?:is|was|were|are|will\s+be|became)\s+(?:the|its|their)\s", re.I
)
_ROLE = re.compile(
    r"\bwhich\s+(?:\w+\s+)?(?:king|queen|emperor|company|architect|engineer|artist|"
    r"person|people|man|woman|saint|actress|actor|airline|ship|club|firm|bank|author|"
    r"painter|railway|road|palace|language|team|farmer|councillor|minister|mayor|"
    r"president|family|captain|bishop|duke|duchess|scientist|doctor|brewer)\b",
    re.I,
)
_NAMED = re.compile(
    r"\bwhat\s+(?:is|was|are|were)\b.*\b(?:called|named?)\b|\bname\s+of\b", re.I
)
_WHERE = re.compile(r"\b(?:where|in\s+which\s+(?:city|country|place|town))\b", re.I)
_ORIGIN = re.compile(r"\bwhere\b.*\bfrom\b|\borigin\s+of\b", re.I)
_WHICH = re.compile(
    r"\b(?:which|what)\s+(?:(?:kinds?|types?|sorts?|species)\s+of\s+)?"
    r"(?!(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|made|makes|"
    r"caused|causes|led|happened|happens|used|may|must|became|one|went|of|effect|else)\b)"
    r"((?:[a-z-]+\s+)?[a-z-]+)\b",
    re.I,
)
_OBJECT = re.compile(r"\s+(?:the|an?|its|their|his|her|this|off?|on)\s", re.I)
_COUNTED = re.compile(patterns.COUNTED, re.I)
_AMOUNT = re.compile(patterns.AMOUNT, re.I)
_QUANTITY = re.compile(patterns.QUANTITY, re.I)
_STUFF = re.compile(patterns.STUFF, re.I)
_CALLED = re.compile(patterns.CALLED, re.I)
_SOMEBODY = re.compile(patterns.SOMEBODY, re.I)
_REASON = re.compile(patterns.REASON, re.I)
_MAYBE_REASON = re.compile(patterns.MAYBE_REASON, re.I)
_PLACE = re.compile(patterns.PLACE, re.I)
_FROM = re.compile(patterns.ORIGIN, re.I)
_TIME = re.compile(patterns.TIME, re.I)
_A_YEAR = re.compile(r"1\d{3}|20\d\d")
_OF = re.compile(r"\s+of\s+(?:the\s+|its\s+)?([^\W\d_]+)")
_BEFORE, _AFTER = 40, 25
"""Letters around a figure in which its dimension must stand."""
_PERSONS = frozenset(map(stem, word_list("persons")))
_STRICT = frozenset({"who", "count", "amount", "measure", "name", "date"})
WEAK = 0.3
"""Of a sentence that has something of the kind, but likely not what is asked for."""


@dataclass(frozen=True, slots=True)
class AnswerType:
    """What a question asks for.

    Attributes:
        kind: why, who, date (some year, month, day or hour), when, where, count,
            amount, measure, name, which (of some kind of thing), or other (none).
        needed: what an answer holds.
        beside: must stand within a few words of the first of these, if it is given.
        counted: what is counted or chosen from, folded words, the noun among them.
        known: names in the question.
        office: it asks who somebody is, and so for a name; or what did something.
    """

    kind: str
    needed: re.Pattern[str] | None = None
    beside: re.Pattern[str] | None = None
    counted: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    office: bool = False

    @property
    def strict(self) -> bool:
        """Whether a sentence that does not fit is no answer at all."""
        return self.kind in _STRICT

    def may_be(self, fits: float) -> bool:
        """Whether a sentence that :meth:`fits` so may be an answer."""
        return fits > 0 or not (self.strict or (self.kind == "why" and not self.office))

    @classmethod
    def of(cls, question: str) -> "AnswerType":
        """Read a question."""
        text = " ".join(question.split())
        known = names_in(text)
        if found := _COUNTED.search(text):
            words = content_tokens(found["what"] or "people inhabitants")
            return cls("count", counted=tuple(words[:3]), known=known)
        if _WHY.search(text) or _CAUSE.search(text):
            return cls("why", _REASON, office=_AGENT.search(text) is not None)
        if _WHO.search(text) or _ROLE.search(text):
            office = _OFFICE.search(text) or _ROLE.search(text)
            return cls("who", known=known, office=office is not None)
        if _NAMED.search(text):
            return cls("name", known=known)
        for asks, value, beside in patterns.MEASURES:
            if re.search(rf"(?<![\w-])(?:{asks})", text, re.I):
                near = re.compile(beside, re.I) if beside else None
                return cls("measure", re.compile(value, re.I), near, known=known)
        if found := _AMOUNT.search(text):
            return cls("amount", _QUANTITY, counted=(found["what"].lower(),))
        if _WHEN.search(text):
            for asks, value in patterns.WHEN:
                if re.search(rf"\b(?:{asks})", text, re.I):
                    return cls("date", re.compile(value, re.I))
            return cls("when", _TIME)
        if _ORIGIN.search(text):
            return cls("where", _FROM)
        if _WHERE.search(text):
            return cls("where", _PLACE)
        if (found := _WHICH.search(text)) and (noun := _chosen_of(found, text)):
            return cls("which", counted=tuple(content_tokens(noun)), known=known)
        return cls("other")

    def fits(self, sentence: str, heading: str = "", before: str = "") -> float:
        """Whether a sentence has such an answer: 1, 0 for no, 0.5 where all would do.

        ``heading``: over the sentence; its names are no answer. ``before``: the
        sentence before it, which may hold what is counted.
        """
        match self.kind:
            case "count" | "amount":
                return self._counts(sentence, before)
            case "who":
                return self._somebody(sentence, heading)
            case "name":
                known = self.known | names_in(heading)
                new = new_names(sentence, known)
                if not all(new) or _CALLED.search(sentence):
                    return 1.0
                return WEAK if new else 0.0
            case "which":
                return self._chosen(sentence, heading, before)
            case "why":
                if _REASON.search(sentence):
                    return 1.0
                return 0.5 if _MAYBE_REASON.search(sentence) else 0.0
        if self.needed is None:
            return 0.5
        found = list(self.needed.finditer(sentence))
        found = [one for one in found if not self._of_another(one)]
        if any(map(self._beside, found)):
            return 1.0
        return WEAK if found or self.kind == "where" else 0.0

    def _of_another(self, value: re.Match[str]) -> bool:
        """Whether a length is told as that of something else: *60 m broad*."""
        told = _DIMENSION.match(value.string, value.end())
        return bool(told and self.beside and not self.beside.search(told["told"]))

    def _beside(self, value: re.Match[str]) -> bool:
        text, (start, end) = value.string, value.span()
        around = text[max(0, start - _BEFORE) : end + _AFTER]
        of = _OF.match(text, end)
        # *3 km of shelves* says how long the shelves are.
        asked = of is not None and bare(of[1]) in self.known
        return asked or self.beside is None or bool(self.beside.search(around))

    def _somebody(self, sentence: str, heading: str) -> float:
        """A person who is named, or anybody who does things."""
        known = self.known | names_in(heading)
        names = new_names(sentence, known)
        somebody = any(not at_place for at_place in names)
        if somebody and (not self.office or IN_FULL.search(sentence)):
            return 1.0
        others = (m.group().split()[-1] for m in _SOMEBODY.finditer(sentence))
        if any(bare(one) not in self.known for one in others):
            return WEAK if self.office else 1.0
        return WEAK if names else 0.0

    def _chosen(self, sentence: str, heading: str, before: str) -> float:
        """One of a kind: told as that, or named."""
        noun = {stem(word) for word in self.counted}
        if noun & {stem(word) for word in content_tokens(sentence)}:
            return 1.0
        around = {stem(word) for word in content_tokens(f"{heading} {before}")}
        new = new_names(sentence, self.known | names_in(heading))
        return 0.5 if new or noun & around else 0.0

    def _counts(self, sentence: str, before: str) -> float:
        """A number stands before what is counted, or that is said without it."""
        wanted = {stem(word) for word in self.counted}
        if self.kind == "amount":
            if not _QUANTITY.search(sentence):
                return 0.0
            here = {stem(word) for word in content_tokens(sentence)}
            if wanted & here or _STUFF.search(sentence):
                return 1.0
            there = wanted & {stem(word) for word in content_tokens(before)}
            return WEAK if there else 0.0
        words = re.findall(r"[\w'’-]+(?:[.,]\d+)*", sentence)
        units = [one for word in self.counted[:1] if (one := unit_named(word))]
        persons = bool(wanted & _PERSONS)
        numbers = False
        for place, word in enumerate(words):
            if not _NUMBER.fullmatch(word):
                continue
            next_word = words[place + 1] if words[place + 1 :] else ""
            said = unit_named(next_word)
            if said and any(said.dimension == one.dimension for one in units):
                return 1.0
            after = {stem(folded(one)) for one in words[place + 1 : place + 4]}
            if after & (_PERSONS if persons else wanted):
                return 1.0
            of_other = said is not None or _TIME.fullmatch(next_word)
            numbers = numbers or not (of_other or _A_YEAR.fullmatch(word))
        told = {stem(word) for word in content_tokens(f"{before} {sentence}")}
        return WEAK if numbers and wanted & told else 0.1 * numbers


def _chosen_of(found: re.Match[str], text: str) -> str | None:
    """The noun that one is to be chosen of; what something *did* is none."""
    first, *second = found[1].split()
    object_follows = _OBJECT.match(text, found.end()) is not None
    if not second:
        return None if is_verb(first) or object_follows else first
    return first if is_verb(second[0]) or object_follows else second[0]

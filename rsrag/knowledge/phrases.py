"""Whether a name in a text stands for itself, or is a piece of a longer name.

``Biarritz`` in ``Biarritz Lighthouse`` is not Biarritz. The proper-noun phrase around
a match decides: words with a capital, joined by ``of``, ``de`` and the like. In a
text without capitals only words for kinds of things (lighthouse, bridge) tell.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from rsrag.knowledge.name_words import (
    CONNECTORS,
    KINDS,
    PLACING,
    SAME_KIND,
    SHORTENED,
    STOPS,
    SUFFIXES,
)
from rsrag.knowledge.names import Token, tokens_of
from rsrag.knowledge.periods import MONTHS, periods_in

_QUOTES = re.compile(
    r"“([^”“]+)”|„([^“”„]+)[“”]|«([^»«]+)»|(?<!\w)\"([^\"]+)\"(?!\w)|「([^」]+)」"
    r"|(?<!\w)‘([^‘’]+(?:’\w[^‘’]*)*)’(?!\w)|(?<!\w)'([^']+(?:'\w[^']*)*)'(?!\w)"
)
_BREAK = re.compile(
    r"[,;:!?…\n\r\t|/\"“”„«»「」()（）\[\]{}<>=，。、；：？！]|\s[-–—]+\s|—|--"
)
_YEAR = re.compile(r"(?:1[0-9]|20|21)\d\d")


@dataclass
class Phrases:
    """A text, cut into words, and what is known of each.

    Args:
        text: a question or any other text.
        plain: spans that are no part of a name: words for variables.
    """

    text: str
    plain: Collection[tuple[int, int]] = ()
    tokens: list[Token] = field(init=False)

    def __post_init__(self) -> None:
        """Cut the text."""
        self.tokens = tokens_of(self.text)

    @cached_property
    def quoted(self) -> list[tuple[int, int]]:
        """Insides of quotation marks."""
        return [
            match.span(match.lastindex or 0) for match in _QUOTES.finditer(self.text)
        ]

    @cached_property
    def is_plain(self) -> list[bool]:
        """Tokens that stand for a date or a variable."""
        spans = [(m.start, m.end) for m in periods_in(self.text)] + list(self.plain)
        months = {name.lower() for name in MONTHS} - {"may", "march"}
        return [
            token.folded in months
            or bool(_YEAR.fullmatch(token.folded))
            or any(a < token.end and token.start < b for a, b in spans)
            for token in self.tokens
        ]

    @cached_property
    def cased(self) -> bool:
        """Whether the writer uses capitals for names."""
        if not any(character.islower() for character in self.text):
            return False
        return any(self._proper(k) and not self.opens(k) for k in range(self.count))

    @property
    def count(self) -> int:
        """Number of tokens."""
        return len(self.tokens)

    @cached_property
    def titled(self) -> bool:
        """Whether all words have capitals, so that they tell nothing."""
        words = [t.raw for t in self.tokens if t.raw[0].isalpha()]
        capitals = sum(word[0].isupper() for word in words)
        return len(words) > 3 and capitals >= 0.8 * len(words)

    def gap(self, k: int) -> str:
        """What stands between token ``k`` and the next."""
        return self.text[self.tokens[k].end : self.tokens[k + 1].start]

    def opens(self, k: int) -> bool:
        """Whether token ``k`` opens a sentence, where any word has a capital."""
        return k == 0 or self.breaks(k - 1, sentence=True)

    def breaks(self, k: int, sentence: bool = False) -> bool:
        """Whether a phrase, or a sentence, ends between token ``k`` and the next."""
        gap = self.gap(k)
        if "." in gap:
            token = self.tokens[k]
            # An initial or a short form goes on; so does a name after "St.".
            return len(token.folded) > 1 and token.folded not in SHORTENED
        if sentence:
            return any(mark in gap for mark in "!?:;\n。？！")
        return bool(_BREAK.search(gap))

    def _proper(self, k: int) -> bool:
        raw = self.tokens[k].raw
        capital = raw[0].isupper() and self.tokens[k].folded not in STOPS
        return capital and any(c.islower() for c in raw) and not self.is_plain[k]

    def named(self, k: int) -> bool:
        """Whether token ``k`` looks like a word of a name."""
        token = self.tokens[k]
        if self.is_plain[k] or token.folded in STOPS:
            return False
        if token.raw[0].isdigit():
            return True
        return self.cased and token.raw[0].isupper()

    def kind(self, k: int) -> bool:
        """Whether token ``k`` says what a thing is."""
        return self.tokens[k].folded in KINDS and not self.is_plain[k]


def is_whole(
    phrases: Phrases,
    first: int,
    last: int,
    categories: Collection[str],
    others: Collection[tuple[int, int]],
    common: bool,
    possessive: bool,
) -> bool:
    """Whether the tokens ``first`` to ``last`` are a name by themselves.

    Args:
        phrases: the text.
        first: index of the first token of the match.
        last: index of its last.
        categories: words of the categories of the places that the match may be;
            ``Louvre Museum`` is the Louvre, a museum.
        others: token spans of other matches in the text.
        common: whether the match is made of ordinary words.
        possessive: whether a ``'s`` was cut off its end.
    """
    tokens = phrases.tokens
    start, end = tokens[first].start, tokens[last].end
    for a, b in phrases.quoted:
        if a <= start and end <= b:
            inner = [t for t in tokens if a <= t.start < b and t.folded != "the"]
            return inner[0].start >= start and inner[-1].end <= end
    context = _Context(phrases, first, last, categories, others, common, possessive)
    return not (context.goes_on_left() or context.goes_on_right())


@dataclass(frozen=True)
class _Context:
    phrases: Phrases
    first: int
    last: int
    categories: Collection[str]
    others: Collection[tuple[int, int]]
    common: bool
    possessive: bool

    def goes_on_left(self) -> bool:
        """Whether the name began before the match."""
        ph, k = self.phrases, self.first - 1
        while k >= 0 and ph.tokens[k].folded == "the" and not ph.breaks(k):
            k -= 1
        if k < 0:
            return False
        if ph.breaks(k):
            mark = ph.gap(k).strip()
            # "Peterhouse, Cambridge", "Jantar Mantar (Varanasi)": says where.
            where = mark in {",", "(", "（"} and ph.cased and ph.named(k)
            return where and not self._other(k)
        if self._part(k, adjacent=k == self.first - 1):
            return True
        word = ph.tokens[k].folded
        if word == "and":
            joined = "&" in ph.tokens[k].raw or self.common
            return joined and k > 0 and self._part(k - 1)
        places = word in PLACING
        if not places and word not in CONNECTORS:
            return False
        while k > 0 and not ph.breaks(k - 1):
            k -= 1
            if ph.tokens[k].folded not in CONNECTORS:
                return self._part(k) if not places else ph.named(k)
        return False

    def goes_on_right(self) -> bool:
        """Whether the name goes on after the match."""
        ph, k = self.phrases, self.last + 1
        if k >= ph.count:
            return False
        gap = ph.gap(self.last)
        if gap.strip() in {"(", "（"}:
            return self._bracket(k)
        if ph.breaks(self.last):
            return False
        if not ph.tokens[self.last].raw.isascii() and self._suffix():
            return True
        if self._part(k, adjacent=True):
            return True
        word = ph.tokens[k].folded
        if self.possessive or (word not in CONNECTORS and word != "and"):
            return False
        while k + 1 < ph.count and not ph.breaks(k):
            k += 1
            if word == "and" and (ph.tokens[k].folded == "the" or self._other(k)):
                return "&" in gap
            if ph.tokens[k].folded not in CONNECTORS:
                return ph.named(k) and not self._other(k)
        return False

    def _part(self, k: int, adjacent: bool = False) -> bool:
        """Whether a neighbour makes another name of the match."""
        ph = self.phrases
        kind = ph.kind(k)
        if not (ph.named(k) or kind):
            return False
        if kind:
            folded = ph.tokens[k].folded
            if ({folded} | SAME_KIND.get(folded, set())) & set(self.categories):
                return False
        return not (adjacent and k > self.last and self._other(k))

    def _other(self, k: int) -> bool:
        return any(a <= k <= b for a, b in self.others)

    def _suffix(self) -> bool:
        after = self.phrases.text[self.phrases.tokens[self.last].end :]
        return after.startswith(SUFFIXES)

    def _bracket(self, k: int) -> bool:
        """Whether a bracket after the match tells it from others of its name."""
        ph = self.phrases
        start = ph.tokens[k].start
        inside = re.match(r"[^)）]*", ph.text[start:])
        end = start + (inside.end() if inside else 0)
        if "?" in ph.text[start:end] or ph.is_plain[k]:
            return False
        words = [i for i in range(k, ph.count) if ph.tokens[i].end <= end]
        if len(words) > 6 or not words:
            return False
        if {ph.tokens[i].folded for i in words} <= set(self.categories):
            return False
        return ph.named(k) or any(ph.kind(i) for i in words)

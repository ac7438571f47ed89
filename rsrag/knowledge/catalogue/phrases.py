"""A text read for names: its words, and what each of them may be part of."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

from rsrag.knowledge.catalogue.landmark_names import Token, common_words, tokens_of
from rsrag.knowledge.catalogue.name_words import KINDS, MODIFIERS, SHORTENED, STOPS
from rsrag.knowledge.months import MONTHS
from rsrag.knowledge.periods import periods_in

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
    """A text, cut into words; ``plain`` spans (of variables) are no part of a name."""

    text: str
    plain: Collection[tuple[int, int]] = ()
    tokens: list[Token] = field(init=False)

    def __post_init__(self) -> None:
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
        return any(
            self._proper(k)
            and not (self.opens(k) and self.tokens[k].folded in common_words())
            for k in range(self.count)
        )

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

    def unusual(self, k: int) -> bool:
        """Whether token ``k``, in a text without capitals, is no ordinary word."""
        word = self.tokens[k].folded
        if self.cased or self.is_plain[k] or len(word) < 3 or not word.isascii():
            return False
        return not (word in STOPS or word in common_words() or word.isdigit())

    def modifies(self, k: int) -> bool:
        """Whether token ``k`` is a word that tells names apart (new, fourth, royal)."""
        return self.tokens[k].folded in MODIFIERS and not self.is_plain[k]

    def kind(self, k: int) -> bool:
        """Whether token ``k`` says what a thing is."""
        return self.tokens[k].folded in KINDS and not self.is_plain[k]

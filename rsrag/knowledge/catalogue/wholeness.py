"""Wholeness of names: whether one stands for itself, or is a piece of a longer one.

``Biarritz`` in ``Biarritz Lighthouse`` is not Biarritz. The proper-noun phrase around a
match decides: words with a capital, joined by ``of``, ``de`` and the like. In a text
without capitals it is words for kinds of things (lighthouse, bridge), words that tell
names apart (new, fourth), and words that are no ordinary ones.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from rsrag.knowledge.catalogue.name_words import (
    CONNECTORS,
    PLACING,
    SAME_KIND,
    SUFFIXES,
)
from rsrag.knowledge.catalogue.phrases import Phrases

_DASHES = ("-", "–")
_ATTACHED = frozenset(["based", "area", "like", "style", "wide", "born", "side"])


@dataclass(frozen=True)
class NameContext:
    """A match of a name, from token ``first`` to ``last``, and its surroundings.

    Attributes:
        categories: words of the categories of the places that the match may be;
            ``Louvre Museum`` is the Louvre, a museum.
        others: token spans of other matches in the text.
        common: whether the match is made of ordinary words.
        possessive: whether a ``'s`` was cut off its end.
    """

    phrases: Phrases
    first: int
    last: int
    categories: Collection[str]
    others: Collection[tuple[int, int]]
    common: bool
    possessive: bool

    def is_whole(self) -> bool:
        """Whether the match is a name by itself."""
        tokens = self.phrases.tokens
        start, end = tokens[self.first].start, tokens[self.last].end
        for a, b in self.phrases.quoted:
            if a <= start and end <= b:
                inner = [t for t in tokens if a <= t.start < b and t.folded != "the"]
                return inner[0].start >= start and inner[-1].end <= end
        return not (self.goes_on_left() or self.goes_on_right())

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
        beside = k == self.first - 1
        if self._part(k, adjacent=beside):
            return True
        if beside and (ph.unusual(k) or ph.modifies(k) or ph.gap(k) in _DASHES):
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
                foreign = word not in {"of", "the"} and ph.unusual(k)
                return ph.named(k) if places else self._part(k) or foreign
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
        last = ph.tokens[self.last]
        if not last.raw.isascii() and ph.text.startswith(SUFFIXES, last.end):
            return True
        if self._part(k, adjacent=True) or (ph.unusual(k) and not self._other(k)):
            return True
        word = ph.tokens[k].folded
        if gap in _DASHES and word not in _ATTACHED:
            return True
        if ph.modifies(k) and k + 1 < ph.count and ph.kind(k + 1):
            return not ph.breaks(k)
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

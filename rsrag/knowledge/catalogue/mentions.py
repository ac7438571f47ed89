"""Known names in a text: longest first, no two on the same words."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rsrag.knowledge.catalogue.landmark_names import Token, fold, is_common
from rsrag.knowledge.catalogue.name_words import KINDS
from rsrag.knowledge.catalogue.phrases import Phrases
from rsrag.knowledge.catalogue.wholeness import NameContext
from rsrag.knowledge.variables import phrases_of, variables_in

_WORD = re.compile(r"\S+")
_OPENING, _CLOSING = '(（["“„«「', ')）]"”“»」'


_BESIDE = frozenset({"is", "are", "was", "from", "to", "and", "or", "than", "between"})
"""After these stands a name, where no article does."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of one or several landmarks, by ascending id, in a text.

    ``whole`` is ``False`` if it is only a piece of a longer name in the text, which
    then means something else.
    """

    start: int
    end: int
    surface: str
    landmark_ids: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class NameEntry:
    """A landmark that a folded name stands for, and the landmark's category.

    Attributes:
        part: only the first part of the name (``Museum`` of ``Museum (Skopje)``).
        code: letters that count in capitals only.
        common: made of ordinary words.
    """

    landmark_id: str
    category: str
    part: bool = False
    code: bool = False
    common: bool = False


Firsts = Callable[[Collection[str]], Mapping[str, int]]
"""Folded first words -> the most words that a name beginning so has."""
Lookup = Callable[[Collection[str]], Mapping[str, Sequence[NameEntry]]]
"""Folded names -> who carries them."""


@dataclass(frozen=True)
class _Match:
    first: int
    last: int
    possessive: bool
    entries: tuple[NameEntry, ...]

    @property
    def common(self) -> bool:
        return all(entry.common and not entry.code for entry in self.entries)


def find_mentions(text: str, firsts: Firsts, lookup: Lookup) -> list[Mention]:
    """Find the names that a text holds, in order."""
    phrases = Phrases(text, _asked(text))
    kept = _longest(_matches(phrases, firsts, lookup))
    kept = [match for match in kept if _meant(phrases, match, kept)]
    spans = [(match.first, match.last) for match in kept]
    mentions = []
    for match in kept:
        others = [span for span in spans if span != (match.first, match.last)]
        categories = {
            word for entry in match.entries for word in entry.category.split()
        }
        place = (phrases, match.first, match.last)
        context = NameContext(
            *place, categories, others, match.common, match.possessive
        )
        whole = not all(entry.part for entry in match.entries) and (
            _fills(phrases, match) or context.is_whole()
        )
        mentions.append(_mention(phrases, match, whole))
    return sorted(mentions, key=lambda mention: mention.start)


def _asked(text: str) -> list[tuple[int, int]]:
    """Spans of words for variables, which are no part of a name."""
    # A phrase has gaps where names may stand (is * protected); a kind may be in a name.
    return [
        (mention.start + word.start(), mention.start + word.end())
        for mention in variables_in(text)
        if mention.surface.count(" ") < 3
        and KINDS.isdisjoint(fold(mention.surface).split())
        for said in [_said(mention.variable)]
        for word in _WORD.finditer(mention.surface)
        if " " not in mention.surface or fold(word[0]).removesuffix("s") in said
    ]


@lru_cache(maxsize=1024)
def _said(variable: str) -> frozenset[str]:
    """Words of all phrases for a variable, without a plural's ``s``."""
    phrases = fold(" ".join([variable.replace("_", " "), *phrases_of(variable)]))
    return frozenset(word.removesuffix("s") for word in phrases.split())


def _matches(phrases: Phrases, firsts: Firsts, lookup: Lookup) -> list[_Match]:
    """Every run of words that is a name."""
    tokens = phrases.tokens
    first_words = {token.folded for token in tokens}
    first_words |= {token.owner for token in tokens if token.owner}
    longest = firsts(first_words)
    spans: dict[str, list[tuple[int, int, bool]]] = {}
    for i, token in enumerate(tokens):
        if token.folded == "the":
            continue
        most = max(longest.get(token.folded, 0), longest.get(token.owner or "", 0))
        words: list[str] = []
        for j in range(i, len(tokens)):
            if len(words) >= most:
                break
            if tokens[j].folded == "the":
                continue
            if owner := tokens[j].owner:
                key = " ".join([*words, owner])
                spans.setdefault(key, []).append((i, j, True))
            words.append(tokens[j].folded)
            spans.setdefault(" ".join(words), []).append((i, j, False))
    found = lookup(spans.keys())
    matches = []
    for key, entries in found.items():
        for i, j, possessive in spans[key]:
            fit = [
                e for e in entries if not e.code or _is_code(phrases, tokens[i : j + 1])
            ]
            # A whole name counts before the first part of another.
            fit = [e for e in fit if not e.part] or fit
            if fit:
                matches.append(_Match(i, j, possessive, tuple(fit)))
    return matches


def _is_code(phrases: Phrases, tokens: Sequence[Token]) -> bool:
    if len(tokens) == len(phrases.tokens):
        return True
    lower = any(character.islower() for character in phrases.text)
    if not lower:
        return False
    if all(token.raw.removesuffix("'s").isupper() for token in tokens):
        return True
    # *jfk*, by one who uses no capitals: not *sea*, which is a word.
    uncased = not any(character.isupper() for character in phrases.text)
    words = [token.owner or token.folded for token in tokens]
    return uncased and all(len(one) > 2 and not is_common(one) for one in words)


def _longest(matches: list[_Match]) -> list[_Match]:
    """Longest first, those that are whole names before first parts, then leftmost."""
    order = sorted(
        matches,
        key=lambda m: (
            m.first - m.last,
            all(e.part for e in m.entries),
            m.possessive,
            m.first,
        ),
    )
    kept: list[_Match] = []
    for match in order:
        if all(match.last < k.first or k.last < match.first for k in kept):
            kept.append(match)
    return kept


def _fills(phrases: Phrases, match: _Match) -> bool:
    """Whether the match is the whole text, or a label before a colon."""
    tokens = phrases.tokens
    before = tokens[: match.first]
    if any(token.folded != "the" for token in before):
        return False
    if match.last + 1 == len(tokens):
        return True
    return phrases.gap(match.last).lstrip().startswith((":", "："))


def _meant(phrases: Phrases, match: _Match, kept: Sequence[_Match]) -> bool:
    """Whether words that are a name are used as one here."""
    tokens = phrases.tokens[match.first : match.last + 1]
    start, end = tokens[0].start, tokens[-1].end
    if _fills(phrases, match):
        return True
    if any(a <= start and end <= b for a, b in phrases.quoted):
        return True
    if all(phrases.is_plain[match.first : match.last + 1]):
        return False
    before, after = phrases.text[:start].rstrip(), phrases.text[end:].lstrip()
    if before.endswith(("(", "（")) and after.startswith((")", "）")):
        return True
    capitals = [t.raw[0].isupper() or not t.raw[0].isalpha() for t in tokens]
    capital = capitals[0] and capitals[-1]
    better = any(not other.common for other in kept if other is not match)
    if not match.common:
        return True
    if not phrases.cased:
        # *lake superior* beside *lake victoria*, *is tower bridge longer than …*
        word = phrases.tokens[match.first - 1].folded if match.first else ""
        if phrases.kind(match.last):
            # *The sky tower*, and not *the new tower*.
            begun = word == "the" and not phrases.modifies(match.first)
        else:
            begun = phrases.kind(match.first)
        return len(tokens) > 1 and (begun or word in _BESIDE or not better)
    if len(tokens) == 1:
        return capital and not phrases.titled and not phrases.opens(match.first)
    return capital or not better


def _mention(phrases: Phrases, match: _Match, whole: bool) -> Mention:
    text = phrases.text
    start, last = phrases.tokens[match.first].start, phrases.tokens[match.last]
    end = last.end - len("'s") if match.possessive else last.end
    surface = text[start:end]
    # A bracket or a quotation mark that belongs to the name: "Üns" Theatre.
    for opening, closing in zip(_OPENING, _CLOSING, strict=True):
        inside = surface.count(opening), surface.count(closing)
        odd = inside[0] % 2 if opening == closing else inside[0] - inside[1]
        if odd > 0 and text[end : end + 1] == closing:
            end += 1
        elif odd and start and text[start - 1] == opening:
            start -= 1
        surface = text[start:end]
    ids = tuple(sorted({entry.landmark_id for entry in match.entries}))
    return Mention(start, end, surface, ids, whole)

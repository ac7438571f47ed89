"""Words that people use for the variables of facts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from rsrag.knowledge.catalogue.landmark_names import Token, tokens_of
from rsrag.packages import packaged_json

_LONGEST_GAP = 8
_GAP = "*"
_LOWER = frozenset({"ts", "slp", "vza", "vaa", "sza"})


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable and how it is called.

    Attributes:
        name: in facts, snake case.
        label: for people: ``construction period``, ``ALBEDO``.
        synonyms: phrases that a person would type; ``*`` stands for a few words.
        monthly: whether it is measured month by month.
        columns: what tables in other languages call it, snake case without accents.
    """

    name: str
    label: str
    description: str
    synonyms: tuple[str, ...]
    monthly: bool = False
    unit: str | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VariableMention:
    """A phrase that may ask for a variable; ``score`` is 1 for its own name."""

    start: int
    end: int
    variable: str
    surface: str
    score: float


@dataclass(frozen=True, slots=True)
class _Phrase:
    words: tuple[str, ...]
    needed: frozenset[str]
    variable: str
    order: int
    exact: bool

    @property
    def weight(self) -> int:
        return sum(word != _GAP for word in self.words)

    @property
    def needs_capitals(self) -> bool:
        """Whether a code is a word of its own in lower case (``et``, ``ps``)."""
        short = self.exact and len(self.words) == 1 and len(self.words[0]) < 4
        return short and self.words[0] not in _LOWER


@cache
def variables() -> dict[str, Variable]:
    """The vocabulary, by name, in its order."""
    return _read("knowledge/variables.json")


@cache
def source_variables() -> dict[str, Variable]:
    """What RSWK calls its fields: words that count only for places that have them.

    Its *area* is a region and *famous for* its *cultural significance*; nobody else
    means that by these words.
    """
    return _read("knowledge/importers/rswk_variables.json")


def _read(file: str) -> dict[str, Variable]:
    lists = ("synonyms", "columns")
    found = (
        Variable(**entry | {name: tuple(entry.get(name, ())) for name in lists})
        for entry in packaged_json(file)
    )
    return {variable.name: variable for variable in found}


def phrases_of(variable: str) -> list[str]:
    """All ways to name a variable, its label first; ``*`` stands for a few words."""
    said = {label_of(variable): None}
    for known in (variables(), source_variables()):
        if variable in known:
            said |= dict.fromkeys(known[variable].synonyms)
    return list(said)


def label_of(variable: str) -> str:
    """What to call a variable: from the vocabulary, or its name without ``_``."""
    known = variables().get(variable) or source_variables().get(variable)
    return known.label if known else variable.replace("_", " ").strip()


def variables_in(
    text: str,
    mask: Collection[tuple[int, int]] = (),
    others: Collection[str] = (),
) -> list[VariableMention]:
    """Find what a text asks for, best first.

    A phrase that may mean several variables gives each of them, the likelier first:
    ``how high`` is the elevation of a mountain and the height of a tower. A phrase
    inside a longer one does not count. ``mask`` are spans to pass over, such as the
    names of landmarks; ``others`` variables that the vocabulary need not hold, which
    are known by their own words and by those of their source.
    """
    tokens = [
        token
        for token in tokens_of(text)
        if token.folded != "the"
        and not any(a < token.end and token.start < b for a, b in mask)
    ]
    tables = (_phrases(), _own_phrases(tuple(others)) if others else {})
    forms = [_forms(token) for token in tokens]
    there = {form for each in forms for form in each}

    def surface(match: tuple[_Phrase, int, int]) -> str:
        return text[tokens[match[1]].start : tokens[match[2]].end]

    found = [
        (phrase, i, end)
        for i, keys in enumerate(forms)
        for key in keys
        for phrases in tables
        for phrase in phrases.get(key, ())
        if phrase.needed <= there
        and (end := _match(phrase.words, forms, i)) is not None
    ]
    found = [f for f in found if not f[0].needs_capitals or surface(f).isupper()]
    # A code in capitals beats a phrase; then most words win; then the tighter.
    found.sort(
        key=lambda f: (
            not (f[0].exact and surface(f).isupper()),
            -f[0].weight,
            not f[0].exact,
            f[2] - f[1],
            f[1],
        )
    )
    kept: list[tuple[_Phrase, int, int]] = []
    for match in found:
        phrase, start, end = match
        rivals = [k for k in kept if k[1] <= end and start <= k[2]]
        same = all(
            (k[1], k[2]) == (start, end)
            and k[0].weight == phrase.weight
            and k[0].exact == phrase.exact
            for k in rivals
        )
        if same and all(k[0].variable != phrase.variable for k in rivals):
            kept.append(match)
    mentions: dict[str, VariableMention] = {}
    for phrase, start, end in kept:
        score = 1.0 if phrase.exact else min(0.95, 0.4 + 0.15 * phrase.weight)
        mention = VariableMention(
            tokens[start].start,
            tokens[end].end,
            phrase.variable,
            surface((phrase, start, end)),
            score - phrase.order * 1e-4,
        )
        before = mentions.get(phrase.variable)
        if before is None or before.score < mention.score:
            mentions[phrase.variable] = mention
    return sorted(mentions.values(), key=lambda m: -m.score)


@cache
def _phrases() -> dict[str, list[_Phrase]]:
    """Phrases by their first word."""
    phrases: dict[str, list[_Phrase]] = {}
    for order, variable in enumerate(variables().values()):
        for text in {variable.name, variable.label}:
            # A code names one variable; an everyday word may name several.
            exact = variable.monthly or "_" in text
            _add(phrases, text, variable.name, order, exact)
        for text in variable.synonyms:
            _add(phrases, text, variable.name, order, exact=False)
    return phrases


@lru_cache(maxsize=256)
def _own_phrases(names: tuple[str, ...]) -> dict[str, list[_Phrase]]:
    """Phrases for variables by their own words, and by those of their source."""
    phrases: dict[str, list[_Phrase]] = {}
    for order, name in enumerate(names, start=len(variables())):
        _add(phrases, name.replace("_", " "), name, order, exact=True)
        known = source_variables().get(name)
        for synonym in known.synonyms if known else ():
            _add(phrases, synonym, name, -1, exact=False)
    return phrases


def _add(
    phrases: dict[str, list[_Phrase]], text: str, name: str, order: int, exact: bool
) -> None:
    words: list[str] = []
    for part in text.split():
        words += [_GAP] if part == _GAP else [t.folded for t in tokens_of(part)]
    words = [word for word in words if word != "the"]
    if words:
        phrases.setdefault(words[0], []).append(
            _Phrase(tuple(words), frozenset(words) - {_GAP}, name, order, exact)
        )


def _forms(token: Token) -> list[str]:
    """The word, and without a plural's or a possessive's ``s``."""
    forms = [token.folded]
    if token.owner:
        forms.append(token.owner)
    elif len(token.folded) > 3 and token.folded.endswith("s"):
        forms.append(token.folded[:-1])
    return forms


def _match(
    words: tuple[str, ...], forms: Sequence[Sequence[str]], start: int
) -> int | None:
    """Index of the last token that the phrase covers, the first being ``start``."""
    at = start
    gap = False
    for word in words[1:]:
        if word == _GAP:
            gap = True
            continue
        reach = range(at + 1, min(len(forms), at + 2 + (_LONGEST_GAP if gap else 0)))
        found = next((k for k in reach if word in forms[k]), None)
        if found is None:
            return None
        at, gap = found, False
    return at

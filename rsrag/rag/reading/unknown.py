"""Names in a question that the knowledge does not hold, and misspelt ones."""

import re
from collections.abc import Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import fold, is_common
from rsrag.knowledge.catalogue.name_words import KINDS
from rsrag.knowledge.variables import VariableMention
from rsrag.rag.reading.kinds import find_kind
from rsrag.rag.reading.words import word_list

_WORD = re.compile(r"[^\W_](?:[\w'’&.-]*[\w])?")
_JOINS = word_list("joins")
NOT_NAMES = word_list("not_names")
_OWNER = re.compile(r"[^\W\d_]['’]s$", re.IGNORECASE)
SHORTEST = 6
_PLACES = word_list("place_variables")
_LONG_NAME = 10
"""Letters of a name of which two words may be misspelt."""
_SLOT = r"(?:the\s+)?(?P<{}>[a-z][\w'-]*(?:\s+[\w'-]+){{0,4}}?)"
_APART = re.compile(
    r"\b(?:how\s+far\s+(?:away\s+)?(?:is|are|lies)\s+(?:it\s+from\s+)?|"
    r"distance\s+(?:from|between)\s+)"
    rf"{_SLOT.format('a')}\s+(?:and|from|to)\s+{_SLOT.format('b')}"
    r"(?=\s*(?:[?.!,]|$|\bin\b|\bapart\b|\baway\b|\bby\b))"
)
_ABOUT = re.compile(
    rf"\b(?:tell\s+me\s+about|where\s+(?:is|are)|know\s+about)\s+{_SLOT.format('a')}"
    r"\s*[?.!]*$"
)
MOST_WORDS = 60
"""Of a text, that a misspelt name is looked for in."""
QUOTED = re.compile(r"[\"“«‘]([^\"”»’]{2,120})[\"”»’]")


def name_phrases(
    text: str,
    known: Sequence[tuple[int, int]],
    parts: Sequence[tuple[int, int]] = (),
) -> list[tuple[int, int]]:
    """Spans where a text names something, in order, apart from what is known.

    Words in quotes, and runs of capitalised words, joined by *of*, *de la* and their
    like. A single capitalised word at the beginning of a sentence is none: it may owe
    its capital to its place. Nor is an acronym by itself. ``parts`` are names that are
    only a part of the name that stands there: these count in any case.
    """
    found = [
        m.span(1)
        for m in QUOTED.finditer(text)
        if not overlaps(m.span(1), known) and not m.group(1).islower()
    ]
    run: list[re.Match[str]] = []
    runs: list[list[re.Match[str]]] = []
    last = 0
    for word in [*_WORD.finditer(text), None]:
        gap = text[last : word.start()] if word else "."
        breaks = bool(re.search(r"[,;:.!?()\"“”—–]", gap.replace(". ", " ", 1)))
        if word is None or breaks or overlaps(word.span(), known):
            runs.append(run)
            run = []
        elif _capital(word.group()) or (
            run and (word.group().lower() in _JOINS or word.group().isdigit())
        ):
            run.append(word)
        else:
            runs.append(run)
            run = []
        if word is not None:
            if _capital(word.group()) and not run and not overlaps(word.span(), known):
                run = [word]
            last = word.end()
    runs.append(run)
    for words in runs:
        span = _trimmed(words, text)
        if span and not overlaps(span, [*known, *found]):
            found.append(span)
    for start, end in [*parts, *_by_its_place(text)]:
        if not overlaps((start, end), [*known, *found]):
            found.append((start, end))
    return sorted(found)


def _by_its_place(text: str) -> list[tuple[int, int]]:
    """*How far is big ben from …*: what must be a name there, without capitals, too."""
    if any(letter.isupper() for letter in text):
        return []
    apart = _APART.search(text)
    spans = [apart.span("a"), apart.span("b")] if apart else []
    about = _ABOUT.search(text)
    words = fold(about["a"]).split() if about else []
    placed = {"in", "of", "near", "on", "at", "between"}.intersection(words)
    if about and not placed and not all(is_common(word) for word in words):
        spans.append(about.span("a"))
    return [span for span in spans if text[slice(*span)].split()[0] not in NOT_NAMES]


def _capital(word: str) -> bool:
    return word[0].isupper() or (word[0].isdigit() and any(c.isalpha() for c in word))


def _trimmed(words: list[re.Match[str]], text: str) -> tuple[int, int] | None:
    """The run without question words in front, joins at its ends, and its ``'s``."""
    words = list(words)
    first = bool(words) and not text[: words[0].start()].strip(" \t\"“'(")
    while words and (
        words[-1].group().lower() in _JOINS or words[-1].group().lower() in NOT_NAMES
    ):
        words = words[:-1]
    begun = len(words)
    while words and (
        words[0].group().lower() in NOT_NAMES or words[0].group().lower() in _JOINS
    ):
        words = words[1:]
    if not words:
        return None
    if len(words) == 1:
        only = words[0].group()
        alone_in_front = first and begun == 1
        if alone_in_front or (only.isupper() and len(only) <= 6) or only[0].isdigit():
            return None
    end = words[-1].end()
    return words[0].start(), end - 2 * bool(_OWNER.search(words[-1].group()))


def no_names(text: str, spoken: Sequence[VariableMention]) -> list[tuple[int, int]]:
    """Variables with capitals, across which no name reaches: *NDVI*, *Altitude of*."""
    return [
        (one.start, one.end)
        for one in spoken
        if one.surface.isupper()
        or (
            one.surface[:1].isupper()
            and not text[: one.start].strip()
            and text.startswith(" of ", one.end)
            and one.variable not in _PLACES
        )
    ]


def overlaps(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    """Whether a span shares a letter with one of the others."""
    return any(span[0] < end and start < span[1] for start, end in others)


def typo_of(surface: str, catalogue: Catalogue) -> tuple[str, tuple[str, ...]] | None:
    """The name that a surface is a misspelling of, and the ids that carry it.

    Words must pair up one to one, but for a kind at the end that may be left out; all
    must be equal but one, which may differ by a letter (two in a long word), or but
    two of a long name, by a letter each. They keep their first letter.
    Digits never differ: *5th Avenue* is no typing mistake for *6th Avenue*. ``None`` if
    nothing, or more than one name, is that close.
    """
    typed = fold(surface).split()
    names: dict[tuple[str, ...], tuple[str, set[str]]] = {}
    for landmark, _ in catalogue.similar(surface, limit=5):
        for name in (landmark.name, *landmark.aliases):
            words = tuple(fold(name).split())
            short = words[:-1] if words[-1] in KINDS else words
            meant = next(
                (one for one in (words, short) if _misspelt(tuple(typed), one)), None
            )
            if meant is not None:
                names.setdefault(meant, (name, set()))[1].add(landmark.id)
    if len(names) != 1:
        return None
    name, ids = next(iter(names.values()))
    return name, tuple(sorted(ids))


def _misspelt(typed: Sequence[str], words: Sequence[str]) -> bool:
    if len(typed) != len(words) or not typed or tuple(typed) == tuple(words):
        return False
    wrong = [(a, b) for a, b in zip(typed, words, strict=True) if a != b]
    letters = sum(map(len, words))
    if len(wrong) == 2 and letters >= _LONG_NAME:
        # *Eifel towr*: a letter in each of two words.
        return all(_near(a, b, letters, 1) for a, b in wrong)
    return len(wrong) <= 1 and all(_near(a, b, letters) for a, b in wrong)


def _near(typed: str, word: str, letters: int, most: int = 2) -> bool:
    if len(word) < 5 or letters < 6 or typed[:1] != word[:1]:
        return False
    if any(c.isdigit() for c in typed + word):
        return False
    from rapidfuzz.distance import OSA

    # Letters to add, drop, change, or swap with the next.
    return bool(OSA.distance(typed, word) <= (most if len(word) >= 8 else 1))


def misspelt_spans(
    text: str, known: Sequence[tuple[int, int]], catalogue: Catalogue
) -> list[tuple[int, int]]:
    """The longest misspelt name in a text without capitals, if any, as a list."""
    words = [word for word in _WORD.finditer(text) if not overlaps(word.span(), known)]
    words = words[:MOST_WORDS]
    plain = [word.group().lower() in NOT_NAMES for word in words]
    for size in range(min(4, len(words)), 0, -1):
        for i in range(len(words) - size + 1):
            if plain[i] or plain[i + size - 1]:
                continue
            start, end = words[i].start(), words[i + size - 1].end()
            if find_kind([text[start:end].lower()], catalogue):
                continue  # *islands* is no slip in *Ísland*
            if end - start >= SHORTEST and typo_of(text[start:end], catalogue):
                return [(start, end)]
    return []

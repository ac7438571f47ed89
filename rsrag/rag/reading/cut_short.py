"""Names cut short: *Heathrow*, *Niagara*, *Big Hole*."""

import re
from collections.abc import Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import fold, is_common
from rsrag.knowledge.catalogue.name_words import CONNECTORS, KINDS
from rsrag.knowledge.variables import variables_in
from rsrag.rag.reading.kinds import ANY, find_kind
from rsrag.rag.reading.place_names import place_key, places_of
from rsrag.rag.reading.unknown import (
    MOST_WORDS,
    NOT_NAMES,
    SHORTEST,
    overlaps,
    typo_of,
)
from rsrag.records import Landmark

_LETTERS = re.compile(r"[^\W\d_]+")
_EITHER = re.compile(
    r"\b(?:or|than|versus|vs|from|between|and|beats?)\b", re.IGNORECASE
)
_JOIN = re.compile(
    r"\s*(?:,|&|\b(?:and|or|(?:(?:[a-z]+er|more|less)\s+)?than|versus|vs\.?|to|from|with|beats?)\b)\s*(?:the\s+)?"
)
_BETWEEN_NAMES = re.compile(r"\s+(?:and|or)\s+(?:the\s+)?|\s*,\s*")
_SHORT = 4
_RUN = 5
"""Words of a name at most that is looked for in any letters."""
_IN_TOWNS = frozenset(
    {"airport", "stadium", "university", "port", "railway station", "city district"}
    | {"race track", "historic city", "planned city", "park", "bridge", "church"}
    | {"mosque", "temple", "palace", "tower", "skyscraper", "government building"}
)
"""Kinds of landmark that bear the name of a town."""


def meant_by(
    surface: str, text: str, catalogue: Catalogue
) -> tuple[tuple[Landmark, ...], tuple[str, tuple[str, ...]] | None]:
    """Whom a name that nobody carries stands for: cut short, or else misspelt.

    Returns:
        The landmarks of a name cut short; a name and its ids, if it is misspelt.
    """
    longer = with_kind(surface, catalogue) or of_a_kind(surface, text, catalogue)
    found = None if longer else typo_of(surface, catalogue)
    return longer or (() if found else with_more(surface, catalogue)), found


def with_kind(surface: str, catalogue: Catalogue) -> tuple[Landmark, ...]:
    """The one landmark that a name stands for where its kind is left out.

    *Heathrow* for *Heathrow Airport*, *Niagara* for *Niagara Falls*, *Kilimanjaro* for
    *Mount Kilimanjaro*; none where several could be meant.
    """
    if place_key(surface) in places_of(catalogue) or is_common(fold(surface)):
        return ()
    name = fold(surface)
    kinds = {*KINDS, "mount", "international airport", *catalogue.stats().by_category}
    names = {f"{name} {fold(one)}" for one in kinds} | {
        f"{one} {name}" for one in KINDS
    }
    ids = {
        one.landmark_id
        for carriers in catalogue.carriers(names).values()
        for one in carriers
        if not one.part
    }
    return tuple(catalogue.landmarks(sorted(ids))) if len(ids) == 1 else ()


def with_more(surface: str, catalogue: Catalogue) -> tuple[Landmark, ...]:
    """The one landmark whose name has these words and others, in any order.

    *Big Hole* for *Kimberley Big Hole*; none where several have them. One word must be
    rare, begin the name, and be no town's: airports and stadiums are named after these.
    What is held as a nickname counts as a name.
    """
    nick = {fold(surface), fold(surface).removeprefix("the ")}
    called = {
        fact.landmark_id
        for fact in catalogue.facts_of("nickname")
        if fold(fact.value).removeprefix("the ") in nick
    }
    if len(called) == 1:
        return tuple(catalogue.landmarks(sorted(called)))
    words = set(fold(surface).split()) - CONNECTORS - {"of", "in"}
    found = [
        landmark
        for landmark, _ in (catalogue.similar(surface, limit=6) if words else ())
        if any(
            words <= set(fold(o).split()) for o in (landmark.name, *landmark.aliases)
        )
    ]
    if len(words) == 1:
        name = next(iter(words))
        rare = len(name) >= SHORTEST and not is_common(name)
        begun = [one for one in found if fold(one.name).startswith(f"{name} ")]
        town = any((one.category or "") in _IN_TOWNS for one in found)
        known = place_key(surface) in places_of(catalogue)
        found = begun if rare and not (town or known) else []
    return tuple(found) if len(found) == 1 else ()


def of_a_kind(surface: str, text: str, catalogue: Catalogue) -> tuple[Landmark, ...]:
    """The one landmark of a kind that a text names whose name begins so.

    *Which race track is older, Suzuka or Monza?*; none where several could be meant. A
    place stands for what is in it only beside another (*whose airport, A's or B's*).
    """
    if place_key(surface) in places_of(catalogue) and not _EITHER.search(text):
        return ()
    kinds = [find_kind([word.lower()], catalogue) for word in _LETTERS.findall(text)]
    wanted = {c for one in kinds if one and one.name != ANY for c in one.categories}
    begun = f"{fold(surface)} "
    found = [
        landmark
        for landmark, _ in (catalogue.similar(surface, limit=6) if wanted else ())
        if landmark.category in wanted
        and any(fold(o).startswith(begun) for o in (landmark.name, *landmark.aliases))
    ]
    return tuple(found) if len(found) == 1 else ()


def cut_names(
    text: str, known: Sequence[tuple[int, int]], catalogue: Catalogue
) -> list[tuple[int, int]]:
    """Spans of names cut short, in any letters, apart from what is known."""
    found = _shortened(text, known, catalogue)
    return [*found, *_begun(text, [*known, *found], catalogue)]


def _begun(
    text: str, known: Sequence[tuple[int, int]], catalogue: Catalogue
) -> list[tuple[int, int]]:
    """Words in any letters that :func:`of_a_kind` knows."""
    words = [w for w in _LETTERS.finditer(text) if not overlaps(w.span(), known)]
    either = bool(_EITHER.search(text))
    return [
        word.span()
        for word in words[:MOST_WORDS]
        if (word.group().isupper() and len(word.group()) > 2)
        or (len(word.group()) >= SHORTEST and word.group().lower() not in NOT_NAMES)
        or (len(word.group()) >= _SHORT and not is_common(fold(word.group())))
        if find_kind([word.group().lower()], catalogue) is None
        if of_a_kind(word.group(), text, catalogue)
        or ((either or not known) and with_kind(word.group(), catalogue))
    ]


def _shortened(
    text: str, known: Sequence[tuple[int, int]], catalogue: Catalogue
) -> list[tuple[int, int]]:
    """Words without capitals that are a name cut short: *golden gate*, *great pyramid*.

    Looked for where nothing else is named, or beside what is (*three gorges and
    itaipu*): the longest run of two to five words that :func:`with_kind` or
    :func:`with_more` knows, and that is no kind.
    """
    if any(letter.isupper() for letter in text):
        return []
    words = list(_LETTERS.finditer(text))[:MOST_WORDS]
    for size in range(min(_RUN, len(words)), 1, -1):
        for i in range(len(words) - size + 1):
            run = [word.group() for word in words[i : i + size]]
            start, end = words[i].start(), words[i + size - 1].end()
            edges = {run[0], run[-1]}
            if edges & (NOT_NAMES | CONNECTORS) or "," in text[start:end]:
                continue
            taken = overlaps((start, end), known)
            if known and (taken or not _joined(text, (start, end), known)):
                continue
            kind, surface = find_kind(run, catalogue), text[start:end]
            # *The great wall*, and not *a great wall* or *the salt lake*.
            bare = kind and (kind.count == size or not text[:start].endswith("the "))
            if bare or variables_in(surface):
                continue
            if with_kind(surface, catalogue) or with_more(surface, catalogue):
                found = [*known, (start, end)]
                return [(start, end), *_shortened(text, found, catalogue)]
    return []


def _joined(text: str, span: tuple[int, int], known: Sequence[tuple[int, int]]) -> bool:
    """Whether only *and*, *or*, *than* and their like part a span from a known one."""
    start, end = span
    gaps = [text[b:start] for _, b in known if b <= start]
    gaps += [text[end:a] for a, _ in known if end <= a]
    return any(_JOIN.fullmatch(gap) for gap in gaps)


def apart_at_joins(
    text: str, phrase: tuple[int, int], catalogue: Catalogue
) -> list[tuple[int, int]]:
    """A phrase that is no name itself, parted at *and* where a part of it is one."""
    start, end = phrase
    joins = list(_BETWEEN_NAMES.finditer(text, start, end))
    if not joins or catalogue.named(text[start:end]):
        return [phrase]
    edges = [start, *(edge for join in joins for edge in join.span()), end]
    parts = list(zip(edges[::2], edges[1::2], strict=True))
    places = places_of(catalogue)
    known = any(
        catalogue.named(text[a:b])
        or place_key(text[a:b]) in places
        or with_kind(text[a:b], catalogue)
        for a, b in parts
    )
    return parts if known else [phrase]

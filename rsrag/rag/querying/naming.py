"""Names in a question: of landmarks, and of the places that they lie in."""

import re
from collections.abc import Mapping
from dataclasses import replace

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.knowledge.coordinates import parse_place
from rsrag.knowledge.variables import variables
from rsrag.rag.querying.account import Account, Name
from rsrag.rag.reading.kinds import ANY, find_kind
from rsrag.rag.reading.nouns import named_by
from rsrag.rag.reading.place_names import place_key, places_of
from rsrag.rag.reading.question import Question
from rsrag.rag.reading.unknown import overlaps
from rsrag.rag.reading.words import word_list

_TOKEN = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*\.?")
_NEXT = re.compile(r"(?:['’]s)?\s+([^\W\d_]+)\b")
_OWNER = re.compile(r"['’]s$")
_LONGEST = 5
_OF_WORKS = word_list("of_works")


def account_of(question: Question, catalogue: Catalogue) -> Account:
    """A question's account, its names, times and coordinates marked."""
    text = question.text
    known: list[Name] = []
    after = 0
    for ids, surface in zip(question.places, question.surfaces, strict=True):
        start = text.find(surface, after)
        start = start if start >= 0 else text.find(surface)
        if start >= 0:
            after = start + len(surface)
            known.append(Name(start, after, surface, ids))
    places = places_of(catalogue)
    found = _places_in(text, [(one.start, one.end) for one in known], places)
    unknown: list[Name] = []
    for surface in question.unknown:
        start = text.find(surface)
        end = start + len(surface)
        if start < 0 or any(p.start <= start and end <= p.end for p in found):
            continue
        if _is_words(surface, catalogue):
            continue
        # A place within a longer name is not meant: the *New York Times Building*.
        found = [p for p in found if p.end <= start or end <= p.start]
        unknown.append(Name(start, end, surface))
    known += [
        _of_kind(text, one, catalogue)
        if known or len(found) > 1
        else _of_asked(question, _of_kind(text, one, catalogue), catalogue)
        for one in found
    ]
    spans = [(one.start, one.end) for one in (*known, *unknown)]
    times = [s for s in question.masks if not overlaps(s, spans)]
    points = [s for s in times if question.at is not None and _is_point(text, s)]
    times = [s for s in times if s not in points]
    return Account(text, known, unknown, times, points)


def _of_kind(text: str, place: Name, catalogue: Catalogue) -> Name:
    """*Denver airport*: the one airport of Denver; the place itself if it is none."""
    after = _NEXT.match(text, place.end)
    kind = find_kind([after[1].lower()], catalogue) if after else None
    if after is None or kind is None or kind.plural or kind.name == ANY:
        return place
    there = places_of(catalogue)[place_key(place.surface)]
    fits = [
        one.id
        for one in catalogue.landmarks(sorted(there))
        if one.category in kind.categories
        and fold(place.surface) in fold(" ".join([one.name, *one.aliases]))
    ]
    if len(fits) != 1:
        return place
    return Name(place.start, after.end(), text[place.start : after.end()], tuple(fits))


def _of_asked(question: Question, place: Name, catalogue: Catalogue) -> Name:
    """*Who designed Suzuka*: the one landmark named after a town that has a designer.

    Only of what no town has itself; else the place.
    """
    asked = {one.variable for group in question.variables for one in group} & _OF_WORKS
    if place.ids or not asked:
        return place
    there = places_of(catalogue)[place_key(place.surface)]
    fits = [
        one.id
        for one in catalogue.landmarks(sorted(there))
        if f" {fold(place.surface)} " in f" {fold(' '.join([one.name, *one.aliases]))} "
        and any(catalogue.facts(one.id, variable) for variable in asked)
    ]
    return replace(place, ids=tuple(fits)) if len(fits) == 1 else place


def _is_words(surface: str, catalogue: Catalogue) -> bool:
    """Whether capitals are those of a kind or a variable: *World Heritage Sites*."""
    words = surface.lower().split()
    kind = find_kind(words, catalogue)
    rest = words
    if kind is not None:
        rest = words[: kind.first] + words[kind.first + kind.count :]
    held = [one for one in catalogue.stats().by_variable if one in variables()]
    return len(words) > 1 and (not rest or bool(named_by(rest, held)))


def _is_point(text: str, span: tuple[int, int]) -> bool:
    return parse_place(text[slice(*span)]) is not None


def _both(key: str, places: Mapping[str, frozenset[str]]) -> bool:
    """Whether *Europe and Asia* are two places: others lie in each of them."""
    parts = [places.get(place_key(part), frozenset()) for part in key.split(" and ")]
    return len(parts) > 1 and all(part > places[key] for part in parts)


def _places_in(
    text: str, taken: list[tuple[int, int]], places: Mapping[str, frozenset[str]]
) -> list[Name]:
    """Names of places, whatever their capitals, the longest first."""
    words = [
        match.span()
        for match in _TOKEN.finditer(text)
        if not overlaps(match.span(), taken)
    ]
    found: list[Name] = []
    at = 0
    while at < len(words):
        step = 1
        for size in range(min(_LONGEST, len(words) - at), 0, -1):
            start, end = words[at][0], words[at + size - 1][1]
            surface = _OWNER.sub("", text[start:end].rstrip("."))
            key = place_key(surface)
            crosses = any(start < a < end for a, _ in taken)
            short = len(key) <= 3 and not surface.isupper()
            if key in places and not crosses and not short and not _both(key, places):
                found.append(Name(start, start + len(surface), surface))
                step = size
                break
        at += step
    return found

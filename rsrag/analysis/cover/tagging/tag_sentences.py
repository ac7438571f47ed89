"""Sentences of what a map says of a chip: one thing, and several."""

import re
from collections.abc import Sequence

from rsrag.analysis.cover.tagging.visible_tags import ChipTags, Tags
from rsrag.plain_values import and_listed

MOST_AROUND = 3
_KEYS = (
    *("aeroway", "man_made", "leisure", "amenity", "tourism", "historic", "sport"),
    *("power", "railway", "waterway", "natural", "water", "building", "landuse"),
    *("highway", "bridge", "barrier", "place"),
)
"""What makes a thing, what tells most first; other keys say nothing of its looks."""
_WHOLE = {
    "farmland": "farmland",
    "forest": "forest",
    "wood": "woodland",
    "sand": "sand",
    "water": "water",
    "grass": "grass",
    "scrub": "scrub",
    "heath": "heathland",
    "grassland": "grassland",
    "wetland": "wetland",
    "bare_rock": "bare rock",
    "rail": "a railway",
    "pitch": "a sports pitch",
    "parking": "a car park",
    "bay": "a bay",
    "coastline": "a coast",
    "apartments": "apartment blocks",
    "house": "a house",
    "detached": "a house",
    "farm": "a farmhouse",
}
_NOUNS = {"building": "building", "highway": "road", "landuse": "area"}
_PLAIN_ROADS = frozenset({"motorway", "track", "footway", "cycleway", "path", "steps"})
_UNCLEAR = frozenset({"yes", "no", "unclassified", "road", "other", "none"})


def phrase_of(tags: Tags) -> str | None:
    """What a thing is called, with its article; ``None`` if its tags do not say it."""
    for key in _KEYS:
        value = tags.get(key, "").split(";")[0].strip().lower()
        if not value or value == "no":
            continue
        if key == "leisure" and value == "pitch" and tags.get("sport"):
            sport = tags["sport"].split(";")[0].replace("_", " ")
            return _article(f"{sport} pitch")
        if key == "natural" and value == "water" and tags.get("water"):
            return _article(tags["water"].split(";")[0].replace("_", " "))
        if value in _WHOLE:
            return _WHOLE[value]
        if value in _UNCLEAR:
            if key in _NOUNS or key == "bridge":
                return _article(_NOUNS.get(key, key))
            continue
        words = re.sub(r"[_:\s]+", " ", value).strip()
        plain = key == "highway" and value in _PLAIN_ROADS
        noun = "" if plain else _NOUNS.get(key, "")
        return _article(f"{words} {noun}".strip())
    return None


def titles_of(seen: ChipTags) -> tuple[str | None, str | None]:
    """A sentence of what is in the middle, and one with what lies around it.

    ``None`` where the tags make no words.
    """
    inside, outside = _phrases(seen.centre), _phrases(seen.around)
    outside = [one for one in outside if one not in inside][:MOST_AROUND]
    first = f"a satellite image of {inside[0]}" if inside else None
    if inside and outside:
        return first, f"{first}, surrounded by {and_listed(outside)}"
    if inside[1:]:
        return first, f"{first} and {and_listed(inside[1 : 1 + MOST_AROUND])}"
    if outside:
        several = f"a satellite image of {and_listed(outside)}"
        return None, several
    return first, first


def _phrases(listed: Sequence[Tags]) -> list[str]:
    return list(dict.fromkeys(filter(None, map(phrase_of, listed))))


def _article(words: str) -> str:
    if words.endswith("s") and not words.endswith("ss"):
        return words
    return f"{'an' if words[:1] in 'aeio' else 'a'} {words}"

"""Names of places that landmarks lie in: continents, countries, cities, rivers."""

import re
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.rag.reading.words import word_table

_LISTED = re.compile(r"\s*(?:,|;|/|\band\b)\s*")
_SAME: dict[str, str] = word_table("same_places")
_KEPT: "WeakKeyDictionary[Catalogue, Mapping[str, frozenset[str]]]" = (
    WeakKeyDictionary()
)


def places_of(catalogue: Catalogue) -> Mapping[str, frozenset[str]]:
    """Folded names of continents, countries, cities …: who lies there."""
    kept = _KEPT.get(catalogue)
    if kept is None:
        found: dict[str, set[str]] = {}
        for variable in word_table("place_variables"):
            for fact in catalogue.facts_of(variable):
                for part in {fact.value, *parts_of_list(fact.value)}:
                    found.setdefault(fold(part), set()).add(fact.landmark_id)
        found.pop("", None)
        kept = {name: frozenset(ids) for name, ids in found.items()}
        _KEPT[catalogue] = kept
    return kept


def parts_of_list(value: str) -> list[str]:
    """The names in a value that lists some: ``Kenya, Tanzania and Uganda``."""
    return [name for name in _LISTED.split(value) if name]


def place_key(name: str) -> str:
    """A place's name as :func:`places_of` has it: *the USA* is the United States."""
    key = fold(name)
    return _SAME.get(key, key)

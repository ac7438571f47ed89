"""Variables by a word of their names: *power* is in *power output*."""

from collections.abc import Collection, Sequence
from functools import lru_cache

from rsrag.knowledge.variables import variables
from rsrag.rag.reading.words import word_list
from rsrag.rag.saying.sentences import stem

_PLAIN = frozenset(map(stem, word_list("no_nouns")))


def named_by(words: Sequence[str], held: Collection[str]) -> tuple[str, ...]:
    """Variables of ``held`` whose name has all of these words, the closest first.

    A name is the variable's own, its label, or another that the vocabulary has. The
    fewer other words it has, the closer it is.
    """
    wanted = {stem(word) for word in words} - _PLAIN
    found: dict[str, int] = {}
    for name in held if wanted else ():
        fits = [len(phrase - wanted) for phrase in _phrases(name) if wanted <= phrase]
        if fits:
            found[name] = min(fits)
    return tuple(sorted(found, key=lambda name: found[name]))


@lru_cache(maxsize=4096)
def _phrases(name: str) -> tuple[frozenset[str], ...]:
    """Stems of each name of a variable; none of a monthly code."""
    known = variables().get(name)
    if known is not None and known.monthly:
        return ()
    said = [name.replace("_", " ")]
    said += [known.label, *known.synonyms] if known is not None else []
    return tuple(
        frozenset(map(stem, phrase.lower().split())) - _PLAIN
        for phrase in said
        if "*" not in phrase
    )

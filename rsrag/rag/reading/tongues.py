"""The language of a question, told by its script or by its smallest words."""

import re
from collections import Counter

from rsrag.rag.reading.words import word_table

_WORD = re.compile(r"[^\W\d_]+(?:['’](?=[^\W\d_]))?")
_SCRIPTS = {
    "Korean": re.compile("[\u1100-\u11ff\uac00-\ud7af]"),
    "Chinese": re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]"),
    "Russian": re.compile("[\u0400-\u04ff]"),
    "Arabic": re.compile("[\u0600-\u06ff]"),
    "Hindi": re.compile("[\u0900-\u097f]"),
    "Greek": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
}
_KANA = re.compile("[\u3040-\u30ff]")
_SHARE = 0.5
"""Of the letters beside names, from which a script tells the language."""
_ENGLISH = frozenset(
    "what how when where who whom whose which why are does did do has have the of "  # noqa: SIM905
    "tell show list many much name with its it that this there and from".split()
)


def foreign_language(nameless: str) -> str | None:
    """The language of a question that is not in English; ``None`` if it may be.

    A foreign word that asks (*wie*, *quelle*) and another small word of that language
    are needed, and no small word of English: names in other spellings tell nothing.
    Some words ask only where a question begins with them (*a que altura*).

    Args:
        nameless: the question, its known names blanked out.
    """
    letters = [c for c in nameless if c.isalpha()]
    for language, script in _SCRIPTS.items():
        if letters and len(script.findall(nameless)) >= _SHARE * len(letters):
            return "Japanese" if _KANA.search(nameless) else language
    words = [word.casefold().rstrip("'’") for word in _WORD.findall(nameless)]
    if not _ENGLISH.isdisjoint(words):
        return None
    counts: Counter[str] = Counter()
    for language, (asks, small, *early) in word_table("tongues").items():
        first = {word for said in early for word in said.split()} & set(words[:2])
        if first or not set(asks.split()).isdisjoint(words):
            known = {*asks.split(), *small.split()}
            counts[language] = sum(word in known for word in words)
    best = counts.most_common(1)
    return best[0][0] if best and best[0][1] > 1 else None

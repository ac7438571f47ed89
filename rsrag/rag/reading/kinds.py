"""Kinds of landmark as people call them: ``lakes`` takes in salt lakes."""

import re
from collections.abc import Sequence

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.reading.words import word_table
from rsrag.rag.saying.sentences import stem


def find_kind(
    words: Sequence[str], catalogue: Catalogue
) -> tuple[str, tuple[str, ...], bool] | None:
    """The kind of landmark that is asked about: its word, categories, if it is plural.

    A kind takes in its sub-kinds: those that end in it (a salt lake is a lake) and
    those of ``words.json`` (a volcano is a mountain).
    """
    known = {
        " ".join(map(stem, one.split())): one for one in catalogue.stats().by_category
    }
    wider = {stem(kind): kinds for kind, kinds in word_table("kinds").items()}
    for size in (3, 2, 1):
        for i in range(len(words) - size + 1):
            wanted = " ".join(map(stem, words[i : i + size]))
            fits = [
                one
                for stems, one in known.items()
                if stems == wanted or stems.endswith(f" {wanted}")
            ]
            held = known.values()
            fits += [k for k in wider.get(wanted, ()) if k in held and k not in fits]
            if fits:
                typed = words[i + size - 1]
                plural = (
                    typed.endswith("s") and " ".join(words[i : i + size]) not in held
                )
                # A kind that is no category itself: "buildings" is a building.
                single = typed.removesuffix("s")
                single = f"{typed[:-3]}y" if typed.endswith("ies") else single
                return known.get(wanted, single), tuple(fits), plural
    if any(word in ("landmarks", "places") for word in words):
        return "landmark", tuple(known.values()), True
    return None


def plural_of(kind: str) -> str:
    """``city`` → ``cities``."""
    if re.search(r"[^aeiou]y$", kind):
        return f"{kind[:-1]}ies"
    return f"{kind}es" if kind.endswith(("s", "x", "ch", "sh")) else f"{kind}s"

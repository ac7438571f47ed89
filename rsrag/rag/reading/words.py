"""English words that rules go by, kept in ``words.json``."""

from typing import Any

from rsrag.packages import packaged_json


def word_table(name: str) -> Any:
    """One table: the ``kinds`` within a kind, ``superlatives``, and so on."""
    return packaged_json("rag/reading/words.json")[name]


def word_list(name: str) -> frozenset[str]:
    """One list: ``stop`` words, what ``joins`` the parts of a name, and so on."""
    return frozenset(" ".join(word_table(name)).split())

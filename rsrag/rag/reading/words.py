"""English words that rules go by, kept in ``words.json``."""

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _words() -> dict[str, Any]:
    path = Path(__file__).with_name("words.json")
    words: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return words


def word_table(name: str) -> Any:
    """One table: the ``kinds`` within a kind, ``superlatives``, and so on."""
    return _words()[name]


def word_list(name: str) -> frozenset[str]:
    """One list: ``stop`` words, what ``joins`` the parts of a name, and so on."""
    return frozenset(" ".join(word_table(name)).split())

"""Lists of English words that rules go by, kept in ``words.json``."""

import json
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("words.json")


@cache
def word_list(name: str) -> frozenset[str]:
    """One list: ``stop`` words, what ``joins`` the parts of a name, and so on."""
    lists = json.loads(_FILE.read_text(encoding="utf-8"))
    return frozenset(word for line in lists[name] for word in line.split())

"""English words that tell where a name begins and ends in a question."""

from rsrag.packages import packaged_json

_WORDS = packaged_json("knowledge/catalogue/name_words.json")


def _words(key: str) -> frozenset[str]:
    return frozenset(" ".join(_WORDS[key]).split())


CONNECTORS = _words("connectors")
"""Words in lower case that join the words of one name."""

PLACING = _words("placing")
"""Words after which the place of a thing stands."""

STOPS = _words("stops")
"""Words that are no part of a name at its edges, with a capital or without."""

KINDS = _words("kinds")
"""Words that say what a thing is; beside a name they make another name of it."""

MODIFIERS = _words("modifiers")
"""Words before a name, or between it and a kind, that make another name of it."""

SUFFIXES = tuple(" ".join(_WORDS["suffixes"]).split())
"""The same where no spaces are: they follow the name."""

SHORTENED = _words("shortened")
"""Short forms that a full stop follows without ending a sentence."""

SAME_KIND = {
    kind: frozenset(same.split()) for kind, same in _WORDS["same_kind"].items()
}
"""Kind words and the categories that they also stand for."""

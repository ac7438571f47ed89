"""English words that tell where a name begins and ends in a question."""

from rsrag.packages import packaged_json

_WORDS = packaged_json("knowledge/catalogue/name_words.json")


def _words(key: str) -> frozenset[str]:
    return frozenset(" ".join(_WORDS[key]).split())


# In lower case they join the words of one name; after "placing" words stands its place.
CONNECTORS, PLACING = _words("connectors"), _words("placing")
# No part of a name at its edges, with a capital or without.
STOPS = _words("stops")
# What a thing is, and what tells things apart: beside a name they make another of it.
KINDS, MODIFIERS = _words("kinds"), _words("modifiers")
# The same where no spaces are: they follow the name.
SUFFIXES = tuple(" ".join(_WORDS["suffixes"]).split())
# Short forms that a full stop follows without ending a sentence.
SHORTENED = _words("shortened")
# Kind words and the categories that they also stand for.
SAME_KIND = {
    kind: frozenset(same.split()) for kind, same in _WORDS["same_kind"].items()
}

"""Kinds of landmark as people call them: ``lakes`` takes in salt lakes."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rsrag.knowledge.catalogue.catalogue import Catalogue
from rsrag.rag.reading.words import word_list, word_table
from rsrag.rag.saying.sentences import stem

ANY = "landmark"
_ANYTHING = word_list("any_kind")
_VERBS = frozenset({"build", "builds", "built", "area"})
"""Words with the stem of a kind (*building*, *irrigated area*), which name none."""
_HEIGHTS = frozenset({"elevation", "height"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of landmark that a text names.

    Attributes:
        name: in the singular; :data:`ANY` for any.
        categories: that it takes in.
        plural: it was said in the plural.
        first: index of the word that it begins with.
        count: of its words.
    """

    name: str
    categories: tuple[str, ...]
    plural: bool
    first: int = 0
    count: int = 1


def find_kind(words: Sequence[str], catalogue: Catalogue) -> Kind | None:
    """The kind of landmark that a text names, if it names one.

    A kind takes in its sub-kinds: those that end in it (a salt lake is a lake) and
    those of ``words.json`` (a volcano is a mountain).
    """
    known, wider = _tables(tuple(catalogue.stats().by_category))
    for size in (3, 2, 1):
        for i in range(len(words) - size + 1):
            wanted = " ".join(stem(singular(word)) for word in words[i : i + size])
            if size == 1 and words[i] in _VERBS:
                continue
            if size == 1 and words[i] in _ANYTHING:
                said = _said_of(words, i, catalogue)
                if said is not None:
                    return said
                return Kind(ANY, tuple(known.values()), words[i].endswith("s"), i)
            fits = [
                one
                for stems, one in known.items()
                if stems == wanted or stems.endswith(f" {wanted}")
            ]
            held = known.values()
            fits += [k for k in wider.get(wanted, ()) if k in held and k not in fits]
            if fits:
                typed = " ".join(words[i : i + size])
                after = find_kind(words[i + size : i + size + 1], catalogue)
                if (
                    after is not None
                    and after.name != ANY
                    and words[i + size - 1][-1:] != "s"
                ):
                    # *River deltas* are deltas.
                    return replace(after, first=i + size)
                plural = typed.endswith("s") and typed not in held
                name = known.get(wanted, singular(typed) if plural else typed)
                return Kind(name, tuple(fits), plural, i, size)
    return None


def _said_of(words: Sequence[str], i: int, catalogue: Catalogue) -> Kind | None:
    """*Which sites are volcanoes*: the kind that is said of things of any kind."""
    for j in range(i + 1, len(words) - 1):
        joined = words[j] == "and" and "both" in words[:j]
        if words[j] in ("are", "were", "both", "also") or joined:
            kind = find_kind(words[j + 1 : j + 4], catalogue)
            if (
                kind is not None
                and kind.plural
                and kind.first == 0
                and kind.name != ANY
            ):
                return replace(kind, first=j + 1)
    return None


@lru_cache(maxsize=16)
def _tables(
    categories: tuple[str, ...],
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Categories, and kinds that are wider than a category, by their stems."""

    def stems(kind: str) -> str:
        return " ".join(stem(singular(word)) for word in kind.split())

    known = {stems(one): one for one in categories}
    wider = {stems(kind): kinds for kind, kinds in word_table("kinds").items()}
    return known, wider


_PLACES: dict[str, str] = word_table("of_places")
_ADJECTIVE = re.compile(
    rf"(?<![\w-])(?P<of>(?i:{'|'.join(sorted(_PLACES, key=len, reverse=True))})) "
    r"(?P<words>[a-z]+(?: [a-z]+){0,2})(?![\w-])(?! [A-Z])"
    r"(?P<called> (?:of|called|named)\b)?"
)
_STYLES = re.compile(
    r"(?:temple|church|cathedral|mosque|garden|theat|ruin|ocean|sea|state|city|town)"
)
"""Kinds of which an adjective may say the style, the people or the name."""

_SIGHTS = ("landmark", "landmarks", "sights", "sites", "places")


def kinds_in_places(text: str, catalogue: Catalogue, names: Collection[str]) -> str:
    """A text whose *French bridges* are *bridges in France*.

    Args:
        names: that stay as they are.
    """
    kept = [
        match.span()
        for name in names
        for match in re.finditer(re.escape(name), text, re.IGNORECASE)
    ]

    def placed(match: re.Match[str]) -> str:
        start, end = match.span()
        words = match["words"].split()
        for size in range(len(words), 0, -1):
            kind = find_kind(words[:size], catalogue)
            whole = kind is not None and (kind.first, kind.count) == (0, size)
            anything = kind is not None and kind.name == ANY
            if kind is None or not whole or (anything and words[0] not in _SIGHTS):
                continue
            rest = words[size:]
            taken = any(start < stop and first < end for first, stop in kept)
            named = match["called"] if not rest else rest[0] in ("of", "called")
            if taken or named or _STYLES.match(words[size - 1]):
                break
            where = _PLACES[match["of"].lower()]
            said = " ".join([*words[:size], "in", where, *rest])
            return f"{said}{match['called'] or ''}"
        return match[0]

    return _ADJECTIVE.sub(placed, text)


def usual_heights(kind: Kind) -> tuple[str, ...]:
    """*Mountains over 8000*: what such a number is of; of rivers there is none."""
    great: dict[str, list[str]] = word_table("great_in")
    found = (v for one in kind.categories for v in great.get(one, ()))
    return tuple(dict.fromkeys(v for v in found if v in _HEIGHTS))


def singular(noun: str) -> str:
    """``cities`` → ``city``."""
    if noun.endswith(("ss", "us", "is")):
        return noun
    if noun.endswith("elves"):
        return f"{noun[:-3]}f"
    return f"{noun[:-3]}y" if noun.endswith("ies") else noun.removesuffix("s")


def plural_of(kind: str) -> str:
    """``city`` → ``cities``."""
    if re.search(r"[^aeiou]y$", kind):
        return f"{kind[:-1]}ies"
    if kind.endswith("elf"):
        return f"{kind[:-1]}ves"
    many = kind.endswith(("s", "x", "ch", "sh", "cano"))
    return f"{kind}es" if many else f"{kind}s"

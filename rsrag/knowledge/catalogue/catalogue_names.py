"""Names in a catalogue: those that a text holds, and those like a given one."""

from collections.abc import Collection
from typing import Any

from rsrag.knowledge.catalogue.catalogue_rows import Rows, rows_with
from rsrag.knowledge.catalogue.catalogue_tables import CODE, COMMON, PART
from rsrag.knowledge.catalogue.landmark_names import fold
from rsrag.knowledge.catalogue.mentions import NameEntry

_GRAMS = 8
_CANDIDATES = 80


def firsts(rows: Rows, words: Collection[str]) -> dict[str, int]:
    """The most words that a name beginning with each word has."""
    return dict(rows_with(rows, "select * from firsts where word in ({marks})", words))


def lookup(rows: Rows, names: Collection[str]) -> dict[str, list[NameEntry]]:
    """Who carries each of some folded names."""
    found: dict[str, list[NameEntry]] = {}
    sql = (
        "select folded, flags, id, category from names "
        "join landmarks on number = landmark where folded in ({marks})"
    )
    for folded, flags, ident, category in rows_with(rows, sql, names):
        part, code, common = (bool(flags & bit) for bit in (PART, CODE, COMMON))
        entry = NameEntry(ident, fold(category or ""), part, code, common)
        found.setdefault(folded, []).append(entry)
    return found


def similar(rows: Rows, name: str, limit: int) -> list[tuple[int, float]]:
    """Numbers of the landmarks with names like this one, best first, score 0 to 1."""
    folded = fold(name)
    if not folded or limit < 1:
        return []
    scores: dict[str, float] = {}
    for (candidate,) in _candidates(rows, folded):
        scores[candidate] = likeness(folded, candidate)
    best = sorted(scores, key=lambda text: (-scores[text], text))[: 4 * limit]
    numbers: dict[int, float] = {}
    for text in best:
        for (number,) in rows("select landmark from names where folded = ?", [text]):
            numbers[number] = max(numbers.get(number, 0.0), scores[text])
    order = sorted(numbers, key=lambda number: (-numbers[number], number))
    return [(number, numbers[number]) for number in order[:limit]]


def likeness(a: str, b: str) -> float:
    """How alike two folded names are, from 0 to 1.

    The share of letters that they have in common in the same order, or, where one name
    is part of the other, a score between 0.7 and 1 by how much of it is.
    """
    from rapidfuzz.distance import Indel

    if a == b:
        return 1.0
    ratio = float(Indel.normalized_similarity(a, b))
    words, others = set(a.split()), set(b.split())
    if words <= others or others <= words:
        short, long = sorted((len(a), len(b)))
        ratio = max(ratio, 0.7 + 0.3 * short / long)
    return min(ratio, 0.999)


def _candidates(rows: Rows, folded: str) -> list[tuple[Any, ...]]:
    grams = sorted({folded[i : i + 3] for i in range(len(folded) - 2)})
    if not grams:
        return rows(
            "select folded from name_list where folded >= ? and folded < ? limit ?",
            [folded, folded + "\U0010ffff", _CANDIDATES],
        )
    sql = "select term, docs from name_grams_terms where term in ({marks})"
    known = sorted(rows_with(rows, sql, grams), key=lambda row: row[1])
    if not known:
        return []
    # Each rare group of three letters brings its names; most groups in common first.
    counted = " union all ".join(
        ["select rowid as number from name_grams where name_grams match ?"]
        * min(len(known), _GRAMS)
    )
    quoted = ['"' + term.replace('"', '""') + '"' for term, _ in known[:_GRAMS]]
    return rows(
        f"select folded from name_list join (select number, count(*) as hits from "
        f"({counted}) group by number order by hits desc limit ?) using (number)",
        [*quoted, _CANDIDATES],
    )
